package securemsg

import (
	"context"
	"fmt"

	"github.com/tram-station/tram/reader/apdu"
)

// GET RESPONSE (ISO/IEC 7816-4 §11.7.1): how a chip without extended length
// hands out a protected answer of more than 256 bytes, such as the signature
// of an RSA key with 2048 bits. It is plain also inside a session, since what
// it fetches is one protected answer in pieces.
const (
	insGetResponse = 0xC0
	moreBytes      = 0x61 // SW1: SW2 more bytes wait, 00 for 256 or more
)

// fetch sends a protected command and puts its answer together.
func (s *Session) fetch(ctx context.Context, c apdu.Command) (apdu.Response, error) {
	answer, err := apdu.Send(ctx, s.card, c)
	if err != nil || answer.Status>>8 != moreBytes {
		return answer, err
	}
	data := append([]byte(nil), answer.Data...)
	for answer.Status>>8 == moreBytes {
		le := int(answer.Status & 0xFF)
		if le == 0 {
			le = apdu.MaxShortLe
		}
		if answer, err = apdu.Send(ctx, s.card, apdu.Command{Ins: insGetResponse, Le: le}); err != nil {
			return apdu.Response{}, err
		}
		if len(answer.Data) == 0 || len(data)+len(answer.Data) > apdu.MaxExtendedLe {
			return apdu.Response{}, fmt.Errorf("%w: %d bytes of an answer in pieces, then %s", apdu.ErrFormat, len(data), answer.Status.String())
		}
		data = append(data, answer.Data...)
	}
	return apdu.Response{Data: data, Status: answer.Status}, nil
}
