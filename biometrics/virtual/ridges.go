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
)

const (
	ridgePeriod  = 9.0 // pixels from ridge to ridge at 500 dpi
	gaborRadius  = 7
	orientations = 24
	growthRounds = 4
)

// Ridges draws a synthetic fingerprint of printWidth × printHeight pixels at
// 500 dpi: an orientation field from the zero-pole model (one core and delta
// for a loop, two for a whorl, none for an arch) into which ridges grow by
// repeated oriented filtering of noise. The same person (seed) and finger
// give the same ridges; different ones do not match.
func Ridges(seed int64, finger biometrics.Finger) *image.Gray {
	rng := rand.New(rand.NewSource(seed*31 + int64(finger)))
	field := newField(rng)
	bank := gaborBank()
	cur := make([]float32, printWidth*printHeight)
	for i := range cur {
		cur[i] = float32(rng.NormFloat64())
	}
	next := make([]float32, len(cur))
	for range growthRounds {
		grow(cur, next, field, bank)
		cur, next = next, cur
	}
	return ink(cur, rng)
}

// field is the ridge orientation of each pixel, as an index into the bank.
type field []uint8

// newField places cores and deltas and sums their winding, after Sherlock and
// Monro's zero-pole model.
func newField(rng *rand.Rand) field {
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
	f := make(field, printWidth*printHeight)
	for y := range printHeight {
		for x := range printWidth {
			var a float64
			for _, p := range points {
				a += p.sign * math.Atan2(float64(y)-p.y, float64(x)-p.x)
			}
			if len(points) == 0 {
				bend := math.Exp(-sq(float64(y)-cy) / (2 * 90 * 90))
				a = 2 * bend * math.Sin((float64(x)-cx)/printWidth*2*math.Pi) * 0.9
			}
			theta := math.Mod(a/2+4*math.Pi, math.Pi)
			f[y*printWidth+x] = uint8(int(theta/math.Pi*orientations+0.5) % orientations)
		}
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
func grow(src, dst []float32, f field, bank [][]float32) {
	const size = 2*gaborRadius + 1
	for y := gaborRadius; y < printHeight-gaborRadius; y++ {
		for x := gaborRadius; x < printWidth-gaborRadius; x++ {
			k := bank[f[y*printWidth+x]]
			var v float32
			for dy := range size {
				row := src[(y+dy-gaborRadius)*printWidth+x-gaborRadius:][:size]
				kr := k[dy*size:][:size]
				for i, w := range kr {
					v += w * row[i]
				}
			}
			dst[y*printWidth+x] = float32(math.Tanh(float64(v) * 0.5))
		}
	}
}

// ink turns the ridge field into what a sensor sees: dark ridges inside the
// finger's outline, pores of noise, a light ground outside.
func ink(ridge []float32, rng *rand.Rand) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, printWidth, printHeight))
	for y := range printHeight {
		for x := range printWidth {
			edge := sq((float64(x)-printWidth/2)/(printWidth*0.45)) + sq((float64(y)-printHeight*0.52)/(printHeight*0.46))
			inside := 1 / (1 + math.Exp((edge-0.95)*22)) // soft outline
			v := 245 - inside*(115+85*float64(ridge[y*printWidth+x])) + rng.NormFloat64()*4
			img.SetGray(x, y, color.Gray{Y: uint8(min(max(v, 0), 255))})
		}
	}
	return img
}

func sq(v float64) float64 { return v * v }
