package qr

import (
	"cmp"
	"math"
	"slices"
)

// What looks like a code and was not read: three finder patterns that belong
// together and timing patterns between them, or two finder patterns where the
// third is covered or beyond the picture.

// Bounds of what is handed out as missed.
const (
	minMissed   = 1.0  // how much something looks like a code
	minPair     = 0.55 // correlation of each of two finder patterns
	pairTurn    = 0.3  // radians between their turns, and that of the line between them
	thirdUnseen = 0.4  // what a pair looks less like a code than three patterns do
)

// missed looks like a code and was not read.
type missed struct {
	place
	// look is the mean correlation of the finder patterns and that of the
	// timing patterns together: 2 is perfect.
	look float64
}

// miss remembers where a grid was laid and not read: each place once, as what
// looks best there.
func (e *engine) miss(p place, look float64) {
	if look < minMissed {
		return
	}
	at := slices.IndexFunc(e.unread, func(m missed) bool { return overlap(m.place, p) })
	if at < 0 {
		e.unread = append(e.unread, missed{p, look})
	} else if e.unread[at].look < look {
		e.unread[at] = missed{p, look}
	}
}

// stillUnread returns what was seen and does not lie over a code that was read,
// best first.
func (e *engine) stillUnread() []missed {
	out := slices.DeleteFunc(e.unread, func(m missed) bool {
		return slices.ContainsFunc(e.codes, func(f found) bool { return overlap(m.place, f.place) })
	})
	if len(out) == 0 && len(e.codes) == 0 {
		out = e.pairs()
	}
	slices.SortStableFunc(out, func(a, b missed) int { return cmp.Compare(b.look, a.look) })
	return out
}

// overlap reports whether one of two places holds the middle of the other.
func overlap(p, q place) bool {
	holds := func(p, q place) bool { return middle(q.rounded()).In(box(p.rounded())) }
	return holds(p, q) || holds(q, p)
}

// pairs returns the squares that two finder patterns may be the corners of.
// There are two of them where the patterns lie along a side.
func (e *engine) pairs() (out []missed) {
	for i, a := range e.pooled {
		for _, b := range e.pooled[i+1:] {
			span := gap(a, b) / math.Sqrt(a.module*b.module)
			if min(a.likeness, b.likeness) < minPair || !alike(a, b) || askew(a.turn-b.turn) > pairTurn ||
				span < minSpan || span > math.Sqrt2*maxSpan {
				continue
			}
			look := a.likeness + b.likeness - thirdUnseen
			along := math.Atan2(b.y-a.y, b.x-a.x)
			if askew(along-a.turn) < pairTurn {
				out = append(out, missed{besides(a, b), look}, missed{besides(b, a), look})
			} else if askew(along-a.turn-math.Pi/4) < pairTurn {
				out = append(out, missed{across(a, b), look})
			}
		}
	}
	return out
}

// askew is how far an angle is from the nearest quarter turn, in radians.
func askew(angle float64) float64 {
	r := math.Mod(math.Abs(angle), math.Pi/2)
	return min(r, math.Pi/2-r)
}

// besides is the square to the right of the way from one finder pattern to the
// other, both of them in it.
func besides(a, b centre) place {
	module := (a.module + b.module) / 2
	x, y := (b.x-a.x)/gap(a, b), (b.y-a.y)/gap(a, b) // along the way
	out, far := 3.5*module, gap(a, b)+3.5*module
	at := func(u, v float64) point { return point{a.x + u*x - v*y, a.y + u*y + v*x} }
	return place{module: module, inverted: a.inverted, corners: [4]point{at(-out, -out), at(far, -out), at(far, far), at(-out, far)}}
}

// across is the square that has two finder patterns at opposite corners.
func across(a, b centre) place {
	x, y := (b.x-a.x)/2, (b.y-a.y)/2
	c := centre{x: a.x + x - y, y: a.y + y + x, module: a.module, inverted: a.inverted}
	return besides(c, a)
}
