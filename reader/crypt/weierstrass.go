package crypt

// projective is a point of y² = x³ - 3x + b as (X/Z, Y/Z); the one at infinity
// is (0, 1, 0).
type projective struct{ x, y, z residue }

// plane is the arithmetic of points over a field. Both formulas are complete
// (Renes, Costello, Batina 2015, algorithms 4 and 6): they hold for every pair
// of points of a group of odd order, equal ones and infinity included, so
// nothing has to be decided on a secret.
type plane struct {
	*field
	b residue
}

// infinity returns the neutral element.
func (c *plane) infinity() projective { return projective{y: c.one} }

// sum sets r = p + q.
func (c *plane) sum(r, p, q *projective) {
	var xx, yy, zz, xy, yz, xz, s, t residue
	c.mul(&xx, &p.x, &q.x)
	c.mul(&yy, &p.y, &q.y)
	c.mul(&zz, &p.z, &q.z)
	c.cross(&xy, &p.x, &p.y, &q.x, &q.y, &xx, &yy)
	c.cross(&yz, &p.y, &p.z, &q.y, &q.z, &yy, &zz)
	c.cross(&xz, &p.x, &p.z, &q.x, &q.z, &xx, &zz)

	c.mul(&s, &c.b, &zz)
	c.sub(&s, &xz, &s)
	c.triple(&s, &s)
	c.sub(&t, &yy, &s) // the factor of Z
	c.add(&s, &yy, &s) // the factor of X

	c.triple(&zz, &zz)
	c.mul(&xz, &c.b, &xz)
	c.sub(&xz, &xz, &zz)
	c.sub(&xz, &xz, &xx)
	c.triple(&xz, &xz)
	c.triple(&xx, &xx)
	c.sub(&xx, &xx, &zz)

	c.mul(&yy, &yz, &xz)
	c.mul(&zz, &xx, &xz)
	c.mul(&r.y, &s, &t)
	c.add(&r.y, &r.y, &zz)
	c.mul(&r.x, &xy, &s)
	c.sub(&r.x, &r.x, &yy)
	c.mul(&r.z, &yz, &t)
	c.mul(&xx, &xy, &xx)
	c.add(&r.z, &r.z, &xx)
}

// cross sets z = a1·b2 + a2·b1, given the two straight products.
func (c *plane) cross(z, a1, b1, a2, b2, aa, bb *residue) {
	var s, t residue
	c.add(&s, a1, b1)
	c.add(&t, a2, b2)
	c.mul(z, &s, &t)
	c.add(&s, aa, bb)
	c.sub(z, z, &s)
}

// triple sets z = 3x.
func (c *plane) triple(z, x *residue) {
	var t residue
	c.add(&t, x, x)
	c.add(z, &t, x)
}

// double sets r = 2p.
func (c *plane) double(r, p *projective) {
	var xx, yy, zz, xy, xz, yz, s, t residue
	c.sqr(&xx, &p.x)
	c.sqr(&yy, &p.y)
	c.sqr(&zz, &p.z)
	c.mul(&xy, &p.x, &p.y)
	c.add(&xy, &xy, &xy)
	c.mul(&xz, &p.x, &p.z)
	c.add(&xz, &xz, &xz)
	c.mul(&yz, &p.y, &p.z)
	c.add(&yz, &yz, &yz)

	c.mul(&s, &c.b, &zz)
	c.sub(&s, &s, &xz)
	c.triple(&s, &s)
	c.sub(&t, &yy, &s)
	c.add(&s, &yy, &s)
	c.mul(&r.y, &t, &s)
	c.mul(&r.x, &t, &xy)

	c.triple(&zz, &zz)
	c.mul(&xz, &c.b, &xz)
	c.sub(&xz, &xz, &zz)
	c.sub(&xz, &xz, &xx)
	c.triple(&xz, &xz)
	c.triple(&xx, &xx)
	c.sub(&xx, &xx, &zz)
	c.mul(&xx, &xx, &xz)
	c.add(&r.y, &r.y, &xx)
	c.mul(&xz, &yz, &xz)
	c.sub(&r.x, &r.x, &xz)
	c.mul(&r.z, &yz, &yy)
	c.add(&r.z, &r.z, &r.z)
	c.add(&r.z, &r.z, &r.z)
}

