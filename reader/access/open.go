package access

import (
	"context"
	"fmt"
	"io"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/securemsg"
)

// Opened is a chip behind secure messaging.
type Opened struct {
	Card   *securemsg.Session // takes plain commands
	Method Method
	// Protocol is the method with its algorithms: "BAC",
	// "PACE-ECDH-GM-AES-128 brainpoolP256r1", "PACE-DH-IM-3DES DH-2048-256".
	Protocol string
	// ChipKey is what the chip proved with chip authentication mapping, still
	// to be held against EF.CardSecurity; nil with every other protocol.
	ChipKey *ChipKey
	// IDPICC is the chip's compressed ephemeral key, which terminal
	// authentication signs after PACE (Doc 9303-11 §7.1); nil after BAC, where
	// it is the document number.
	IDPICC []byte
}

// Open opens the chip with one key.
//
// info is EF.CardAccess, nil where the chip has none. PACE runs where the chip
// offers it, with the card in its master file, in the strongest form that both
// ends know; whatever goes wrong, neither BAC nor another form of PACE is tried
// then. BAC runs where the chip offers no PACE, with the eMRTD application
// selected. rand gives the ephemeral keys.
//
// card may be the session of an earlier opening, which then goes on under new
// keys: a chip asks for that before the last try of a PIN ([ErrSuspended]).
//
// A refused key is [ErrWrongKey]; the chip may then be asked again with
// another one. Status words of other refusals are in the error as
// [apdu.Status].
func Open(ctx context.Context, card apdu.Card, info *lds.SecurityInfos, key Key, rand io.Reader) (*Opened, error) {
	if info == nil || len(info.PACE) == 0 {
		s, err := openBAC(ctx, card, key, rand)
		if err != nil {
			return nil, fmt.Errorf("BAC: %w", err)
		}
		return &Opened{Card: s, Method: BAC, Protocol: "BAC"}, nil
	}
	opened, err := openPACE(ctx, card, info, key, rand)
	if err != nil {
		return nil, fmt.Errorf("PACE: %w", err)
	}
	return opened, nil
}
