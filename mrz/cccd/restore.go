package cccd

import (
	"reflect"
	"strings"
	"unicode"
)

// restore undoes what was done to a text where nothing has to be guessed: the
// way back is unique and ends in a whole card. Input methods are not undone:
// Telex writes "Loor" for Lổ, and Loor is a name.
func restore(text string, kind Kind) *Card {
	var candidates []string
	switch kind {
	case KindMojibake:
		for _, page := range codePages {
			if utf, ok := unread(text, page); ok && vietnamese(utf) {
				candidates = append(candidates, utf)
			}
		}
	case KindSeparator:
		if sep := separator(text); sep != 0 {
			candidates = []string{strings.ReplaceAll(text, string(sep), "|")}
		}
	case KindTwoScans:
		candidates = halves(text)
	case KindCapsLock:
		candidates = []string{exchanged(text)}
	}
	var found *Card
	for _, text := range candidates {
		c, wrong := read(text)
		if wrong != "" || kind == KindSeparator && hasWarning(c, WarnFieldCount) {
			continue
		}
		if found != nil && !reflect.DeepEqual(found, c) {
			return nil // two ways back: a guess
		}
		found = c
	}
	if found != nil {
		found.Warnings = append(found.Warnings, Warning{WarnRestored, "restored from a text that the scanner changed: compare every field with the card"})
	}
	return found
}

// halves returns the first half of a text that says the same twice, with or
// without a line end between.
func halves(text string) []string {
	for _, between := range []string{"", "\n", "\r", "\r\n", "\t", " "} {
		n := len(text) - len(between)
		if n > 0 && n%2 == 0 && text == text[:n/2]+between+text[:n/2] {
			return []string{text[:n/2]}
		}
	}
	return nil
}

// exchanged swaps capitals and small letters.
func exchanged(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, text)
}

func hasWarning(c *Card, code WarningCode) bool {
	for _, w := range c.Warnings {
		if w.Code == code {
			return true
		}
	}
	return false
}
