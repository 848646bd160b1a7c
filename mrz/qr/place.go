package qr

import (
	"math"
	"slices"

	"github.com/tram-station/tram/mrz/gray"
)

// Limits of laying a grid.
const (
	minFinder  = 0.45 // mean correlation of three finder patterns, below it there is no code
	minTiming  = 0.25 // mean correlation of the timing patterns
	minAligned = 0.45 // correlation of an alignment pattern that is believed
	finePixels = 2.5  // pixels a module that fitting and sampling need; more only cost time
)

// anchored is a triple whose finder patterns were fitted on grey.
type anchored struct {
	grid
	corner, right, below gray.Point // centres, in pixels of g
	size                 [3]float64 // of a module at each, by the mean
	finders              float64    // mean correlation
}

// anchor fits the three finder patterns of a triple.
func anchor(p *pyramid, t triple) (anchored, bool) {
	size := p.fine(math.Hypot(t.right.x-t.corner.x, t.right.y-t.corner.y) / t.span)
	scale := 1 / p.scale(size)
	a := anchored{grid: grid{g: p.sizes[size], scale: 1 / scale, inverted: t.corner.inverted}}
	at := func(c centre) gray.Point { return gray.Point{X: c.x * scale, Y: c.y * scale} }
	a.corner, a.right, a.below = at(t.corner), at(t.right), at(t.below)
	across := gray.Point{X: (a.right.X - a.corner.X) / t.span, Y: (a.right.Y - a.corner.Y) / t.span}
	down := gray.Point{X: (a.below.X - a.corner.X) / t.span, Y: (a.below.Y - a.corner.Y) / t.span}
	finder := pattern{radius: 4, at: finderAt}
	a.size = t.size
	for i, c := range [...]*gray.Point{&a.corner, &a.right, &a.below} {
		k := t.size[i]
		across, down := gray.Point{X: k * across.X, Y: k * across.Y}, gray.Point{X: k * down.X, Y: k * down.Y}
		d, score := finder.climb(a.g, *c, across, down, 0.5, 0.06, 1.5, a.sign())
		c.X, c.Y = c.X+d.X*across.X+d.Y*down.X, c.Y+d.X*across.Y+d.Y*down.Y
		a.finders += score / 3
	}
	return a, a.finders >= minFinder
}

// sign is −1 for light modules on a dark ground.
func (g *grid) sign() float64 {
	if g.inverted {
		return -1
	}
	return 1
}

// perspectives are tried for each side: the square root of how much larger a
// module is at its near end than at its far end.
var perspectives = [...]float64{1, 1.03, 0.97, 1.06, 0.94, 1.1, 0.91, 1.15, 0.87, 1.2, 0.83, 1.26, 0.79}

// lay returns grids for the likely numbers of modules, best first. The timing
// patterns decide about that number, and about the perspective.
func (a *anchored) lay(span float64) []grid {
	var out []grid
	first := 4*int(math.Round((span+7-17)/4)) + 17
	reach := 4 * max(1, int(span*0.12/4))
	for n := max(21, first-reach); n <= min(177, first+reach); n += 4 {
		g := a.grid
		g.n = n
		right, byRight := a.steepest(n, true)
		below, byBelow := a.steepest(n, false)
		timing := (byRight + byBelow) / 2
		if timing < minTiming {
			continue
		}
		h, err := a.perspective(n, right, below)
		if err != nil {
			continue
		}
		g.h = h
		g.quality = timing - 0.5*math.Abs(math.Log(float64(n-7)/span))
		out = append(out, g)
	}
	slices.SortFunc(out, func(p, q grid) int { return cmpFloat(q.quality, p.quality) })
	return out[:min(len(out), 2)]
}

// steepest returns the perspective along one side under which its timing
// pattern shows best, and how well that is.
func (a *anchored) steepest(n int, row bool) (w, score float64) {
	score = -1
	measured := math.Sqrt(a.size[0] / a.size[2])
	if row {
		measured = math.Sqrt(a.size[0] / a.size[1])
	}
	tries := perspectives[:]
	if math.Abs(math.Log(measured)) > 0.1 {
		for _, p := range perspectives[:9] {
			tries = append(tries, p*measured)
		}
	}
	for _, p := range tries {
		right, below := p, 1.0
		if !row {
			right, below = 1, p
		}
		h, err := a.perspective(n, right, below)
		if err != nil {
			continue
		}
		if s := a.timing(&h, n, row) - 0.1*min(math.Abs(math.Log(p)), math.Abs(math.Log(p/measured))); s > score {
			w, score = p, s
		}
	}
	return w, score
}

