package enrol

import (
	"context"
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

// readChip waits for the card and reads it. A lost card is waited for by the
// reader, and here again where that gave up; a wrong key ends the work.
func (s *Station) readChip(ctx context.Context, scan *scanned, corrects *correction) {
	keys, err := scan.keys()
	if err != nil {
		s.deliver(ctx, "chip", event{Kind: evChipRefused, At: s.cfg.Now(), Code: "wrong-key"})
		return
	}
	for failures := 0; ctx.Err() == nil; {
		s.report(ctx, func() { s.live.chip = ChipView{State: "waiting"} })
		begun := s.cfg.Now()
		r, err := s.cfg.Chip.Read(ctx, keys, func(p reader.Progress) {
			switch p.Step {
			case reader.StepCard:
				return // still waiting: what was said of the last card stands
			case reader.StepLost:
				s.report(ctx, func() { s.trouble("chip", problem("card-lost")) })
				return
			}
			s.report(ctx, func() {
				s.clear("chip")
				s.live.chip = ChipView{State: "reading", Step: p.Step, Done: p.Done, Total: p.Total}
			})
		})
		e := event{At: s.cfg.Now()}
		e.Elapsed = e.At.Sub(begun)
		code := reader.Explain(err).Code
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && r != nil && r.Document != nil:
			if code := s.stranger(corrects, r); code != "" {
				s.deliver(ctx, "chip", event{Kind: evChipRefused, At: e.At, Code: code})
				return
			}
			e.Kind, e.Chip = evChip, discreet(r)
			e.Elapsed = min(e.Elapsed, max(r.Stats.Elapsed, 0)) // not the wait for the card
			s.deliver(ctx, "chip", e)
			return
		case slices.Contains(endingFaults, code):
			e.Kind, e.Code, e.Elapsed = evChipRefused, code, 0
			s.deliver(ctx, "chip", e)
			return
		case !slices.Contains(passingFaults, code):
			if failures++; failures >= maxChipErrors {
				e.Kind, e.Code, e.Elapsed = evChipRefused, "chip-unreadable", 0
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
