package qr

import "math"

// Which modules are dark: levels are held against their neighbourhood; then the
// light that falls from each module onto its neighbours is estimated from the
// decisions (least squares), and the decisions are made again so that all looks
// at all modules are explained best.

// taps is the size of the kernel: a module and its eight neighbours.
const taps = 9

// Reaches of the neighbourhoods, in modules.
const (
	levelReach = 4 // of the local black and white
	noiseReach = 1 // of the local noise
)

// Bounds of the equalisation.
const (
	minGain   = 0.12 // of the local contrast by that of the symbol
	maxSweeps = 8    // over all modules
	ridge     = 0.002
)

// decider decides the modules of one symbol. soft is its result: above 0 is
// dark, and the farther from 0 the surer.
type decider struct {
	n     int
	s     *samples
	known []int8    // 1 dark, −1 light, 0 open
	soft  []float32 // per module
	bit   []int8    // decision: 1 or −1

	mid, half []float32 // local level between black and white, half their difference
	global    float32   // half the symbol's contrast
	model     []float32 // of the middle look: what the decisions explain
	weight    []float32 // of a module's looks
	likely    []float32 // −1 light, 1 dark, and between
	x, rest   [looks][]float32
	kernel    [looks][taps + 1]float64
	variance  [looks]float64
	box       [4][]float64
	sums      []float64
}

// begin takes samples and decides against the mean of the neighbourhood.
func (d *decider) begin(s *samples) {
	d.n, d.s = s.n, s
	n2 := d.n * d.n
	d.known, d.soft, d.bit = grown(d.known, n2), grown(d.soft, n2), grown(d.bit, n2)
	d.likely = grown(d.likely, n2)
	d.mid, d.half, d.model, d.weight = grown(d.mid, n2), grown(d.half, n2), grown(d.model, n2), grown(d.weight, n2)
	for k := range d.x {
		d.x[k], d.rest[k] = grown(d.x[k], n2), grown(d.rest[k], n2)
	}
	for k := range d.box {
		d.box[k] = grown(d.box[k], n2)
	}
	for i := range n2 {
		d.box[0][i] = float64(s.mean[i])
		d.box[1][i] = d.box[0][i] * d.box[0][i]
	}
	d.average(d.box[0], levelReach)
	d.average(d.box[1], levelReach)
	var total float64
	for i := range n2 {
		total += math.Sqrt(max(0, d.box[1][i]-d.box[0][i]*d.box[0][i]))
	}
	d.global = float32(max(total/float64(n2), 0.5))
	for i := range n2 {
		d.mid[i] = float32(d.box[0][i])
		d.soft[i] = (s.mean[i] - d.mid[i]) / d.global
	}
}

// fix sets the bits that are known, and at first the others by soft.
func (d *decider) fix(first bool) {
	for i, k := range d.known {
		switch {
		case k != 0:
			d.bit[i] = k
		case !first:
		case d.soft[i] > 0:
			d.bit[i] = 1
		default:
			d.bit[i] = -1
		}
		if first {
			d.model[i] = float32(d.bit[i])
		}
	}
}

// levels fits black and white around each module: level = mid + half × model.
func (d *decider) levels() {
	for i, p := range d.model {
		s := float64(d.s.mean[i])
		d.box[0][i], d.box[1][i], d.box[2][i], d.box[3][i] = float64(p), s, float64(p)*float64(p), float64(p)*s
	}
	var total float64
	for k := range d.box {
		d.average(d.box[k], levelReach)
	}
	for i := range d.half {
		p, s, pp, ps := d.box[0][i], d.box[1][i], d.box[2][i], d.box[3][i]
		half := (ps - p*s) / max(pp-p*p, 0.02)
		d.half[i] = float32(half)
		total += half
	}
	d.global = float32(max(total/float64(len(d.half)), 0.5))
	for i := range d.half {
		d.half[i] = max(d.half[i], minGain*d.global)
		d.mid[i] = float32(d.box[1][i]) - d.half[i]*float32(d.box[0][i])
		gain := min(d.half[i]/d.global, 1.2)
		d.weight[i] = gain * gain
		for k := range d.x {
			d.x[k][i] = (d.s.look[k][i] - d.mid[i]) / d.half[i]
		}
	}
}

// average replaces values by the mean over a square of 2·reach+1 modules.
func (d *decider) average(v []float64, reach int) {
	n := d.n
	w := n + 1
	d.sums = grown(d.sums, w*w)
	clear(d.sums[:w])
	for y := range n {
		row := 0.0
		d.sums[(y+1)*w] = 0
		for x := range n {
			row += v[y*n+x]
			d.sums[(y+1)*w+x+1] = d.sums[y*w+x+1] + row
		}
	}
	for y := range n {
		top, bottom := max(0, y-reach), min(n, y+reach+1)
		for x := range n {
			left, right := max(0, x-reach), min(n, x+reach+1)
			sum := d.sums[bottom*w+right] - d.sums[top*w+right] - d.sums[bottom*w+left] + d.sums[top*w+left]
			v[y*n+x] = sum / float64((bottom-top)*(right-left))
		}
	}
}

// at is the decision about a module; around the symbol it is light.
func (d *decider) at(x, y int) int8 {
	if x < 0 || y < 0 || x >= d.n || y >= d.n {
		return -1
	}
	return d.bit[y*d.n+x]
}

