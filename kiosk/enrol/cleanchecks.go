package enrol

import (
	"slices"

	"github.com/tram-station/tram/reader/verdict"
)

// cleanChecks are the checks of a read: their sentences may quote the card, say
// the issuer's name.
func cleanChecks(checks []verdict.Check) []verdict.Check {
	out := slices.Clone(checks)
	for i := range out {
		for _, w := range []*verdict.Words{&out[i].Reason, &out[i].Next} {
			w.VI, w.EN = cleanValue(w.VI), cleanValue(w.EN)
		}
	}
	return out
}
