package crypt

import (
	"encoding/binary"
	"math/big"
	"math/bits"
)

// maxLimbs holds the longest prime, 521 bits, in words of 64 bits.
const maxLimbs = 9

// residue is a number modulo a field's prime, in Montgomery form and little
// endian. Only the field's first n limbs are used.
type residue [maxLimbs]uint64

// field computes modulo an odd prime of up to 521 bits. No operation's time
// depends on the numbers, only on the prime, except where it says so.
type field struct {
	n       int // limbs
	size    int // bytes
	m       residue
	inverse uint64  // -1/m modulo 2^64
	one, r2 residue // the numbers 1 and 2^(64n), in Montgomery form
	prime   *big.Int
	minus2  []byte // the prime less two: the exponent of the inverse
}

// newField returns the arithmetic of an odd prime. Shorter primes than four
// limbs are computed with in four, which are unrolled.
func newField(prime *big.Int) *field {
	f := &field{
		n: max(4, (prime.BitLen()+63)/64), size: (prime.BitLen() + 7) / 8, prime: prime,
		minus2: new(big.Int).Sub(prime, big.NewInt(2)).Bytes(),
	}
	f.m.fill(prime)
	f.inverse = 1 // by Newton: each round doubles the bits that are right
	for range 6 {
		f.inverse *= 2 + f.m[0]*f.inverse
	}
	r := new(big.Int).Lsh(big.NewInt(1), uint(64*f.n))
	f.one.fill(new(big.Int).Mod(r, prime))
	f.r2.fill(r.Mod(r.Mul(r, r), prime))
	return f
}

// fill sets the plain limbs of a number.
func (z *residue) fill(v *big.Int) {
	var b [8 * maxLimbs]byte
	v.FillBytes(b[:])
	for i := range z {
		z[i] = binary.BigEndian.Uint64(b[len(b)-8*(i+1):])
	}
}

// big converts a public constant.
func (f *field) big(v *big.Int) *residue {
	z := new(residue)
	z.fill(v)
	f.mul(z, z, &f.r2)
	return z
}

// setBytes reads a big-endian number of the field's size and reports whether
// it is below the prime. Its time depends on nothing but that.
func (f *field) setBytes(z *residue, b []byte) bool {
	if len(b) != f.size {
		return false
	}
	var padded [8 * maxLimbs]byte
	copy(padded[len(padded)-len(b):], b)
	var borrow uint64
	for i := range z {
		z[i] = binary.BigEndian.Uint64(padded[len(padded)-8*(i+1):])
		_, borrow = bits.Sub64(z[i], f.m[i], borrow)
	}
	if borrow == 0 {
		return false
	}
	f.mul(z, z, &f.r2)
	return true
}

// bytes writes a number in the field's size.
func (f *field) bytes(b []byte, x *residue) {
	var z residue
	f.mul(&z, x, &residue{1})
	var padded [8 * maxLimbs]byte
	for i, w := range z {
		binary.BigEndian.PutUint64(padded[len(padded)-8*(i+1):], w)
	}
	copy(b[:f.size], padded[len(padded)-f.size:])
}

// reduce brings a big-endian number of any length into the field, in time
// that depends on the length alone.
func (f *field) reduce(z *residue, b []byte) {
	*z = residue{}
	step := 8 * f.n
	for first := len(b) % step; len(b) > 0; first = 0 {
		if first == 0 {
			first = step
		}
		var padded [8 * maxLimbs]byte
		copy(padded[len(padded)-first:], b[:first])
		b = b[first:]
		var part residue // perhaps above the prime: mul takes one such factor
		for i := range part {
			part[i] = binary.BigEndian.Uint64(padded[len(padded)-8*(i+1):])
		}
		f.mul(&part, &part, &f.r2)
		f.mul(z, z, &f.r2) // times 2^(64n)
		f.add(z, z, &part)
	}
}

// mulLong is mul for any number of limbs.
func (f *field) mulLong(z, x, y *residue) {
	n := f.n
	var t [2 * maxLimbs]uint64
	var carry uint64
	for i, w := range y[:n] {
		row := t[i : i+n]
		product := addMul(row, x[:n], w)
		// The multiple of the prime that clears the row's lowest limb.
		multiple := addMul(row, f.m[:n], row[0]*f.inverse)
		sum, c := bits.Add64(product, multiple, 0)
		t[i+n], carry = bits.Add64(sum, carry, 0)
		carry += c
	}
	f.settle(z, t[n:2*n], carry)
}

