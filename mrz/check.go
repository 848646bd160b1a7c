package mrz

import "fmt"

// CheckDigit computes the check digit of s (Doc 9303-3 §4.9): weights 7, 3, 1
// repeating, digits as themselves, A–Z as 10–35, filler as 0, modulo 10. It
// fails on a character that cannot occur in a zone.
func CheckDigit(s string) (byte, error) {
	for i := range len(s) {
		if weight(s[i]) < 0 {
			return 0, fmt.Errorf("%w (character %q)", ErrNotMRZ, s[i])
		}
	}
	return checkDigit(s), nil
}

// checkDigit is CheckDigit for text that normalise has seen.
func checkDigit(s string) byte {
	var sum digitSum
	sum.add(s)
	return sum.digit()
}

// digitSum is a check digit under way, over text that comes in pieces.
type digitSum struct{ sum, n int }

func (d *digitSum) add(s string) {
	weights := [3]int{7, 3, 1}
	for i := range len(s) {
		d.sum += weight(s[i]) * weights[d.n%3]
		d.n++
	}
}

func (d *digitSum) digit() byte { return byte('0' + d.sum%10) }

// text returns a digit as a string, without making a new one.
func text(digit byte) string { return "0123456789"[digit-'0':][:1] }

// weight is the value of a character in the check digit, -1 where it cannot
// occur in a zone.
func weight(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	case c == '<':
		return 0
	}
	return -1
}

// fits reports whether every character of s may stand in the class.
func (c class) fits(s string) bool {
	for i := range len(s) {
		isDigit := s[i] >= '0' && s[i] <= '9'
		isLetter := s[i] >= 'A' && s[i] <= 'Z'
		switch {
		case s[i] == '<':
		case c == letters && isLetter, c == digits && isDigit, c == mixed && (isDigit || isLetter):
		case c == sexes && (s[i] == 'M' || s[i] == 'F' || s[i] == 'X'):
		default:
			return false
		}
	}
	return true
}