// around fills in the decisions that a module's level depends on, and a 1 for
// the constant.
func (d *decider) around(x, y int, r *[taps + 1]float64) {
	for k := range taps {
		r[k] = float64(d.at(x+k%3-1, y+k/3-1))
	}
	r[taps] = 1
}

// spread estimates the kernel of every look from the decisions. False where
// the decisions say nothing about it.
func (d *decider) spread() bool {
	var a [taps + 1][taps + 1]float64
	var b [looks][taps + 1]float64
	var r [taps + 1]float64
	for y := range d.n {
		for x := range d.n {
			i := y*d.n + x
			w := float64(d.weight[i])
			if d.known[i] == 0 {
				w *= min(1, math.Abs(float64(d.soft[i])))
			}
			d.around(x, y, &r)
			for p := range r {
				v := w * r[p]
				for q := p; q < len(r); q++ {
					a[p][q] += v * r[q]
				}
				for k := range looks {
					b[k][p] += v * float64(d.x[k][i])
				}
			}
		}
	}
	for p := range a {
		a[p][p] += ridge * a[taps][taps]
		for q := range p {
			a[p][q] = a[q][p]
		}
	}
	return d.invert(&a, &b)
}

// invert solves the normal equations of all looks at once.
func (d *decider) invert(a *[taps + 1][taps + 1]float64, b *[looks][taps + 1]float64) bool {
	const n = taps + 1
	for c := range n {
		if a[c][c] < 1e-9 { // positive definite, but for decisions that are all alike
			return false
		}
		for r := range n {
			if r == c {
				continue
			}
			f := a[r][c] / a[c][c]
			for k := c; k < n; k++ {
				a[r][k] -= f * a[c][k]
			}
			for k := range looks {
				b[k][r] -= f * b[k][c]
			}
		}
	}
	for k := range looks {
		for c := range n {
			d.kernel[k][c] = b[k][c] / a[c][c]
		}
	}
	return true
}

// residues fills rest with what the decisions leave unexplained, sets the
// variance of each look, and weighs down modules around which much is
// unexplained: there is glare, or a scratch.
func (d *decider) residues() {
	var r [taps + 1]float64
	clear(d.box[0])
	var total float64
	d.variance = [looks]float64{}
	for y := range d.n {
		for x := range d.n {
			i := y*d.n + x
			d.around(x, y, &r)
			w := float64(d.weight[i])
			total += w
			for k := range looks {
				p := 0.0
				for j, v := range r {
					p += v * d.kernel[k][j]
				}
				if k == middleLook {
					d.model[i] = float32(p)
				}
				e := float64(d.x[k][i]) - p
				d.rest[k][i] = float32(e)
				d.variance[k] += w * e * e
				d.box[0][i] += w * e * e
			}
		}
	}
	mean := 0.0
	for k := range d.variance {
		d.variance[k] = max(d.variance[k]/total, 1e-4)
		mean += d.variance[k]
	}
	d.average(d.box[0], noiseReach)
	for i := range d.weight {
		// The local noise counts half, the symbol's half: few looks are
		// no good estimate.
		d.weight[i] *= float32(mean / (0.5*mean + 0.5*d.box[0][i]))
	}
}

// noise is the variance at the modules' centres that the decisions leave
// unexplained, by the square of the contrast.
func (d *decider) noise() float64 { return d.variance[middleLook] }

// sweep decides again, module after module, how likely each is dark, given how
// likely its neighbours are, and sets soft to the logarithm of that. It begins
// carefully: what is not sure yet says little about what is beside it.
func (d *decider) sweep() {
	for i, b := range d.bit {
		d.likely[i] = float32(b)
	}
	for round := range maxSweeps {
		trust := float64(round+1) / maxSweeps
		for y := range d.n {
			for x := range d.n {
				i := y*d.n + x
				gain, size := d.slope(x, y)
				field := gain + size*float64(d.likely[i]) // without the module's own share
				d.soft[i] = float32(field)
				next := float32(d.known[i])
				if next == 0 {
					next = float32(math.Tanh(2 * trust * field))
				}
				if change := next - d.likely[i]; change > 0.01 || change < -0.01 {
					d.shift(x, y, change)
					d.likely[i] = next
				}
			}
		}
	}
	for i, s := range d.soft {
		if d.known[i] == 0 {
			d.bit[i] = sign(s > 0)
		}
	}
}

// slope sums, over the looks that a module falls onto, what is unexplained
// times the kernel, and the kernel squared.
func (d *decider) slope(x, y int) (gain, size float64) {
	for t := range taps {
		u, v := x-(t%3-1), y-(t/3-1)
		if u < 0 || v < 0 || u >= d.n || v >= d.n {
			continue
		}
		i := v*d.n + u
		w := float64(d.weight[i])
		for k := range looks {
			h := d.kernel[k][t] * w / d.variance[k]
			gain += h * float64(d.rest[k][i])
			size += h * d.kernel[k][t]
		}
	}
	return gain / looks, size / looks
}

// shift takes a change of a module into what is unexplained.
func (d *decider) shift(x, y int, change float32) {
	for t := range taps {
		u, v := x-(t%3-1), y-(t/3-1)
		if u < 0 || v < 0 || u >= d.n || v >= d.n {
			continue
		}
		for k := range looks {
			d.rest[k][v*d.n+u] -= change * float32(d.kernel[k][t])
		}
	}
}

// equalise makes the decisions again, once.
func (d *decider) equalise() bool {
	d.levels()
	if !d.spread() {
		return false
	}
	d.residues()
	d.sweep()
	return true
}
