package mrz

import "strings"

// splitNames divides the name field at the first double filler (Doc 9303-3
// §4.6): before it the primary identifier, behind it the secondary. It returns
// them with spaces, and the column where the secondary begins, len(raw) where
// there is none.
func splitNames(raw string) (surname, given string, second int) {
	second = len(raw)
	first := withoutFillers(raw)
	rest := ""
	if i := strings.Index(first, "<<"); i >= 0 {
		first, rest, second = first[:i], first[i+2:], i+2
	}
	first, rest = strings.Trim(first, "<"), strings.Trim(rest, "<")
	if !strings.Contains(first, "<") && !strings.Contains(rest, "<") {
		return first, rest, second
	}
	// Both in one piece of memory.
	var b strings.Builder
	b.Grow(len(first) + len(rest))
	writeSpaced(&b, first)
	n := b.Len()
	writeSpaced(&b, rest)
	return b.String()[:n], b.String()[n:], second
}

// writeSpaced writes raw, which has no fillers at its ends, with one space for
// each run of fillers.
func writeSpaced(b *strings.Builder, raw string) {
	for i := range len(raw) {
		if raw[i] != '<' {
			b.WriteByte(raw[i])
		} else if raw[i-1] != '<' {
			b.WriteByte(' ')
		}
	}
}

// spaced turns each run of fillers into one space, none at the ends.
func spaced(raw string) string {
	raw = strings.Trim(raw, "<")
	if !strings.Contains(raw, "<") {
		return raw
	}
	var b strings.Builder
	b.Grow(len(raw))
	writeSpaced(&b, raw)
	return b.String()
}

func pad(s string, n int) string {
	if len(s) >= n {
		return s
	}
	return s + strings.Repeat("<", n-len(s))
}
