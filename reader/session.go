package reader

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/verdict"
)

// application is the eMRTD application's name (Doc 9303-10 §3.6).
var application = []byte{0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01}

// masterFile is the identifier of the root.
const masterFile = 0x3F00

// session is one read. Its goroutine owns it. What a turn at the card leaves
// behind is kept for the next: see [session.mayResume].
type session struct {
	reader *Reader
	slot   apdu.Slot
	keys   []access.Key
	log    *slog.Logger
	debug  bool

	// The turn at the card.
	meter      meter
	started    time.Time
	card       apdu.Card // the plain card, then the secured one; nil between turns
	atr        []byte
	visit      uint64
	attempts   *Attempts
	own        *Attempts // of this read alone
	room       int       // most bytes of an answer's data field that are asked for
	sure       bool      // … as the chip has shown, one way or the other
	proved     int       // bytes of the longest answer that came
	suspect    bool      // the card was lost over a longer one
	suspicions int       // … so often in this read
	shorts     bool      // the chip takes short identifiers
	selects    bool      // … it does not
	missing    bool      // the last file was refused with 6A82

	// The loss of the card.
	resumes   int
	fruitless int   // of them in a row that brought nothing
	best      int   // bytes and absent files known at the last loss
	lost      error // why the card is waited for; nil at first

	// What was found out.
	method   access.Method
	protocol string
	proofs   proofs
	key      *access.Key  // the one that fitted
	part     *partial     // the file that is being read
	begun    *partial     // … that was when the card was lost
	signed   []lds.FileID // the groups that EF.SOD lists
	ends     map[lds.FileID]int

	// What is told.
	doc         *lds.Document
	step        string
	done, total int     // bytes read and known
	told        int     // bytes that the watcher knows of
	counting    bool    // what is read is news
	speed       float64 // bytes a second of long answers
	problems    []problem
	checks      []verdict.Check
}

// problem is a file that the chip lists and that could not be used.
type problem struct {
	id  lds.FileID
	err error
}

func newSession(r *Reader, slot apdu.Slot, keys []access.Key) *session {
	s := &session{
		reader: r, slot: slot, keys: keys[:min(len(keys), MaxKeys)], doc: &lds.Document{},
		log: r.log(), attempts: r.Attempts, own: new(Attempts), room: shortRoom, counting: true, ends: map[lds.FileID]int{},
	}
	s.debug = s.log.Enabled(context.Background(), slog.LevelDebug)
	return s
}

// insert waits for the card and powers it. A card that was lost is waited for
// as long as the Reader says.
func (s *session) insert(ctx context.Context) error {
	waiting, cancel := ctx, context.CancelFunc(func() {})
	if s.lost != nil {
		waiting, cancel = context.WithTimeout(ctx, s.reader.wait())
	}
	defer cancel()
	card, err := s.slot.Insert(waiting)
	switch {
	case err != nil && waiting.Err() != nil && s.lost != nil:
		return fmt.Errorf("%w (it did not come back: %w)", s.lost, err)
	case err != nil:
		return err
	}
	if s.started.IsZero() {
		s.started = s.reader.now()
	}
	s.meter.card = card
	s.card = &s.meter
	s.missing = false
	s.proofs.forgetTurn()
	visit, known := apdu.Visit(card)
	if !known || s.attempts == nil {
		s.attempts = s.own // nobody can tell when the card is lifted: count for this read
	}
	atr := apdu.ATR(card)
	if s.lost == nil || !bytes.Equal(atr, s.atr) {
		s.recallRoom(atr)
	} else {
		s.settleRoom(known, visit == s.visit)
	}
	s.visit, s.atr = visit, atr
	return nil
}

func (s *session) close() {
	if s.card == nil {
		return
	}
	if err := s.card.Close(); err != nil {
		s.log.Debug("close card", "err", err)
	}
	s.card = nil
}

// open tries the keys in their order and leaves the application selected
// behind secure messaging. A card that came back gets the key that fitted.
func (s *session) open(ctx context.Context) error {
	if s.key != nil {
		err := s.openWith(ctx, *s.key)
		if errors.Is(err, access.ErrWrongKey) || errors.Is(err, ErrNoApplication) {
			return fmt.Errorf("%w (the key does not fit it)", ErrOtherCard)
		}
		return err
	}
	var wrong error
	for _, key := range s.keys {
		err := s.attempts.check(s.slot.Name(), s.visit, key)
		if err == nil {
			if err = s.openWith(ctx, key); errors.Is(err, access.ErrWrongKey) {
				s.attempts.refuse(s.slot.Name(), s.visit, key, err)
			}
		}
		switch {
		case err == nil:
			s.key = &key
			s.attempts.forget(s.slot.Name())
			s.log.Debug("chip opened", "method", string(s.method))
			return nil
		case errors.Is(err, ErrTooManyKeys), !errors.Is(err, access.ErrWrongKey):
			return err
		}
		s.log.Debug("key refused", "key", key, "err", err)
		wrong = err
	}
	return wrong
}

func (s *session) openWith(ctx context.Context, key access.Key) error {
	s.card = &s.meter
	pace := s.doc.CardAccess != nil && len(s.doc.CardAccess.PACE) > 0
	if !pace {
		if err := s.selectApplication(ctx); err != nil {
			return err
		}
	}
	opened, err := access.Open(ctx, s.card, s.doc.CardAccess, key, s.reader.rand())
	if err != nil {
		return err
	}
	s.card, s.method, s.protocol = opened.Card, opened.Method, opened.Protocol
	s.proofs.mapped, s.proofs.idPICC = opened.ChipKey, opened.IDPICC
	if !pace {
		return nil
	}
	if err := s.proveMapping(ctx); err != nil {
		return err
	}
	return s.selectApplication(ctx)
}

func (s *session) selectApplication(ctx context.Context) error {
	r, err := apdu.Send(ctx, s.card, apdu.Command{Ins: apdu.InsSelect, P1: 0x04, P2: 0x0C, Data: application})
	switch {
	case err != nil:
		return err
	case r.Status.Refused():
		return fmt.Errorf("%w (%w)", ErrNoApplication, r.Status)
	}
	return nil
}
