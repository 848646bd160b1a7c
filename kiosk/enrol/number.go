package enrol

import (
	"context"
	"fmt"
	"time"

	"github.com/tram-station/tram/mrz/compare"
	"github.com/tram-station/tram/reader"
)

// numberPatience is how long a card is waited for that is only asked for its
// number: shorter than an answer to a page may take.
const numberPatience = 20 * time.Second

// numberWish is the wish to know whose card lies on the reader, between two
// enrolments.
type numberWish struct {
	key    string
	scan   *scanned
	answer chan numberAnswer // takes one
}

type numberAnswer struct {
	number string
	code   string // of the problem, "" where there is a number
}

// Number returns the citizen's number, for a look-up, from what was typed or
// scanned: the number itself, the card's QR code or its machine-readable zone. A
// CAN names nobody: with it the chip is read, which can be done between two
// enrolments only. Nothing of it is kept. The error is a *CommandError, or the
// context's.
func (s *Station) Number(ctx context.Context, text string) (string, error) {
	scan, p := readScan(ScanArgs{Text: text}, s.cfg.Now())
	if p != nil {
		return "", refuse(p)
	}
	if number := scan.Fields[fieldNumber]; number != "" {
		return number, nil
	}
	w := &numberWish{scan: scan, answer: make(chan numberAnswer, 1)}
	if !s.send(ctx, func() { s.wishNumber(w) }) {
		return "", refuse(problem("closed"))
	}
	defer s.dropWish(w) // where it was called off
	ctx, cancel := context.WithTimeout(ctx, numberPatience)
	defer cancel()
	select {
	case a := <-w.answer:
		if a.code != "" {
			return "", refuse(problem(a.code))
		}
		return a.number, nil
	case <-s.ctx.Done():
		return "", refuse(problem("closed"))
	case <-ctx.Done():
		return "", refuse(problem("no-card"))
	}
}

// between reports whether no enrolment is open.
func (s *Station) between() bool { return s.st == nil || s.st.done != nil || s.st.verified() }

func (s *Station) wishNumber(w *numberWish) {
	if !s.between() || s.wish != nil {
		w.answer <- numberAnswer{code: "wrong-step"}
		return
	}
	s.numbers++
	w.key = fmt.Sprintf("number/%d", s.numbers)
	s.wish = w
	s.drive()
}

func (s *Station) dropWish(w *numberWish) {
	s.send(s.ctx, func() {
		if s.wish == w {
			s.wish = nil
			s.drive()
		}
	})
}

// readNumber reads the card once. Work that is called off answers too: an
// enrolment has begun.
func (s *Station) readNumber(ctx context.Context, w *numberWish) {
	a := s.numberOf(ctx, w.scan)
	s.dropWish(w)
	w.answer <- a
}

func (s *Station) numberOf(ctx context.Context, scan *scanned) numberAnswer {
	keys, err := scan.keys()
	if err != nil {
		return numberAnswer{code: "wrong-key"}
	}
	r, err := s.cfg.Chip.Read(ctx, keys, func(reader.Progress) {})
	switch {
	case ctx.Err() != nil:
		return numberAnswer{code: "wrong-step"}
	case err != nil || r == nil || r.Document == nil:
		return numberAnswer{code: reader.Explain(err).Code}
	}
	number := compare.FromChip(r.Document, s.cfg.Now()).Values()[fieldNumber]
	if number == "" {
		return numberAnswer{code: "no-number"}
	}
	return numberAnswer{number: number}
}
