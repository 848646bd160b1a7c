package virtual

import (
	"image"
	"math"
	"math/rand/v2"
)

// How far one touch of a finger differs from the next, at most.
const (
	touchTurn    = 6.0  // degrees
	touchShift   = 9.0  // pixels
	touchPress   = 0.18 // share of the ink
	touchStretch = 2.2  // pixels, each of touchWaves
	touchWaves   = 3
)

// touch is how the skin lies this time: turned, shifted, pressed and stretched.
// The zero value is the finger as it was drawn.
type touch struct {
	turn   float64 // radians, clockwise
	dx, dy float64 // pixels
	press  float64 // 0: as drawn; above it is darker, below lighter
	waves  [touchWaves]wave
}

// wave is one part of the skin's stretch.
type wave struct{ kx, ky, phase, dx, dy float64 }

// newTouch returns the n-th touch; the 0th is the finger as drawn.
func newTouch(rng *rand.Rand, n int) touch {
	if n == 0 {
		return touch{}
	}
	around := func(v float64) float64 { return v * (2*rng.Float64() - 1) }
	t := touch{
		turn: around(touchTurn) * math.Pi / 180, press: around(touchPress),
		dx: around(touchShift), dy: around(touchShift),
	}
	for i := range t.waves {
		k, way := 2*math.Pi/(140+160*rng.Float64()), rng.Float64()*2*math.Pi
		t.waves[i] = wave{
			kx: k * math.Cos(way), ky: k * math.Sin(way), phase: rng.Float64() * 2 * math.Pi,
			dx: around(touchStretch), dy: around(touchStretch),
		}
	}
	return t
}

// stretched moves a point of the skin.
func (t *touch) stretched(x, y float64) (float64, float64) {
	u, v := x, y
	for i := range t.waves {
		if w := &t.waves[i]; w.dx != 0 {
			s := sine(w.kx*x + w.ky*y + w.phase)
			u, v = u+w.dx*s, v+w.dy*s
		}
	}
	return u, v
}

// sine is math.Sin to about four digits, in a tenth of the time: Bhaskara's
// approximation, refined once. What is drawn with it is the same everywhere.
func sine(a float64) float64 {
	a /= 2 * math.Pi
	a -= math.Floor(a + 0.5) // -0.5 to 0.5 turns
	s := 16 * a * (0.5 - math.Abs(a))
	return s * (0.775 + 0.225*math.Abs(s))
}

// pad is a piece of skin on the platen.
type pad struct {
	// skin is the ink, 0 to 1, at a point of the finger: x across it, y along
	// it, from the pad's middle.
	skin   func(x, y float64) float64
	x, y   float64 // where its middle lies, pixels
	lean   float64 // radians, clockwise
	rx, ry float64 // half its width and height
	square bool    // the outline is a box with round corners; else an ellipse
	touch  touch
	faint  float64 // 0: all of the ink; 1: none of it
}

// placed returns the pad's whole angle and where its middle lies.
func (p *pad) placed() (angle, x, y float64) {
	return p.lean + p.touch.turn, p.x + p.touch.dx, p.y + p.touch.dy
}

// box is the upright box around the pad.
func (p *pad) box() image.Rectangle {
	angle, x, y := p.placed()
	sin, cos := math.Sincos(angle)
	w, h := math.Hypot(p.rx*cos, p.ry*sin), math.Hypot(p.rx*sin, p.ry*cos)
	if p.square { // a box with round corners is larger than an ellipse
		w, h = math.Abs(p.rx*cos)+math.Abs(p.ry*sin), math.Abs(p.rx*sin)+math.Abs(p.ry*cos)
	}
	return image.Rect(int(x-w), int(y-h), int(math.Ceil(x+w)), int(math.Ceil(y+h)))
}

// rim is how far outside of the outline ink still fades, as a share.
const rim = 1.15

// lay presses the pad onto the platen.
func (p *pad) lay(dst *image.Gray) {
	angle, cx, cy := p.placed()
	sin, cos := math.Sincos(angle)
	grown := *p
	grown.rx, grown.ry = p.rx*rim, p.ry*rim
	b := grown.box().Intersect(dst.Rect)
	press, fade := p.tables()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		row := dst.Pix[dst.PixOffset(b.Min.X, y):][:b.Dx()]
		for i := range row {
			ex, ey := float64(b.Min.X+i)-cx, float64(y)-cy
			u, v := ex*cos+ey*sin, ey*cos-ex*sin
			edge := int(fadeSteps * p.edge(u, v))
			if edge >= len(fade) {
				continue
			}
			a := p.skin(p.touch.stretched(u, v))
			if a <= 0 {
				continue
			}
			row[i] = min(row[i], uint8(ground*(1-fade[edge]*press[min(int(a*pressSteps), pressSteps)])))
		}
	}
}

// edge is how far out a point lies: 1 on the outline.
func (p *pad) edge(u, v float64) float64 {
	u, v = sq(u/p.rx), sq(v/p.ry)
	if p.square {
		u, v = u*u*u, v*v*v
	}
	return u + v
}

// Steps of the tables of [pad.tables].
const (
	pressSteps = 255
	fadeSteps  = 256
)

// tables are the ink under this pressure, and how it fades at the outline.
func (p *pad) tables() (press [pressSteps + 1]float64, fade []float64) {
	exponent := math.Pow(1.8, -p.touch.press)
	for i := range press {
		press[i] = math.Pow(float64(i)/pressSteps, exponent)
	}
	fade = make([]float64, fadeSteps*3/2) // where rim ends
	for i := range fade {
		fade[i] = (1 - p.faint) / (1 + math.Exp((float64(i)/fadeSteps-0.95)*22))
	}
	return press, fade
}

// skinOf is the ink of a drawn print around its outline's middle.
func skinOf(img *image.Gray) func(x, y float64) float64 {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	mx, my := float64(w)*0.5, float64(h)*0.52 // where ink puts the outline
	return func(x, y float64) float64 {
		x, y = x+mx, y+my
		x0, y0 := math.Floor(x), math.Floor(y)
		i, j := int(x0), int(y0)
		if i < 0 || j < 0 || i+1 >= w || j+1 >= h {
			return 0
		}
		fx, fy := x-x0, y-y0
		o := j*img.Stride + i
		top := float64(img.Pix[o])*(1-fx) + float64(img.Pix[o+1])*fx
		low := float64(img.Pix[o+img.Stride])*(1-fx) + float64(img.Pix[o+img.Stride+1])*fx
		return (ground - top*(1-fy) - low*fy) / ground
	}
}

// grains is the length of a table of noise.
const grains = 1 << 12

// sprinkle adds the sensor's noise.
func sprinkle(img *image.Gray, rng *rand.Rand) {
	var table [grains]int8
	for i := range table {
		table[i] = int8(max(-100, min(100, math.Round(rng.NormFloat64()*grain))))
	}
	state := rng.Uint64() | 1
	for i, v := range img.Pix {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		img.Pix[i] = uint8(max(0, min(255, int(v)+int(table[state%grains]))))
	}
}

// platen is a bare one.
func platen(w, h int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = ground
	}
	return img
}
