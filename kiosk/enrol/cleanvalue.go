package enrol

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/tram-station/tram/mrz/compare"
)

// maxMarks bounds the marks on one letter: Vietnamese has two.
const maxMarks = 4

// maxRawValue bounds what is looked at of a value, in bytes: a chip may hold
// megabytes in a name.
const maxRawValue = 16 << 10

// cleanValue is a text of a card, a code or a person as the enrolment uses it,
// in every field that reaches the page or the dossier's words: valid, composed,
// on one line, of at most maxField letters, without characters that nobody sees
// or that turn the direction of writing. Markup stays, as the text that it is:
// who shows it escapes it. What the chip itself holds stays in the evidence,
// byte by byte.
func cleanValue(text string) string {
	text = strings.ToValidUTF8(text[:min(len(text), maxRawValue)], "\uFFFD")
	marks := 0
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r):
			return -1
		case unicode.IsControl(r), unicode.IsSpace(r):
			return ' '
		case !unicode.IsMark(r):
			marks = 0
			return r
		}
		if marks++; marks > maxMarks {
			return -1
		}
		return r
	}, text)
	text = norm.NFC.String(strings.Join(strings.Fields(text), " "))
	if letters := []rune(text); len(letters) > maxField {
		text = strings.TrimSpace(string(letters[:maxField]))
	}
	return text
}

// cleanFacts is cleanValue of every value of a side.
func cleanFacts(f compare.Facts) compare.Facts {
	out := compare.Facts{}
	for field, facts := range f {
		for _, fact := range facts {
			if fact.Value = cleanValue(fact.Value); fact.Value != "" {
				out[field] = append(out[field], fact)
			}
		}
	}
	return out
}

// visible drops a character that nobody sees or that turns the direction of
// writing.
func visible(r rune) rune {
	if unicode.Is(unicode.Cf, r) {
		return -1
	}
	return r
}
