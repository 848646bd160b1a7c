package mrz

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Transliterate writes a name in the zone's alphabet: upper case A–Z, single
// spaces between the parts. Vietnamese loses its marks; Đ becomes D before the
// marks go, because it has none to lose. Apostrophes are left out, hyphens part
// the name (Doc 9303-3 §4.6). Letters with a spelling of their own follow Doc
// 9303-3 §6; what has no equivalent is left out.
func Transliterate(name string) string {
	var out strings.Builder
	gap := false
	for _, r := range norm.NFD.String(name) {
		letter := spell(unicode.ToUpper(r))
		switch {
		case letter != "":
			if gap && out.Len() > 0 {
				out.WriteByte(' ')
			}
			gap = false
			out.WriteString(letter)
		case unicode.IsSpace(r) || r == '-' || r == '<' || r == '‐' || r == '–':
			gap = true
		}
	}
	return out.String()
}

// spell returns the letters for an upper-case rune without marks, "" for none.
func spell(r rune) string {
	switch r {
	case 'Đ', 'Ð': // U+0110, and U+00D0 as some cards have it
		return "D"
	case 'Æ':
		return "AE"
	case 'Œ':
		return "OE"
	case 'Ø':
		return "OE"
	case 'ẞ', 'ß':
		return "SS"
	case 'Þ':
		return "TH"
	case 'Ł':
		return "L"
	case 'Ħ':
		return "H"
	case 'ı':
		return "I"
	}
	if r >= 'A' && r <= 'Z' {
		return string(r)
	}
	return ""
}

// SplitVietnamese divides a full name as the Vietnamese card prints it: the
// first word is the surname, the rest the middle and given names.
func SplitVietnamese(full string) (surname, given string) {
	words := strings.Fields(full)
	if len(words) == 0 {
		return "", ""
	}
	return words[0], strings.Join(words[1:], " ")
}

// MatchesName reports whether the zone's names are those of the full
// Vietnamese name, as far as the zone had room for them.
func (z *Zone) MatchesName(full string) bool {
	l := layoutFor(z.Format, z.vietnamese())
	if l == nil {
		return false
	}
	for _, p := range l.parts {
		if p.kind == kindNames {
			room := p.to - p.from
			surname, given := SplitVietnamese(full)
			return z.Lines[p.line][p.from:p.to] == pad(nameField(surname, given, room), room)
		}
	}
	return false
}
