package qr

import (
	"image"
	"math"
)

// What the engine hands out: codes with their corrected codewords, and what
// looks like a code and was not read, with what was measured on it.

// point is a position in the picture, in pixels: the first pixel reaches from 0
// to 1, its centre is (0.5, 0.5).
type point struct{ x, y float64 }

// place is where a symbol lies.
type place struct {
	corners   [4]point // the symbol's own top left, top right, bottom right, bottom left
	module    float64  // pixels a module, the mean of the four sides
	dimension int      // modules a side: 17 + 4 × version
	mirrored  bool     // seen from behind: the corners run against the clock
	inverted  bool     // light modules on a dark ground
}

// found is a code whose error correction succeeded.
type found struct {
	place
	data  []byte // the data codewords, corrected, with their padding
	level byte   // of error correction: 'L', 'M', 'Q', 'H'
}

// rounded returns the corners in whole pixels.
func (p place) rounded() (out [4]image.Point) {
	for i, c := range p.corners {
		out[i] = image.Pt(int(math.Round(c.x)), int(math.Round(c.y)))
	}
	return out
}

// version of the symbol, 1 to 40.
func (p place) version() int { return (p.dimension - 17) / 4 }

// finders returns about where the centres of the finder patterns are.
func (p place) finders() (out [3]point) {
	inside := 3.5 / float64(p.dimension)
	for i, k := range [...]int{0, 1, 3} {
		c, next, before := p.corners[k], p.corners[(k+1)%4], p.corners[(k+3)%4]
		out[i].x = c.x + inside*(next.x+before.x-2*c.x)
		out[i].y = c.y + inside*(next.y+before.y-2*c.y)
	}
	return out
}

// halved returns the place in a picture of half the size.
func (p place) halved() place {
	for i, c := range p.corners {
		p.corners[i] = point{c.x / 2, c.y / 2}
	}
	p.module /= 2
	return p
}

func middle(c [4]image.Point) image.Point {
	return c[0].Add(c[1]).Add(c[2]).Add(c[3]).Div(4)
}

func box(c [4]image.Point) image.Rectangle {
	r := image.Rectangle{Min: c[0], Max: c[0]}
	for _, p := range c[1:] {
		r.Min = image.Pt(min(r.Min.X, p.X), min(r.Min.Y, p.Y))
		r.Max = image.Pt(max(r.Max.X, p.X), max(r.Max.Y, p.Y))
	}
	return r
}
