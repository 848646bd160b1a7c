package mrz

import (
	"strings"
	"unicode/utf8"
)

// Clean writes text with the characters of the zone where a keyboard, a word
// processor or a scanner's code page has put others that mean the same: small
// letters, full-width forms, « for <<. Control characters and marks without
// width go; line ends and spaces stay, and so does what has no equivalent.
func Clean(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if s, ok := cleaned(r, text[0]); ok {
			b.WriteString(s)
		} else {
			b.WriteString(text[:size])
		}
		text = text[size:]
	}
	return b.String()
}

// cleaned returns what a rune means in a zone, a space included; first is its
// first byte, which counts where the text is not UTF-8. ok is false where it
// means nothing.
func cleaned(r rune, first byte) (s string, ok bool) {
	switch {
	case r < utf8.RuneSelf && capitals[r] != 0:
		return string(capitals[r]), true
	case r == utf8.RuneError && first == 0xAB: // « in Latin-1
		return "<<", true
	case r >= 0xFF01 && r <= 0xFF5E: // full-width forms of ASCII
		return cleaned(r-0xFF01+'!', 0)
	case r == '\n' || r == '\r' || r == '\t':
		return "", false
	case r < ' ' || r == 0x7F:
		return "", true
	}
	switch r {
	case '«', '≪', '《':
		return "<<", true
	case '‹', '〈', '⟨', '˂', '≤':
		return "<", true
	case ' ', 0x00A0, 0x2007, 0x202F, 0x3000: // spaces
		return " ", true
	case 0x00AD, 0x200B, 0x200C, 0x200D, 0x200E, 0x2060, 0xFEFF: // without width
		return "", true
	}
	return "", false
}
