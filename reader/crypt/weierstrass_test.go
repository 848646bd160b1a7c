package crypt

import (
	"bytes"
	"testing"
)

// affine writes a projective point for comparison; infinity is empty.
func affine(c *Curve, p *projective) []byte {
	e, err := c.finite(p)
	if err != nil {
		return nil
	}
	return c.Bytes(e)
}

func TestFormulasAreComplete(t *testing.T) {
	for _, c := range curves {
		c.ready()
		point := func(k byte) *projective {
			p := must(c.own(must(c.Base([]byte{k}))(t)))(t)
			// Another Z than one.
			var z residue
			c.add(&z, &c.one, &c.one)
			c.mul(&p.x, &p.x, &z)
			c.mul(&p.y, &p.y, &z)
			c.mul(&p.z, &p.z, &z)
			return &p
		}
		negative := func(p *projective) *projective {
			q := *p
			c.neg(&q.y, &q.y)
			return &q
		}
		none := c.infinity()
		for name, tt := range map[string]struct{ p, q, want *projective }{
			"P + Q":     {point(3), point(5), point(8)},
			"P + P":     {point(3), point(3), point(6)},
			"P - P":     {point(3), negative(point(3)), &none},
			"P + 0":     {point(3), &none, point(3)},
			"0 + P":     {&none, point(3), point(3)},
			"0 + 0":     {&none, &none, &none},
			"2P + P":    {point(6), point(3), point(9)},
			"P - 2P":    {point(3), negative(point(6)), negative(point(3))},
			"0 + 0 + P": {&none, point(1), point(1)},
		} {
			var r projective
			c.sum(&r, tt.p, tt.q)
			if !bytes.Equal(affine(c, &r), affine(c, tt.want)) {
				t.Errorf("%s: %s", c.name, name)
			}
			// What comes out goes in again, in place.
			c.sum(&r, &r, point(1))
			var s projective
			c.sum(&s, tt.want, point(1))
			if !bytes.Equal(affine(c, &r), affine(c, &s)) {
				t.Errorf("%s: %s, then G", c.name, name)
			}
		}
		for _, p := range []*projective{point(3), negative(point(3)), &none} {
			once, run := *p, *p
			for n := range 6 {
				r := *p
				c.doubles(&r, n)
				if !bytes.Equal(affine(c, &r), affine(c, &once)) {
					t.Errorf("%s: a run of %d doublings", c.name, n)
				}
				c.double(&once, &once)
				c.doubles(&run, 1)
				if !bytes.Equal(affine(c, &run), affine(c, &once)) {
					t.Errorf("%s: doubling %d", c.name, n)
				}
			}
		}
	}
}

func FuzzElement(f *testing.F) {
	for i, id := range []int{13, 8, 18, 0} {
		g := standard(f, id)
		f.Add(uint8(id), g.Bytes(must(g.Base([]byte{byte(i + 1)}))(f)))
	}
	f.Fuzz(func(t *testing.T, id uint8, b []byte) {
		g, err := StandardGroup(int(id % 19))
		if err != nil {
			return
		}
		e, err := g.Element(b)
		if (err == nil) != (e != nil) {
			t.Fatal(e, err)
		}
		if _, number := g.(*DH); number {
			b = bytes.TrimLeft(b, "\x00") // chips may fill the prime's length
		}
		if err == nil && !bytes.Equal(g.Bytes(e), b) {
			t.Fatalf("%s: %X is written as %X", g.Name(), b, g.Bytes(e))
		}
	})
}
