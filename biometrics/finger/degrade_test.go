//go:build !race

package finger

import (
	"image"
	"math/rand"
	"sync"
	"testing"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
)

// drawings are the drawn prints of the tests, each drawn once: it takes long
// under the race detector.
var drawings sync.Map

func drawn(f biometrics.Finger) *image.Gray {
	img, ok := drawings.Load(f)
	if !ok {
		img, _ = drawings.LoadOrStore(f, virtual.Ridges(5, f))
	}
	return img.(*image.Gray)
}

// fingers are those that the tests draw.
var fingers = []biometrics.Finger{biometrics.RightIndex, biometrics.LeftThumb, biometrics.LeftMiddle}

// mapped makes a picture of every pixel's value.
func mapped(img *image.Gray, f func(x, y int, v float64) float64) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, img.Rect.Dx(), img.Rect.Dy()))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Pix[y*out.Stride+x] = uint8(min(max(f(x, y, float64(img.Pix[y*img.Stride+x])), 0), 255))
		}
	}
	return out
}

// around makes each pixel of those within a radius.
func around(img *image.Gray, radius int, f func(a, b uint8) uint8) *image.Gray {
	return mapped(img, func(x, y int, v float64) float64 {
		out := uint8(v)
		for dy := -radius; dy <= radius; dy++ {
			for dx := -radius; dx <= radius; dx++ {
				if p := image.Pt(x+dx, y+dy); dx*dx+dy*dy <= radius*radius && p.In(img.Rect) {
					out = f(out, img.Pix[p.Y*img.Stride+p.X])
				}
			}
		}
		return float64(out)
	})
}

// slid is the mean over n steps along dx, dy: the finger moved while the
// picture was taken.
func slid(img *image.Gray, n, dx, dy int) *image.Gray {
	return mapped(img, func(x, y int, _ float64) float64 {
		sum, all := 0, 0
		for i := range n {
			if p := image.Pt(x+i*dx, y+i*dy); p.In(img.Rect) {
				sum += int(img.Pix[p.Y*img.Stride+p.X])
				all++
			}
		}
		return float64(sum) / float64(all)
	})
}

// blurred runs a box of 2·radius+1 pixels twice both ways.
func blurred(img *image.Gray, radius int) *image.Gray {
	for range 2 {
		n := 2*radius + 1
		img = slid(shifted(img, radius, radius), n, 1, 0)
		img = slid(img, n, 0, 1)
	}
	return img
}

// shifted moves the picture right and down over a light ground.
func shifted(img *image.Gray, right, down int) *image.Gray {
	return mapped(img, func(x, y int, _ float64) float64 {
		if p := image.Pt(x-right, y-down); p.In(img.Rect) {
			return float64(img.Pix[p.Y*img.Stride+p.X])
		}
		return 250
	})
}

// contrast squeezes the greys toward a light ground: 1 leaves them.
func contrast(img *image.Gray, share float64) *image.Gray {
	return mapped(img, func(_, _ int, v float64) float64 { return 255 - (255-v)*share })
}

// noisy adds noise of a standard deviation.
func noisy(img *image.Gray, sigma float64) *image.Gray {
	rng := rand.New(rand.NewSource(1))
	return mapped(img, func(_, _ int, v float64) float64 { return v + sigma*rng.NormFloat64() })
}

// dry thins the ridges and breaks them where patches of 4 pixels miss the ink.
func dry(img *image.Gray, missing float64) *image.Gray {
	const patch = 4
	rng := rand.New(rand.NewSource(1))
	w, h := img.Rect.Dx()/patch+2, img.Rect.Dy()/patch+2
	grid := make([]float64, w*h)
	for i := range grid {
		grid[i] = rng.Float64()
	}
	at := func(x, y int) float64 { // linear between the grid's points
		c, r := x/patch, y/patch
		fx, fy := float64(x%patch)/patch, float64(y%patch)/patch
		top := grid[r*w+c]*(1-fx) + grid[r*w+c+1]*fx
		bottom := grid[(r+1)*w+c]*(1-fx) + grid[(r+1)*w+c+1]*fx
		return top*(1-fy) + bottom*fy
	}
	return mapped(around(img, 1, func(a, b uint8) uint8 { return max(a, b) }), func(x, y int, v float64) float64 {
		if at(x, y) < missing {
			v += (250 - v) * 0.85
		}
		return v
	})
}

// wet widens the ridges by a radius until they run together, and darkens all.
func wet(img *image.Gray, radius int) *image.Gray {
	wide := blurred(around(img, radius, func(a, b uint8) uint8 { return min(a, b) }), 1)
	return mapped(wide, func(_, _ int, v float64) float64 { return v * 0.75 })
}

// part keeps the upper left part of the picture: its side is a share of the
// picture's.
func part(img *image.Gray, share float64) *image.Gray {
	w, h := int(share*float64(img.Rect.Dx())), int(share*float64(img.Rect.Dy()))
	return mapped(img, func(x, y int, v float64) float64 {
		if x < w && y < h {
			return v
		}
		return 250
	})
}

// fingertip keeps an ellipse around the middle, soft at its rim.
func fingertip(img *image.Gray, share float64) *image.Gray {
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	return mapped(img, func(x, y int, v float64) float64 {
		dx, dy := (float64(x)/w-0.5)/share, (float64(y)/h-0.5)/share
		out := min(max((dx*dx+dy*dy)*4-0.9, 0)*5, 1)
		return v + (247-v)*out
	})
}

// ghost lays a faint print over the ground.
func ghost(img, earlier *image.Gray, strength float64) *image.Gray {
	return mapped(img, func(x, y int, v float64) float64 {
		if !image.Pt(x, y).In(earlier.Rect) {
			return v
		}
		return v - strength*(255-float64(earlier.Pix[y*earlier.Stride+x]))
	})
}

// platen is a bare platen: even light that falls off to one side, and noise.
func platen(w, h int, noise float64) *image.Gray {
	rng := rand.New(rand.NewSource(2))
	return mapped(image.NewGray(image.Rect(0, 0, w, h)), func(x, y int, _ float64) float64 {
		return 244 - 30*float64(x)/float64(w) - 20*float64(y)/float64(h) + noise*rng.NormFloat64()
	})
}

// onto puts a picture on a larger platen.
func onto(ground, img *image.Gray, x0, y0 int) *image.Gray {
	return mapped(ground, func(x, y int, v float64) float64 {
		if p := image.Pt(x-x0, y-y0); p.In(img.Rect) {
			return min(v, float64(img.Pix[p.Y*img.Stride+p.X]))
		}
		return v
	})
}

func judgeIt(t testing.TB, img *image.Gray) biometrics.PrintQuality {
	t.Helper()
	q := Judge(img, 500)
	if q.Score < 0 || q.Score > 100 || q.Algorithm != Algorithm || q.Measures == nil {
		t.Fatalf("%+v", q)
	}
	return q
}
