package ocr

import (
	"math"
	"slices"
)

// Limits of a chain of characters at one pitch.
const (
	minChain     = 7    // marks in a chain that counts as a line or as part of one
	minFirst     = 9    // marks in the chain that a zone is built on
	maxMisses    = 2    // characters in a row that may be lost in a chain
	maxChains    = 60   // looked at
	slack        = 0.28 // how far, in pitches, a mark may lie beside its place
	maxColumns   = 60   // no format has more than 44
	nearestPitch = 0.6  // of the size of a mark
	widestPitch  = 1.75
)

// link is a mark in a chain with its place.
type link struct {
	mark *mark
	k    int
}

// chain is a row of marks at a pitch that changes slowly.
type chain []link

// step returns the mean pitch vector of the chain.
func (c chain) step() (dx, dy float64) {
	a, b := c[0], c[len(c)-1]
	n := float64(b.k - a.k)
	return (b.mark.x - a.mark.x) / n, (b.mark.y - a.mark.y) / n
}

// nearby finds marks by place.
type nearby struct {
	side  float64
	cells map[[2]int][]*mark
}

func index(marks []mark, side float64) *nearby {
	n := &nearby{side, map[[2]int][]*mark{}}
	for i := range marks {
		m := &marks[i]
		at := n.cell(m.x, m.y)
		n.cells[at] = append(n.cells[at], m)
	}
	return n
}

func (n *nearby) cell(x, y float64) [2]int {
	return [2]int{int(math.Floor(x / n.side)), int(math.Floor(y / n.side))}
}

// within calls f for the marks around (x, y), some of them farther than radius.
func (n *nearby) within(x, y, radius float64, f func(*mark)) {
	from, to := n.cell(x-radius, y-radius), n.cell(x+radius, y+radius)
	for cy := from[1]; cy <= to[1]; cy++ {
		for cx := from[0]; cx <= to[0]; cx++ {
			for _, m := range n.cells[[2]int{cx, cy}] {
				f(m)
			}
		}
	}
}

// nearest returns the mark nearest to (x, y) that is of about that size.
func (n *nearby) nearest(x, y, radius, size float64) *mark {
	var best *mark
	limit := radius * radius
	n.within(x, y, radius, func(m *mark) {
		d := (m.x-x)*(m.x-x) + (m.y-y)*(m.y-y)
		if d < limit && m.size < 1.7*size && size < 1.7*m.size {
			best, limit = m, d
		}
	})
	return best
}

// findChains returns the rows of marks at one pitch, the longest first.
func findChains(marks []mark, places *nearby) []chain {
	var all []chain
	used := map[*mark][]chain{}
	for i := range marks {
		first := &marks[i]
		reach := widestPitch * first.size
		places.within(first.x, first.y, reach, func(second *mark) {
			dx, dy := second.x-first.x, second.y-first.y
			d := math.Hypot(dx, dy)
			// Each pair once: to the right, or straight down.
			if dx < 0 || dx == 0 && dy <= 0 || d > reach || d < nearestPitch*max(first.size, second.size) ||
				second.size > 1.7*first.size || first.size > 1.7*second.size {
				return
			}
			if among(used[first], second) {
				return
			}
			c := grow(first, second, places)
			if len(c) < minChain {
				return
			}
			all = append(all, c)
			for _, l := range c {
				used[l.mark] = append(used[l.mark], c)
			}
		})
	}
	slices.SortStableFunc(all, func(a, b chain) int { return len(b) - len(a) })
	return all[:min(len(all), maxChains)]
}

// among reports whether a chain of these has the mark.
func among(chains []chain, m *mark) bool {
	for _, c := range chains {
		for _, l := range c {
			if l.mark == m {
				return true
			}
		}
	}
	return false
}

// grow extends a pair to both sides.
func grow(first, second *mark, places *nearby) chain {
	c := chain{{first, 0}, {second, 1}}
	c = extend(c, places)
	slices.Reverse(c)
	for i := range c {
		c[i].k = -c[i].k
	}
	c = extend(c, places)
	if dx, dy := c.step(); dx < 0 || dx == 0 && dy < 0 {
		slices.Reverse(c)
		for i := range c {
			c[i].k = -c[i].k
		}
	}
	return c
}

// extend continues a chain at its end, by the pitch of its last links.
func extend(c chain, places *nearby) chain {
	const memory = 6
	for len(c) < maxColumns {
		last := c[len(c)-1]
		dx, dy := c[max(0, len(c)-memory):].step()
		pitch := math.Hypot(dx, dy)
		var next *mark
		skipped := 0
		for ; skipped <= maxMisses && next == nil; skipped++ {
			n := float64(skipped + 1)
			next = places.nearest(last.mark.x+n*dx, last.mark.y+n*dy, slack*pitch, last.mark.size)
		}
		if next == nil || next == last.mark {
			return c
		}
		c = append(c, link{next, last.k + skipped})
	}
	return c
}
