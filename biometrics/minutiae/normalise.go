package minutiae

import (
	"image"
	"math"
)

// Geometry of the working picture.
const (
	pad         = 24 // pixels of nothing around it, so that no filter looks outside
	cellBits    = 2
	cell        = 1 << cellBits // pixels: the grid of orientation, spacing and mask
	meanRadius  = 12            // pixels: the window of the local mean spans two to three ridges
	target      = 64            // the standard deviation that every region is brought to
	clip        = 3 * target
	flattest    = 5 // grey levels: below, noise is not raised to ridges
	halfByte    = 128
	maxVariance = halfByte * halfByte
)

// plane is the working picture: ridges positive, valleys negative.
type plane struct {
	w, h, stride int
	pix          []int16
	contrast     []uint8 // the standard deviation in grey levels, a cell
}

// newPlane is an empty plane with room for the margin.
func newPlane(w, h int) *plane {
	stride := w + 2*pad
	return &plane{w: w, h: h, stride: stride, pix: make([]int16, stride*(h+2*pad))}
}

// at is the index of pixel (x, y) in pix.
func (p *plane) at(x, y int) int { return (y+pad)*p.stride + x + pad }

// cells is the size of the grid.
func (p *plane) cells() (cw, ch int) { return (p.w + cell - 1) / cell, (p.h + cell - 1) / cell }

// normalise takes the local mean away, brings the local contrast to one level
// and turns the sign, by a sliding window of sums.
func normalise(g *image.Gray) *plane {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	p := newPlane(w, h)
	cw, ch := p.cells()
	p.contrast = make([]uint8, cw*ch)
	gain, deviation := gains()
	sums, squares := make([]uint32, w), make([]uint32, w)
	slide := func(y int, add bool) {
		for x, v := range g.Pix[y*g.Stride:][:w] {
			if add {
				sums[x] += uint32(v)
				squares[x] += uint32(v) * uint32(v)
			} else {
				sums[x] -= uint32(v)
				squares[x] -= uint32(v) * uint32(v)
			}
		}
	}
	for y := range min(meanRadius, h) {
		slide(y, true)
	}
	for y := range h {
		if y+meanRadius < h {
			slide(y+meanRadius, true)
		}
		if y-meanRadius-1 >= 0 {
			slide(y-meanRadius-1, false)
		}
		rows := min(y+meanRadius, h-1) - max(y-meanRadius, 0) + 1
		line := lineOf{sums, squares, rows, gain}
		line.write(p.pix[p.at(0, y):][:w], g.Pix[y*g.Stride:][:w])
		if y%cell == cell/2 {
			line.contrast(p.contrast[y/cell*cw:][:cw], deviation)
		}
	}
	return p
}

// lineOf is the state of the window on one line.
type lineOf struct {
	sums, squares []uint32
	rows          int
	gain          []int32
}

// write brings one line of grey values to the common level.
func (l lineOf) write(dst []int16, src []uint8) {
	var s, q uint64
	w := len(src)
	for x := range min(meanRadius, w) {
		s += uint64(l.sums[x])
		q += uint64(l.squares[x])
	}
	for x := range w {
		if i := x + meanRadius; i < w {
			s += uint64(l.sums[i])
			q += uint64(l.squares[i])
		}
		if i := x - meanRadius - 1; i >= 0 {
			s -= uint64(l.sums[i])
			q -= uint64(l.squares[i])
		}
		mean, variance := moments(s, q, l.rows*l.columns(x))
		v := (int32(mean>>4) - int32(src[x])<<4) * l.gain[variance] >> 12
		dst[x] = int16(min(max(v, -clip), clip))
	}
}

// columns is how many columns the window has at x.
func (l lineOf) columns(x int) int {
	return min(x+meanRadius, len(l.sums)-1) - max(x-meanRadius, 0) + 1
}

// contrast writes the deviation of each cell's middle.
func (l lineOf) contrast(dst []uint8, deviation []uint8) {
	for c := range dst {
		x := min(c*cell+cell/2, len(l.sums)-1)
		var s, q uint64
		for i := max(x-meanRadius, 0); i <= min(x+meanRadius, len(l.sums)-1); i++ {
			s += uint64(l.sums[i])
			q += uint64(l.squares[i])
		}
		_, variance := moments(s, q, l.rows*l.columns(x))
		dst[c] = deviation[variance]
	}
}

// moments are the mean, scaled by 256, and the variance of n pixels.
func moments(s, q uint64, n int) (mean uint64, variance int) {
	inverse := uint64(1<<24) / uint64(n)
	mean = s * inverse >> 16
	v := int64(q*inverse>>8) - int64(mean*mean)
	return mean, int(min(max(v>>16, 0), maxVariance-1))
}

// gains are, for each variance, the factor that brings it to the target, scaled
// by 256, and the deviation itself.
func gains() (gain []int32, deviation []uint8) {
	gain, deviation = make([]int32, maxVariance), make([]uint8, maxVariance)
	for v := range gain {
		d := math.Sqrt(float64(v)) // exact by IEEE 754
		gain[v] = int32(target * 256 / max(d, flattest))
		deviation[v] = uint8(d)
	}
	return gain, deviation
}
