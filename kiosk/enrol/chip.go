package enrol

import (
	"context"
	"errors"

	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
)

// maxChipErrors is how often a card that answers, but wrongly, is read again
// before a new scan is asked for. A lost card or cable is not counted.
const maxChipErrors = 3

// readChip waits for the card and reads it. A lost card is waited for again
// by itself; a wrong key ends the work, because the same key would fail again
// and some chips slow down after wrong ones.
func (s *Station) readChip(ctx context.Context, scan *scanned) {
	keys, err := scan.keys()
	if err != nil {
		s.deliver(ctx, "chip", event{Kind: evChipRefused, At: s.cfg.Now(), Code: "wrong-key"})
		return
	}
	for failures := 0; ctx.Err() == nil; {
		s.report(ctx, func() { s.live.chip = ChipView{State: "waiting"} })
		begun := s.cfg.Now()
		r, err := s.cfg.Chip.Read(ctx, keys, func(p reader.Progress) {
			if p.Step == reader.StepCard {
				return // still waiting: what was said of the last card stands
			}
			s.report(ctx, func() {
				s.clear("chip")
				s.live.chip = ChipView{State: "reading", Step: p.Step, Done: p.Done, Total: p.Total}
			})
		})
		e := event{At: s.cfg.Now()}
		e.Elapsed = e.At.Sub(begun)
		code := chipCode(err)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && r != nil && r.Document != nil:
			e.Kind, e.Chip = evChip, r
			e.Elapsed = min(e.Elapsed, max(r.Stats.Elapsed, 0)) // not the wait for the card
			s.deliver(ctx, "chip", e)
			return
		case code == "wrong-key":
			e.Kind, e.Code, e.Elapsed = evChipRefused, code, 0
			s.deliver(ctx, "chip", e)
			return
		case code == "chip-error":
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

// chipCode tells the reader's errors apart: each has another next step.
func chipCode(err error) string {
	switch {
	case errors.Is(err, access.ErrWrongKey):
		return "wrong-key"
	case errors.Is(err, apdu.ErrCardLost):
		return "card-lost"
	case errors.Is(err, apdu.ErrNoReader):
		return "no-reader"
	}
	return "chip-error"
}
