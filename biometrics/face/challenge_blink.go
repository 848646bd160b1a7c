package face

import (
	"math"
	"time"
)

// When lids are shut, measured by their own open state.
const (
	shutShare   = 0.60 // of the open gap: below it both eyes are shut
	openShare   = 0.80 // and above it open again
	blinkLeast  = 100 * time.Millisecond
	blinkMost   = time.Second
	openFrames  = 20   // the open gap is the median of that many frames
	restLimit   = 0.06 // eye distances that rigid points may be off: more is another pose
	unsureLimit = 0.20 // spread of the open gap, of itself: lids that flutter so tell nothing
)

// blink watches for both eyes to shut and to open again.
type blink struct {
	reference []Point      // the face that the others are laid onto
	open      [2][]float64 // the gaps of the last open frames, left and right
	first     time.Time    // of the first open frame
	last      time.Time    // of the last open frame
	shut      bool
}

func (b *blink) asks() (string, bool) { return askBlink, false }

func (b *blink) rest() { *b = blink{} }

func (b *blink) see(lm []Point, at time.Time) (met, usable bool) {
	if b.reference == nil {
		b.reference, b.first = lm, at
	}
	gaps, ok := b.gaps(lm)
	if !ok {
		return false, false
	}
	if !b.ready(at) {
		b.keep(gaps, at)
		return false, true
	}
	share := [2]float64{gaps[0] / median(b.open[0]), gaps[1] / median(b.open[1])}
	switch {
	case max(share[0], share[1]) < shutShare:
		b.shut = true
	case min(share[0], share[1]) > openShare:
		took := at.Sub(b.last)
		met = b.shut && took >= blinkLeast && took <= blinkMost
		b.shut = false
		b.keep(gaps, at)
	case at.Sub(b.last) > blinkMost: // no blink: another look or pose
		b.rest()
	}
	return met, true
}

// gaps measures the lids of both eyes after the face was laid onto the
// reference, in its eye distances.
func (b *blink) gaps(lm []Point) (gaps [2]float64, ok bool) {
	m, rest, ok := fitRigid(lm, b.reference)
	unit := Face{Left: mean(b.reference, leftEye, rightEye), Right: mean(b.reference, rightEye, mouthFirst)}.EyeDistance()
	if !ok || rest > restLimit*unit {
		return gaps, false
	}
	for i, eye := range [2]int{leftEye, rightEye} {
		gaps[i] = (lids(m, lm[eye+1], lm[eye+5]) + lids(m, lm[eye+2], lm[eye+4])) / 2 / unit
	}
	return gaps, true
}

func lids(m affine, upper, lower Point) float64 {
	p, q := m.apply(upper), m.apply(lower)
	return math.Hypot(p.X-q.X, p.Y-q.Y)
}

// ready says whether the open state is known.
func (b *blink) ready(at time.Time) bool {
	if len(b.open[0]) < baseLeast || at.Sub(b.first) < baseTime {
		return false
	}
	for _, gaps := range b.open {
		m := median(gaps)
		off := make([]float64, len(gaps))
		for i, g := range gaps {
			off[i] = math.Abs(g - m)
		}
		if !(median(off) < unsureLimit*m) {
			return false
		}
	}
	return true
}

func (b *blink) keep(gaps [2]float64, at time.Time) {
	b.last = at
	for i, g := range gaps {
		if len(b.open[i]) == openFrames {
			b.open[i] = append(b.open[i][:0], b.open[i][1:]...)
		}
		b.open[i] = append(b.open[i], g)
	}
}
