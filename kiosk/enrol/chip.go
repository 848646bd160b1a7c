package enrol

import (
	"context"
	"fmt"
	"slices"

	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/lds"
)

// hasPhoto reports whether the chip was read and holds a photograph.
func (s *state) hasPhoto() bool {
	return s.chip != nil && s.chip.Document.Face != nil && len(s.chip.Document.Face.Image) > 0
}

// Why there is no photograph to compare with.
const (
	noChipPhoto = "no-chip-photo"
	noCardPhoto = "no-card-photo"
)

func (s *state) faceless() string {
	if s.cardless() {
		return noCardPhoto
	}
	return noChipPhoto
}

// face is the chip's photograph, nil where there is none.
func (s *state) face() *lds.Face {
	if s.chip == nil {
		return nil
	}
	return s.chip.Document.Face
}

// maxChipErrors is how often a card that answers, but wrongly, is read again
// before a new scan is asked for. A lost card or cable is not counted.
const maxChipErrors = 3

// Faults of the reader by what is done about them: some end the work, because
// the same key or card would fail again; some pass by themselves.
var (
	endingFaults  = []string{"no-key", "wrong-key", "too-many-keys", "needs-mrz", "key-blocked", "pin-suspended", "pin-last-try", "other-card"}
	passingFaults = []string{"card-lost", "chip-silent", "chip-timeout", "card-reset", "no-reader", "reader-busy"}
)

// cardWork is a card that is to be read, taken out of the state: a later scan
// replaces what is there.
type cardWork struct {
	scan          *scanned
	read, refused string // kinds of the events that it ends with
	corrects      *correction
	not           string // number of whoever's card it may not be
}

// wantedCard is the card that is to be read now: the guardian's, in that step,
// or the citizen's.
func (s *Station) wantedCard() (key string, w cardWork) {
	st := s.st
	if st == nil || st.done != nil || !st.signedAt.IsZero() {
		return "", cardWork{}
	}
	if g := &st.guardian; g.scan != nil && g.chip == nil && g.refused == "" && g.said == nil {
		return fmt.Sprintf("%s/guardian/%d", st.id, g.scans), cardWork{scan: g.scan, read: evGuardianChip, refused: evGuardianRefused}
	}
	if st.scan != nil && st.chip == nil && st.chipRefused == "" && !st.cardless() {
		return fmt.Sprintf("%s/chip/%d", st.id, st.scans),
			cardWork{scan: st.scan, read: evChip, refused: evChipRefused, corrects: st.corrects, not: st.guardianNumber()}
	}
	return "", cardWork{}
}

// readChip waits for the card and reads it. A lost card is waited for by the
// reader, and here again where that gave up; a wrong key ends the work.
func (s *Station) readChip(ctx context.Context, w cardWork) {
	keys, err := w.scan.keys()
	if err != nil {
		s.deliver(ctx, "chip", event{Kind: w.refused, At: s.cfg.Now(), Code: "wrong-key"})
		return
	}
	for failures := 0; ctx.Err() == nil; {
		s.report(ctx, func() { s.live.chip = ChipView{State: "waiting"} })
		begun := s.cfg.Now()
		r, err := s.cfg.Chip.Read(ctx, keys, func(p reader.Progress) { s.followChip(ctx, p) })
		e := event{At: s.cfg.Now()}
		e.Elapsed = e.At.Sub(begun)
		code := reader.Explain(err).Code
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && r != nil && r.Document != nil:
			if code := s.stranger(w, r); code != "" {
				s.deliver(ctx, "chip", event{Kind: w.refused, At: e.At, Code: code})
				return
			}
			e.Kind, e.Chip = w.read, discreet(r)
			e.Elapsed = min(e.Elapsed, max(r.Stats.Elapsed, 0)) // not the wait for the card
			s.deliver(ctx, "chip", e)
			return
		case slices.Contains(endingFaults, code):
			e.Kind, e.Code, e.Elapsed = w.refused, code, 0
			s.deliver(ctx, "chip", e)
			return
		case !slices.Contains(passingFaults, code):
			if failures++; failures >= maxChipErrors {
				e.Kind, e.Code, e.Elapsed = w.refused, "chip-unreadable", 0
				s.deliver(ctx, "chip", e)
				return
			}
		}
		// The cause may name what the chip sent; only its class is logged.
		s.report(ctx, func() {
			s.live.chip = ChipView{State: "failed"}
			s.trouble("chip", problem(code))
		})
		if !s.pause(ctx) {
			return
		}
	}
}

// followChip shows how far the reading is, or how the card was lost.
func (s *Station) followChip(ctx context.Context, p reader.Progress) {
	if p.Step == reader.StepCard {
		return // still waiting: what was said of the last card stands
	}
	s.report(ctx, func() {
		if p.Step == reader.StepLost {
			s.trouble("chip", problem(reader.Explain(p.Lost).Code))
		} else {
			s.clear("chip")
		}
		s.live.chip = ChipView{State: "reading", Step: p.Step, Done: p.Done, Total: p.Total}
	})
}
