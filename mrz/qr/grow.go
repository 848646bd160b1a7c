package qr

import (
	"image"
	"math"
	"slices"

	"github.com/tram-station/tram/mrz/gray"
)

// Where one finder pattern shows well and another does not, the others are
// looked for where they must be: along the pattern's own sides.

// Limits of growing.
const (
	maxSeeds     = 5   // patterns that others are looked for around
	seedLikeness = 0.5 // of a pattern that is a seed
	nearest      = 13  // modules between two patterns of a code, and a little less
	farthest     = 62  // the same for version 13; larger codes need all three patterns to show
	growStep     = 0.8 // modules between two looks
	aside        = 0.2 // a side of the code may be turned from a side of its pattern, by perspective
	growLikeness = 0.4 // of a pattern found so
	perDirection = 3   // patterns kept in one direction
)

// grow looks for patterns around the best ones where no code was read, and reads
// the one they make.
func (e *engine) grow(stage int) {
	seeds := 0
	for _, c := range slices.Clone(e.pooled) {
		if seeds == maxSeeds || c.likeness < seedLikeness || len(e.codes) > 0 || e.over() {
			return
		}
		if e.used(c) {
			continue
		}
		seeds++
		found := e.around(c)
		for i := range found {
			found[i].stage = stage
		}
		e.pooled = pool(e.pooled, found, e.picture)
		e.readTriples(stage)
		stage++
	}
}

// around returns what looks like finder patterns in the four directions of a
// pattern's sides.
func (e *engine) around(c centre) []centre {
	size := e.picture.fine(c.module)
	g, scale := e.picture.sizes[size], e.picture.scale(size)
	sin, cos := math.Sincos(c.turn)
	m := c.module / scale
	x, y := gray.Point{X: m * cos, Y: m * sin}, gray.Point{X: -m * sin, Y: m * cos}
	middle := gray.Point{X: c.x / scale, Y: c.y / scale}
	finder := pattern{radius: 4, at: finderAt}
	at := func(u, v float64) gray.Point {
		return gray.Point{X: middle.X + u*x.X + v*y.X, Y: middle.Y + u*x.Y + v*y.Y}
	}
	sign := 1.0
	if c.inverted {
		sign = -1
	}
	d, _ := finder.climb(g, middle, x, y, 0.5, 0.1, 1, sign)
	middle = at(d.X, d.Y)
	floor := 0.3 * ringed(g, middle, x, y) * sign
	var out []centre
	for _, way := range [...]gray.Point{{X: 1}, {Y: 1}, {X: -1}, {Y: -1}} {
		var peaks []centre
		for r := float64(nearest); r < farthest; r += growStep {
			for s := -aside * r; s <= aside*r; s += growStep {
				p := at(r*way.X-s*way.Y, r*way.Y+s*way.X)
				if p.X < 0 || p.Y < 0 || p.X > float64(g.Rect.Dx()) || p.Y > float64(g.Rect.Dy()) || sign*ringed(g, p, x, y) < floor {
					continue
				}
				if score := sign * finder.correlate(g, p, x, y); score > growLikeness {
					n := c
					n.x, n.y, n.likeness = p.X*scale, p.Y*scale, score
					peaks = append(peaks, n)
				}
			}
		}
		out = append(out, highest(peaks, perDirection)...)
	}
	return out
}

// ringed is how much darker the core and the ring of a finder pattern are than
// what lies between them, in grey levels.
func ringed(g *image.Gray, p, x, y gray.Point) float64 {
	at := func(u, v float64) float64 {
		return gray.Bilinear(g, p.X+u*x.X+v*y.X, p.Y+u*x.Y+v*y.Y)
	}
	light := at(2, 0) + at(-2, 0) + at(0, 2) + at(0, -2)
	dark := at(3, 0) + at(-3, 0) + at(0, 3) + at(0, -3)
	return light/4 - (dark/4+at(0, 0))/2
}

// highest returns the n best of a list that do not lie on each other.
func highest(list []centre, n int) []centre {
	slices.SortStableFunc(list, func(a, b centre) int { return cmpFloat(b.likeness, a.likeness) })
	var out []centre
	for _, c := range list {
		if len(out) == n {
			break
		}
		if !slices.ContainsFunc(out, func(o centre) bool { return gap(o, c) < 4*c.module }) {
			out = append(out, c)
		}
	}
	return out
}
