package crypt

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"sync"
)

var (
	// ErrPoint says that bytes from the chip are no usable public value: not
	// on the curve or in the subgroup, the neutral element, or not in the form
	// that is asked for.
	ErrPoint = errors.New("crypt: not an element of the group")
	// ErrCurve says that the chip asks for a group this program does not know,
	// or for what its group does not offer.
	ErrCurve = errors.New("crypt: domain parameters are not supported")
)

var _ Integrated = (*Curve)(nil)

// Curve is an elliptic curve y² = x³ + ax + b of prime order (cofactor one).
// Its operations take the same time whatever the scalar.
type Curve struct {
	id   int
	oid  string
	name string
	text parameters

	once sync.Once
	*arithmetic
}

// arithmetic is what a curve computes with, made when it is first asked for.
//
// All points are kept on the isomorphic curve whose a is -3, where the
// formulas are short: x' = u²x, y' = u³y. Each curve of the table has such a
// twin; for the NIST curves it is the curve itself.
type arithmetic struct {
	plane
	order          *field
	ownA, ownB     residue // of the curve itself
	u2, u3, v2, v3 residue // powers of u and of 1/u
	base           *comb
}

// point is a finite point of a curve, in the coordinates of its twin.
type point struct {
	of   *Curve
	x, y residue
}

// Equal reports whether two points of one curve are the same.
func (p *point) Equal(e Element) bool {
	q, ok := e.(*point)
	return ok && p.of == q.of && p.of.equal(&p.x, &q.x) && p.of.equal(&p.y, &q.y)
}

// ready makes the arithmetic once and returns the curve.
func (c *Curve) ready() *Curve {
	c.once.Do(func() { c.arithmetic = newArithmetic(c.text) })
	return c
}

func newArithmetic(t parameters) *arithmetic {
	f := newField(number(t.p))
	c := &arithmetic{order: newField(number(t.n)), ownA: *f.big(number(t.a)), ownB: *f.big(number(t.b))}
	c.field = f
	c.u2, c.u3, c.v2, c.v3 = f.one, f.one, f.one, f.one
	three := f.big(big.NewInt(3))
	var u residue
	f.neg(&u, three)
	if !f.equal(&u, &c.ownA) {
		// u⁴ = -3/a: of the two roots, u² is the one that is a square.
		var inverse residue
		f.invert(&inverse, &c.ownA)
		f.mul(&u, &u, &inverse)
		if !f.sqrt(&c.u2, &u) || !f.sqrt(&u, &c.u2) {
			panic("crypt: a curve of the table has no twin with a = -3")
		}
		f.mul(&c.u3, &c.u2, &u)
		f.invert(&c.v2, &c.u2)
		f.invert(&c.v3, &c.u3)
	}
	f.sqr(&c.b, &c.u3)
	f.mul(&c.b, &c.b, &c.ownB) // b' = u⁶b
	g := projective{x: *f.big(number(t.x)), y: *f.big(number(t.y)), z: f.one}
	f.mul(&g.x, &g.x, &c.u2)
	f.mul(&g.y, &g.y, &c.u3)
	c.base = c.newComb(&g, c.order.prime.BitLen())
	return c
}

// Name returns the curve's usual name.
func (c *Curve) Name() string { return c.name }

// Size returns the length of a coordinate in bytes.
func (c *Curve) Size() int { return c.size }

// ScalarSize returns the length of the order, and so of a private key, in
// bytes.
func (c *Curve) ScalarSize() int { return c.order.size }

// Prime returns the prime of the field.
func (c *Curve) Prime() *big.Int { return new(big.Int).Set(c.prime) }

// Order returns the prime order of the group.
func (c *Curve) Order() *big.Int { return new(big.Int).Set(c.order.prime) }

// Scalar draws a private key: a number from 1 to the order less one, in
// fixed length.
func (c *Curve) Scalar(rand io.Reader) ([]byte, error) { return draw(rand, c.order.prime) }

// draw takes a number from 1 to n-1 in the length of n.
func draw(rand io.Reader, n *big.Int) ([]byte, error) {
	k := make([]byte, (n.BitLen()+7)/8)
	spare := uint(len(k)*8 - n.BitLen())
	for {
		if _, err := io.ReadFull(rand, k); err != nil {
			return nil, fmt.Errorf("crypt: random bytes: %w", err)
		}
		k[0] &= 0xFF >> spare
		if v := new(big.Int).SetBytes(k); v.Sign() > 0 && v.Cmp(n) < 0 {
			return k, nil
		}
	}
}

// scalarSize holds the longest scalar, 521 bits.
const scalarSize = 66

// scalar brings a number of any length below the order: a PACE nonce may be
// longer. The result is in the order's length, big endian.
func (c *Curve) scalar(buf *[scalarSize]byte, k []byte) []byte {
	var v residue
	c.order.reduce(&v, k)
	c.order.bytes(buf[:], &v)
	return buf[:c.order.size]
}

