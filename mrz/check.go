package mrz

import "fmt"

// CheckDigit computes the check digit of s (Doc 9303-3 §4.9): weights 7, 3, 1
// repeating, digits as themselves, A–Z as 10–35, filler as 0, modulo 10. It
// fails on a character that cannot occur in a zone.
func CheckDigit(s string) (byte, error) {
	for i := range len(s) {
		if !ClassAny.Has(s[i]) {
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
type digitSum struct{ sum, phase int }

func (d *digitSum) add(s string) {
	weights := [4]int{7, 3, 1}
	phase := d.phase
	for i := range len(s) {
		d.sum += int(symbols[s[i]].weight) * weights[phase&3]
		if phase++; phase == 3 {
			phase = 0
		}
	}
	d.phase = phase
}

func (d *digitSum) digit() byte { return byte('0' + d.sum%10) }

// text returns a digit as a string, without making a new one.
func text(digit byte) string { return "0123456789"[digit-'0':][:1] }
