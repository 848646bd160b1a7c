package face

import (
	"image"
	"math"
	"time"
)

// When lids are shut, measured by their own open state.
const (
	shutShare   = 0.60 // of the open state: below it both eyes are shut
	openShare   = 0.80 // and above it open again
	blinkLeast  = 100 * time.Millisecond
	blinkMost   = time.Second
	openFrames  = 20   // the open state is the median of that many frames
	restLimit   = 0.10 // eye distances that rigid points may be off: more is another pose
	unsureLimit = 0.20 // spread of the open state, of itself: lids that flutter so tell nothing
)

// blink watches for both eyes to shut and to open again.
type blink struct {
	lids func(img image.Image, lm []Point) [2]float64 // how far the eyes are open

	reference []Point      // the face that the others are laid onto
	open      [2][]float64 // of the last open frames, left and right
	first     time.Time    // of the first open frame
	last      time.Time    // of the last open frame
	shut      bool
}

func (b *blink) asks() (string, bool) { return askBlink, false }

func (b *blink) rest() { *b = blink{lids: b.lids} }

func (b *blink) see(img image.Image, lm []Point, at time.Time) (met, usable bool) {
	if b.reference == nil {
		b.reference, b.first = lm, at
	}
	open := b.lids(img, lm)
	if !b.posed(lm) || math.IsNaN(open[0]+open[1]) {
		return false, false
	}
	if !b.ready(at) {
		b.keep(open, at)
		return false, true
	}
	share := [2]float64{open[0] / median(b.open[0]), open[1] / median(b.open[1])}
	switch {
	case at.Sub(b.last) > blinkMost: // no blink: another look or pose
		b.rest()
	case max(share[0], share[1]) < shutShare:
		b.shut = true
	case min(share[0], share[1]) > openShare:
		took := at.Sub(b.last)
		met = b.shut && took >= blinkLeast
		b.shut = false
		b.keep(open, at)
	}
	return met, true
}

// posed says whether the face is held about as in the reference.
func (b *blink) posed(lm []Point) bool {
	unit := Face{Left: mean(b.reference, leftEye, rightEye), Right: mean(b.reference, rightEye, mouthFirst)}.EyeDistance()
	return offRigid(lm, b.reference) <= restLimit*unit
}

// ready says whether the open state is known.
func (b *blink) ready(at time.Time) bool {
	if len(b.open[0]) < baseLeast || at.Sub(b.first) < baseTime {
		return false
	}
	for _, open := range b.open {
		m := median(open)
		off := make([]float64, len(open))
		for i, v := range open {
			off[i] = math.Abs(v - m)
		}
		if !(median(off) < unsureLimit*m) {
			return false
		}
	}
	return true
}

func (b *blink) keep(open [2]float64, at time.Time) {
	b.last = at
	for i, v := range open {
		if len(b.open[i]) == openFrames {
			b.open[i] = append(b.open[i][:0], b.open[i][1:]...)
		}
		b.open[i] = append(b.open[i], v)
	}
}
