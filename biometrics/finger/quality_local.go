package finger

import "math"

// foreground is the least spread of a block, of the picture's, that makes it
// part of the finger.
const foreground = 0.1

// aligned is one block of the picture cut from its corner on; those of the
// right and lower rim may be smaller.
type aligned struct {
	moments
	tensor
	whole bool
}

// certainty is the orientation certainty level of a block: 1 less the ratio of
// the eigenvalues of its gradients; false where it has no gradient.
func (t tensor) certainty() (float64, bool) {
	a, b, c := float64(t.xx), float64(t.yy), float64(t.xy)
	root := math.Sqrt((a-b)*(a-b) + 4*c*c)
	if a+b+root == 0 {
		return 0, false
	}
	return 1 - (a+b-root)/(a+b+root), true
}

// coherence is the length of the summed gradient directions over the sum of
// their lengths: 1 all one way.
func (t tensor) coherence() float64 {
	if t.xx+t.yy == 0 {
		return 0
	}
	return math.Hypot(float64(t.xx-t.yy), 2*float64(t.xy)) / float64(t.xx+t.yy)
}

// across is the direction across the ridges in radians, as ISO/IEC 29794-4
// computes it: the mixed term is not doubled.
func (t tensor) across() float64 {
	return math.Atan2(float64(t.xy), float64(t.xx-t.yy)) / 2
}

// local holds the local measures of ISO/IEC 29794-4: one value a block that
// they are defined for.
type local struct {
	mean, meanOfBlocks, spread float64 // greys

	cols, rows int // of blocks
	aligned    []aligned

	certainty []float64 // orientation certainty level, 0 to 1
	clarity   []float64 // local clarity score, 0 to 1
	frequency []float64 // frequency domain analysis
	flow      []float64 // orientation flow: change to the neighbours, (0) smooth
	widths    []float64 // ridge-valley uniformity: ratios of widths

	signs
}

// measureLocal measures a picture at 500 dpi. Pictures below a block measure
// nothing.
func measureLocal(p raster) *local {
	l := &local{cols: (p.w + blockSide - 1) / blockSide, rows: (p.h + blockSide - 1) / blockSide}
	l.alignedBlocks(p)
	l.slantedBlocks(p)
	l.finish(p)
	return l
}

// alignedBlocks measures what needs no turned window.
func (l *local) alignedBlocks(p raster) {
	l.aligned = make([]aligned, 0, l.cols*l.rows)
	l.certainty = make([]float64, 0, l.cols*l.rows)
	var all moments
	for y := 0; y < p.h; y += blockSide {
		for x := 0; x < p.w; x += blockSide {
			w, h := min(blockSide, p.w-x), min(blockSide, p.h-y)
			b := aligned{moments: p.moments(x, y, w, h), tensor: p.tensor(x, y, w, h), whole: w == blockSide && h == blockSide}
			l.aligned = append(l.aligned, b)
			all.n += b.n
			all.sum += b.sum
			all.squares += b.squares
			l.meanOfBlocks += float64(b.sum) / float64(b.n)
			if c, ok := b.certainty(); ok && b.whole {
				l.certainty = append(l.certainty, c)
			}
		}
	}
	if all.n == 0 {
		return
	}
	l.mean = float64(all.sum) / float64(all.n)
	l.spread = math.Sqrt(all.variance())
	l.meanOfBlocks /= float64(len(l.aligned))
}

// inFinger says whether all of the block at x, y belongs to the finger.
func (l *local) inFinger(x, y int) bool {
	for r := y / blockSide; r <= (y+blockSide-1)/blockSide; r++ {
		for c := x / blockSide; c <= (x+blockSide-1)/blockSide; c++ {
			if !(math.Sqrt(l.aligned[r*l.cols+c].variance()) > foreground*l.spread) {
				return false
			}
		}
	}
	return true
}

// slantedBlocks measures the blocks that have a rim around them.
func (l *local) slantedBlocks(p raster) {
	cols, rows := (p.w-2*windowRim)/blockSide, (p.h-2*windowRim)/blockSide
	if cols <= 0 || rows <= 0 {
		return
	}
	var upright [turnedLong * turnedShort]uint8
	wave := newWaves()
	// A border of directions 0 and of no finger, as the standard has it.
	step := cols + 2
	across, inside := make([]float64, step*(rows+2)), make([]bool, step*(rows+2))
	l.clarity = make([]float64, 0, cols*rows)
	l.frequency = make([]float64, 0, cols*rows)
	l.widths = make([]float64, 0, 4*cols*rows)
	for r := range rows {
		for c := range cols {
			x, y := windowRim+c*blockSide, windowRim+r*blockSide
			at := (r+1)*step + c + 1
			t := p.tensor(x, y, blockSide, blockSide)
			angle := t.across()
			across[at], inside[at] = angle, l.inFinger(x, y)
			if !inside[at] {
				continue
			}
			wx, wy := x-windowRim, y-windowRim
			p.turned(upright[:], wx, wy, angle, 0, 10, 2, turnedShort, turnedLong)
			f := profiled(upright[:])
			l.clarity = append(l.clarity, f.clarity(upright[:]))
			l.add(p, x, y, t, &f, upright[:])
			p.turned(upright[:], wx, wy, angle, windowRim, 10, 2, turnedShort, turnedLong)
			f = profiled(upright[:])
			l.widths = f.ratios(l.widths)
			p.turned(upright[:], wx, wy, angle+math.Pi/2, windowRim, 2, 10, turnedLong, turnedShort)
			l.frequency = append(l.frequency, wave.share(upright[:]))
		}
	}
	l.flow = flow(across, inside, step)
}

// flow returns how far the direction of each block differs from those around
// it, where all of them are in the finger and it is more than 4°.
func flow(across []float64, inside []bool, step int) []float64 {
	const least = 4 * math.Pi / 180
	var out []float64
	for at := step + 1; at < len(across)-step-1; at++ {
		sum, all := 0.0, true
		for _, row := range [3]int{at - step, at, at + step} {
			for i := row - 1; i <= row+1; i++ {
				sum += math.Abs(across[at] - across[i])
				all = all && inside[i]
			}
		}
		if v := sum / 8; all && v > least {
			out = append(out, (v-least)/(math.Pi/2-least))
		}
	}
	return out
}

// meanOf returns mean and spread (of the population) of values.
func meanOf(values []float64) (mean, spread float64) {
	if len(values) == 0 {
		return 0, 0
	}
	for _, v := range values {
		mean += v
	}
	mean /= float64(len(values))
	for _, v := range values {
		spread += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(spread / float64(len(values)))
}
