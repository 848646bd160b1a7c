package compare

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/tram-station/tram/mrz"
)

// spelling makes the spellings of one text equal: normal form, case, spaces,
// punctuation, Ð (U+00D0) for Đ, and the two places of a tone mark (Hòa, Hoà).
func spelling(s string) string {
	words := strings.FieldsFunc(norm.NFD.String(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !apostrophe(r)
	})
	for i, word := range words {
		var letters, tones strings.Builder
		for _, r := range word {
			switch {
			case tone(r):
				tones.WriteRune(r)
			case r == 'Ð' || r == 'ð':
				letters.WriteRune('Đ')
			case !apostrophe(r):
				letters.WriteRune(unicode.ToUpper(r))
			}
		}
		words[i] = letters.String() + tones.String()
	}
	return strings.Join(words, " ")
}

// tone reports the five tone marks of Vietnamese.
func tone(r rune) bool { return strings.ContainsRune("\u0300\u0301\u0303\u0309\u0323", r) }

// apostrophe reports what joins a syllable to its name: H'Ngoan. Its forms are
// many, and some cards have none.
func apostrophe(r rune) bool { return strings.ContainsRune("'’‘ʼ`´", r) }

// bare is the spelling without any mark.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsMark(r):
			return -1
		case r == 'Đ':
			return 'D'
		}
		return r
	}, spelling(s))
}

// texts compares two texts that can carry diacritics. One that has none at all
// was written without: it agrees folded.
func texts(a, b string) Outcome {
	switch x, y := spelling(a), spelling(b); {
	case x == y:
		return Agree
	case bare(a) == bare(b) && (bare(a) == x || bare(b) == y):
		return Folded
	}
	return Differ
}

// zoneRoom is the least that a full name field holds: the 30 characters of a
// TD1, less the double filler.
const zoneRoom = 28

// zoned compares a name of a zone with one in full.
func zoned(a, b Fact) Outcome {
	zone, full := a.Value, b.Value
	if b.Source.zone() {
		zone, full = full, zone
	}
	if spelling(zone) == spelling(full) {
		return Agree
	}
	zone = bare(zone)
	for _, s := range []string{mrz.Transliterate(full), bare(full)} {
		if unspaced(zone) == unspaced(s) || len(zone) >= zoneRoom && cut(strings.Fields(zone), strings.Fields(s)) {
			return Folded
		}
	}
	return Differ
}

// unspaced joins the parts: H' Mẫu is H MAU in one zone, HMAU in another.
func unspaced(s string) string { return strings.ReplaceAll(s, " ", "") }

// cut reports whether short is the name full as a zone cuts it (Doc 9303-3
// §4.6): parts at the end are left out, others are shortened, down to one
// letter.
func cut(short, full []string) bool {
	if len(short) == 0 || len(full) == 0 || !strings.HasPrefix(full[0], short[0]) {
		return false
	}
	i := 0
	for _, part := range full {
		if i < len(short) && strings.HasPrefix(part, short[i]) {
			i++
		}
	}
	return i == len(short)
}
