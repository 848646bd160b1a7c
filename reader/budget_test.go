package reader_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/verdict"
)

// portrait is the size of DG2 that the peers' figures are for.
const portrait = 20084

// spec is a profile with a portrait of that size.
func spec(t testing.TB, p chip.Profile, edit func(*chip.Spec)) chip.Spec {
	t.Helper()
	s, ok := chip.ProfileSpec(p)
	if !ok {
		t.Fatalf("no profile %s", p)
	}
	s.Content.DG2Size = portrait
	if edit != nil {
		edit(&s)
	}
	return s
}

func (s *station) issueSpec(t testing.TB, spec chip.Spec, f chip.Fault) *chip.Card {
	t.Helper()
	card, err := s.issuer.IssueSpec(chip.Sample(), spec, f)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

func short(s *chip.Spec) { s.Extended = false }

// TestFewestCommandsOfARead counts what a whole read costs, with passive,
// chip and active authentication, from power-up on; and when DG1 is shown.
func TestFewestCommandsOfARead(t *testing.T) {
	s := newStation(t)
	for _, tt := range []struct {
		name     string
		profile  chip.Profile
		edit     func(*chip.Spec)
		overhead int // short: commands beside Σ⌈size/223⌉
		total    int // extended: all
		first    int // DG1 is shown after so many
	}{
		{"short, nothing known of the card", chip.ProfileCCCD, short, 10, 0, 9},
		{"short, PACE on P-256", chip.ProfilePACEP256, short, 10, 0, 9},
		{"short, BAC", chip.ProfileBAC, short, 11, 0, 9},
		{"short, no short identifiers", chip.ProfileCCCD, func(s *chip.Spec) { s.Extended, s.NoShortIDs = false, true }, 19, 0, 12},
		{"extended", chip.ProfileCCCD, nil, 0, 18, 8},
		{"extended, PACE on P-256", chip.ProfilePACEP256, nil, 0, 18, 8},
		{"extended, BAC", chip.ProfileBAC, nil, 0, 18, 8},
		{"extended, active authentication alone", chip.ProfileCCCD, func(s *chip.Spec) { s.ChipAuth = nil }, 0, 16, 8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			card := s.issueSpec(t, spec(t, tt.profile, tt.edit), chip.FaultNone)
			shown := 0
			s.reader.OnProgress = func(p reader.Progress) {
				if shown == 0 && p.Document.MRZ != nil {
					shown = card.Commands()
				}
			}
			report, err := s.reader.Read(t.Context(), slot(card), []access.Key{mrzKey(t, card)})
			if err != nil {
				t.Fatal(err)
			}
			if worst := verdict.Worst(report.Checks); worst != verdict.Passed {
				t.Fatalf("verdict %v: %+v", worst, report.Checks)
			}
			blocks := 0
			for _, f := range report.Document.Raw {
				if f.Name == "DG2" && len(f.Bytes) != portrait {
					t.Errorf("DG2 has %d bytes", len(f.Bytes))
				}
				blocks += (len(f.Bytes) + 222) / 223
			}
			got := report.Stats.Commands
			t.Logf("%d commands, Σ⌈size/223⌉ = %d, DG1 after %d", got, blocks, shown)
			if tt.total > 0 && got > tt.total || tt.total == 0 && got > blocks+tt.overhead {
				t.Errorf("%d commands; %d beside the blocks", got, got-blocks)
			}
			if report.Stats.Extended != (tt.total > 0) {
				t.Errorf("extended: %v", report.Stats.Extended)
			}
			if shown == 0 || shown > tt.first {
				t.Errorf("DG1 is shown after %d commands", shown)
			}
		})
	}
}

// TestKnownCardTypes: what a type of card can is asked once.
func TestKnownCardTypes(t *testing.T) {
	s := newStation(t)
	for name, edit := range map[string]func(*chip.Spec){
		"short":     short,
		"dies":      func(s *chip.Spec) { s.Extended, s.OnExtended = false, chip.ExtendedSilent },
		"truncates": func(s *chip.Spec) { s.Extended, s.OnExtended = false, chip.ExtendedTruncated },
		"4 KB":      func(s *chip.Spec) { s.MaxResponse = 4 << 10 },
		"extended":  nil,
	} {
		t.Run(name, func(t *testing.T) {
			s.reader.Extended, s.reader.Wait = new(reader.Lengths), 0
			card := s.issueSpec(t, spec(t, chip.ProfileCCCD, edit), chip.FaultNone)
			place, keys := slot(card), []access.Key{mrzKey(t, card)}
			var commands [3]int
			for i := range commands {
				report, err := s.reader.Read(t.Context(), place, keys)
				if err != nil || verdict.Worst(report.Checks) != verdict.Passed {
					t.Fatal(err)
				}
				commands[i] = report.Stats.Commands
				if i > 0 && report.Stats.Resumes > 0 {
					t.Error("the chip is asked for too much again")
				}
			}
			t.Logf("%v commands", commands)
			if commands[1] > commands[0] || commands[2] != commands[1] {
				t.Errorf("%v commands", commands)
			}
			room, ok := s.reader.Extended.Room(place.Name(), card.ATR())
			if !ok || (room == 256) != (name == "short" || name == "dies") { // short answers to long questions do no harm
				t.Errorf("room %d, known %v", room, ok)
			}
		})
	}
}

// TestUnknownCardMayDieOfTheQuestion, also where no lost card is waited for.
func TestUnknownCardMayDieOfTheQuestion(t *testing.T) {
	s := newStation(t)
	for _, on := range []chip.OnExtended{"", chip.ExtendedSilent, chip.ExtendedTruncated} {
		card := s.issueSpec(t, spec(t, chip.ProfileCCCD, func(s *chip.Spec) { s.Extended, s.OnExtended = false, on }), chip.FaultNone)
		report, err := s.reader.Read(t.Context(), slot(card), []access.Key{mrzKey(t, card)})
		if err != nil || verdict.Worst(report.Checks) != verdict.Passed || report.Document.Face == nil {
			t.Errorf("%q: %v", on, err)
		}
	}
}

func TestLengthsAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "card-types.json")
	atr := []byte{0x3B, 0x80}
	l, err := reader.LoadLengths(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Learn("a", atr, 256), l.Learn("b", atr, 10240), l.Learn("a", nil, 4096)); err != nil {
		t.Fatal(err)
	}
	if l, err = reader.LoadLengths(path); err != nil {
		t.Fatal(err)
	}
	if room, ok := l.Room("a", atr); room != 256 || !ok {
		t.Errorf("%d, %v", room, ok)
	}
	if room, ok := l.Room("b", atr); room != 10240 || !ok {
		t.Errorf("%d, %v", room, ok)
	}
	if _, ok := l.Room("c", atr); ok {
		t.Error("another reader is known")
	}
	for _, spoilt := range []string{"", "{", `{"3b80 a":1}`, `{"3b80 a":99999999}`} {
		if err := os.WriteFile(path, []byte(spoilt), 0o600); err != nil {
			t.Fatal(err)
		}
		if l, err = reader.LoadLengths(path); err != nil {
			t.Fatal(err)
		}
		if _, ok := l.Room("a", atr); ok || l.Learn("a", atr, 4096) != nil {
			t.Errorf("%q is believed", spoilt)
		}
	}
}
