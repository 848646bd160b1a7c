package gray

import "image"

// Integral is a summed-area table: the sum over any rectangle in four looks.
// Sums may overflow in large pictures; the difference over a rectangle of at
// most 2^24 pixels stays right.
type Integral struct {
	width, height int
	sums          []uint32 // (width+1) × (height+1)
}

// NewIntegral sums a picture up that starts at the origin.
func NewIntegral(g *image.Gray) *Integral {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	t := &Integral{width: w, height: h, sums: make([]uint32, (w+1)*(h+1))}
	for y := range h {
		var row uint32
		above, here := t.sums[y*(w+1):(y+1)*(w+1)], t.sums[(y+1)*(w+1):(y+2)*(w+1)]
		for x, p := range g.Pix[y*g.Stride : y*g.Stride+w] {
			row += uint32(p)
			here[x+1] = above[x+1] + row
		}
	}
	return t
}

// Mean returns the mean over the pixels of r that lie in the picture, 0 where
// there are none.
func (t *Integral) Mean(r image.Rectangle) float64 {
	r = r.Intersect(image.Rect(0, 0, t.width, t.height))
	if r.Empty() {
		return 0
	}
	n := t.width + 1
	sum := t.sums[r.Max.Y*n+r.Max.X] - t.sums[r.Min.Y*n+r.Max.X] - t.sums[r.Max.Y*n+r.Min.X] + t.sums[r.Min.Y*n+r.Min.X]
	return float64(sum) / float64(r.Dx()*r.Dy())
}