// Base returns k times the generator.
func (c *Curve) Base(k []byte) (Element, error) {
	var buf [scalarSize]byte
	var r projective
	c.base.times(&c.plane, &r, c.scalar(&buf, k))
	return c.finite(&r)
}

// Mul returns k times p.
func (c *Curve) Mul(e Element, k []byte) (Element, error) {
	p, err := c.own(e)
	if err != nil {
		return nil, err
	}
	var buf [scalarSize]byte
	var r projective
	c.times(&r, &p, c.scalar(&buf, k))
	return c.finite(&r)
}

// Add returns the sum of two points.
func (c *Curve) Add(a, b Element) (Element, error) {
	p, err := c.own(a)
	if err != nil {
		return nil, err
	}
	q, err := c.own(b)
	if err != nil {
		return nil, err
	}
	var r projective
	c.sum(&r, &p, &q)
	return c.finite(&r)
}

// own takes an element of this curve only.
func (c *Curve) own(e Element) (projective, error) {
	p, ok := e.(*point)
	if !ok || p.of != c {
		return projective{}, fmt.Errorf("%w: it belongs to another one than %s", ErrPoint, c.name)
	}
	return projective{p.x, p.y, c.one}, nil
}

// finite refuses the point at infinity.
func (c *Curve) finite(p *projective) (Element, error) {
	if c.isZero(&p.z) {
		return nil, fmt.Errorf("%w: infinity", ErrPoint)
	}
	q := &point{of: c}
	var inverse residue
	c.invert(&inverse, &p.z)
	c.mul(&q.x, &p.x, &inverse)
	c.mul(&q.y, &p.y, &inverse)
	return q, nil
}

// Element reads an uncompressed point 04 ‖ X ‖ Y (Doc 9303-11 §9.4.2) and
// checks that it lies on the curve.
func (c *Curve) Element(b []byte) (Element, error) {
	n := c.size
	if len(b) != 1+2*n || b[0] != 4 {
		return nil, fmt.Errorf("%w: %d bytes on %s", ErrPoint, len(b), c.name)
	}
	var x, y, left, right residue
	if !c.setBytes(&x, b[1:1+n]) || !c.setBytes(&y, b[1+n:]) {
		return nil, fmt.Errorf("%w: %s", ErrPoint, c.name)
	}
	c.sqr(&left, &y)
	c.cubic(&right, &x)
	if !c.equal(&left, &right) {
		return nil, fmt.Errorf("%w: not on %s", ErrPoint, c.name)
	}
	return c.inside(&x, &y), nil
}

// cubic sets z = x³ + ax + b, on the curve itself.
func (c *Curve) cubic(z, x *residue) {
	var t residue
	c.sqr(&t, x)
	c.add(&t, &t, &c.ownA)
	c.mul(&t, &t, x)
	c.add(z, &t, &c.ownB)
}

// inside brings a point of the curve itself to its twin.
func (c *Curve) inside(x, y *residue) *point {
	p := &point{of: c}
	c.mul(&p.x, x, &c.u2)
	c.mul(&p.y, y, &c.u3)
	return p
}

// compressed reads 02 ‖ X or 03 ‖ X. It needs a prime that is 3 modulo 4.
func (c *Curve) compressed(b []byte) (Element, error) {
	if c.prime.Bit(1) == 0 {
		return nil, fmt.Errorf("%w: compressed point on %s", ErrCurve, c.name)
	}
	var x, y residue
	if len(b) != 1+c.size || !c.setBytes(&x, b[1:]) {
		return nil, fmt.Errorf("%w: %s", ErrPoint, c.name)
	}
	c.cubic(&y, &x)
	if !c.sqrt(&y, &y) {
		return nil, fmt.Errorf("%w: not on %s", ErrPoint, c.name)
	}
	var buf [scalarSize]byte
	c.bytes(buf[:], &y)
	if buf[c.size-1]&1 != b[0]&1 {
		c.neg(&y, &y)
	}
	return c.inside(&x, &y), nil
}

// Bytes writes a point as 04 ‖ X ‖ Y.
func (c *Curve) Bytes(e Element) []byte {
	p, n := e.(*point), c.size
	b := make([]byte, 1+2*n)
	b[0] = 4
	var t residue
	c.mul(&t, &p.x, &c.v2)
	c.bytes(b[1:1+n], &t)
	c.mul(&t, &p.y, &c.v3)
	c.bytes(b[1+n:], &t)
	return b
}

// Secret returns the shared secret of a key agreement that ended at p: its X
// coordinate as a fixed-length octet string (Doc 9303-11 §9.6). One in 256
// begins with a zero; stripping it loses the session.
func (c *Curve) Secret(e Element) []byte {
	b := make([]byte, c.size)
	var t residue
	c.mul(&t, &e.(*point).x, &c.v2)
	c.bytes(b, &t)
	return b
}
