package face

import (
	"image"
	"math"
)

// The grid on which colour is measured: what a portrait shows, upright. In eye
// distances from the middle of the eyes.
const (
	gridStep   = 0.05
	gridTop    = -2.2
	gridBottom = 2.4
	gridW      = 2*36 + 1 // to 1.8 on either side
	gridH      = 92 + 1   // (gridBottom-gridTop)/gridStep
)

// dot is the colour of one place. What reflects light keeps its red and its
// blue over green, however much light there is and however dark it is.
type dot struct {
	u, v      float64 // where: u in eye distances, v in distances from eyes to chin
	light     float64 // linear, 0 to 1
	red, blue float64 // natural logarithms of red and blue over green
	outside   bool    // of the picture: there is no colour
}

type grid struct {
	dots []dot // row by row
	chin float64
}

// gridOf reads the colours.
func gridOf(img image.Image, f Face) grid {
	at := colourAt(img)
	b, up, unit := img.Bounds(), uprightOf(f), f.EyeDistance()
	g := grid{dots: make([]dot, 0, gridW*gridH), chin: f.chin() / unit}
	for j := range gridH {
		v := gridTop + float64(j)*gridStep
		for i := range gridW {
			u := float64(i-gridW/2) * gridStep
			x, y := up.at(u*unit, v*unit)
			p := image.Pt(int(math.Round(x)), int(math.Round(y)))
			d := dot{u: u, v: v / g.chin, outside: !p.In(b)}
			if !d.outside {
				d.see(at(p.X, p.Y))
			}
			g.dots = append(g.dots, d)
		}
	}
	return g
}

// colourAt returns what reads the colours of a picture.
func colourAt(img image.Image) func(x, y int) (r, g, b uint8) {
	fast, ok := img.(image.RGBA64Image) // no allocation a pixel
	if !ok {
		return func(x, y int) (uint8, uint8, uint8) {
			r, g, b, _ := img.At(x, y).RGBA()
			return uint8(r >> 8), uint8(g >> 8), uint8(b >> 8)
		}
	}
	return func(x, y int) (uint8, uint8, uint8) {
		c := fast.RGBA64At(x, y)
		return uint8(c.R >> 8), uint8(c.G >> 8), uint8(c.B >> 8)
	}
}

// dark keeps the colour of what is nearly black from being that of its noise.
const dark = 0.004

func (d *dot) see(red, green, blue uint8) {
	r, g, b := linear(red), linear(green), linear(blue)
	d.light = 0.2126*r + 0.7152*g + 0.0722*b // ITU-R BT.709
	d.red = math.Log((r + dark) / (g + dark))
	d.blue = math.Log((b + dark) / (g + dark))
}

// linear undoes the curve of sRGB (IEC 61966-2-1) well enough for ratios.
func linear(v uint8) float64 {
	x := float64(v) / 255
	return x * (x*(x*0.305306011+0.682171111) + 0.012522878)
}

// region is a part of the face and its mirror image: the distance from the
// middle line in eye distances, the height in distances from eyes to chin.
type region struct{ inner, outer, above, below float64 }

var (
	cheeks    = region{0.25, 0.60, 0.18, 0.48}
	underEyes = region{0, 0.55, 0.10, 0.24} // what a mask leaves free
	lowerFace = region{0, 0.50, 0.50, 0.92} // what it covers
)

// colours are the values of many dots.
type colours struct{ light, red, blue []float64 }

// in collects the dots of a region.
func (g grid) in(r region) (c colours) {
	for _, d := range g.dots {
		if u := math.Abs(d.u); d.v > r.above && d.v < r.below && u >= r.inner && u < r.outer && !d.outside {
			c.add(d)
		}
	}
	return c
}

func (c *colours) add(d dot) {
	c.light = append(c.light, d.light)
	c.red = append(c.red, d.red)
	c.blue = append(c.blue, d.blue)
}

// skin is the colour of a skin: medians.
type skin struct{ light, red, blue float64 }

func (c colours) median() skin {
	return skin{quantile(c.light, 0.5), quantile(c.red, 0.5), quantile(c.blue, 0.5)}
}

func (g grid) skin() skin { return g.in(cheeks).median() }

// Where the colours of skin lie, whoever's it is: redder skin is yellower too,
// so that only one direction is wide.
const (
	skinWarmth = 0.74 // red less blue
	skinTint   = 0.27 // red plus blue: above it magenta, below it green
	tintWeight = 1.5  // the narrow direction
	witness    = 0.5  // what the background says, beside the skin
	burnt      = 2    // % of clipped white, beyond which no colour is left
)

// cast is how far the light takes the skin from the colours of skin. A
// background that is off in the same direction is a second witness; by itself
// it proves nothing: walls are painted. NaN where the light burnt the colours
// away.
func (s *scene) cast() float64 {
	if s.over() > burnt {
		return math.NaN()
	}
	warmth, tint := s.skin.red-s.skin.blue-skinWarmth, tintWeight*(s.skin.red+s.skin.blue-skinTint)
	off := math.Hypot(warmth, tint)
	wall := s.grid.background().median()
	if off == 0 || math.IsNaN(wall.red) {
		return off
	}
	same := (warmth*(wall.red-wall.blue) + tint*tintWeight*(wall.red+wall.blue)) / off
	return off + witness*min(max(same, 0), off)
}
