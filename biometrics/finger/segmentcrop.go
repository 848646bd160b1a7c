package finger

import (
	"image"
	"math"
)

const (
	cropMargin = 0.8 // mm of ground around an upright fingertip
	straight   = 2.0 // degrees: a finger that leans less keeps the sensor's own pixels
)

// upright cuts a fingertip out of the slap and turns it upright. Other fingers
// that reach into its box become ground.
func (g *grid) upright(t *tip) *image.Gray {
	foreign := g.foreign(t)
	if math.Abs(t.degrees()) < straight {
		b := g.box(t).Inset(-int(g.mm(cropMargin) * float64(g.cell))).Intersect(g.img.Rect)
		out := image.NewGray(image.Rectangle{Max: b.Size()})
		for y := range out.Rect.Dy() {
			row := out.Pix[y*out.Stride:][:out.Rect.Dx()]
			copy(row, g.img.Pix[g.img.PixOffset(b.Min.X, b.Min.Y+y):])
			for x := range row {
				if g.hidden(foreign, b.Min.X-g.img.Rect.Min.X+x, b.Min.Y-g.img.Rect.Min.Y+y) {
					row[x] = g.ground
				}
			}
		}
		return out
	}
	return g.turned(t, foreign)
}

// foreign marks the cells that are not of this fingertip but of another finger,
// or of this one below the joint.
func (g *grid) foreign(t *tip) []bool {
	out := make([]bool, len(g.owner))
	for c, o := range g.owner {
		if o == t.blobs[0] {
			_, v := t.along(float64(c%g.w), float64(c/g.w))
			out[c] = v > t.v1+1
			continue
		}
		out[c] = o != 0
	}
	return out
}

// hidden reports whether a pixel belongs to a foreign cell.
func (g *grid) hidden(foreign []bool, x, y int) bool {
	x, y = x/g.cell, y/g.cell
	return x < g.w && y < g.h && foreign[y*g.w+x]
}

// Fixed point of [grid.turned].
const (
	fraction = 16 // bits
	phaseBit = 6  // bits of the filter's table
	weight   = 8  // bits of its weights
)

// turned resamples the fingertip along its axis, by a cubic filter through the
// pixels' own values (Catmull and Rom).
func (g *grid) turned(t *tip, foreign []bool) *image.Gray {
	k, m := float64(g.cell), g.mm(cropMargin)
	w, h := int((t.u1-t.u0+1+2*m)*k), int((t.v1-t.v0+1+2*m)*k)
	out := image.NewGray(image.Rect(0, 0, w, h))
	kernel := cubic()
	b, stride := g.img.Rect, g.img.Stride
	stepX, stepY := fixed(t.cos), fixed(t.sin)
	for y := range h {
		// The cells' coordinates name their middles, the pixels' theirs.
		cx, cy := t.back(t.u0-m-0.5+0.5/k, t.v0-m-0.5+(float64(y)+0.5)/k)
		px, py := fixed((cx+0.5)*k-0.5), fixed((cy+0.5)*k-0.5)
		row := out.Pix[y*out.Stride:][:w]
		for x := range row {
			ix, iy := px>>fraction, py>>fraction
			row[x] = g.ground
			if ix >= 1 && iy >= 1 && ix < b.Dx()-2 && iy < b.Dy()-2 && !g.hidden(foreign, ix, iy) {
				wx := &kernel[px>>(fraction-phaseBit)&(1<<phaseBit-1)]
				wy := &kernel[py>>(fraction-phaseBit)&(1<<phaseBit-1)]
				p := g.img.Pix[g.img.PixOffset(b.Min.X+ix-1, b.Min.Y+iy-1):]
				sum := 1 << (2*weight - 1)
				for j, v := range wy {
					q := p[j*stride : j*stride+4 : j*stride+4]
					sum += v * (wx[0]*int(q[0]) + wx[1]*int(q[1]) + wx[2]*int(q[2]) + wx[3]*int(q[3]))
				}
				row[x] = uint8(min(max(sum>>(2*weight), 0), 255))
			}
			px, py = px+stepX, py+stepY
		}
	}
	return out
}

func fixed(v float64) int { return int(math.Round(v * (1 << fraction))) }

// cubic is the filter's weights for each phase; they add up to 1.
func cubic() *[1 << phaseBit][4]int {
	var table [1 << phaseBit][4]int
	const one = 1 << weight
	for i := range table {
		f := float64(i) / (1 << phaseBit)
		w := [4]float64{
			((-0.5*f+1)*f - 0.5) * f, (1.5*f-2.5)*f*f + 1,
			((-1.5*f+2)*f + 0.5) * f, (0.5*f - 0.5) * f * f,
		}
		sum := 0
		for j, v := range w {
			table[i][j] = int(math.Round(v * one))
			sum += table[i][j]
		}
		table[i][1+i>>(phaseBit-1)] += one - sum // the rounding, to the nearest pixel
	}
	return &table
}
