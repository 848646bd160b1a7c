package reader

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/tram-station/tram/reader/access"
)

// MaxWrongKeys is how many wrong keys a card is given while it lies there: it
// may slow down with each, or block.
const MaxWrongKeys = 5

// ErrTooManyKeys says that the card has refused so many keys that no other is
// sent to it. It is an [access.ErrWrongKey].
var ErrTooManyKeys = fmt.Errorf("%d keys did not fit this card, no other is tried: lift the card, compare it with the number that was scanned, and begin again (%w)",
	MaxWrongKeys, access.ErrWrongKey)

// Attempts counts the keys that cards refused, for as long as each lies on its
// reader. Its zero value is ready; it may be shared by several Readers, and
// lives as long as the program, so that a new read of the same card goes on
// counting.
type Attempts struct {
	mu    sync.Mutex
	slots map[string]*attempt
}

// attempt is one card's stay on a reader.
type attempt struct {
	visit   uint64
	refused []access.Key
}

// check says whether a key may be sent: an [access.ErrWrongKey] where the card
// has refused it already, [ErrTooManyKeys] where it has refused too many.
func (a *Attempts) check(slot string, visit uint64, key access.Key) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.slots[slot]
	switch {
	case t == nil || t.visit != visit:
		return nil
	case len(t.refused) >= MaxWrongKeys:
		return ErrTooManyKeys
	case slices.Contains(t.refused, key):
		return fmt.Errorf("%w (this card has refused it before; it was not sent again)", access.ErrWrongKey)
	}
	return nil
}

// refuse notes that the card refused a key.
func (a *Attempts) refuse(slot string, visit uint64, key access.Key, err error) {
	if errors.Is(err, access.ErrNeedsMRZ) {
		return // it was never sent
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.slots[slot]
	if t == nil || t.visit != visit {
		t = &attempt{visit: visit}
		if a.slots == nil {
			a.slots = map[string]*attempt{}
		}
		a.slots[slot] = t
	}
	t.refused = append(t.refused, key)
}

// forget ends the count: the card opened.
func (a *Attempts) forget(slot string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.slots, slot)
}
