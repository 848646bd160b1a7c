package reader_test

import (
	"testing"
	"time"

	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/chip"
)

// slow is a chip at the end of a slow radio.
type slow struct {
	*chip.Card
	speed int // bytes a second
}

func (s *slow) Process(command []byte) []byte {
	answer := s.Card.Process(command)
	time.Sleep(time.Duration(len(answer)) * time.Second / time.Duration(s.speed))
	return answer
}

// TestProgressEveryFourKilobytes: also where one command brings ten, and on
// its way while that command is still running.
func TestProgressEveryFourKilobytes(t *testing.T) {
	s := newStation(t)
	for name, edit := range map[string]func(*chip.Spec){"short": short, "extended": nil} {
		card := s.issueSpec(t, spec(t, chip.ProfilePACEP256, edit), chip.FaultNone)
		done, events, within := 0, 0, 0
		commands := 0
		s.reader.OnProgress = func(p reader.Progress) {
			if p.Done-done > 4<<10 || p.Done < done || p.Done > p.Total {
				t.Errorf("%s: from %d to %d of %d", name, done, p.Done, p.Total)
			}
			if n := card.Commands(); p.Step == "DG2" && p.Done > done {
				events++
				if n == commands {
					within++
				}
				commands = n
			}
			done = p.Done
		}
		report, err := s.reader.Read(t.Context(), slot(&slow{card, 50000}), []access.Key{mrzKey(t, card)})
		if err != nil {
			t.Fatal(err)
		}
		if done != total(report) || events < portrait/(4<<10) {
			t.Errorf("%s: ends at %d of %d after %d events", name, done, total(report), events)
		}
		if edit == nil && within < 3 { // 10 KB take 200 ms
			t.Errorf("%s: %d events in the middle of a command", name, within)
		}
	}
}
