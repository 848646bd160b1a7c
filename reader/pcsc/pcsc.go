// Package pcsc finds card readers through the operating system's PC/SC service
// (pcscd on Linux, winscard on Windows) and makes slots of them. Without cgo
// it is built only for Windows; elsewhere every call answers [ErrNotBuilt].
package pcsc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tram-station/tram/reader/apdu"
)

// Errors with their next step. They are also [apdu.ErrNoReader].
var (
	// ErrNoService says that the PC/SC service does not run.
	ErrNoService = fmt.Errorf("the PC/SC service does not run (Linux: install pcscd and start it; Windows: start the Smart Card service): %w", apdu.ErrNoReader)
	// ErrNotLetIn says that the PC/SC service refuses this program. One that is
	// being stopped says so too.
	ErrNotLetIn = fmt.Errorf("the PC/SC service does not let this program in (it may be restarting; Linux: polkit has to allow org.debian.pcsc-lite.access_pcsc for its user): %w", apdu.ErrNoReader)
	// ErrNotBuilt says that this program was built without PC/SC.
	ErrNotBuilt = fmt.Errorf("this program was built without PC/SC: build it with cgo and libpcsclite-dev: %w", apdu.ErrNoReader)
)

// State is one reader as the service sees it.
type State struct {
	Reader  string
	Virtual bool
	Card    bool   // a card lies on it
	Mute    bool   // … and does not answer: it lies badly or upside down
	Busy    bool   // … and another program holds it exclusively
	ATR     []byte // the card's answer to reset
}

func (s State) equal(o State) bool {
	return s.Reader == o.Reader && s.Card == o.Card && s.Mute == o.Mute && s.Busy == o.Busy && string(s.ATR) == string(o.ATR)
}

// virtualPrefix begins the names that vsmartcard's driver gives its slots.
const virtualPrefix = "Virtual PCD"

// isVirtual tells a slot in which no physical card can lie.
func isVirtual(reader string) bool { return strings.HasPrefix(reader, virtualPrefix) }

// choose picks a reader by its full name, or by a part of it that fits one
// reader only; "" picks the first.
func choose(readers []string, name string) (string, error) {
	if len(readers) == 0 {
		return "", apdu.ErrNoReader
	}
	if name == "" {
		return readers[0], nil
	}
	if slices.Contains(readers, name) {
		return name, nil
	}
	var found []string
	for _, r := range readers {
		if strings.Contains(strings.ToLower(r), strings.ToLower(name)) {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("no reader is called %q, there is %q: %w", name, readers, apdu.ErrNoReader)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%q fits %d readers, give more of the name: %q", name, len(found), found)
}
