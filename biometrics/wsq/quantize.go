package wsq

import "math"

// Constants of the quantization that the FBI asks for (IAFIS-IC-0110 v3.1,
// annex on the bit allocation).
const (
	binCentre    = 0.44  // where in its bin the decoder puts a coefficient back
	zeroBin      = 1.2   // the bin of zeros is that much wider
	minVariance  = 1.01  // a subband of less is dropped
	flatVariance = 20000 // of the four lowest: below it all of a subband is measured, not its middle
	loading      = 2.5   // of the quantizers: how many deviations a bin spans
)

// weight of a subband: how much less is spent on the highest ones.
func weight(band int) float32 {
	switch band {
	case 52, 56:
		return 1.32
	case 53, 55, 58, 59:
		return 1.08
	case 54, 57:
		return 1.42
	}
	return 1
}

// share of a subband in the image's pixels, by its depth in the tree.
func share(band int) float32 {
	switch {
	case band < 4:
		return 1. / 1024
	case band < 51:
		return 1. / 256
	}
	return 1. / 16
}

// variances measures the subbands. Single precision sums in the order of the
// pixels are part of the format in practice: other sums give other steps.
func variances(plane []float32, width int, l *layout) (out [bands]float32) {
	var low float32
	for i := range 4 {
		out[i] = variance(plane, width, middle(l.bands[i]))
		low += out[i]
	}
	for i, b := range l.bands {
		if low < flatVariance {
			out[i] = variance(plane, width, b)
		} else if i >= 4 {
			out[i] = variance(plane, width, middle(b))
		}
	}
	return out
}

// middle is the part of a subband where the finger lies.
func middle(b block) block {
	return block{b.x + b.w/8, b.y + 9*b.h/32, 3 * b.w / 4, 7 * b.h / 16}
}

func variance(plane []float32, width int, b block) float32 {
	var sum, squares float32
	for y := range b.h {
		for _, v := range plane[(b.y+y)*width+b.x:][:b.w] {
			sum += v
			squares += float32(v * v)
		}
	}
	n := b.w * b.h
	return float32(float64(squares-float32(sum*sum)/float32(n)) / (float64(n) - 1))
}

// newQuantizer spreads the bitrate over the subbands: the steps are such that
// all bands that get any bits have the same distortion. Bands that would get
// less than none are taken out until none is left of them.
func newQuantizer(variance *[bands]float32, bitrate float32) *quantizer {
	q := &quantizer{centre: binCentre}
	var deviation [bands]float32
	var in []int // bands that get bits
	for i, v := range variance {
		if !(v >= minVariance) {
			continue
		}
		in = append(in, i)
		deviation[i] = float32(math.Sqrt(float64(v)))
		q.step[i] = 1
		if i >= 4 {
			q.step[i] = float32(10 / float64(weight(i)*float32(ln(float64(v)))))
		}
	}
	if len(in) == 0 {
		return q
	}
	scale := float32(0)
	for left := append([]int(nil), in...); ; {
		total, product := float32(0), float32(1)
		for _, i := range left {
			total += share(i)
		}
		for _, i := range left {
			product = float32(float64(product) * power(float64(deviation[i]/q.step[i]), float64(share(i))))
		}
		scale = float32(power(2, float64(bitrate/total)-1) / loading / power(float64(product), 1/float64(total)))
		kept := left[:0]
		for _, i := range left {
			if float64(q.step[i]/scale) < 5*float64(deviation[i]) {
				kept = append(kept, i)
			}
		}
		if len(kept) == len(left) || len(kept) == 0 {
			break
		}
		left = kept
	}
	for _, i := range in {
		q.step[i] /= scale
		q.zero[i] = float32(zeroBin * float64(q.step[i]))
	}
	return q
}

// quantize turns the plane's subbands from one to before another into
// coefficients, appended to out. ok is false when one is too large for a file:
// the bitrate is too high.
func (q *quantizer) quantize(out []int16, plane []float32, width int, l *layout, from, to int) (_ []int16, ok bool) {
	for i := from; i < to; i++ {
		b, step, half := l.bands[i], q.step[i], q.zero[i]/2
		if step == 0 {
			continue
		}
		n := len(out)
		out = out[:n+b.w*b.h]
		for y := range b.h {
			line := plane[(b.y+y)*width+b.x:][:b.w]
			at := out[n+y*b.w:][:b.w]
			for x, v := range line {
				k := int32(0)
				if v > half {
					k = int32((v-half)/step) + 1
				} else if v < -half {
					k = int32((v+half)/step) - 1
				}
				if k != int32(int16(k)) {
					return nil, false
				}
				at[x] = int16(k)
			}
		}
	}
	return out, true
}

// ln and power are the natural logarithm and the power of positive numbers. The
// standard library's may differ in the last bit from one machine to another,
// and with it the steps and the whole file; these do not.
func ln(v float64) float64 {
	fraction, exponent := math.Frexp(v)
	if fraction < math.Sqrt2/2 {
		fraction *= 2
		exponent--
	}
	z := (fraction - 1) / (fraction + 1) // ln f = 2 (z + z³/3 + z⁵/5 + …), |z| < 0.172
	square := float64(z * z)
	sum := 0.0
	for n := 23; n > 1; n -= 2 {
		sum = float64((sum + 1/float64(n)) * square)
	}
	return float64(2*z) + float64(2*z*sum) + float64(float64(exponent)*math.Ln2)
}

func power(base, exponent float64) float64 {
	v := float64(exponent * ln(base))
	n := math.Floor(v/math.Ln2 + 0.5)
	v -= float64(n * math.Ln2)
	sum := 1.0
	for k := 20; k > 0; k-- {
		sum = 1 + float64(float64(sum*v)/float64(k))
	}
	return math.Ldexp(sum, int(n))
}
