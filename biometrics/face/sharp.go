package face

import (
	"image"
	"math"
)

// texture is what fine detail a patch has.
type texture struct {
	laplacian float64    // its variance, grey levels squared
	variance  float64    // of the lightness
	bend      [4]float64 // energy of the second differences along 0°, 45°, 90° and 135°
}

// texture looks at each pixel's neighbours, once.
func (p *patch) texture() (t texture) {
	w, h := p.Rect.Dx(), p.Rect.Dy()
	var edges, edges2 int
	var bend [4]int
	for y := 1; y < h-1; y++ {
		up, row, down := p.Pix[(y-1)*p.Stride:], p.Pix[y*p.Stride:], p.Pix[(y+1)*p.Stride:]
		for x := 1; x < w-1; x++ {
			middle := 2 * int(row[x])
			across := int(row[x-1]) + int(row[x+1]) - middle
			along := int(up[x]) + int(down[x]) - middle
			falling := int(up[x-1]) + int(down[x+1]) - middle
			rising := int(down[x-1]) + int(up[x+1]) - middle
			l := across + along
			edges += l
			edges2 += l * l
			bend[0] += across * across
			bend[1] += falling * falling
			bend[2] += along * along
			bend[3] += rising * rising
		}
	}
	n := float64((w - 2) * (h - 2))
	mean := float64(edges) / n
	t.laplacian = float64(edges2)/n - mean*mean
	for i, b := range bend {
		t.bend[i] = float64(b) / n
	}
	t.variance = p.variance()
	return t
}

func (p *patch) variance() float64 {
	var sum, squares float64
	for v, c := range p.histogram {
		sum += float64(v * c)
		squares += float64(v * v * c)
	}
	n := float64(len(p.Pix))
	return squares/n - (sum/n)*(sum/n)
}

// sharpness is the variance of the Laplacian over the variance of the
// lightness, ‰: a soft picture has little of it, whatever its contrast.
func (s *scene) sharpness() float64 {
	return 1000 * s.texture.laplacian / max(s.texture.variance, 1)
}

// motion is how much less detail there is along one direction than across it,
// as a natural logarithm. Faces have a little more across the vertical: eyes
// and mouth lie.
func (s *scene) motion() float64 {
	const lying = -0.35
	b := s.texture.bend
	ratio := func(a, b float64) float64 { return math.Log((a + 1) / (b + 1)) }
	return math.Hypot(ratio(b[0], b[2])-lying, ratio(b[1], b[3]))
}

// The side of the blocks that JPEG codes a picture in.
const block = 8

// blockiness compares the steps of lightness between the blocks of a JPEG with
// those in the middle of them. About 1: no trace of blocks. at is where g
// begins in its picture.
func blockiness(g *image.Gray, at image.Point) float64 {
	var between, within int
	for y := range g.Rect.Dy() {
		row := g.Pix[y*g.Stride : y*g.Stride+g.Rect.Dx()]
		for x := block - at.X%block; x+block/2 < len(row); x += block {
			between += distance(row[x-1], row[x])
			within += distance(row[x+block/2-1], row[x+block/2])
		}
	}
	return (float64(between) + 1) / (float64(within) + 1)
}

func distance(a, b uint8) int {
	if a > b {
		return int(a) - int(b)
	}
	return int(b) - int(a)
}
