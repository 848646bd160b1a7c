package qr

import (
	"image"
	"math"

	"github.com/tram-station/tram/mrz/gray"
)

// Where the modules of a code lie: the finder patterns, the timing patterns and
// all alignment patterns are fitted by correlation on grey, and a perspective is
// laid through them by least squares.

// grid is a code laid over a picture.
type grid struct {
	g        *image.Gray
	scale    float64         // pixels of the full picture a pixel of g
	h        gray.Homography // from modules (the first reaches from 0 to 1) to pixels of g
	n        int             // modules a side
	inverted bool
	quality  float64   // of the patterns, 1 is perfect
	du, dv   []float32 // how far each module lies beside its place, in modules; nil on a flat card
}

// mirror swaps rows and columns.
func (g *grid) mirror() {
	h := &g.h
	h[0], h[1], h[3], h[4], h[6], h[7] = h[1], h[0], h[4], h[3], h[7], h[6]
	g.du, g.dv = nil, nil
}

// place returns where the grid lies in the full picture.
func (g *grid) place(mirrored bool) place {
	p := place{dimension: g.n, mirrored: mirrored, inverted: g.inverted}
	n := float64(g.n)
	for i, c := range [...]gray.Point{{}, {X: n}, {X: n, Y: n}, {Y: n}} {
		q := g.h.Apply(c)
		p.corners[i] = point{q.X * g.scale, q.Y * g.scale}
	}
	for i, c := range p.corners {
		next := p.corners[(i+1)%4]
		p.module += math.Hypot(next.x-c.x, next.y-c.y) / (4 * n)
	}
	return p
}

// pattern correlates the values of a square pattern with what is expected:
// −1 to 1.
type pattern struct {
	radius int
	at     func(u, v int) int
}

// correlate samples the pattern around the middle, one sample a module.
// axes are the module's sides in pixels.
func (p pattern) correlate(g *image.Gray, middle, across, down gray.Point) float64 {
	var like likeness
	for v := -p.radius; v <= p.radius; v++ {
		for u := -p.radius; u <= p.radius; u++ {
			x := middle.X + float64(u)*across.X + float64(v)*down.X
			y := middle.Y + float64(u)*across.Y + float64(v)*down.Y
			like.add(float64(p.at(u, v)), gray.Bilinear(g, x, y))
		}
	}
	return like.value()
}

// likeness is the normalised correlation of what is expected, 1 for dark and
// -1 for light, with what is seen, under way.
type likeness struct{ n, sum, squares, expected, product float64 }

func (l *likeness) add(expected, level float64) {
	ink := 255 - level
	l.n++
	l.sum += ink
	l.squares += ink * ink
	l.expected += expected
	l.product += ink * expected
}

// value is from -1 to 1; 0 where all is of one level.
func (l *likeness) value() float64 {
	variance := (l.squares - l.sum*l.sum/l.n) * (l.n - l.expected*l.expected/l.n)
	if variance < 1e-6 {
		return 0
	}
	return (l.product - l.sum*l.expected/l.n) / math.Sqrt(variance)
}

// climb moves the middle to the best place nearby: steps from first down to
// last modules, at most reach modules away. It returns the place, in modules
// from the start, and the correlation there.
func (p pattern) climb(g *image.Gray, middle, across, down gray.Point, first, last, reach, sign float64) (at gray.Point, score float64) {
	look := func(u, v float64) float64 {
		m := gray.Point{X: middle.X + u*across.X + v*down.X, Y: middle.Y + u*across.Y + v*down.Y}
		return sign * p.correlate(g, m, across, down)
	}
	score = look(0, 0)
	for step := first; step >= last; step /= 2 {
		for moved := true; moved; {
			moved = false
			for _, d := range [...]gray.Point{{X: step}, {X: -step}, {Y: step}, {Y: -step}} {
				u, v := at.X+d.X, at.Y+d.Y
				if math.Abs(u) > reach || math.Abs(v) > reach {
					continue
				}
				if s := look(u, v); s > score {
					at, score, moved = gray.Point{X: u, Y: v}, s, true
				}
			}
		}
	}
	return at, score
}
