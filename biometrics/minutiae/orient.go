package minutiae

// field is what is known of the ridges on the grid of cells.
type field struct {
	w, h   int     // of the picture
	cw, ch int     // of the grid
	dir    []uint8 // orientation along the ridge, 256 units a half turn
	sure   []uint8 // coherence of the orientation, 0…255
	mask   []bool  // the finger; nil before segment
	depth  []uint8 // cells to the edge of the finger, at most maxDepth
	period []uint8 // ridge to ridge, quarter pixels
	// contrast is the plane's.
	contrast []uint8
}

// Reach of the smoothing of the orientation, in cells: two passes of a box.
const (
	nearReach = 2
	farReach  = 4
	unsure    = 110 // coherence below which the far neighbourhood decides
)

// tensor is the smoothed structure tensor of each cell as doubled angle: the
// vector (x, y) points to twice the angle of the gradient.
type tensor struct{ x, y, power []int32 }

// orient finds the orientation of the ridges from the gradients.
func orient(p *plane) *field {
	cw, ch := p.cells()
	f := &field{w: p.w, h: p.h, cw: cw, ch: ch, contrast: p.contrast}
	f.dir, f.sure = make([]uint8, cw*ch), make([]uint8, cw*ch)
	f.read(p)
	return f
}

// read sets orientation and coherence from a plane.
func (f *field) read(p *plane) {
	t := gradients(p, f.cw, f.ch)
	scratch := make([]int32, max(f.cw, f.ch))
	t.smooth(f.cw, f.ch, nearReach, scratch)
	for i := range f.dir {
		f.dir[i], f.sure[i] = t.along(i)
	}
	t.smooth(f.cw, f.ch, farReach, scratch)
	for i, s := range f.sure {
		if s < unsure {
			f.dir[i], _ = t.along(i)
		}
	}
}

// gradients sums Sobel's gradients over each cell.
func gradients(p *plane, cw, ch int) tensor {
	t := tensor{make([]int32, cw*ch), make([]int32, cw*ch), make([]int32, cw*ch)}
	for y := range p.h {
		up, mid, down := p.pix[p.at(0, y-1)-1:][:p.w+2], p.pix[p.at(0, y)-1:][:p.w+2], p.pix[p.at(0, y+1)-1:][:p.w+2]
		if y == 0 {
			up = mid
		}
		if y == p.h-1 {
			down = mid
		}
		row := y / cell * cw
		for x := 1; x < p.w-1; x++ {
			a, b := int32(up[x]), int32(up[x+2])
			c, d := int32(down[x]), int32(down[x+2])
			gx := b + 2*int32(mid[x+2]) + d - a - 2*int32(mid[x]) - c
			gy := a + 2*int32(up[x+1]) + b - c - 2*int32(down[x+1]) - d
			i := row + x/cell
			xx, yy := gx*gx>>8, gy*gy>>8
			t.x[i] += xx - yy
			t.y[i] += 2 * (gx * gy >> 8)
			t.power[i] += xx + yy
		}
	}
	return t
}

// smooth runs a box of the given reach twice over the grid, both ways.
func (t tensor) smooth(cw, ch, reach int, scratch []int32) {
	for _, m := range [][]int32{t.x, t.y, t.power} {
		for range 2 {
			for y := range ch {
				box(m[y*cw:], 1, cw, reach, scratch)
			}
			for x := range cw {
				box(m[x:], cw, ch, reach, scratch)
			}
		}
	}
}

// box replaces n values, step apart, by the mean over reach to both sides; what
// lies outside counts as nothing.
func box(m []int32, step, n, reach int, scratch []int32) {
	in := scratch[:n]
	for i := range in {
		in[i] = m[i*step]
	}
	var sum int64
	for i := range min(reach, n) {
		sum += int64(in[i])
	}
	width := int64(2*reach + 1)
	for i := range in {
		if i+reach < n {
			sum += int64(in[i+reach])
		}
		if i-reach-1 >= 0 {
			sum -= int64(in[i-reach-1])
		}
		m[i*step] = int32(sum / width)
	}
}

// along is the orientation of the ridges of a cell, a quarter turn from the
// gradient, and how sure it is.
func (t tensor) along(i int) (dir, sure uint8) {
	x, y, power := int64(t.x[i]), int64(t.y[i]), int64(t.power[i])
	if power == 0 {
		return 0, 0
	}
	return uint8(angleOf(-x, -y)), uint8(min(root(x*x+y*y)*255/power, 255))
}

// cellAt is the grid index of a pixel.
func (f *field) cellAt(x, y int) int { return y>>cellBits*f.cw + x>>cellBits }
