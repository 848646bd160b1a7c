// Package virtual holds devices that exist only in the program: a camera that
// films a drawn face and a scanner that rolls synthetic ridges. They show the
// station at work without a person's data, and say of themselves that they
// are virtual.
package virtual

import (
	"image"
	"math"
	"math/rand/v2"
)

// Proportions of a grown-up's face, in eye distances (about 62 mm).
const (
	chin      = 1.75 // pupils to chin
	crown     = -1.7 // pupils to the top of the skull
	mouthLine = 1.06
	noseTip   = 0.66
	browLine  = -0.36

	portraitHeight = chin / 0.38 // a portrait's height: the head fills 70 to 80 % of it
	portraitEyes   = 0.46        // the eye line's place in it, from above
)

// Portrait draws the face of an invented citizen, 3:4 at best, w by h pixels.
// The same seed gives the same face, pixel for pixel.
func Portrait(seed int64, w, h int) *image.RGBA {
	c := &canvas{
		img:  image.NewRGBA(image.Rect(0, 0, w, h)),
		cx:   float64(w) / 2,
		cy:   float64(h) * portraitEyes,
		unit: min(float64(h), float64(w)*4/3) / portraitHeight,
	}
	c.tall = float64(h)
	newSitter(seed).draw(c, 0)
	return c.img
}

// sitter is one invented face: what differs between the seeds.
type sitter struct {
	skin, hair, iris, lips, cloth, shirt tone

	cheek    float64 // half the face's width
	jaw      float64 // how square the jaw is
	brow     float64 // thickness of the brows
	eye      float64 // half the width of an eye
	mouth    float64 // half the width of the mouth
	longHair bool
	parting  float64 // where the hair parts, -1 left to +1 right
	grain    uint64
}

func newSitter(seed int64) *sitter {
	r := rand.New(rand.NewPCG(uint64(seed), 0x7472616d)) // drawing, not secrets
	within := func(a, b float64) float64 { return a + (b-a)*r.Float64() }
	skins := []tone{{0.93, 0.76, 0.63}, {0.89, 0.70, 0.56}, {0.84, 0.64, 0.49}, {0.95, 0.80, 0.69}}
	cloths := []tone{{0.16, 0.22, 0.36}, {0.33, 0.12, 0.16}, {0.15, 0.28, 0.27}, {0.24, 0.24, 0.28}}
	s := &sitter{
		skin:     skins[r.IntN(len(skins))],
		hair:     tone{0.09, 0.075, 0.07}.times(within(0.8, 1.6)),
		iris:     tone{0.23, 0.13, 0.08}.times(within(0.7, 1.2)),
		cloth:    cloths[r.IntN(len(cloths))],
		shirt:    tone{0.95, 0.96, 0.97},
		cheek:    within(1.06, 1.15),
		jaw:      within(2.2, 2.7),
		brow:     within(0.055, 0.085),
		eye:      within(0.23, 0.26),
		mouth:    within(0.36, 0.43),
		longHair: r.IntN(2) == 0,
		parting:  within(-0.6, 0.6),
		grain:    r.Uint64(),
	}
	s.lips = s.skin.mix(tone{0.66, 0.25, 0.25}, within(0.5, 0.75))
	return s
}

// draw draws the sitter whose lids are shut that far, 0 to 1.
func (s *sitter) draw(c *canvas, shut float64) {
	s.background(c)
	s.hairBehind(c)
	s.body(c)
	s.head(c)
	mirrored(func(side float64) { s.eyeAt(c, side*0.5, side, shut) })
	s.nose(c)
	s.lipsAt(c)
	s.hairline(c)
	s.film(c)
}

// background is a plain light wall, a little darker towards the floor.
func (s *sitter) background(c *canvas) {
	h := c.tall / c.unit
	top := -c.cy / c.unit
	far := 1e6
	c.paint(-far, -far, far, far, func(x, y float64) (tone, float64) {
		k := 0.99 - 0.07*step(0, h, y-top) - 0.03*min(math.Abs(x)/5, 1)
		return tone{0.86, 0.90, 0.93}.times(k), 1
	})
}

// contour is half the head's width at height y; 0 outside.
func (s *sitter) contour(y float64) float64 {
	if y < 0 {
		t := y / crown
		return s.cheek * math.Sqrt(max(0, 1-t*t*t*t*0.55-t*t*0.45))
	}
	return s.cheek * math.Pow(max(0, 1-math.Pow(y/chin, s.jaw)), 1/1.75)
}

func (s *sitter) hairBehind(c *canvas) {
	c.ellipse(0, -0.55, s.cheek+0.20, 1.32, 0.04, s.hair, 1)
	if !s.longHair {
		return
	}
	c.paint(-1.6, -0.7, 1.6, 2.6, func(x, y float64) (tone, float64) {
		half := s.cheek + 0.20 + 0.07*math.Sin(y*1.7)
		strand := 1 + 0.15*math.Sin(x*26+math.Sin(y*3)*1.4)*step(0.4, 1, math.Abs(x)) + 0.1*math.Sin(x*61+y)
		return s.hair.times(strand), edge(math.Abs(x)-half, 0.05) * edge(y-2.35, 0.12)
	})
}

