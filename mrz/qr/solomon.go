package qr

// Reed-Solomon decoding over GF(256) with errors and erasures (ISO/IEC 18004
// §7.5; the field is x⁸+x⁴+x³+x²+1, the first root α⁰). gozxing corrects errors
// only; telling it which codewords are unsure nearly doubles what a block
// bears.

// field holds the powers of α and their logarithms.
type field struct {
	exp [512]byte
	log [256]int
}

func newField() *field {
	const primitive = 0x11d
	f := new(field)
	x := 1
	for i := range 255 {
		f.exp[i], f.exp[i+255] = byte(x), byte(x)
		f.log[x] = i
		if x <<= 1; x > 255 {
			x ^= primitive
		}
	}
	return f
}

func (f *field) mul(a, b byte) byte {
	if a == 0 || b == 0 {
		return 0
	}
	return f.exp[f.log[a]+f.log[b]]
}

// div divides by b, which is not 0.
func (f *field) div(a, b byte) byte {
	if a == 0 {
		return 0
	}
	return f.exp[f.log[a]+255-f.log[b]]
}

// value evaluates a polynomial, lowest power first, at α^power.
func (f *field) value(p []byte, power int) byte {
	var v byte
	for i := len(p) - 1; i >= 0; i-- {
		if v != 0 {
			v = f.exp[f.log[v]+power]
		}
		v ^= p[i]
	}
	return v
}

// maxCheck is the largest number of check codewords in a block of any version.
const maxCheck = 30

// syndromes fills s and reports whether the block is free of errors.
func (f *field) syndromes(block, s []byte) (clean bool) {
	clean = true
	for i := range s {
		var v byte
		for _, c := range block {
			if v != 0 {
				v = f.exp[f.log[v]+i]
			}
			v ^= c
		}
		s[i] = v
		clean = clean && v == 0
	}
	return clean
}

// correct repairs a block in place whose last check codewords are for checking;
// erased lists positions that are not to be believed. It returns how many
// other codewords it changed. On false the block is as it was.
func (f *field) correct(block []byte, check int, erased []int) (errors int, ok bool) {
	var s [maxCheck]byte
	if check > maxCheck || len(erased) > check || len(block) > 255 {
		return 0, false
	}
	if f.syndromes(block, s[:check]) {
		return 0, true
	}
	locator, degree, ok := f.locator(s[:check], len(block), erased)
	if !ok {
		return 0, false
	}
	var fixed [255]byte
	copy(fixed[:], block)
	if !f.repair(fixed[:len(block)], s[:check], locator[:degree+1]) {
		return 0, false
	}
	var again [maxCheck]byte
	if !f.syndromes(fixed[:len(block)], again[:check]) {
		return 0, false
	}
	copy(block, fixed[:])
	return degree - len(erased), true
}

// locator finds the polynomial whose roots are the inverse places of errors
// and erasures, by Berlekamp and Massey started from the erasures.
func (f *field) locator(s []byte, n int, erased []int) (l [maxCheck + 2]byte, degree int, ok bool) {
	l[0] = 1
	for k, position := range erased {
		x := f.exp[n-1-position]
		for i := k + 1; i > 0; i-- {
			l[i] ^= f.mul(l[i-1], x)
		}
	}
	b, e := l, len(erased)
	degree = e
	for r := e + 1; r <= len(s); r++ {
		var delta byte
		for i := 0; i <= min(degree, r-1); i++ {
			delta ^= f.mul(l[i], s[r-1-i])
		}
		copy(b[1:], b[:len(b)-1]) // times x
		b[0] = 0
		if delta == 0 {
			continue
		}
		next := l
		for i := range next {
			next[i] ^= f.mul(delta, b[i])
		}
		if 2*degree <= r+e-1 {
			for i := range b {
				b[i] = f.div(l[i], delta)
			}
			degree = r + e - degree
		}
		l = next
	}
	if degree > len(s) || 2*(degree-e)+e > len(s) || l[degree] == 0 {
		return l, 0, false
	}
	return l, degree, true
}

// repair adds the magnitudes by Forney's formula at the roots of the locator;
// false where it has not as many roots as its degree.
func (f *field) repair(block, s, locator []byte) bool {
	var omega [maxCheck]byte
	for i := range s {
		for j := 0; j <= min(i, len(locator)-1); j++ {
			omega[i] ^= f.mul(s[i-j], locator[j])
		}
	}
	var slope [maxCheck + 2]byte // the formal derivative
	for i := 1; i < len(locator); i += 2 {
		slope[i-1] = locator[i]
	}
	roots := 0
	for i := range block {
		power := len(block) - 1 - i
		inverse := (255 - power) % 255
		if f.value(locator, inverse) != 0 {
			continue
		}
		roots++
		d := f.value(slope[:len(locator)], inverse)
		if d == 0 {
			return false
		}
		block[i] ^= f.mul(f.exp[power], f.div(f.value(omega[:len(s)], inverse), d))
	}
	return roots == len(locator)-1
}