// addMul adds x·w to z, four limbs a time, and returns the limb above.
func addMul(z, x []uint64, w uint64) (top uint64) {
	for len(z) >= 4 && len(x) >= 4 {
		h0, l0 := bits.Mul64(x[0], w)
		h1, l1 := bits.Mul64(x[1], w)
		h2, l2 := bits.Mul64(x[2], w)
		h3, l3 := bits.Mul64(x[3], w)
		l0, c := bits.Add64(l0, top, 0)
		l1, c = bits.Add64(l1, h0, c)
		l2, c = bits.Add64(l2, h1, c)
		l3, c = bits.Add64(l3, h2, c)
		h3 += c
		z[0], c = bits.Add64(z[0], l0, 0)
		z[1], c = bits.Add64(z[1], l1, c)
		z[2], c = bits.Add64(z[2], l2, c)
		z[3], c = bits.Add64(z[3], l3, c)
		top = h3 + c
		z, x = z[4:], x[4:]
	}
	x = x[:len(z)]
	for i := range z {
		hi, lo := bits.Mul64(x[i], w)
		var c uint64
		lo, c = bits.Add64(lo, z[i], 0)
		hi += c
		z[i], c = bits.Add64(lo, top, 0)
		top = hi + c
	}
	return top
}

// settle sets z = t, or t less the prime where t, with its carry, is not
// below it.
func (f *field) settle(z *residue, t []uint64, carry uint64) {
	var less residue
	var borrow uint64
	for i, w := range t {
		less[i], borrow = bits.Sub64(w, f.m[i], borrow)
	}
	_, borrow = bits.Sub64(carry, 0, borrow)
	keep := -borrow // all ones where t is below the prime
	for i, w := range t {
		z[i] = w&keep | less[i]&^keep
	}
}

// sqr sets z = x².
func (f *field) sqr(z, x *residue) { f.mul(z, x, x) }

// addLong is add for any number of limbs.
func (f *field) addLong(z, x, y *residue) {
	var t residue
	var carry uint64
	for i := range f.n {
		t[i], carry = bits.Add64(x[i], y[i], carry)
	}
	f.settle(z, t[:f.n], carry)
}

// subLong is sub for any number of limbs.
func (f *field) subLong(z, x, y *residue) {
	var borrow, carry uint64
	for i := range f.n {
		z[i], borrow = bits.Sub64(x[i], y[i], borrow)
	}
	mask := -borrow
	for i := range f.n {
		z[i], carry = bits.Add64(z[i], f.m[i]&mask, carry)
	}
}

// neg sets z = -x.
func (f *field) neg(z, x *residue) { f.sub(z, &residue{}, x) }

// pow sets z = x^e. The exponent, big endian, is public.
func (f *field) pow(z, x *residue, e []byte) {
	var table [16]residue
	table[0], table[1] = f.one, *x
	for i := 2; i < len(table); i++ {
		f.mul(&table[i], &table[i-1], x)
	}
	acc := f.one
	for _, b := range e {
		for _, digit := range [2]byte{b >> 4, b & 15} {
			for range 4 {
				f.sqr(&acc, &acc)
			}
			if digit != 0 {
				f.mul(&acc, &acc, &table[digit])
			}
		}
	}
	*z = acc
}

// invert sets z = 1/x, and 0 for 0 (by Fermat).
func (f *field) invert(z, x *residue) { f.pow(z, x, f.minus2) }

// sqrt sets z to the square root of x that is itself a square, and reports
// whether there is one. The prime must be 3 modulo 4.
func (f *field) sqrt(z, x *residue) bool {
	e := new(big.Int).Add(f.prime, big.NewInt(1))
	var root, check residue
	f.pow(&root, x, e.Rsh(e, 2).Bytes())
	f.sqr(&check, &root)
	exists := f.equal(&check, x)
	*z = root
	return exists
}

// equal compares two numbers.
func (f *field) equal(x, y *residue) bool {
	var differ uint64
	for i := range f.n {
		differ |= x[i] ^ y[i]
	}
	return differ == 0
}

// isZero reports whether x is 0.
func (f *field) isZero(x *residue) bool { return f.equal(x, &residue{}) }

// choose sets z = x where mask is all ones, and leaves it where it is zero.
func (f *field) choose(z, x *residue, mask uint64) {
	for i := range f.n {
		z[i] ^= (z[i] ^ x[i]) & mask
	}
}

// nonzero returns all ones, or zero for 0.
func (f *field) nonzero(x *residue) uint64 {
	var any uint64
	for _, w := range x[:f.n] {
		any |= w
	}
	return -((any | -any) >> 63)
}
