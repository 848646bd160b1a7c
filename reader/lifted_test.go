package reader_test

import (
	"testing"

	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/verdict"
)

// leaving is a chip in a card reader that tells a dead chip as one that was
// lifted, and as another visit when it answers again.
type leaving struct {
	*chip.Card
	slot *apdu.VirtualSlot
}

func (l *leaving) Process(command []byte) []byte {
	answer := l.Card.Process(command)
	if answer == nil {
		l.slot.Pull()
		l.slot.Put(l)
	}
	return answer
}

// TestDeathToldAsALift: the benefit of the doubt is given once; then a chip
// that dies of long answers is asked for short ones, and that is remembered.
func TestDeathToldAsALift(t *testing.T) {
	s := newStation(t)
	card := s.issueSpec(t, spec(t, chip.ProfileCCCD, func(s *chip.Spec) { s.Extended, s.OnExtended = false, chip.ExtendedSilent }), chip.FaultNone)
	place := new(apdu.VirtualSlot)
	place.Put(&leaving{card, place})
	s.reader.Extended, s.reader.Wait = new(reader.Lengths), 0
	for i, most := range []int{2, 0} {
		report, err := s.reader.Read(t.Context(), place, []access.Key{mrzKey(t, card)})
		if err != nil {
			t.Fatalf("read %d: %v", i, err)
		}
		if verdict.Worst(report.Checks) != verdict.Passed || report.Stats.Resumes > most {
			t.Errorf("read %d: opened %d times more, %v", i, report.Stats.Resumes, verdict.Worst(report.Checks))
		}
	}
}
