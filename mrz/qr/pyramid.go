package qr

import (
	"image"

	"github.com/tram-station/tram/mrz/gray"
)

// smallestHalved is the shorter side, in pixels, from which on a picture is
// halved.
const smallestHalved = 80

// pyramid is a picture, its half, the half of that, and so on.
type pyramid struct{ sizes []*image.Gray }

func newPyramid(g *image.Gray) *pyramid {
	p := &pyramid{sizes: []*image.Gray{g}}
	for min(g.Rect.Dx(), g.Rect.Dy()) >= smallestHalved {
		g = gray.Half(g)
		p.sizes = append(p.sizes, g)
	}
	return p
}

// scale is how many pixels of the full picture a pixel of a size is.
func (p *pyramid) scale(size int) float64 { return float64(int(1) << size) }

// fine returns the smallest size at which a module has finePixels at least.
func (p *pyramid) fine(module float64) (size int) {
	for size+1 < len(p.sizes) && module >= finePixels*p.scale(size+1) {
		size++
	}
	return size
}
