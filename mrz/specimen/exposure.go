package specimen

import (
	"image"
	"math"

	"github.com/tram-station/tram/mrz/gray"
)

// frame is a picture before it is digitised: light in 1/64 of a grey level, so
// that nothing is lost while lens and sensor do their part.
type frame struct {
	w, h  int
	light []int32
}

const (
	grey = 64         // units of light a grey level
	full = 255 * grey // white

	// subpixel is the resolution at which the print is looked up, a power of two.
	subpixel     = 256
	subpixelBits = 8
)

func newFrame(w, h int) *frame { return &frame{w, h, make([]int32, w*h)} }

func fromGray(g *image.Gray) *frame {
	f := newFrame(g.Rect.Dx(), g.Rect.Dy())
	for i := range f.light {
		f.light[i] = int32(g.Pix[i/f.w*g.Stride+i%f.w]) * grey
	}
	return f
}

// expose projects the print onto the ground; each pixel gathers four rays.
func (v *view) expose(print, ground *image.Gray) *frame {
	f := fromGray(ground)
	inv, err := v.m.Inverse()
	if err != nil {
		panic("specimen: a card seen from its edge") // no pose goes that far
	}
	seen := v.covers(print.Rect)
	for y := seen.Min.Y; y < seen.Max.Y; y++ {
		for x := seen.Min.X; x < seen.Max.X; x++ {
			i := y*f.w + x
			var sum int32
			for _, ray := range [4]gray.Point{{X: 0.25, Y: 0.25}, {X: 0.75, Y: 0.25}, {X: 0.25, Y: 0.75}, {X: 0.75, Y: 0.75}} {
				p := inv.Apply(gray.Point{X: float64(x) + ray.X, Y: float64(y) + ray.Y})
				light, hit := sample(print, p)
				if !hit {
					light = f.light[i]
				}
				sum += light
			}
			f.light[i] = sum / 4
		}
	}
	return f
}

// covers returns the part of the picture outside of which nothing of the
// rectangle is seen.
func (v *view) covers(at image.Rectangle) image.Rectangle {
	var r image.Rectangle
	for _, c := range v.project(at) {
		x, y := int(math.Floor(c.X)), int(math.Floor(c.Y))
		r = r.Union(image.Rect(x, y, x+2, y+2))
	}
	return r.Intersect(image.Rectangle{Max: v.size})
}

// sample looks the print up between its pixels.
func sample(g *image.Gray, p gray.Point) (light int32, hit bool) {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	if p.X < 0.5 || p.Y < 0.5 || p.X > float64(w)-1 || p.Y > float64(h)-1 {
		return 0, false
	}
	u, v := int(math.Round((p.X-0.5)*subpixel)), int(math.Round((p.Y-0.5)*subpixel))
	x, y, fx, fy := u>>subpixelBits, v>>subpixelBits, int32(u&(subpixel-1)), int32(v&(subpixel-1))
	if x+1 >= w || y+1 >= h {
		return 0, false
	}
	a, b := g.Pix[y*g.Stride+x:], g.Pix[(y+1)*g.Stride+x:]
	top := int32(a[0])*(subpixel-fx) + int32(a[1])*fx
	low := int32(b[0])*(subpixel-fx) + int32(b[1])*fx
	return (top*(subpixel-fy) + low*fy) / (subpixel * subpixel / grey), true
}

// flip turns the picture into what a mirror shows.
func (f *frame) flip() {
	for y := range f.h {
		row := f.light[y*f.w : (y+1)*f.w]
		for i, j := 0, f.w-1; i < j; i, j = i+1, j-1 {
			row[i], row[j] = row[j], row[i]
		}
	}
}
