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

	twoWays [2]float64 // contrast summed along twice the direction across
	uneven  float64    // how far contrast hangs on direction, 0 to 1
	smear   float64    // sharpness in the least sharp direction over that across it

	sharpness float64
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
	spread := math.Sqrt(p.moments(x, y, blockSide, blockSide).variance())
	s.contrast += spread
	sin, cos := math.Sincos(math.Atan2(2*float64(t.xy), float64(t.xx-t.yy)))
	s.twoWays[0] += spread * cos
	s.twoWays[1] += spread * sin
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
	s.uneven = math.Hypot(s.twoWays[0], s.twoWays[1]) / max(s.contrast, 1)
	n := float64(s.blocks)
	s.contrast /= n
	s.lightRidge /= n
	s.darkValley /= n
	s.smear, s.sharpness = smear(p)
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

// smear compares how sharp a picture is in two directions at right angles, for
// two such pairs, and returns the lower ratio: about 0.5 to 1 of a finger that
// lay still, below a third of one that slid. Sharpness is the energy of the
// second difference over that of the first of four times the length: it does
// not hang on how many ridges run which way. That of rows and columns is
// returned too.
func smear(p raster) (ratio, sharpness float64) {
	const rim, every = 8, 3 // rows left out save time
	if p.w <= 2*rim || p.h <= 2*rim {
		return 1, 0
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
	return min(evenness(sharp[0], sharp[1]), evenness(sharp[2], sharp[3])), (sharp[0] + sharp[1]) / 2
}

// evenness is the lower of two values over the higher, 1 for two of nothing.
func evenness(a, b float64) float64 {
	if max(a, b) == 0 {
		return 1
	}
	return min(a, b) / max(a, b)
}