// doubles sets p to 2^n·p. A run of doublings is shortest in Jacobian
// coordinates, (X/Z², Y/Z³), whose formula holds for every point of a group of
// odd order as long as infinity is written (1, 1, 0).
func (c *plane) doubles(p *projective, n int) {
	var zz residue
	c.sqr(&zz, &p.z)
	c.mul(&p.x, &p.x, &p.z)
	c.mul(&p.y, &p.y, &zz)
	infinite := ^c.nonzero(&p.z)
	c.choose(&p.x, &c.one, infinite)
	c.choose(&p.y, &c.one, infinite)
	for range n {
		c.doubleJacobian(p)
	}
	c.sqr(&zz, &p.z)
	c.mul(&p.x, &p.x, &p.z)
	c.mul(&p.z, &p.z, &zz)
}

// doubleJacobian doubles a point in Jacobian coordinates (a = -3).
func (c *plane) doubleJacobian(p *projective) {
	var alpha, beta, gamma, delta, t residue
	c.sqr(&delta, &p.z)
	c.sqr(&gamma, &p.y)
	c.mul(&beta, &p.x, &gamma)
	c.sub(&t, &p.x, &delta)
	c.add(&alpha, &p.x, &delta)
	c.mul(&alpha, &alpha, &t)
	c.triple(&alpha, &alpha) // 3(X-Z²)(X+Z²)
	c.mul(&p.z, &p.y, &p.z)
	c.add(&p.z, &p.z, &p.z)
	c.add(&beta, &beta, &beta)
	c.add(&beta, &beta, &beta) // 4XY²
	c.sqr(&p.x, &alpha)
	c.sub(&p.x, &p.x, &beta)
	c.sub(&p.x, &p.x, &beta)
	c.sub(&beta, &beta, &p.x)
	c.mul(&p.y, &alpha, &beta)
	c.add(&gamma, &gamma, &gamma)
	c.sqr(&gamma, &gamma)
	c.add(&gamma, &gamma, &gamma) // 8Y⁴
	c.sub(&p.y, &p.y, &gamma)
}

// pick sets r to the entry of a table, reading all of it.
func (c *plane) pick(r *projective, table []projective, index uint64) {
	for i := range table {
		d := uint64(i) ^ index
		mask := (d|-d)>>63 - 1 // all ones where they are the same
		c.choose(&r.x, &table[i].x, mask)
		c.choose(&r.y, &table[i].y, mask)
		c.choose(&r.z, &table[i].z, mask)
	}
}

// times sets r = k·p, k big endian, by fixed windows of four bits.
func (c *plane) times(r, p *projective, k []byte) {
	var table [16]projective
	table[0], table[1] = c.infinity(), *p
	for i := 2; i < len(table); i += 2 {
		c.double(&table[i], &table[i/2])
		c.sum(&table[i+1], &table[i], p)
	}
	acc := c.infinity()
	for i, b := range k {
		for j, digit := range [2]byte{b >> 4, b & 15} {
			if i+j > 0 {
				c.doubles(&acc, 4)
			}
			var q projective
			c.pick(&q, table[:], uint64(digit))
			c.sum(&acc, &acc, &q)
		}
	}
	*r = acc
}

// combTeeth is how many bits of a scalar a comb takes at once.
const combTeeth = 5

// comb multiplies one fixed point (Lim, Lee 1994): entry j of its table is the
// sum of the points 2^(i·spacing)·G for the bits i of j.
type comb struct {
	spacing int
	table   [1 << combTeeth]projective
}

// newComb prepares a point for scalars of some bits.
func (c *plane) newComb(g *projective, bits int) *comb {
	t := &comb{spacing: (bits + combTeeth - 1) / combTeeth}
	t.table[0] = c.infinity()
	tooth := *g
	for i := range combTeeth {
		for j := range 1 << i {
			c.sum(&t.table[1<<i+j], &t.table[j], &tooth)
		}
		c.doubles(&tooth, t.spacing)
	}
	return t
}

// times sets r = k·G, k big endian and of the bits given to newComb.
func (t *comb) times(c *plane, r *projective, k []byte) {
	acc := c.infinity()
	for i := t.spacing - 1; i >= 0; i-- {
		c.double(&acc, &acc)
		var index uint64
		for tooth := range combTeeth {
			at := tooth*t.spacing + i
			if at < 8*len(k) {
				index |= uint64(k[len(k)-1-at/8]>>(at%8)&1) << tooth
			}
		}
		var q projective
		c.pick(&q, t.table[:], index)
		c.sum(&acc, &acc, &q)
	}
	*r = acc
}
