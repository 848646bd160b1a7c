package apdu

import (
	"context"
	"fmt"
)

// insGetResponse fetches what is left of a long answer (ISO/IEC 7816-4
// §11.7.1).
const insGetResponse = 0xC0

// moreBytes is SW1 of an answer of which SW2 more bytes wait, 00 for 256 or
// more.
const moreBytes = 0x61

// Collect sends one command and puts an answer together that comes in pieces,
// as chips without extended length hand out more than 256 bytes.
func Collect(ctx context.Context, card Card, c Command) (Response, error) {
	r, err := Send(ctx, card, c)
	if err != nil || r.Status>>8 != moreBytes {
		return r, err
	}
	data := append([]byte(nil), r.Data...)
	for r.Status>>8 == moreBytes {
		if r, err = Send(ctx, card, Command{Ins: insGetResponse, Le: shortLe(byte(r.Status))}); err != nil {
			return Response{}, err
		}
		if r.Status>>8 == moreBytes && len(r.Data) == 0 || len(data)+len(r.Data) > MaxExtendedLe {
			return Response{}, fmt.Errorf("%w: %d bytes of an answer in pieces, then %s", ErrFormat, len(data), r.Status.String())
		}
		data = append(data, r.Data...)
	}
	return Response{Data: data, Status: r.Status}, nil
}

// SendChain sends one command as a chain of commands with at most size bytes
// of data each (ISO/IEC 7816-4 §5.3.3). It returns the answer to the last one,
// or the refusal that ended the chain; begun is false where the chip refused
// the first command already, and so may not know chains.
func SendChain(ctx context.Context, card Card, c Command, size int) (r Response, begun bool, err error) {
	for ; len(c.Data) > size; begun = true {
		piece := Command{Class: c.Class | ClassChained, Ins: c.Ins, P1: c.P1, P2: c.P2, Data: c.Data[:size]}
		if r, err = Send(ctx, card, piece); err != nil || r.Status.Refused() {
			return r, begun, err
		}
		c.Data = c.Data[size:]
	}
	r, err = Collect(ctx, card, c)
	return r, true, err
}
