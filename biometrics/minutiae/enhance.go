package minutiae

import "math"

// The two filters that follow the ridges, one after the other: a bell along
// the ridge, a wave with the ridge's own period across it.
const (
	filterTurns = 64 // orientations a half turn that have their own filter
	alongReach  = 7.0
	alongBell   = 4.0  // pixels, standard deviation
	waveSteps   = 64   // of the wave's table, a period
	wavePeriods = 1.1  // reach either side, in periods
	waveBell    = 0.45 // standard deviation, in periods
	weightBits  = 8
)

// kernel is a filter on a line of the plane: what lies at offset counts weight.
type kernel struct {
	offset []int
	weight []int32
}

// newKernel has room for n pixels.
func newKernel(n int) *kernel {
	return &kernel{offset: make([]int, 0, n), weight: make([]int32, 0, n)}
}

// enhance filters the picture along and across the ridges, in place; what lies
// outside the finger stays as it is and says nothing.
func enhance(p *plane, f *field) {
	soft := newPlane(p.w, p.h)
	soft.filter(p, f, alongKernels(p.stride))
	f.period = periods(soft, f)
	p.filter(soft, f, acrossKernels(p.stride))
}

// filter writes to p what the kernel of each cell makes of src.
func (p *plane) filter(src *plane, f *field, kernels func(dir, period uint8) *kernel) {
	for cy := range f.ch {
		for cx := range f.cw {
			i := cy*f.cw + cx
			if !f.mask[i] {
				continue
			}
			var period uint8
			if f.period != nil {
				period = f.period[i]
			}
			k := kernels(f.dir[i], period)
			weights, offsets := k.weight, k.offset[:len(k.weight)]
			for y := cy * cell; y < min(cy*cell+cell, p.h); y++ {
				base := p.at(cx*cell, y)
				for q := base; q < base+min(cell, p.w-cx*cell); q++ {
					var v int32
					for j, w := range weights {
						v += w * int32(src.pix[q+offsets[j]])
					}
					p.pix[q] = int16(v >> weightBits)
				}
			}
		}
	}
}

// line steps pixel by pixel from the middle in the direction dir (256 units a
// half turn) to both sides and calls visit with the offset and the projection
// on the direction, in 1/2^14 pixels.
func line(dir, stride int, reach int, visit func(offset, along int)) {
	// half units: dir is half a unit of the sine table
	c := (cosine(dir/2) + cosine((dir+1)/2)) / 2
	s := (sine(dir/2) + sine((dir+1)/2)) / 2
	dx, dy := c, -s
	major := max(dx, -dx, dy, -dy)
	for t := -reach; t <= reach; t++ {
		x, y := divide(t*dx, major), divide(t*dy, major)
		visit(y*stride+x, x*dx+y*dy)
	}
}

// divide rounds to the nearest.
func divide(a, b int) int {
	if a < 0 {
		return -((-a + b/2) / b)
	}
	return (a + b/2) / b
}

// alongKernels are the bells, one an orientation, made when first needed.
func alongKernels(stride int) func(dir, period uint8) *kernel {
	var made [filterTurns]*kernel
	bell := table(alongReach*16, func(x float64) float64 { return gauss(x / 16 / alongBell) })
	return func(dir, _ uint8) *kernel {
		o := filterOf(dir)
		if made[o] == nil {
			k := newKernel(2*alongReach + 1)
			var sum int32
			line(o*256/filterTurns, stride, alongReach, func(offset, along int) {
				if u := max(along, -along) >> (unitBits - 4); u < len(bell) {
					k.offset, k.weight = append(k.offset, offset), append(k.weight, bell[u])
					sum += bell[u]
				}
			})
			for i, w := range k.weight {
				k.weight[i] = (w<<weightBits + sum/2) / sum
			}
			made[o] = k
		}
		return made[o]
	}
}

// acrossKernels are the waves, one an orientation and period, made when first
// needed. Their weights sum to nothing, their gain is that of one period.
func acrossKernels(stride int) func(dir, period uint8) *kernel {
	var made [filterTurns][longestPeriod/4 + 2]*kernel
	wave := table(wavePeriods*waveSteps, func(x float64) float64 {
		return gauss(x/waveSteps/waveBell) * math.Cos(2*math.Pi*x/waveSteps)
	})
	return func(dir, period uint8) *kernel {
		o, t := filterOf(dir), (int(period)+2)/4
		if made[o][t] == nil {
			reach := min(int(wavePeriods*float64(t))+1, pad-1)
			k := newKernel(2*reach + 1)
			var sum, size int32
			line(o*256/filterTurns+128, stride, reach, func(offset, along int) {
				if u := max(along, -along) * waveSteps / t >> unitBits; u < len(wave) {
					k.offset, k.weight = append(k.offset, offset), append(k.weight, wave[u])
					sum += wave[u]
				}
			})
			n := int32(len(k.weight))
			for i, w := range k.weight {
				w -= sum / n
				k.weight[i] = w
				size += max(w, -w)
			}
			for i, w := range k.weight {
				k.weight[i] = w << weightBits / size
			}
			made[o][t] = k
		}
		return made[o][t]
	}
}

// filterOf is the filter whose orientation is nearest.
func filterOf(dir uint8) int {
	return (int(dir) + 128/filterTurns) * filterTurns / 256 % filterTurns
}

// table is f at 0, 1, … to reach, scaled to 2^12 and rounded: what the last bit
// of a machine's cosine is does not show.
func table(reach float64, f func(float64) float64) []int32 {
	t := make([]int32, int(reach)+1)
	for i := range t {
		t[i] = int32(math.Round(f(float64(i)) * 4096))
	}
	return t
}

// gauss is the bell of standard deviation 1.
func gauss(x float64) float64 { return math.Exp(-x * x / 2) }