// perspective lays n modules through the three finder patterns; the far ends of
// the sides are so much larger than the near ones.
func (a *anchored) perspective(n int, right, below float64) (gray.Homography, error) {
	// (corner + p (right·R − corner) + q (below·B − corner)) / (1 + p (right−1) + q (below−1))
	// with p = (u − 3.5) / span and q = (v − 3.5) / span.
	span := float64(n - 7)
	m := func(r, b, c float64) (float64, float64, float64) {
		x, y := (right*r-c)/span, (below*b-c)/span
		return x, y, c - 3.5*(x+y)
	}
	var h gray.Homography
	h[0], h[1], h[2] = m(a.right.X, a.below.X, a.corner.X)
	h[3], h[4], h[5] = m(a.right.Y, a.below.Y, a.corner.Y)
	h[6], h[7], h[8] = m(1, 1, 1)
	for i := range h {
		h[i] /= h[8]
	}
	if math.IsNaN(h[0]) || math.IsInf(h[0], 0) {
		return h, gray.ErrDegenerate
	}
	return h, nil
}

// timing correlates the timing pattern of row or column 6, each module against
// its neighbours: −1 to 1.
func (a *anchored) timing(h *gray.Homography, n int, row bool) float64 {
	var product, total float64
	var s [3]float64
	for i := 7; i < n-7; i++ {
		p := gray.Point{X: float64(i) + 0.5, Y: 6.5}
		if !row {
			p.X, p.Y = p.Y, p.X
		}
		q := h.Apply(p)
		s[0], s[1], s[2] = s[1], s[2], gray.Bilinear(a.g, q.X, q.Y)
		if i < 9 {
			continue
		}
		d := s[1] - (s[0]+s[2])/2 // of module i−1
		total += math.Abs(d)
		if i%2 == 1 { // module i−1 is dark
			d = -d
		}
		product += d
	}
	if total == 0 {
		return 0
	}
	return a.sign() * product / total
}

// aligned improves the grid by all alignment patterns.
func (g *grid) aligned(l *layout, a *anchored) {
	centres := l.alignments()
	if len(centres) == 0 {
		return
	}
	n := float64(g.n)
	from := []gray.Point{{X: 3.5, Y: 3.5}, {X: n - 3.5, Y: 3.5}, {X: 3.5, Y: n - 3.5}, {X: n - 3.5, Y: n - 3.5}}
	far := g.h.Apply(from[3])
	to := []gray.Point{a.corner, a.right, a.below, far}
	weights := []float64{3, 3, 3, 0.02} // the far corner is a guess from the timing patterns
	best, quality := g.both(g.h, centres, from, to, weights)
	if quality >= promising {
		g.h, g.quality = best, quality
		return
	}
	for _, start := range g.starts(centres[len(centres)-1], from, to, weights) {
		if h, q := g.both(start, centres, from, to, weights); q > quality {
			best, quality = h, q
		}
	}
	g.h, g.quality = best, quality
}

// both refits twice, the second time nearer.
func (g *grid) both(h gray.Homography, centres [][2]int, from, to []gray.Point, weights []float64) (gray.Homography, float64) {
	h, _ = g.refit(h, centres, 1.5, from, to, weights)
	return g.refit(h, centres, 0.75, from, to, weights)
}

