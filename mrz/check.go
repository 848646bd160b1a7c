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
	for ; len(s) > 0 && d.phase != 0; s = s[1:] {
		d.one(s[0])
	}
	sum := 0
	for ; len(s) >= 3; s = s[3:] {
		sum += 7*int(weights[s[0]]) + 3*int(weights[s[1]]) + int(weights[s[2]])
	}
	d.sum += sum
	for ; len(s) > 0; s = s[1:] {
		d.one(s[0])
	}
}

func (d *digitSum) one(c byte) {
	d.sum += int(weights[c]) * [...]int{7, 3, 1}[d.phase]
	if d.phase++; d.phase == 3 {
		d.phase = 0
	}
}

func (d *digitSum) digit() byte { return byte('0' + d.sum%10) }
