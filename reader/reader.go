// Package reader reads a chip card from power-up to verdict, as a visible
// list of steps.
package reader

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/passive"
	"github.com/tram-station/tram/reader/verdict"
)

// MaxKeys is the most keys that one read tries: chips slow down after wrong
// ones.
const MaxKeys = 4

var (
	// ErrNoKey says that Read was given no key.
	ErrNoKey = errors.New("no key to open the chip: scan the QR code or type the number printed on the card")
	// ErrNoApplication says that the card answers but is no identity card.
	ErrNoApplication = errors.New("no identity application on this card: put the ID card on the reader, with no other card beside it")
)

// Reader reads cards. Its zero value works; one Reader may run several reads
// at a time if OnProgress can.
type Reader struct {
	// Trust holds the trusted issuers; nil leaves the chain inconclusive.
	Trust *passive.Trust
	// OnProgress is told of every step and of every block that was read, on
	// the goroutine of Read.
	OnProgress func(Progress)
	Rand       io.Reader        // crypto/rand when nil
	Now        func() time.Time // time.Now when nil
	Log        *slog.Logger     // silent when nil; gets names and sizes, never contents
}

// StepCard is the wait for a card: no card is there yet.
const StepCard = "card"

// Progress is one event of a running read. Done and Total count bytes of the
// files to be read; Total grows while file sizes become known.
type Progress struct {
	Step        string // StepCard, "EF.CardAccess", "access", "EF.COM", "DG2", …, "verify"
	Done, Total int
	// Document is what is known so far. It is never changed afterwards: the
	// next file comes with another Document. Read only.
	Document *lds.Document
}

// Stats counts what a read cost, from power-up on: waiting for the card is
// not in it.
type Stats struct {
	Commands           int
	BytesUp, BytesDown int
	Elapsed            time.Duration
	SlotName           string
	Virtual            bool
}

// Report is the result of a read.
type Report struct {
	Document *lds.Document
	Checks   []verdict.Check
	Access   access.Method
	Stats    Stats
}

// Read waits for a card, opens it with the first key that fits, reads the
// files that the chip lists and verifies them.
//
// A file that is absent or unreadable never ends the read: the check "files"
// tells of it. What does end it: no key fits ([access.ErrWrongKey]), the card
// left ([apdu.ErrCardLost]), the chip is no identity card
// ([ErrNoApplication]), a broken opening protocol, or ctx. A failed
// verification is no error: it is in the report's checks.
func (r *Reader) Read(ctx context.Context, slot apdu.Slot, keys []access.Key) (*Report, error) {
	if len(keys) == 0 {
		return nil, ErrNoKey
	}
	s := &session{reader: r, slot: slot, keys: keys[:min(len(keys), MaxKeys)], doc: &lds.Document{}, log: r.log()}
	defer s.close()
	for _, step := range []struct {
		name string
		run  func(context.Context) error
	}{
		{StepCard, s.insert},
		{"EF.CardAccess", s.readCardAccess},
		{"access", s.open},
		{"files", s.readFiles},
		{"verify", s.verify},
	} {
		s.progress(step.name)
		if err := step.run(ctx); err != nil {
			return nil, fmt.Errorf("read card: %s: %w", step.name, err)
		}
	}
	return &Report{Document: s.doc, Checks: s.checks, Access: s.method, Stats: s.stats()}, nil
}

func (r *Reader) log() *slog.Logger {
	if r.Log != nil {
		return r.Log
	}
	return slog.New(slog.DiscardHandler)
}

func (r *Reader) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}

func (r *Reader) rand() io.Reader {
	if r.Rand != nil {
		return r.Rand
	}
	return rand.Reader
}
