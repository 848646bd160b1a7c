package finger

import "math"

// clearCertainty is the orientation certainty from which a block's ridges are
// told from noise: fresh noise has about 0.1, poor ridges 0.4.
const clearCertainty = 0.4

// signs is what the clear blocks of a print look like: what tells why a print
// is weak.
type signs struct {
	blocks     int     // clear ones
	contrast   float64 // mean spread of their greys
	lightRidge float64 // share of the ridges' pixels that is light: broken ridges
	darkValley float64 // share of the valleys' pixels that is dark: merged ridges
	greys      [256]int

	smear, weak, sharpness float64 // as smear returns them
}

// add takes in a block of the finger: its window turned upright, and the
// profile of that.
func (s *signs) add(p raster, x, y int, t tensor, f *profile, upright []uint8) {
	if c, _ := t.certainty(); c < clearCertainty {
		return
	}
	s.blocks++
	light, dark := f.wrong(upright)
	s.lightRidge += light
	s.darkValley += dark
	s.contrast += math.Sqrt(p.moments(x, y, blockSide, blockSide).variance())
	for r := range blockSide {
		for _, v := range p.pix[(y+r)*p.stride+x:][:blockSide] {
			s.greys[v]++
		}
	}
}

// finish turns the sums into means.
func (s *signs) finish(p raster) {
	if s.blocks == 0 {
		return
	}
	n := float64(s.blocks)
	s.contrast /= n
	s.lightRidge /= n
	s.darkValley /= n
	s.smear, s.weak, s.sharpness = smear(p)
}

// grey returns the grey below which a share of the clear blocks' pixels is.
func (s *signs) grey(share float64) int {
	limit := share * float64(s.blocks*blockSide*blockSide)
	n := 0
	for g, c := range s.greys {
		if n += c; n > 0 && float64(n) >= limit {
			return g
		}
	}
	return 0
}

// smear compares a picture in two directions at right angles, for two such
// pairs, and takes the pair that differs most in sharpness. It returns the
// lower sharpness over the higher (0.45 to 1 of a finger that lay still), the
// energy along the less sharp direction over that along the other, and the
// sharpness of rows and columns.
//
// Sharpness is the energy of the second difference over that of the first of
// four times the length: it does not hang on how many ridges run which way.
func smear(p raster) (ratio, weak, sharpness float64) {
	const rim, every = 8, 3 // rows left out save time
	if p.w <= 2*rim || p.h <= 2*rim {
		return 1, 1, 0
	}
	steps := [4]int{1, p.stride, 1 + p.stride, p.stride - 1}
	var second, first [4]float64
	for y := rim; y < p.h-rim; y += every {
		from := y*p.stride + rim
		for d, step := range steps {
			var a, b int64
			left2, left := p.pix[from-2*step:], p.pix[from-step:]
			right, right2 := p.pix[from+step:], p.pix[from+2*step:]
			for i, v := range p.pix[from:][:p.w-2*rim] {
				c := 2*int32(v) - int32(left[i]) - int32(right[i])
				e := int32(right2[i]) - int32(left2[i])
				a += int64(c * c)
				b += int64(e * e)
			}
			second[d] += float64(a)
			first[d] += float64(b)
		}
	}
	var sharp [4]float64
	for d := range sharp {
		sharp[d] = second[d] / (first[d] + 1)
	}
	ratio, weak = 1, 1
	for d := range sharp { // its partner is d^1
		if r := sharp[d] / max(sharp[d^1], 1e-9); r < ratio {
			ratio, weak = r, first[d]/(first[d^1]+1)
		}
	}
	return ratio, weak, (sharp[0] + sharp[1]) / 2
}
