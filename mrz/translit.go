package mrz

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Transliterate writes a name in the zone's alphabet: upper case A–Z, single
// spaces between the parts. Vietnamese loses its marks, composed or not; Đ
// becomes D, because it has no mark to lose. Apostrophes, full stops and digits
// are left out, hyphens and commas part the name (Doc 9303-3 §4.6). Letters
// with a spelling of their own follow the tables of Doc 9303-3 §6; what has no
// equivalent is left out.
func Transliterate(name string) string {
	var out []byte
	gap := false
	runes := []rune(norm.NFC.String(name))
	for i, r := range runes {
		letters := spell(unicode.ToUpper(r))
		switch {
		case r == shadda && len(out) > 0 && !gap:
			letters = string(out[len(out)-1])
		case r == tehMarbuta && (i+1 == len(runes) || parts(runes[i+1])):
			letters = "XAH"
		}
		switch {
		case letters != "":
			if gap && len(out) > 0 {
				out = append(out, ' ')
			}
			gap = false
			out = append(out, letters...)
		case parts(r):
			gap = true
		}
	}
	return string(out)
}

// parts reports whether the rune parts a name.
func parts(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == '<' || r == ','
}

// spell returns the letters for an upper-case rune, "" for none.
func spell(r rune) string {
	if r >= 'A' && r <= 'Z' {
		return string(r)
	}
	if s, ok := spelt[r]; ok {
		return s
	}
	var b strings.Builder
	for _, base := range norm.NFKD.String(string(r)) {
		base = unicode.ToUpper(base)
		if base >= 'A' && base <= 'Z' {
			b.WriteRune(base)
		} else if base != r {
			b.WriteString(spelt[base])
		}
	}
	return b.String()
}
