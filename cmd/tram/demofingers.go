package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tram-station/tram/kiosk/enrol"
)

// fingers has laid down what the rules want, unit by unit. What the reader can
// not take falls back to other units, so that each look is at the present list.
func (w *walk) fingers(ctx context.Context) error {
	w.show.begin("Thu nhận vân tay", "fingers")
	for begun := 0; ; begun++ {
		units := w.last.Prints.Units
		next := slices.IndexFunc(units, func(u enrol.UnitView) bool { return u.State == "todo" })
		if next < 0 {
			break
		}
		if begun >= maxUnits {
			return fmt.Errorf("%s could not be captured: try the demo again", units[next].Words.EN)
		}
		if err := w.command(ctx, "fingers-start", enrol.FingerArgs{Unit: units[next].ID}); err != nil {
			return err
		}
		err := w.until(ctx, func(s *enrol.Snapshot) bool {
			w.show.bar(next, len(units), s.Prints.Units[min(next, len(s.Prints.Units)-1)].Prompt.VI)
			return !slices.ContainsFunc(s.Prints.Units, func(u enrol.UnitView) bool { return u.State == "active" })
		})
		if err != nil {
			return err
		}
	}
	if err := w.compared(ctx); err != nil {
		return err
	}
	var scores []string
	for _, f := range w.last.Fingers {
		if f.Quality != nil {
			scores = append(scores, fmt.Sprintf("%s %d", f.Words.VI, f.Quality.Score))
		}
	}
	if n := len(w.last.Prints.Rolled); n > 0 {
		scores = append(scores, fmt.Sprintf("%d ngón lăn", n))
	}
	w.show.done(strings.Join(scores, ", "))
	return nil
}

// maxUnits bounds the walk: ten fingers flat, ten rolled, and as many again.
const maxUnits = 40

// compared waits until the prints are compared with each other, and gives the
// reason for what then stands before the signature.
func (w *walk) compared(ctx context.Context) error {
	err := w.until(ctx, func(s *enrol.Snapshot) bool { return s.Step != enrol.StepFingers || len(s.Prints.Clashes) > 0 })
	if err != nil {
		return err
	}
	for _, i := range w.last.Issues {
		if i.Acknowledged || !strings.HasPrefix(i.Code, "finger-") && i.Code != "no-rolled" {
			continue
		}
		if err := w.command(ctx, "acknowledge", enrol.AcknowledgeArgs{Code: i.Code, Reason: "demo: drawn fingers"}); err != nil {
			return err
		}
	}
	return nil
}
