package crypt

import "math/bits"

// The arithmetic of primes of four limbs, unrolled: the 256-bit curves are
// those of nearly every card. Other primes go their way by number of limbs.

// mul sets z = x·y. One of the two may be any number of n limbs. For each limb
// of y it adds a row of the product and clears the lowest limb with a multiple
// of the prime (Montgomery, CIOS); each row is two chains of carries, which is
// what processors add fastest.
func (f *field) mul(z, x, y *residue) {
	if f.n != 4 {
		f.mulLong(z, x, y)
		return
	}
	x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
	m0, m1, m2, m3 := f.m[0], f.m[1], f.m[2], f.m[3]
	var t0, t1, t2, t3, t4 uint64
	for i := range 4 {
		w := y[i]
		h0, l0 := bits.Mul64(x0, w)
		h1, l1 := bits.Mul64(x1, w)
		h2, l2 := bits.Mul64(x2, w)
		h3, l3 := bits.Mul64(x3, w)
		l1, c := bits.Add64(l1, h0, 0)
		l2, c = bits.Add64(l2, h1, c)
		l3, c = bits.Add64(l3, h2, c)
		h3 += c
		t0, c = bits.Add64(t0, l0, 0)
		t1, c = bits.Add64(t1, l1, c)
		t2, c = bits.Add64(t2, l2, c)
		t3, c = bits.Add64(t3, l3, c)
		t4, c = bits.Add64(t4, h3, c)
		top := c

		q := t0 * f.inverse
		h0, l0 = bits.Mul64(m0, q)
		h1, l1 = bits.Mul64(m1, q)
		h2, l2 = bits.Mul64(m2, q)
		h3, l3 = bits.Mul64(m3, q)
		l1, c = bits.Add64(l1, h0, 0)
		l2, c = bits.Add64(l2, h1, c)
		l3, c = bits.Add64(l3, h2, c)
		h3 += c
		_, c = bits.Add64(t0, l0, 0)
		t0, c = bits.Add64(t1, l1, c)
		t1, c = bits.Add64(t2, l2, c)
		t2, c = bits.Add64(t3, l3, c)
		t3, c = bits.Add64(t4, h3, c)
		t4 = top + c
	}
	settle4(z, f, t0, t1, t2, t3, t4)
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

// add sets z = x + y.
func (f *field) add(z, x, y *residue) {
	if f.n != 4 {
		f.addLong(z, x, y)
		return
	}
	t0, c := bits.Add64(x[0], y[0], 0)
	t1, c := bits.Add64(x[1], y[1], c)
	t2, c := bits.Add64(x[2], y[2], c)
	t3, c := bits.Add64(x[3], y[3], c)
	l0, b := bits.Sub64(t0, f.m[0], 0)
	l1, b := bits.Sub64(t1, f.m[1], b)
	l2, b := bits.Sub64(t2, f.m[2], b)
	l3, b := bits.Sub64(t3, f.m[3], b)
	_, b = bits.Sub64(c, 0, b)
	keep := -b
	z[0] = l0 ^ (l0^t0)&keep
	z[1] = l1 ^ (l1^t1)&keep
	z[2] = l2 ^ (l2^t2)&keep
	z[3] = l3 ^ (l3^t3)&keep
}

// sub sets z = x - y.
func (f *field) sub(z, x, y *residue) {
	if f.n != 4 {
		f.subLong(z, x, y)
		return
	}
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
