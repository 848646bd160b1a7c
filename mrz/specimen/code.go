package specimen

import (
	"image"
	"math"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"
)

// encode returns the modules of a code in byte mode, UTF-8. A text that no code
// can hold is a mistake of the caller's.
func encode(text string, level byte, eci bool) [][]bool {
	levels := map[byte]decoder.ErrorCorrectionLevel{
		'L': decoder.ErrorCorrectionLevel_L, 'M': decoder.ErrorCorrectionLevel_M,
		'Q': decoder.ErrorCorrectionLevel_Q, 'H': decoder.ErrorCorrectionLevel_H,
	}
	var hints map[gozxing.EncodeHintType]any
	if eci {
		hints = map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_CHARACTER_SET: "UTF-8"}
	}
	code, err := encoder.Encoder_encode(text, levels[level], hints)
	if err != nil {
		panic("specimen: " + err.Error())
	}
	m := code.GetMatrix()
	out := make([][]bool, m.GetHeight())
	for y := range out {
		out[y] = make([]bool, m.GetWidth())
		for x := range out[y] {
			out[y][x] = m.Get(x, y) == 1
		}
	}
	return out
}

// codeScale is how many pixels of the print a module gets: more than in the
// picture, so that the lens has something to take away.
func codeScale(module float64) float64 {
	const oversize, least = 1.6, 5
	return max(least, math.Ceil(oversize*module))
}

// printCode prints a code and returns where it stands: at the right as on the
// card of 2021, now and then elsewhere, with a clear zone of one to four
// modules (the standard asks for four), ink that spreads or fails to, and
// scratches over it.
func (c *card) printCode(modules [][]bool, scale float64, inverted bool) image.Rectangle {
	n, t := len(modules), int(scale)
	w, h, side := float64(c.img.Rect.Dx()), float64(c.img.Rect.Dy()), n*t
	x0 := between(c.rng, 0.62, 0.985-float64(side)/w) * w
	if c.rng.IntN(6) == 0 {
		x0 = between(c.rng, 0.05, 0.3) * w
	}
	x, y := int(x0), int(between(c.rng, 0.05, 0.3)*h)
	paper, ink := min(250, c.base+5*c.rng.IntN(3)), 15+c.rng.IntN(46)
	if inverted {
		paper, ink = ink, paper
	}
	clearZone := int(between(c.rng, 1, 4) * scale)
	at := image.Rect(x, y, x+side, y+side)
	c.box(at.Inset(-clearZone), paper)
	spread := 0.0 // of the ink, in modules; negative where it shrinks
	if chance(c.rng, 0.4) {
		spread = between(c.rng, -0.06, 0.11)
	}
	for v := range side {
		for u := range side {
			if inked(modules, (float64(u)+0.5)/scale, (float64(v)+0.5)/scale, spread) {
				c.box(image.Rect(x+u, y+v, x+u+1, y+v+1), ink)
			}
		}
	}
	for range c.rng.IntN(4) {
		c.scratch()
	}
	return at
}

// inked reports whether ink covers the place x, y, in modules, when the edges
// of the dark modules have moved outwards by spread.
func inked(modules [][]bool, x, y, spread float64) bool {
	d := math.Abs(spread)
	found := spread < 0
	for _, dy := range [2]float64{-d, d} {
		for _, dx := range [2]float64{-d, d} {
			u, v := int(math.Floor(x+dx)), int(math.Floor(y+dy))
			dark := u >= 0 && v >= 0 && u < len(modules) && v < len(modules) && modules[v][u]
			if dark != found {
				return spread >= 0
			}
		}
	}
	return found
}
