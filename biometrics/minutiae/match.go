package minutiae

import (
	"cmp"
	"math"
	"slices"
)

// Limits of a match: whatever a template says, the work is bounded by them.
const (
	matchMost  = 160 // minutiae of a template that are matched: the best
	seedPoints = 64  // minutiae of a template, the best, that such a pair is made of
	seedMost   = 24  // pairs of minutiae that are tried as the common point
	seedLeast  = 3 * likePerfect
	farthest   = 1 << 13 // pixels: coordinates beyond are not of a finger
	fewest     = 5       // pairs that a score needs
	perPoint   = 4       // partners that are considered for one minutia
	positionIn = 12      // pixels that a partner may be off
	turnIn     = 24      // units that its direction may be off
)

// SameFinger is the score from which two prints are taken to be the same
// finger. Measured on 161 prints of 22 fingers, six of seven of them turned,
// pulled, cut, blurred and noisy beyond what a counter sees: of 12,348 pairs of
// different fingers one in a thousand reaches 33, the highest 43, ten points
// more for each factor of ten; of 532 pairs of the same finger 7 stay below 60,
// half of them are above 192. A false clash stops a citizen who did nothing
// wrong, a missed one is seen again at the central: hence the distance to 43.
const SameFinger = 60

// pair is a minutia of the one and a minutia of the other.
type pair struct{ a, b int }

// Match says how sure it is that two templates are of the same finger: the
// surprise, in quarters of a bit, that so many minutiae of the one find their
// partner in the other, over what chance would bring together. Turning and
// moving the finger does not count, nor does the order of the arguments or of
// the minutiae. 0: nothing in common, or too little to say; SameFinger and more:
// the same finger.
func Match(a, b *Template) int {
	pa, pb := points(a), points(b)
	if len(pa) < fewest || len(pb) < fewest {
		return 0
	}
	if slices.CompareFunc(pa, pb, comparePoints) > 0 {
		pa, pb = pb, pa
	}
	m := &matcher{a: look(pa), b: look(pb), near: newIndex(pb), covered: make([]bool, len(pa)*len(pb))}
	best := 0
	for _, s := range m.seeds() {
		best = max(best, m.try(s))
	}
	return best
}

// points are the minutiae of a template that can be matched, the best of them,
// at 500 dpi and in one order, whatever theirs was.
func points(t *Template) []point {
	if t == nil {
		return nil
	}
	dpi := t.DPI
	if dpi < MinDPI || dpi > MaxDPI {
		dpi = workDPI
	}
	var out []point
	for _, m := range t.Minutiae {
		if m.X < 0 || m.Y < 0 || m.X > farthest || m.Y > farthest || !(m.Angle >= 0 && m.Angle <= 360) {
			continue
		}
		out = append(out, point{scaled(m.X, dpi), scaled(m.Y, dpi), units(m.Angle), m.Quality, m.Kind})
	}
	slices.SortFunc(out, func(p, q point) int {
		return cmp.Or(cmp.Compare(q.quality, p.quality), comparePoints(p, q))
	})
	out = out[:min(len(out), matchMost)]
	slices.SortFunc(out, comparePoints)
	return slices.CompactFunc(out, func(p, q point) bool { return p.x == q.x && p.y == q.y && p.a == q.a })
}

// comparePoints orders points from top to bottom.
func comparePoints(p, q point) int {
	return cmp.Or(cmp.Compare(p.y, q.y), cmp.Compare(p.x, q.x), cmp.Compare(p.a, q.a), cmp.Compare(p.kind, q.kind))
}

// matcher holds the two shapes and what the tries reuse.
type matcher struct {
	a, b    *shape
	near    *index
	pairs   []pair
	offers  []offer
	agreed  []agreed
	ofA     []bool
	ofB     []bool
	covered []bool // pairs of tries that were scored, a row for each of a
	// aroundA and aroundB count the points of the other around each.
	aroundA, aroundB []int
}

// seed is a pair of minutiae whose neighbours fit.
type seed struct {
	pair
	like int
}

// seeds are the pairs whose neighbours fit best.
func (m *matcher) seeds() []seed {
	var out []seed
	leastA, leastB := bar(m.a.points), bar(m.b.points)
	for i, p := range m.a.points {
		for j, q := range m.b.points {
			if p.quality < leastA || q.quality < leastB {
				continue
			}
			like, pairs := alike(m.a.seen[i], m.b.seen[j], m.pairs)
			m.pairs = pairs
			if like >= seedLeast && len(pairs) >= 2 {
				out = append(out, seed{pair{i, j}, like})
			}
		}
	}
	slices.SortFunc(out, func(s, t seed) int {
		return cmp.Or(cmp.Compare(t.like, s.like), cmp.Compare(s.a, t.a), cmp.Compare(s.b, t.b))
	})
	return out[:min(len(out), seedMost)]
}

// bar is the quality that the best seedPoints have.
func bar(points []point) int {
	if len(points) <= seedPoints {
		return math.MinInt
	}
	q := make([]int, len(points))
	for i, p := range points {
		q[i] = p.quality
	}
	slices.Sort(q)
	return q[len(q)-seedPoints]
}

// try lays a over b by one seed and its neighbours, lets the fit grow outwards
// and scores what agrees.
func (m *matcher) try(s seed) int {
	if m.covered[s.a*len(m.b.points)+s.b] {
		return 0
	}
	_, m.pairs = alike(m.a.seen[s.a], m.b.seen[s.b], m.pairs)
	m.pairs = append(m.pairs, s.pair)
	m.agreed = m.agreed[:0]
	var v move
	for _, reach := range [...]int{100, 160, 240, farthest} {
		var ok bool
		if v, ok = m.fit(m.pairs); !ok {
			return 0
		}
		m.partners(v, m.a.points[s.a], reach)
		m.pairs = m.pairs[:0]
		for _, g := range m.agreed {
			m.pairs = append(m.pairs, g.pair)
		}
	}
	m.settle()
	for _, g := range m.agreed {
		m.covered[g.a*len(m.b.points)+g.b] = true
	}
	return m.score(v)
}
