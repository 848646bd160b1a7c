package crypt

import (
	"fmt"
	"math/big"
)

// StandardGroup returns the group of a standardized domain parameter id (Doc
// 9303-11 §9.5.1): 0 to 2 are prime fields, 8 to 18 curves. Another id is
// [ErrCurve].
func StandardGroup(id int) (Group, error) {
	for _, d := range dhGroups {
		if d.id == id {
			return d.ready(), nil
		}
	}
	for _, c := range curves {
		if c.id == id {
			return c.ready(), nil
		}
	}
	return nil, fmt.Errorf("%w: id %d", ErrCurve, id)
}

// StandardID returns the standardized domain parameter id of a group.
func StandardID(g Group) (int, bool) {
	switch g := g.(type) {
	case *Curve:
		return g.id, true
	case *DH:
		return g.id, true
	}
	return 0, false
}

// GroupByOID returns the curve that an object identifier names, such as
// "1.3.36.3.3.2.8.1.1.7". Another one is [ErrCurve].
func GroupByOID(oid string) (Group, error) {
	for _, c := range curves {
		if c.oid == oid {
			return c.ready(), nil
		}
	}
	return nil, fmt.Errorf("%w: curve %s", ErrCurve, oid)
}

// ExplicitGroup recognises a curve that is spelt out: y² = x³ + ax + b modulo
// p, the generator as an encoded point, compressed or not, its order n and the
// cofactor h (nil where it is left out). The arithmetic is always that of the
// known curve: parameters of the card's own making, such as another generator
// on the same prime, are never computed with ([ErrCurve]).
func ExplicitGroup(p, a, b *big.Int, generator []byte, n, h *big.Int) (Group, error) {
	for _, c := range curves {
		if number(c.text.p).Cmp(p) != 0 {
			continue
		}
		if number(c.text.a).Cmp(a) == 0 && number(c.text.b).Cmp(b) == 0 && number(c.text.n).Cmp(n) == 0 &&
			(h == nil || h.Cmp(big.NewInt(1)) == 0) && c.generatedBy(generator) {
			return c.ready(), nil
		}
	}
	return nil, fmt.Errorf("%w: curve of %d bits that has no name", ErrCurve, p.BitLen())
}

// generatedBy compares an encoded point with the generator.
func (c *Curve) generatedBy(g []byte) bool {
	x, y := number(c.text.x), number(c.text.y)
	size := len(c.text.p) / 2
	if len(g) < 1+size || new(big.Int).SetBytes(g[1:1+size]).Cmp(x) != 0 {
		return false
	}
	switch g[0] {
	case 2, 3:
		return len(g) == 1+size && uint(g[0]&1) == y.Bit(0)
	case 4:
		return len(g) == 1+2*size && new(big.Int).SetBytes(g[1+size:]).Cmp(y) == 0
	}
	return false
}

// explicitDH recognises a prime field that is spelt out; q may be nil.
func explicitDH(p, g, q *big.Int) (Group, error) {
	for _, d := range dhGroups {
		if number(d.p).Cmp(p) == 0 && number(d.g).Cmp(g) == 0 && (q == nil || number(d.q).Cmp(q) == 0) {
			return d.ready(), nil
		}
	}
	return nil, fmt.Errorf("%w: prime field of %d bits that has no name", ErrCurve, p.BitLen())
}
