package minutiae

import "math/bits"

// Skin stretches: neighbours are off by the same way. What remains after the
// way of the neighbours is taken off tells partners from strangers.
const (
	bendReach    = 100                       // pixels
	bendLeast    = bendReach * bendReach / 4 // a quarter of a neighbour says: not at all
	residueIn    = 14                        // pixels that a partner may be off after that
	chanceReach  = 11                        // pixels: what counts as met by chance, on average
	fullWeight   = 256                       // of a pair that agrees to the pixel
	offWeight    = 128                       // is taken from it for all of residueIn
	turnWeight   = 96                        // and for all of turnIn
	overlapReach = 64                        // pixels in which the other must have minutiae
	overlapLeast = 2
	logBits      = 8
)

// settle keeps the pairs that are off the same way as their neighbours.
func (m *matcher) settle() {
	m.offers = m.offers[:0]
	for i, g := range m.agreed {
		dx, dy := m.bend(g.at, i)
		o := g.offer
		o.dx, o.dy = o.dx-dx, o.dy-dy
		if o.dx*o.dx+o.dy*o.dy <= residueIn*residueIn {
			m.offers = append(m.offers, o)
		}
	}
	m.agreed = m.agreed[:0]
	for _, o := range m.offers {
		m.agreed = append(m.agreed, agreed{offer: o})
	}
}

// score is the surprise of what agrees: with k pairs where chance would bring
// e, k·log(k/e) − (k−e), the bound of Chernoff for the tail of Poisson's law.
func (m *matcher) score(v move) int {
	if len(m.agreed) < fewest {
		return 0
	}
	k := 0
	for _, g := range m.agreed {
		a, b := m.a.points[g.a], m.b.points[g.b]
		off := (g.dx*g.dx + g.dy*g.dy) * offWeight / (residueIn * residueIn)
		turn := apart(v.apply(a).a, b.a)
		k += fullWeight - off - turn*turn*turnWeight/(turnIn*turnIn)
	}
	e := m.chance(v)
	if k <= e {
		return 0
	}
	// log2 is scaled by 1<<logBits, k and e by fullWeight
	nats := int64(k)*int64(log2(k)-log2(e)) - int64(k-e)*369 // 369 = 256·log2(e)
	return int(max(nats, 0) * 4 / (fullWeight << logBits))
}

// chance is how many pairs would agree if the minutiae of the other lay anywhere
// with the density they have, scaled by fullWeight: from both sides, the larger.
func (m *matcher) chance(v move) int {
	m.aroundA, m.aroundB = zeroed(m.aroundA, len(m.a.points)), zeroed(m.aroundB, len(m.b.points))
	for i, p := range m.a.points {
		p = v.apply(p)
		n := 0
		for j := m.near.from(p.y - overlapReach); j < len(m.b.points); j++ {
			q := &m.b.points[j]
			dx, dy := p.x-q.x, p.y-q.y
			if dy < -overlapReach {
				break
			}
			if dx*dx+dy*dy <= overlapReach*overlapReach {
				n++
				m.aroundB[j]++
			}
		}
		m.aroundA[i] = n
	}
	return max(density(m.aroundA), density(m.aroundB), fullWeight)
}

// density sums, over the points that lie where the other has minutiae, how many
// of those chance would bring within chanceReach: half of them point the same
// way along the ridge.
func density(around []int) int {
	sum := 0
	for _, n := range around {
		if n >= overlapLeast {
			sum += n
		}
	}
	return sum * fullWeight * chanceReach * chanceReach / (overlapReach * overlapReach) / 2
}

// log2 is 2^8·log2(n) for n > 0, by the place of the highest bit and a parabola
// through the next eight.
func log2(n int) int {
	top := bits.Len(uint(n)) - 1
	f := n << logBits >> top & (1<<logBits - 1)
	// log2(1+f) ≈ f + 0.3444·f·(1−f)
	return top<<logBits + f + f*(256-f)*88/(256*256)
}
