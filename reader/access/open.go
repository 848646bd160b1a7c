package access

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/lds"
)

var (
	// ErrNeedsMRZ says that the chip has no PACE, so that a card access number
	// cannot open it. It is an [ErrWrongKey]: another key is the next step.
	ErrNeedsMRZ = fmt.Errorf("%w (this card opens only with its machine-readable zone)", ErrWrongKey)
	// ErrUnsupported says that the chip offers PACE only in ways that this
	// program does not know. BAC is not tried: that would be a downgrade.
	ErrUnsupported = errors.New("the card offers no way to open it that this program knows: update the program")
	// ErrProtocol says that the chip's answer breaks the protocol.
	ErrProtocol = errors.New("the chip did not keep to the opening protocol: read the card again")
)

// Open opens the chip and returns it behind secure messaging.
//
// info is EF.CardAccess, nil where the chip has none. PACE runs where the chip
// offers it, with the card in its master file; whatever goes wrong, BAC is not
// tried then. BAC runs where the chip offers no PACE, with the eMRTD
// application selected. rand gives the ephemeral keys.
//
// A refused key is [ErrWrongKey]; the chip may then be asked again with
// another one. Status words of other refusals are in the error as
// [apdu.Status].
func Open(ctx context.Context, card apdu.Card, info *lds.SecurityInfos, key Key, rand io.Reader) (apdu.Card, Method, error) {
	if info == nil || len(info.PACE) == 0 {
		s, err := openBAC(ctx, card, key, rand)
		if err != nil {
			return nil, "", fmt.Errorf("BAC: %w", err)
		}
		return s, BAC, nil
	}
	method := PACEMRZ
	if key.IsCAN() {
		method = PACECAN
	}
	s, err := openPACE(ctx, card, info.PACE, key, rand)
	if err != nil {
		return nil, "", fmt.Errorf("PACE: %w", err)
	}
	return s, method, nil
}

// information is the MRZ information of Doc 9303-11 appendix D.2: number,
// birth and expiry, each with its check digit. A number of more than nine
// characters stands there in full.
func (k Key) information() (string, error) {
	doc := strings.ToUpper(k.doc)
	if n := 9 - len(doc); n > 0 {
		doc += strings.Repeat("<", n)
	}
	var b strings.Builder
	for _, field := range []string{doc, k.birth, k.expiry} {
		digit, err := mrz.CheckDigit(field)
		if err != nil {
			// The field is part of the key: it stays out of the message.
			return "", errors.New("access: an MRZ key has a character that no zone has")
		}
		b.WriteString(field)
		b.WriteByte(digit)
	}
	return b.String(), nil
}

// secret is the password as the key derivation takes it: the digits of a CAN,
// the SHA-1 of the MRZ information (Doc 9303-11 §4.3.2, §4.4.3.1).
func (k Key) secret() ([]byte, error) {
	if k.IsCAN() {
		return []byte(k.can), nil
	}
	information, err := k.information()
	if err != nil {
		return nil, err
	}
	h := sha1.Sum([]byte(information))
	return h[:], nil
}
