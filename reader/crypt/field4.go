package crypt

import "math/bits"

// The arithmetic of primes of four limbs, unrolled: the 256-bit curves are
// those of nearly every card.

// mul4 is mul for four limbs: operand scanning, one reduction a limb
// (Montgomery, CIOS).
func (f *field) mul4(z, x, y *residue) {
	x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
	m0, m1, m2, m3 := f.m[0], f.m[1], f.m[2], f.m[3]
	var t0, t1, t2, t3, t4 uint64
	for _, w := range y[:4] {
		var c, top uint64
		c, t0 = mulAdd(x0, w, t0, 0)
		c, t1 = mulAdd(x1, w, t1, c)
		c, t2 = mulAdd(x2, w, t2, c)
		c, t3 = mulAdd(x3, w, t3, c)
		t4, top = bits.Add64(t4, c, 0)

		q := t0 * f.inverse
		c, _ = mulAdd(m0, q, t0, 0)
		c, t0 = mulAdd(m1, q, t1, c)
		c, t1 = mulAdd(m2, q, t2, c)
		c, t2 = mulAdd(m3, q, t3, c)
		t3, c = bits.Add64(t4, c, 0)
		t4 = top + c
	}
	settle4(z, f, t0, t1, t2, t3, t4)
}

// mulAdd returns x·y + a + b, which fits two limbs.
func mulAdd(x, y, a, b uint64) (hi, lo uint64) {
	hi, lo = bits.Mul64(x, y)
	var c uint64
	lo, c = bits.Add64(lo, a, 0)
	hi += c
	lo, c = bits.Add64(lo, b, 0)
	return hi + c, lo
}

// settle4 is settle for four limbs and their carry.
func settle4(z *residue, f *field, t0, t1, t2, t3, carry uint64) {
	l0, b := bits.Sub64(t0, f.m[0], 0)
	l1, b := bits.Sub64(t1, f.m[1], b)
	l2, b := bits.Sub64(t2, f.m[2], b)
	l3, b := bits.Sub64(t3, f.m[3], b)
	_, b = bits.Sub64(carry, 0, b)
	keep := -b
	z[0] = l0 ^ (l0^t0)&keep
	z[1] = l1 ^ (l1^t1)&keep
	z[2] = l2 ^ (l2^t2)&keep
	z[3] = l3 ^ (l3^t3)&keep
}

// add4 is add for four limbs.
func (f *field) add4(z, x, y *residue) {
	t0, c := bits.Add64(x[0], y[0], 0)
	t1, c := bits.Add64(x[1], y[1], c)
	t2, c := bits.Add64(x[2], y[2], c)
	t3, c := bits.Add64(x[3], y[3], c)
	settle4(z, f, t0, t1, t2, t3, c)
}

// sub4 is sub for four limbs.
func (f *field) sub4(z, x, y *residue) {
	t0, b := bits.Sub64(x[0], y[0], 0)
	t1, b := bits.Sub64(x[1], y[1], b)
	t2, b := bits.Sub64(x[2], y[2], b)
	t3, b := bits.Sub64(x[3], y[3], b)
	mask := -b
	var c uint64
	z[0], c = bits.Add64(t0, f.m[0]&mask, 0)
	z[1], c = bits.Add64(t1, f.m[1]&mask, c)
	z[2], c = bits.Add64(t2, f.m[2]&mask, c)
	z[3], _ = bits.Add64(t3, f.m[3]&mask, c)
}