// starts returns perspectives through the likeliest places of the alignment
// pattern farthest from the finder patterns.
func (g *grid) starts(last [2]int, from, to []gray.Point, weights []float64) []gray.Homography {
	const reach, step, keep = 3.0, 0.5, 3
	type peak struct {
		at    gray.Point
		score float64
	}
	var peaks []peak
	for v := -reach; v <= reach; v += step {
		for u := -reach; u <= reach; u += step {
			d, score := g.alignment(&g.h, last, gray.Point{X: u, Y: v}, 0)
			if score -= 0.02 * (u*u + v*v); score > 0.2 {
				peaks = append(peaks, peak{d, score})
			}
		}
	}
	slices.SortFunc(peaks, func(a, b peak) int { return cmpFloat(b.score, a.score) })
	var out []gray.Homography
	var used []gray.Point
	for _, p := range peaks {
		near := slices.ContainsFunc(used, func(q gray.Point) bool { return math.Hypot(p.at.X-q.X, p.at.Y-q.Y) < 1.2 })
		if near {
			continue
		}
		used = append(used, p.at)
		at := gray.Point{X: float64(last[0]) + 0.5, Y: float64(last[1]) + 0.5}
		there := g.h.Apply(gray.Point{X: at.X + p.at.X, Y: at.Y + p.at.Y})
		h, err := gray.Fit(append(from[:3:3], at), append(to[:3:3], there), nil)
		if err == nil {
			out = append(out, h)
		}
		if len(used) == keep {
			break
		}
	}
	return out
}

// alignment fits one alignment pattern near from modules beside its place; it
// returns how many modules beside that it is, and the correlation.
func (g *grid) alignment(h *gray.Homography, centre [2]int, from gray.Point, reach float64) (gray.Point, float64) {
	middle := gray.Point{X: float64(centre[0]) + 0.5 + from.X, Y: float64(centre[1]) + 0.5 + from.Y}
	m := h.Apply(middle)
	x, y := h.Apply(gray.Point{X: middle.X + 1, Y: middle.Y}), h.Apply(gray.Point{X: middle.X, Y: middle.Y + 1})
	across, down := gray.Point{X: x.X - m.X, Y: x.Y - m.Y}, gray.Point{X: y.X - m.X, Y: y.Y - m.Y}
	p := pattern{radius: 2, at: alignmentAt}
	if reach == 0 {
		return from, g.sign() * p.correlate(g.g, m, across, down)
	}
	best, at := -1.0, from
	for _, start := range [...]gray.Point{{}, {X: reach / 2}, {X: -reach / 2}, {Y: reach / 2}, {Y: -reach / 2}} {
		q := gray.Point{X: m.X + start.X*across.X + start.Y*down.X, Y: m.Y + start.X*across.Y + start.Y*down.Y}
		d, score := p.climb(g.g, q, across, down, 0.25, 0.06, reach, g.sign())
		u, v := start.X+d.X, start.Y+d.Y
		if score -= 0.05 * (u*u + v*v); score > best {
			best, at = score, gray.Point{X: from.X + u, Y: from.Y + v}
		}
	}
	return at, best
}

// refit looks for all alignment patterns around h and lays a perspective
// through those that are found. It returns the mean of their correlations.
func (g *grid) refit(h gray.Homography, centres [][2]int, reach float64, from, to []gray.Point, weights []float64) (gray.Homography, float64) {
	from, to, weights = from[:4:4], to[:4:4], weights[:4:4]
	quality := 0.0
	for _, c := range centres {
		at, score := g.alignment(&h, c, gray.Point{}, reach)
		quality += max(score, 0)
		if score < minAligned {
			continue
		}
		place := gray.Point{X: float64(c[0]) + 0.5, Y: float64(c[1]) + 0.5}
		from = append(from, place)
		to = append(to, h.Apply(gray.Point{X: place.X + at.X, Y: place.Y + at.Y}))
		weights = append(weights, score*score)
	}
	for range 1 + len(centres)/4 { // without the worst ones
		fitted, err := gray.Fit(from, to, weights)
		if err != nil {
			return h, quality / float64(len(centres))
		}
		h = fitted
		worst, off := -1, 0.6*g.module(&h)
		for i := 4; i < len(from); i++ {
			p := h.Apply(from[i])
			if d := math.Hypot(p.X-to[i].X, p.Y-to[i].Y); d > off {
				worst, off = i, d
			}
		}
		if worst < 0 {
			break
		}
		weights[worst] = 0
	}
	return h, quality / float64(len(centres))
}

// module is the mean side of a module in pixels of g.
func (g *grid) module(h *gray.Homography) float64 {
	n := float64(g.n)
	a, b, c := h.Apply(gray.Point{}), h.Apply(gray.Point{X: n}), h.Apply(gray.Point{Y: n})
	return (math.Hypot(b.X-a.X, b.Y-a.Y) + math.Hypot(c.X-a.X, c.Y-a.Y)) / (2 * n)
}
