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
