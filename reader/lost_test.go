package reader_test

import (
	"testing"
	"time"

	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/chip"
)

// TestLostSaysHow: a card that left and a chip that fell silent where it lies
// are told apart while they are waited for.
func TestLostSaysHow(t *testing.T) {
	s := newStation(t)
	s.reader.Wait = 50 * time.Millisecond
	for fault, want := range map[chip.Fault]string{chip.FaultPull: "card-lost", chip.FaultZero: "chip-silent"} {
		card := s.issue(t, chip.Sample(), chip.ProfileCCCD, fault)
		var lost []string
		s.reader.OnProgress = func(p reader.Progress) {
			if p.Step == reader.StepLost {
				lost = append(lost, reader.Explain(p.Lost).Code)
			} else if p.Lost != nil {
				t.Errorf("%s: lost at %s: %v", fault, p.Step, p.Lost)
			}
		}
		if _, err := s.reader.Read(t.Context(), slot(card), []access.Key{mrzKey(t, card)}); err == nil {
			t.Errorf("%s: the card was read", fault)
		}
		if len(lost) == 0 || lost[0] != want {
			t.Errorf("%s: lost as %q, want %s", fault, lost, want)
		}
	}
}
