// Package apdu speaks ISO/IEC 7816-4 to one chip: commands, responses, status
// words, and the two interfaces every reader of cards stands on.
package apdu

import (
	"context"
	"errors"
	"io"
)

// ErrCardLost says that the chip stopped answering: it left the field, lost
// power, or its driver reported it gone. The next step is to put the card
// back; it is never a verdict on the card.
var ErrCardLost = errors.New("card lost: put the card back on the reader and hold it still")

// ErrNoReader says that no card reader answers: the cable, the driver or the
// PC/SC service is missing.
var ErrNoReader = errors.New("no card reader answers: check the cable and that the PC/SC service runs")

// Card is one powered chip, held until Close.
type Card interface {
	// Transmit sends one command APDU and returns the response with its two
	// status bytes. err means the link failed ([ErrCardLost] where the card is
	// gone); a refusal by the chip is a status word in the response.
	Transmit(ctx context.Context, command []byte) (response []byte, err error)
	io.Closer
}

// Slot is a place where a card can be put.
type Slot interface {
	// Insert waits for a card, powers it and holds it exclusively.
	Insert(ctx context.Context) (Card, error)
	Name() string
	// Virtual is true where no physical chip can be in the slot; the dossier
	// records it.
	Virtual() bool
}
