package cccd

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// How a keyboard-wedge scanner spoils the text. The words below are tests on
// shape, each with the reason why no real name trips it.

// telexWords is how many words must look typed before a card without a single
// Vietnamese letter is called mangled.
const telexWords = 2

// scannerFault returns ErrMangled where names and residence show one of the
// known faults.
func scannerFault(fields []string) error {
	texts := []string{fields[fName], fields[fResidence]}
	if len(fields) >= fields2024 {
		texts = append(texts, fields[fFather], fields[fMother])
	}
	all := strings.Join(texts, " ")
	switch {
	case strings.ContainsAny(fields[fName], "?\ufffd"), strings.ContainsRune(all, '\ufffd'):
		return fmt.Errorf("%w (letters are lost)", ErrMangled)
	case mojibake(all):
		return fmt.Errorf("%w (UTF-8 was read as a Windows code page)", ErrMangled)
	case vni(fields[fName]):
		return fmt.Errorf("%w (VNI digits in the name)", ErrMangled)
	case telex(all):
		return fmt.Errorf("%w (Telex letters)", ErrMangled)
	}
	return nil
}

// mojibake reports whether a word, written in a Windows code page, is UTF-8
// again. Vietnamese words are not: their bytes in those pages form no sequence
// of lead and continuation bytes.
func mojibake(text string) bool {
	for _, page := range []*charmap.Charmap{charmap.Windows1252, charmap.Windows1258} {
		for _, word := range strings.Split(text, " ") {
			b, err := page.NewEncoder().String(word)
			if err == nil && utf8.ValidString(b) && utf8.RuneCountInString(b) < len(b) {
				return true
			}
		}
	}
	return false
}

// vni reports a digit behind a small letter: no name has one.
func vni(name string) bool {
	small := false
	for _, r := range name {
		if small && unicode.IsDigit(r) {
			return true
		}
		small = unicode.IsLower(r)
	}
	return false
}

// telex reports text without a Vietnamese letter in which several words hold
// the key strokes of one. A name alone may be plain ASCII (names of the
// highlands are); with its residence it is not.
func telex(text string) bool {
	typed := 0
	for _, word := range strings.FieldsFunc(strings.ToLower(text), notLetter) {
		for _, r := range word {
			if r > unicode.MaxASCII {
				return false
			}
		}
		if telexWord(word) {
			typed++
		}
	}
	return typed >= telexWords
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// telexWord reports doubled vowels, w behind a vowel, dd, or a tone letter at
// the end: no Vietnamese syllable without marks is spelt so.
func telexWord(word string) bool {
	for _, pair := range []string{"aa", "ee", "oo", "dd", "aw", "ow", "uw"} {
		if strings.Contains(word, pair) {
			return true
		}
	}
	return len(word) > 1 && strings.ContainsRune("sfrxj", rune(word[len(word)-1])) &&
		strings.ContainsAny(word, "aeiouy")
}
