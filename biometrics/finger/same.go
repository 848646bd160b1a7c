package finger

import (
	"maps"
	"slices"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/minutiae"
)

// Clash says that two prints that should be of different fingers are of one.
type Clash struct {
	// A is the finger that a print was taken as; B the one it is as well:
	// another print of the same person, or a print on the card.
	A, B  biometrics.Finger
	Score int // of minutiae.Match, at least minutiae.SameFinger
}

// Clashes compares each print with the others of the same person and returns
// the pairs that are the same finger: one was laid on twice. A is the lower
// number; the pairs are in ascending order. A nil template is passed over.
func Clashes(prints map[biometrics.Finger]*minutiae.Template) []Clash {
	fingers := slices.Sorted(maps.Keys(prints))
	var out []Clash
	for i, a := range fingers {
		for _, b := range fingers[i+1:] {
			if s := minutiae.Match(prints[a], prints[b]); s >= minutiae.SameFinger {
				out = append(out, Clash{a, b, s})
			}
		}
	}
	return out
}

// Swapped compares each print with the known ones, as the card holds them, and
// returns those that are another finger than they were taken as: A is what the
// print was taken as, B what the card knows it as, in ascending order. A print
// that also agrees with its own finger of the card, and no less, changed places
// with nobody: the card then holds one finger twice.
func Swapped(prints, known map[biometrics.Finger]*minutiae.Template) []Clash {
	var out []Clash
	others := slices.Sorted(maps.Keys(known))
	for _, a := range slices.Sorted(maps.Keys(prints)) {
		own := minutiae.Match(prints[a], known[a])
		for _, b := range others {
			if b == a {
				continue
			}
			if s := minutiae.Match(prints[a], known[b]); s >= minutiae.SameFinger && s > own {
				out = append(out, Clash{a, b, s})
			}
		}
	}
	return out
}
