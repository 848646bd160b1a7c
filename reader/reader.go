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
	"github.com/tram-station/tram/reader/auth"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/passive"
	"github.com/tram-station/tram/reader/verdict"
)

// MaxKeys is the most keys that one read tries: chips slow down after wrong
// ones.
const MaxKeys = 4

// DefaultWait is how long a read waits for its card to come back.
const DefaultWait = time.Minute

var (
	// ErrNoKey says that Read was given no key.
	ErrNoKey = errors.New("no key to open the chip: scan the QR code or type the number printed on the card")
	// ErrNoApplication says that the card answers but is no identity card.
	ErrNoApplication = errors.New("no identity application on this card: put the ID card on the reader, with no other card beside it")
	// ErrOtherCard says that another card came back than the one that was
	// being read.
	ErrOtherCard = errors.New("another card was put on the reader in the middle of the read: put the first card back, or begin again with this one")
)

// Reader reads cards. Its zero value works; one Reader may run several reads
// at a time if OnProgress can.
type Reader struct {
	// Trust holds the trusted issuers; nil leaves the chain inconclusive.
	Trust *passive.Trust
	// OnProgress is told of every step and of every 4 KB that were read, on
	// the goroutine of Read.
	OnProgress func(Progress)
	// Wait is how long a card that was lost may take to come back; 0 is
	// [DefaultWait], less than 0 is not at all.
	Wait time.Duration
	// Extended remembers what each type of card can; nil finds it out at each
	// read.
	Extended *Lengths
	// Attempts counts wrong keys from one read to the next; nil counts those
	// of one read.
	Attempts *Attempts
	// Everything asks also for the files that no check and no page needs:
	// EF.ATR/INFO and EF.DIR.
	Everything bool
	// Terminal may read fingerprints and irises; nil leaves them closed.
	Terminal auth.Terminal
	Rand     io.Reader        // crypto/rand when nil
	Now      func() time.Time // time.Now when nil
	Log      *slog.Logger     // silent when nil; gets names and sizes, never contents
}

// Steps that are no file's name.
const (
	StepCard   = "card"      // the wait for a card: none is there yet
	StepAccess = "access"    // the chip is being opened
	StepLost   = "card-lost" // the card left; it is waited for
	stepMaster = "master-file"
	stepFiles  = "files"
	stepSame   = "same-card" // the card that came back is compared
	stepVerify = "verify"
)

// Progress is one event of a running read. Done and Total count bytes of the
// files to be read; Total grows while file sizes become known.
type Progress struct {
	Step        string // StepCard, "EF.CardAccess", StepAccess, "DG1", "EF.SOD", …, StepLost, "verify"
	Done, Total int
	// Document is what is known so far. It is never changed afterwards: the
	// next file comes with another Document. Read only.
	Document *lds.Document
	// Lost says, with StepLost, how the card was lost: it left, or the chip fell
	// silent where it lies. [Explain] has the words.
	Lost error
}

// Stats counts what a read cost, from power-up on: waiting for the card is
// not in it.
type Stats struct {
	Commands           int
	BytesUp, BytesDown int
	Elapsed            time.Duration
	SlotName           string
	Virtual            bool
	Resumes            int  // how often the chip was opened again
	Extended           bool // answers came in extended length
}

// Report is the result of a read.
type Report struct {
	Document *lds.Document
	Checks   []verdict.Check
	Access   access.Method
	Protocol string // … with its algorithms: "PACE-ECDH-GM-AES-128 brainpoolP256r1"
	Stats    Stats
}

// Read waits for a card, opens it with the first key that fits, reads the
// files that the chip lists and verifies them.
//
// A file that is absent or unreadable never ends the read: the check "files"
// tells of it. A card that is lost is waited for; when the same card comes
// back (the same key opens it and its EF.SOD is the same to the byte), reading
// goes on where it was. What does end the read: no key fits
// ([access.ErrWrongKey], [ErrTooManyKeys]), the card stays away
// ([apdu.ErrCardLost]), another one comes ([ErrOtherCard]), the chip is no
// identity card ([ErrNoApplication]), a broken opening protocol, or ctx;
// [Explain] has the words for each. A failed verification is no error: it is
// in the report's checks.
func (r *Reader) Read(ctx context.Context, slot apdu.Slot, keys []access.Key) (*Report, error) {
	if len(keys) == 0 {
		return nil, ErrNoKey
	}
	s := newSession(r, slot, keys)
	defer s.close()
	for {
		err := s.run(ctx)
		if err == nil {
			break
		}
		s.close()
		if !s.mayResume(ctx, err) {
			return nil, fmt.Errorf("read card: %s: %w", s.step, err)
		}
	}
	s.progress(stepVerify)
	s.verify()
	return &Report{Document: s.doc, Checks: s.checks, Access: s.method, Protocol: s.protocol, Stats: s.stats()}, nil
}

// run is one turn at the card: all of the read, or what an earlier turn left
// of it.
func (s *session) run(ctx context.Context) error {
	s.counting = s.raw(lds.EFSOD) == nil // after a loss, what is read again is no news
	for _, step := range []struct {
		name string
		run  func(context.Context) error
	}{
		{StepCard, s.insert},
		{lds.EFCardAccess.String(), s.readCardAccess},
		{stepMaster, s.readMaster},
		{StepAccess, s.open},
		{stepSame, s.recognise},
		{stepFiles, s.readFiles},
	} {
		if step.name == stepSame && s.resumes == 0 || step.name == stepMaster && !s.reader.Everything {
			continue
		}
		s.progress(step.name)
		if err := step.run(ctx); err != nil {
			return err
		}
	}
	return nil
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
