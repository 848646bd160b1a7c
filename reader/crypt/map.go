package crypt

import (
	"fmt"
	"math/big"
)

// MapInteger maps a number, big endian and of any length, to a point: the
// encoding of PACE with integrated mapping (Doc 9303-11 appendix B.2). It needs
// a prime that is 3 modulo 4 ([ErrCurve]); every curve but P-224 has one. Its
// time does not depend on the number, but for the three numbers 0, 1 and -1,
// which map to infinity ([ErrPoint]).
func (c *Curve) MapInteger(t []byte) (Element, error) {
	if c.prime.Bit(1) == 0 {
		return nil, fmt.Errorf("%w: integrated mapping on %s", ErrCurve, c.name)
	}
	var v, alpha, x, other, y, yOther, h, w residue
	c.reduce(&v, t)
	c.sqr(&alpha, &v)
	c.neg(&alpha, &alpha)

	// With α = -t²: x = -b/a · (1 + 1/(α + α²)).
	c.sqr(&w, &alpha)
	c.add(&w, &w, &alpha)
	if c.isZero(&w) {
		return nil, fmt.Errorf("%w: the number maps to infinity", ErrPoint)
	}
	c.mul(&w, &w, &c.ownA)
	c.invert(&x, &w) // 1/(a(α+α²))
	c.invert(&h, &c.ownA)
	c.add(&x, &x, &h)
	c.mul(&x, &x, &c.ownB)
	c.neg(&x, &x)

	// One of x and αx is the abscissa of a point. With h = x³ + ax + b and
	// w = h^(p-1-(p+1)/4), w·h is the ordinate at x, t³·w·h that at αx; it is
	// x where w²·h = 1. Both are computed, and one is taken.
	c.mul(&other, &alpha, &x)
	c.cubic(&h, &x)
	e := new(big.Int).Add(c.prime, big.NewInt(1))
	e.Rsh(e, 2).Sub(new(big.Int).Sub(c.prime, big.NewInt(1)), e)
	c.pow(&w, &h, e.Bytes())
	c.mul(&y, &w, &h)
	c.sqr(&yOther, &v)
	c.mul(&yOther, &yOther, &v)
	c.mul(&yOther, &yOther, &y)
	c.sqr(&w, &w)
	c.mul(&w, &w, &h)
	c.sub(&w, &w, &c.one)
	mask := c.nonzero(&w)
	c.choose(&x, &other, mask)
	c.choose(&y, &yOther, mask)
	return c.inside(&x, &y), nil
}
