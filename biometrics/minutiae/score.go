package minutiae

import "math/bits"

// Skin stretches: neighbours are off by the same way. What remains after the
// way of the neighbours is taken off tells partners from strangers.
const (
	stretchReach = 80 // pixels
	residueIn    = 8  // pixels that a partner may be off after that
	fullWeight   = 256
	overlapReach = 64 // pixels in which the other must have minutiae
	overlapLeast = 2
	logBits      = 8
)

// settle keeps the pairs that are off the same way as their neighbours.
func (m *matcher) settle() {
	kept := m.offers[:0]
	for i, g := range m.agreed {
		var sx, sy, n int
		for j, o := range m.agreed {
			dx, dy := o.at.x-g.at.x, o.at.y-g.at.y
			if d := dx*dx + dy*dy; j != i && d < stretchReach*stretchReach {
				k := stretchReach*stretchReach - d
				sx, sy, n = sx+k*o.dx, sy+k*o.dy, n+k
			}
		}
		if n == 0 {
			continue
		}
		// half a neighbour's weight says: not off at all
		n += stretchReach * stretchReach / 2
		o := g.offer
		o.dx, o.dy = o.dx-divide(sx, n), o.dy-divide(sy, n)
		kept = append(kept, o)
	}
	m.agreed = m.agreed[:0]
	for _, o := range kept {
		if d := o.dx*o.dx + o.dy*o.dy; d <= residueIn*residueIn {
			m.agreed = append(m.agreed, agreed{offer: o})
		}
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
		off := (g.dx*g.dx + g.dy*g.dy) * 128 / (residueIn * residueIn)
		turn := apart(v.apply(a).a, b.a)
		k += fullWeight - off - turn*turn*96/(turnIn*turnIn)
	}
	e := m.chance(v)
	if k <= e {
		return 0
	}
	// log2 is scaled by 1<<logBits, k and e by fullWeight
	nats := int64(k)*int64(log2(k)-log2(e)) - int64(k-e)*369 // 369 = 256·log2(e)
	return int(max(nats, 0) * 4 / (fullWeight << logBits))
}

// chance is how many pairs would agree if the minutiae of b lay anywhere with
// the density they have, scaled by fullWeight: from both sides, the larger.
func (m *matcher) chance(v move) int {
	moved := make([]point, len(m.a.points))
	for i, p := range m.a.points {
		moved[i] = v.apply(p)
	}
	return max(density(moved, m.b.points), density(m.b.points, moved), fullWeight)
}

// density sums, over the points of a that lie where b has minutiae, how many of
// b chance would bring within the residue: half of them point the same way
// along the ridge.
func density(a, b []point) int {
	sum := 0
	for _, p := range a {
		n := 0
		for _, q := range b {
			dx, dy := p.x-q.x, p.y-q.y
			if dx*dx+dy*dy <= overlapReach*overlapReach {
				n++
			}
		}
		if n >= overlapLeast {
			sum += n
		}
	}
	return sum * fullWeight * positionIn * positionIn / (overlapReach * overlapReach) / 2
}

// log2 is 2^8·log2(n) for n > 0, by the place of the highest bit and a parabola
// through the next eight.
func log2(n int) int {
	top := bits.Len(uint(n)) - 1
	f := (n<<8>>top)&255 - 0
	// log2(1+f) ≈ f + 0.3444·f·(1−f)
	return top<<logBits + f + f*(256-f)*88/(256*256)
}
