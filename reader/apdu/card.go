// Package apdu speaks ISO/IEC 7816-4 to one chip: commands, responses, status
// words, and the two interfaces every reader of cards stands on.
package apdu

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// ErrCardLost says that the chip stopped answering: it left the field, lost
// power, or its driver reported it gone. The next step is to put the card
// back; it is never a verdict on the card.
var ErrCardLost = errors.New("card lost: put the card back on the reader and hold it still")

// Kinds of a lost card: they are [ErrCardLost] as well.
var (
	// ErrReset says that another program reset the card: what was agreed with
	// the chip is gone, the card is still there.
	ErrReset = fmt.Errorf("another program reset the card: close programs that use the card reader (%w)", ErrCardLost)
	// ErrSilent says that the chip answered success with no bytes: it crashed
	// and does nothing before it is powered anew.
	ErrSilent = fmt.Errorf("the chip answered nothing (%w)", ErrCardLost)
	// ErrTimeout says that the chip took longer over one command than any chip
	// may.
	ErrTimeout = fmt.Errorf("the chip did not answer in time (%w)", ErrCardLost)
)

// ErrBusy says that another program holds the card for itself.
var ErrBusy = errors.New("another program uses the card reader: close it and put the card back")

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

// Described is a [Card] that tells what lies in the slot. Neither value names
// the citizen's card: they say which type it is, and whether it was lifted.
type Described interface {
	// ATR is the answer to reset; cards of one type give the same.
	ATR() []byte
	// Visit changes whenever a card was put in or taken out, and at no other
	// time.
	Visit() uint64
}

// ATR returns the card's answer to reset, nil where the slot does not tell.
func ATR(c Card) []byte {
	if d, ok := c.(Described); ok {
		return d.ATR()
	}
	return nil
}

// Visit returns the visit of the card; ok is false where the slot does not
// tell.
func Visit(c Card) (visit uint64, ok bool) {
	if d, is := c.(Described); is {
		return d.Visit(), true
	}
	return 0, false
}