func (s *sitter) body(c *canvas) {
	c.paint(-3.4, 1.9, 3.4, 12, func(x, y float64) (tone, float64) { // shoulders
		fall := 2.12 + 0.16*math.Pow(math.Abs(x), 1.5) + 1.6*step(1.9, 2.9, math.Abs(x))
		fold := 1 + 0.10*math.Sin(x*3.1+y*1.3) - 0.30*step(1.2, 2.8, math.Abs(x))
		return s.cloth.times(fold), edge(fall-y, 0.03)
	})
	neck := s.skin.times(0.86)
	c.paint(-1, 1.0, 1, 3.3, func(x, y float64) (tone, float64) {
		half := 0.60 + 0.16*step(1.9, 2.6, y)
		shade := (1 - 0.34*sq(math.Abs(x)/0.8)) * (0.70 + 0.30*step(1.6, 2.25, y))
		return neck.times(shade), edge(math.Abs(x)-half, 0.02) * edge(y-2.45-(0.62-math.Abs(x)), 0.02)
	})
	mirrored(func(side float64) { // collar
		c.paint(-1.1, 1.9, 1.1, 4.3, func(x, y float64) (tone, float64) {
			ax := x * side
			in := max(0.25+0.5*(2.6-y)-ax, ax-0.94+0.42*(y-1.95), 1.93+0.12*ax-y, -ax)
			return s.shirt.times(0.97 - 0.13*step(0.5, 0.98, ax)), edge(in, 0.02)
		})
	})
}

func (s *sitter) head(c *canvas) {
	mirrored(func(side float64) { // ears
		x := side * (s.cheek + 0.04)
		c.ellipse(x, 0.22, 0.16, 0.38, 0.10, s.skin.times(0.84), 1)
		c.ellipse(x, 0.22, 0.09, 0.26, 0.8, s.skin.times(0.62), 0.7)
	})
	c.paint(-1.3, crown, 1.3, chin, func(x, y float64) (tone, float64) {
		w := s.contour(y)
		if w <= 0 {
			return tone{}, 0
		}
		nx, ny := x/w, (y-0.1)/(chin+0.1)
		depth := math.Sqrt(max(0, 1-0.72*nx*nx-0.42*ny*ny))
		light := 0.60 + 0.42*depth - 0.05*ny - 0.012*nx
		t := s.skin.times(light)
		flush := math.Exp(-(math.Pow((math.Abs(x)-0.62)/0.26, 2) + sq((y-0.62)/0.24)))
		t = t.mix(tone{0.88, 0.50, 0.42}, 0.13*flush)
		t = t.mix(tone{1, 0.93, 0.86}, 0.16*math.Exp(-(x*x/0.30+sq(y+0.85)/0.10))) // forehead
		t = t.mix(tone{1, 0.92, 0.84}, 0.10*math.Exp(-(x*x/0.05+sq(y-1.55)/0.02))) // chin
		return t, edge(math.Abs(x)-w, 0.015)
	})
}

// eyeAt draws the eye whose pupil is at (x,0); side is -1 left, +1 right. The
// upper lid is shut that far.
func (s *sitter) eyeAt(c *canvas, x, side, shut float64) {
	c.ellipse(x, -0.06, 0.36, 0.24, 1, s.skin.times(0.55), 0.55) // socket
	c.ellipse(x, 0.15, 0.28, 0.09, 1, s.skin.times(0.70), 0.35)  // below
	lid := func(px float64) (upper, lower float64) {
		t := (px - x) / s.eye
		k := math.Sqrt(max(0, 1-t*t))
		tilt := -0.02 * t * side
		lower = 0.085*k*k + tilt
		return -0.105*k*(1-shut) + 0.08*k*k*shut + tilt, lower
	}
	c.paint(x-s.eye, -0.2, x+s.eye, 0.2, func(px, py float64) (tone, float64) {
		up, low := lid(px)
		white := tone{0.93, 0.92, 0.90}.times(1 - 0.25*step(0.03, -0.1, py) - 0.2*step(0.1, s.eye, math.Abs(px-x)))
		d := math.Hypot(px-x, py+0.008)
		t := white.mix(s.iris.times(0.8+0.5*step(0.03, 0.09, d)), edge(d-0.108, 0.008))
		t = t.mix(tone{0.03, 0.02, 0.02}, edge(d-0.048, 0.008))
		t = t.mix(tone{1, 1, 1}, 0.9*edge(math.Hypot(px-x+0.035, py+0.05)-0.017, 0.008))
		return t, edge(max(up-py, py-low), 0.012)
	})
	c.paint(x-0.34, -0.3, x+0.34, 0.2, func(px, py float64) (tone, float64) { // lashes, crease, lower rim
		up, low := lid(px)
		in := edge(math.Abs(px-x)-s.eye-0.01, 0.03)
		a := 0.92 * edge(math.Abs(py-up+0.012)-0.016, 0.014)
		a = max(a, 0.38*edge(math.Abs(py-up+0.082)-0.004, 0.02))
		return tone{0.10, 0.07, 0.06}, in * max(a, 0.30*edge(math.Abs(py-low)-0.004, 0.014))
	})
	c.paint(x-0.42, -0.6, x+0.42, -0.1, func(px, py float64) (tone, float64) { // brow
		t := (px - x) * side // grows towards the temple
		line := browLine - 0.05*math.Cos((t-0.12)*3.4) + 0.10*step(0.12, 0.42, t)
		thick := s.brow * (1 - 0.75*step(0.0, 0.40, t)) * step(-0.40, -0.26, t)
		hair := 0.93 + 0.07*math.Sin(px*70+py*50*side)
		return s.hair.times(1.3), 0.88 * hair * edge(math.Abs(py-line)-thick, 0.025) * step(0.40, 0.34, math.Abs(t))
	})
}

