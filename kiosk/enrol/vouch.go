package enrol

import (
	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/reader/verdict"
)

// Voucher is a fingerprint reader that says how far it is known to be genuine:
// one whose prints are signed. What it says is shown and kept with its prints.
type Voucher interface{ Trust() verdict.Check }

// trustOf asks a reader; the check of one that does not sign has no name.
func trustOf(s biometrics.Scanner) verdict.Check {
	if v, ok := s.(Voucher); ok {
		return v.Trust()
	}
	return verdict.Check{}
}

// scannerCheck is what the readers of the kept prints said of themselves, the
// first that did not pass where there are several; without a name where none
// signs.
func (s *state) scannerCheck() (worst verdict.Check) {
	for _, p := range s.sortedPrints() {
		if p.run >= len(s.attempts) { // no try of it was noted
			continue
		}
		if c := s.attempts[p.run].trust; c.Name != "" && (worst.Name == "" || worst.Outcome == verdict.Passed) {
			worst = c
		}
	}
	return worst
}
