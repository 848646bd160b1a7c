package minutiae

import (
	"cmp"
	"slices"
)

// move lays one picture over the other: turned by (c, s), scaled by
// 1<<unitBits, about the middle (ax, ay), which comes to lie on (bx, by).
type move struct {
	c, s           int
	ax, ay, bx, by int
	turn           int // units
}

// apply moves a point.
func (m move) apply(p point) point {
	x, y := p.x-m.ax, p.y-m.ay
	p.x = (m.c*x-m.s*y+1<<(unitBits-1))>>unitBits + m.bx
	p.y = (m.s*x+m.c*y+1<<(unitBits-1))>>unitBits + m.by
	p.a = (p.a + m.turn) & (fullTurn - 1)
	return p
}

// fit is the move that brings the pairs closest together; false: they say
// nothing of the turn.
func (m *matcher) fit(pairs []pair) (move, bool) {
	n := len(pairs)
	if n < 3 {
		return move{}, false
	}
	var v move
	for _, q := range pairs {
		a, b := m.a.points[q.a], m.b.points[q.b]
		v.ax, v.ay, v.bx, v.by = v.ax+a.x, v.ay+a.y, v.bx+b.x, v.by+b.y
	}
	v.ax, v.ay, v.bx, v.by = divide(v.ax, n), divide(v.ay, n), divide(v.bx, n), divide(v.by, n)
	var c, s int64
	for _, q := range pairs {
		a, b := m.a.points[q.a], m.b.points[q.b]
		ux, uy, vx, vy := int64(a.x-v.ax), int64(a.y-v.ay), int64(b.x-v.bx), int64(b.y-v.by)
		c += ux*vx + uy*vy
		s += ux*vy - uy*vx
	}
	length := root(c*c + s*s)
	if length == 0 {
		return move{}, false
	}
	v.c, v.s = int(c<<unitBits/length), int(s<<unitBits/length)
	v.turn = angleOf(c, -s)
	return v, true
}

// index finds the points near a place: they are sorted by y.
type index struct {
	points []point
	first  []int // of each row of rowHeight pixels, the first point in it or below
}

const rowHeight = 8

// newIndex takes points from top to bottom.
func newIndex(points []point) *index {
	x := &index{points: points}
	for i, p := range points {
		for len(x.first) <= p.y/rowHeight {
			x.first = append(x.first, i)
		}
	}
	return x
}

// from is the first point that can lie at y or below.
func (x *index) from(y int) int {
	row := max(y, 0) / rowHeight
	if row >= len(x.first) {
		return len(x.points)
	}
	return x.first[row]
}

// offer is a possible partner.
type offer struct {
	pair
	cost   int
	dx, dy int // from where the move brings a to where b is
}

// agreed is a pair that was taken.
type agreed struct {
	offer
	at point // a where it lies in its own picture
}

// partners pairs each point of a within reach of p with the best point of b
// near where the move brings it, bent by what agreed before; the best pairs
// first.
func (m *matcher) partners(v move, p point, reach int) {
	m.offers = m.offers[:0]
	m.measure(v)
	for i, q := range m.a.points {
		if dx, dy := q.x-p.x, q.y-p.y; dx*dx+dy*dy > reach*reach {
			continue
		}
		bx, by := m.bend(q, -1)
		to := v.apply(q)
		to.x, to.y = to.x+bx, to.y+by
		m.offer(i, to)
	}
	slices.SortFunc(m.offers, func(s, t offer) int {
		return cmp.Or(cmp.Compare(s.cost, t.cost), cmp.Compare(s.a, t.a), cmp.Compare(s.b, t.b))
	})
	m.ofA, m.ofB = zeroed(m.ofA, len(m.a.points)), zeroed(m.ofB, len(m.b.points))
	m.agreed = m.agreed[:0]
	for _, o := range m.offers {
		if !m.ofA[o.a] && !m.ofB[o.b] {
			m.ofA[o.a], m.ofB[o.b] = true, true
			m.agreed = append(m.agreed, agreed{o, m.a.points[o.a]})
		}
	}
	m.measure(v)
}

// measure writes how far the move leaves each agreed pair apart.
func (m *matcher) measure(v move) {
	for i := range m.agreed {
		g := &m.agreed[i]
		to, b := v.apply(g.at), m.b.points[g.b]
		g.dx, g.dy = b.x-to.x, b.y-to.y
	}
}

// bend is how the skin is pulled at a point of a: the mean of how far the agreed
// pairs around it are apart, the near ones first. The pair except does not
// count; where there are few, nothing is pulled.
func (m *matcher) bend(q point, except int) (dx, dy int) {
	n := bendLeast
	for i, g := range m.agreed {
		x, y := g.at.x-q.x, g.at.y-q.y
		if d := x*x + y*y; i != except && d < bendReach*bendReach {
			k := bendReach*bendReach - d
			k = k * k / (bendReach * bendReach)
			dx, dy, n = dx+k*g.dx, dy+k*g.dy, n+k
		}
	}
	return divide(dx, n), divide(dy, n)
}

// offer appends the best partners of point i of a, moved to q.
func (m *matcher) offer(i int, q point) {
	start := len(m.offers)
	for j := m.near.from(q.y - positionIn); j < len(m.b.points); j++ {
		b := m.b.points[j]
		dx, dy := b.x-q.x, b.y-q.y
		if dy > positionIn {
			break
		}
		d, turn := dx*dx+dy*dy, apart(q.a, b.a)
		if d > positionIn*positionIn || turn > turnIn {
			continue
		}
		o := offer{pair{i, j}, d*256/(positionIn*positionIn) + turn*turn*256/(turnIn*turnIn), dx, dy}
		if len(m.offers)-start < perPoint {
			m.offers = append(m.offers, o)
			continue
		}
		worst := start
		for k := start + 1; k < len(m.offers); k++ {
			if m.offers[k].cost > m.offers[worst].cost {
				worst = k
			}
		}
		if o.cost < m.offers[worst].cost {
			m.offers[worst] = o
		}
	}
}

// zeroed is a slice of n zeros.
func zeroed[T any](s []T, n int) []T {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}