func (s *sitter) nose(c *canvas) {
	dark := s.skin.times(0.58)
	mirrored(func(side float64) {
		c.ellipse(side*0.17, 0.16, 0.10, 0.52, 1, dark, 0.30)
		c.ellipse(side*0.24, noseTip-0.01, 0.09, 0.12, 1, dark, 0.50)
		c.ellipse(side*0.115, noseTip+0.075, 0.075, 0.038, 0.9, tone{0.20, 0.10, 0.08}, 0.85)
	})
	c.ellipse(0, noseTip+0.13, 0.26, 0.07, 1, dark, 0.55)
	c.ellipse(0, 0.22, 0.085, 0.55, 1, tone{1, 0.93, 0.86}, 0.30)
	c.ellipse(0, noseTip-0.07, 0.12, 0.10, 1, tone{1, 0.95, 0.90}, 0.40)
	c.ellipse(0, 0.87, 0.06, 0.10, 1, dark, 0.25)
}

func (s *sitter) lipsAt(c *canvas) {
	c.ellipse(0, mouthLine+0.26, 0.26, 0.09, 1, s.skin.times(0.6), 0.45)
	c.paint(-0.6, mouthLine-0.3, 0.6, mouthLine+0.3, func(x, y float64) (tone, float64) {
		t := x / s.mouth
		k := max(0, 1-t*t)
		lift := -0.035 * t * t
		up := mouthLine + lift - 0.085*math.Pow(k, 0.8)*(1-0.30*math.Exp(-x*x/0.006))
		low := mouthLine + lift + 0.135*math.Pow(k, 0.65)
		mid := mouthLine + 0.014*math.Cos(t*math.Pi*2) - 0.030*t*t
		lip := s.lips
		if y < mid {
			lip = lip.times(0.82)
		} else {
			lip = lip.mix(tone{1, 0.85, 0.82}, 0.25*math.Exp(-(x*x/0.03+sq(y-mid-0.07)/0.0016)))
		}
		lip = lip.mix(tone{0.22, 0.08, 0.08}, 0.85*edge(math.Abs(y-mid)-0.010, 0.016))
		return lip, edge(max(up-y, y-low), 0.018) * step(1.04, 0.95, math.Abs(t))
	})
}

// hairline is the hair in front: a fringe parted to one side.
func (s *sitter) hairline(c *canvas) {
	c.paint(-1.5, -2.3, 1.5, 0.75, func(x, y float64) (tone, float64) {
		outer := math.Hypot(x/(s.cheek+0.19), (y+0.55)/1.31) - 1
		d := x - s.parting
		brow := -0.95 - 0.16*math.Exp(-d*d/0.04) + 0.20*d*d
		if s.longHair {
			brow += 0.75 * step(0.72, s.cheek+0.06, math.Abs(x)) * (1 + math.Abs(x)*0.5)
		} else {
			brow += 0.85 * step(s.cheek-0.20, s.cheek+0.02, math.Abs(x))
		}
		wave := math.Sin(d*19+y*4*math.Copysign(1, d)) + 0.7*math.Sin(d*47+y*9*math.Copysign(1, d)+2)
		strand := 1 + 0.13*wave*step(-1.9, -1.2, y)*step(0, 0.2, math.Abs(d))
		shine := 0.9 * math.Exp(-(sq(y+1.48-0.25*x*x) / 0.03))
		t := s.hair.times(strand + shine*0.7)
		return t, edge(outer, 0.02) * edge(y-brow, 0.035)
	})
}

// film lays the fine grain of a sensor over the picture.
func (s *sitter) film(c *canvas) {
	h := s.grain | 1
	for i := 0; i < len(c.img.Pix); i += 4 {
		h ^= h << 13
		h ^= h >> 7
		h ^= h << 17
		n := int(h>>60) - 8 + int(h>>56&15) - 7
		for k := range 3 {
			c.img.Pix[i+k] = uint8(min(max(int(c.img.Pix[i+k])+n/4, 0), 255))
		}
	}
}
