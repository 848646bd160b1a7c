package minutiae

import (
	"cmp"
	"slices"
)

// A minutia is known by those around it: how far they are, where they lie seen
// along its direction, and how they are turned against it. None of that changes
// when the finger is moved or turned.
const (
	seenReach   = 110 // pixels
	seenMost    = 10  // the nearest
	distLoose   = 6   // pixels that two distances may differ, and
	distShare   = 10  // one more for each ten pixels of distance
	bearLoose   = 10  // units that two bearings may differ, and
	bearNear    = 260 // more for near ones, where a pixel turns more
	turnLoose   = 20  // units that two turns may differ
	likePerfect = 64  // of each of the three
)

// point is a minutia as the match sees it.
type point struct {
	x, y, a, quality int
	kind             Kind
}

// neighbour is another minutia as one sees it.
type neighbour struct {
	at             int // index of the point
	dist           int
	bearing, turns int // units, against the direction of the one that sees
}

// shape is a set of points with what each of them sees.
type shape struct {
	points []point
	seen   [][]neighbour
}

// look finds what each point sees.
func look(points []point) *shape {
	s := &shape{points: points, seen: make([][]neighbour, len(points))}
	var all []neighbour
	for i, p := range points {
		all = all[:0]
		for j, q := range points {
			dx, dy := q.x-p.x, q.y-p.y
			if j == i || max(dx, -dx, dy, -dy) > seenReach {
				continue
			}
			d := int(root(int64(dx*dx + dy*dy)))
			if d == 0 || d > seenReach {
				continue
			}
			way := angleOf(int64(dx), int64(-dy))
			all = append(all, neighbour{j, d, turnBetween(p.a, way), turnBetween(p.a, q.a)})
		}
		slices.SortFunc(all, func(a, b neighbour) int {
			return cmp.Or(cmp.Compare(a.dist, b.dist), cmp.Compare(a.bearing, b.bearing), cmp.Compare(a.turns, b.turns))
		})
		s.seen[i] = slices.Clone(all[:min(len(all), seenMost)])
	}
	return s
}

// alike says how well what a sees fits what b sees, and which neighbours fit
// which: pairs is reused.
func alike(a, b []neighbour, pairs []pair) (int, []pair) {
	pairs = pairs[:0]
	total := 0
	var used [seenMost]bool
	for _, u := range a {
		loose := distLoose + u.dist/distShare
		bear := bearLoose + bearNear/u.dist
		best, which := 0, -1
		for k, v := range b {
			dd := max(u.dist-v.dist, v.dist-u.dist)
			if dd >= loose {
				if v.dist > u.dist {
					break
				}
				continue
			}
			db, dt := apart(u.bearing, v.bearing), apart(u.turns, v.turns)
			if used[k] || db >= bear || dt >= turnLoose {
				continue
			}
			fit := 3*likePerfect - dd*likePerfect/loose - db*likePerfect/bear - dt*likePerfect/turnLoose
			if fit > best {
				best, which = fit, k
			}
		}
		if which >= 0 {
			used[which] = true
			total += best
			pairs = append(pairs, pair{u.at, b[which].at})
		}
	}
	return total, pairs
}
