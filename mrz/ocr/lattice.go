package ocr

import (
	"math"

	"github.com/tram-station/tram/mrz/gray"
)

// Lines of a zone stand 1.67 pitches apart (six an inch) to 2.5 (four an inch);
// a tilted card changes that.
const (
	nearestLine = 1.1
	widestLine  = 3.1
)

// lattice is a surface with characters: (c, r) is the middle of the one in
// column c, line r. Column and line 0 are anywhere in the zone.
type lattice struct {
	surface
	from, to int // columns of the marks that made it, to excluded
	marks    int
}

// findLattices returns the surfaces that explain several chains, at most
// limit.
func findLattices(marks []mark, limit int) []lattice {
	if len(marks) < minFirst {
		return nil
	}
	places := index(marks, 24)
	chains := findChains(marks, places)
	explained := map[*mark]bool{}
	var out []lattice
	for i, c := range chains {
		if len(out) == limit || len(c) < minFirst {
			break
		}
		known := 0
		for _, l := range c {
			if explained[l.mark] {
				known++
			}
		}
		if 2*known > len(c) {
			continue
		}
		if best, members := c.lattice(chains, i, marks); best != nil {
			out = append(out, *best)
			for _, m := range members {
				explained[m] = true
			}
		}
	}
	return out
}

// lattice builds a surface on the chain and a parallel one; the one that
// explains most marks wins.
func (c chain) lattice(chains []chain, self int, marks []mark) (best *lattice, members []*mark) {
	for i, other := range chains {
		if i == self {
			continue
		}
		offsets, row, ok := c.beside(other)
		if !ok {
			continue
		}
		for _, offset := range offsets {
			var from, to []gray.Point
			for _, l := range c {
				from, to = append(from, gray.Point{X: float64(l.k)}), append(to, gray.Point{X: l.mark.x, Y: l.mark.y})
			}
			for _, l := range other {
				from = append(from, gray.Point{X: float64(l.k + offset), Y: row})
				to = append(to, gray.Point{X: l.mark.x, Y: l.mark.y})
			}
			g := &lattice{from: c[0].k, to: c[len(c)-1].k + 1}
			g.middle = float64(g.from+g.to-1) / 2
			if !g.fit(from, to, nil) {
				continue
			}
			if found := g.gather(marks, c); best == nil || g.marks > best.marks {
				best, members = g, found
			}
		}
	}
	return best, members
}

// beside reports whether other is a line next to c; row is 1 below and -1
// above, offsets are what makes columns of c of the places of other.
func (c chain) beside(other chain) (offsets []int, row float64, ok bool) {
	dx, dy := c.step()
	ox, oy := other.step()
	pitch, otherPitch := math.Hypot(dx, dy), math.Hypot(ox, oy)
	if dx*ox+dy*oy < 0.97*pitch*otherPitch || pitch > 1.3*otherPitch || otherPitch > 1.3*pitch {
		return nil, 0, false
	}
	middle := other[len(other)/2]
	// The mark of c that lies nearest along the line.
	var near link
	along, limit := 0.0, math.Inf(1)
	for i, l := range c {
		const around = 3 // on a bent line the direction is that of the neighbours
		dx, dy = c[max(0, i-around):min(len(c), i+around+1)].step()
		pitch = math.Hypot(dx, dy)
		a := ((middle.mark.x-l.mark.x)*dx + (middle.mark.y-l.mark.y)*dy) / (pitch * pitch)
		if math.Abs(a) >= limit {
			break
		}
		near, along, limit = l, a, math.Abs(a)
	}
	across := ((middle.mark.y-near.mark.y)*dx - (middle.mark.x-near.mark.x)*dy) / (pitch * pitch)
	if math.Abs(across) < nearestLine || math.Abs(across) > widestLine || limit > 15 {
		return nil, 0, false
	}
	exact := float64(near.k) + along - float64(middle.k)
	offset := math.Round(exact)
	offsets = []int{int(offset)}
	if d := exact - offset; math.Abs(d) > 0.25 {
		offsets = append(offsets, int(offset+math.Copysign(1, d)))
	}
	return offsets, math.Copysign(1, across), true
}

// gather fits the surface to all marks that lie on it, again and again: each
// time it reaches a little farther.
func (g *lattice) gather(marks []mark, first chain) (members []*mark) {
	const rounds = 8
	size := first[len(first)/2].mark.size
	for range rounds {
		back, err := g.plane.Inverse()
		if err != nil {
			return nil
		}
		members = members[:0]
		var from, to []gray.Point
		low, high := math.MaxInt, math.MinInt
		for i := range marks {
			m := &marks[i]
			if m.size > 1.8*size || size > 1.8*m.size {
				continue
			}
			p := g.place(&back, gray.Point{X: m.x, Y: m.y})
			column, row := math.Round(p.X), math.Round(p.Y)
			if !(math.Abs(row) <= 2 && math.Abs(p.Y-row) <= 0.16 && math.Abs(p.X-column) <= 0.3 &&
				column >= float64(g.from-3) && column <= float64(g.to+2)) {
				continue
			}
			members = append(members, m)
			from, to = append(from, gray.Point{X: column, Y: row}), append(to, gray.Point{X: m.x, Y: m.y})
			low, high = min(low, int(column)), max(high, int(column)+1)
		}
		if high-low > maxColumns || !g.fit(from, to, nil) {
			return members
		}
		same := g.from == low && g.to == high && g.marks == len(members)
		g.from, g.to, g.marks = low, high, len(members)
		if same {
			break
		}
	}
	return members
}

// turned returns the lattice upside down.
func (g *lattice) turned() lattice {
	return lattice{g.surface.turned(), 1 - g.to, 1 - g.from, g.marks}
}

// scaled returns the lattice in a picture that is larger by factor.
func (g *lattice) scaled(factor float64) lattice {
	return lattice{g.surface.scaled(factor), g.from, g.to, g.marks}
}

// center returns the column in the middle of the lattice.
func (g *lattice) center() float64 { return float64(g.from+g.to-1) / 2 }
