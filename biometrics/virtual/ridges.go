package virtual

import (
	"image"
	"image/color"
	"math"
	"math/rand"

	"github.com/tram-station/tram/biometrics"
)

// Geometry of the virtual reader: a small single-finger optical sensor.
const (
	printWidth  = 320
	printHeight = 400
	printDPI    = 500

	rolledWidth  = 560
	rolledHeight = 480

	ground = 245 // grey of the bare platen
	grain  = 4   // its noise, standard deviation
)

const (
	ridgePeriod  = 9.0 // pixels from ridge to ridge at 500 dpi
	gaborRadius  = 7
	orientations = 24
	growthRounds = 4
)

// Ridges draws a synthetic plain print of printWidth × printHeight pixels at
// 500 dpi: an orientation field from the zero-pole model (one core and delta
// for a loop, two for a whorl, none for an arch) into which ridges grow by
// repeated oriented filtering of noise. The same person (seed) and finger
// give the same ridges; different ones do not match.
func Ridges(seed int64, finger biometrics.Finger) *image.Gray {
	return drawPrint(seed, finger, sheet{w: printWidth, h: printHeight})
}

// Rolled draws the finger of [Ridges] rolled from nail to nail: the same
// ridges and those beside them, rolledWidth × rolledHeight pixels at 500 dpi.
func Rolled(seed int64, finger biometrics.Finger) *image.Gray {
	return drawPrint(seed, finger, sheet{
		w: rolledWidth, h: rolledHeight,
		dx: (rolledWidth - printWidth) / 2, dy: (rolledHeight - printHeight) / 2,
	})
}

// sheet is the part of a finger's skin that is drawn: its size, and how far it
// reaches beyond the plain print to the left and above, in pixels.
type sheet struct{ w, h, dx, dy int }

func drawPrint(seed int64, finger biometrics.Finger, s sheet) *image.Gray {
	rng := rand.New(rand.NewSource(seed*31 + int64(finger)))
	field := newField(rng, s)
	cur := noise(rng, s)
	bank := gaborBank()
	next := make([]float32, len(cur))
	for range growthRounds {
		grow(cur, next, field, bank, s)
		cur, next = next, cur
	}
	return ink(cur, rng, s)
}

// noise is what the ridges grow out of. What a plain print shows comes first,
// so that a wider sheet has the same in its middle.
func noise(rng *rand.Rand, s sheet) []float32 {
	out := make([]float32, s.w*s.h)
	for y := range printHeight {
		for x := range printWidth {
			out[(y+s.dy)*s.w+x+s.dx] = float32(rng.NormFloat64())
		}
	}
	for i := range out {
		x, y := i%s.w-s.dx, i/s.w-s.dy
		if x < 0 || x >= printWidth || y < 0 || y >= printHeight {
			out[i] = float32(rng.NormFloat64())
		}
	}
	return out
}

// field is the ridge orientation of each pixel, as an index into the bank.
type field []uint8

// newField places cores and deltas and sums their winding, after Sherlock and
// Monro's zero-pole model.
func newField(rng *rand.Rand, s sheet) field {
	type point struct{ x, y, sign float64 }
	cx, cy := printWidth/2+rng.Float64()*24-12, printHeight*0.45+rng.Float64()*24-12
	var points []point
	switch kind := rng.Intn(10); {
	case kind < 6: // loop, left or right
		side := float64(rng.Intn(2)*2 - 1)
		points = []point{{cx, cy, 1}, {cx + side*(70+rng.Float64()*25), cy + 120 + rng.Float64()*20, -1}}
	case kind < 9: // whorl
		gap := 18 + rng.Float64()*16
		points = []point{
			{cx, cy - gap, 1}, {cx, cy + gap, 1},
			{cx - 105 - rng.Float64()*15, cy + 135, -1}, {cx + 105 + rng.Float64()*15, cy + 135, -1},
		}
	default: // arch: no singular point
	}
	f := make(field, s.w*s.h)
	for i := range f {
		x, y := float64(i%s.w-s.dx), float64(i/s.w-s.dy)
		var a float64
		for _, p := range points {
			a += p.sign * math.Atan2(y-p.y, x-p.x)
		}
		if len(points) == 0 {
			bend := math.Exp(-sq(y-cy) / (2 * 90 * 90))
			a = 2 * bend * math.Sin((x-cx)/printWidth*2*math.Pi) * 0.9
		}
		theta := math.Mod(a/2+4*math.Pi, math.Pi)
		f[i] = uint8(int(theta/math.Pi*orientations+0.5) % orientations)
	}
	return f
}

// gaborBank holds one zero-mean oriented filter an orientation, row by row.
func gaborBank() [][]float32 {
	const size = 2*gaborRadius + 1
	bank := make([][]float32, orientations)
	for o := range bank {
		theta := math.Pi * float64(o) / orientations
		across := theta + math.Pi/2
		k := make([]float32, 0, size*size)
		var sum float32
		for y := -gaborRadius; y <= gaborRadius; y++ {
			for x := -gaborRadius; x <= gaborRadius; x++ {
				u := float64(x)*math.Cos(across) + float64(y)*math.Sin(across)
				g := math.Exp(-(sq(float64(x))+sq(float64(y)))/(2*sq(3.2))) * math.Cos(2*math.Pi*u/ridgePeriod)
				k = append(k, float32(g))
				sum += float32(g)
			}
		}
		for i := range k {
			k[i] -= sum / float32(len(k))
		}
		bank[o] = k
	}
	return bank
}

// grow filters src into dst along the field and saturates, so that ridges and
// valleys sharpen round by round.
func grow(src, dst []float32, f field, bank [][]float32, s sheet) {
	const size = 2*gaborRadius + 1
	for y := gaborRadius; y < s.h-gaborRadius; y++ {
		for x := gaborRadius; x < s.w-gaborRadius; x++ {
			k := bank[f[y*s.w+x]]
			var v float32
			for dy := range size {
				row := src[(y+dy-gaborRadius)*s.w+x-gaborRadius:][:size]
				kr := k[dy*size:][:size]
				for i, w := range kr {
					v += w * row[i]
				}
			}
			dst[y*s.w+x] = float32(math.Tanh(float64(v) * 0.5))
		}
	}
}

// ink turns the ridge field into what a sensor sees: dark ridges inside the
// finger's outline, pores of noise, a light ground outside.
func ink(ridge []float32, rng *rand.Rand, s sheet) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, s.w, s.h))
	w, h := float64(s.w), float64(s.h)
	for y := range s.h {
		for x := range s.w {
			edge := sq((float64(x)-w/2)/(w*0.45)) + sq((float64(y)-h*0.52)/(h*0.46))
			inside := 1 / (1 + math.Exp((edge-0.95)*22)) // soft outline
			v := ground - inside*(115+85*float64(ridge[y*s.w+x])) + rng.NormFloat64()*grain
			img.SetGray(x, y, color.Gray{Y: uint8(min(max(v, 0), 255))})
		}
	}
	return img
}

func sq(v float64) float64 { return v * v }
