package central

import "strings"

// A phone's length in digits, and that of a Vietnamese one without its 0.
const (
	minPhone      = 8
	maxPhone      = 15
	nationalPhone = 9
)

// phoneNumber brings a phone to one form, however people write it: a Vietnamese
// one begins with 0, another with +. Two spellings of one phone must not pass
// for two phones, neither in the register nor against the limits of messages.
func phoneNumber(s string) (string, bool) {
	abroad := strings.HasPrefix(strings.TrimSpace(s), "+")
	digits := strings.NewReplacer(" ", "", ".", "", "-", "", "(", "", ")", "").Replace(s)
	digits = strings.TrimPrefix(digits, "+")
	if len(digits) < minPhone || len(digits) > maxPhone || strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) {
		return "", false
	}
	if rest, ok := strings.CutPrefix(digits, "00"); ok && !abroad {
		abroad, digits = true, rest
	}
	if rest, ok := strings.CutPrefix(digits, "84"); ok {
		rest = strings.TrimPrefix(rest, "0") // as in +84 (0)…
		if abroad || len(rest) == nationalPhone {
			return "0" + rest, true
		}
	}
	if abroad {
		return "+" + digits, true
	}
	return digits, true
}
