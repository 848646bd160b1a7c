package face

import (
	"image"
	"math"
	"time"
)

// How far a head is to turn, in the measure of sideways: by the landmarks of
// face-api-68 about 0.006 a degree. A flat picture that is turned by 40° stays
// below 0.09 by the same.
const (
	turnedAside = 0.13
	turnedBack  = 0.06
	turnFrames  = 2 // that it lasts, so that no stray landmark is a turn
)

// turn watches for the head to turn to the side asked for and back.
type turn struct {
	left bool // the citizen's own left: the right of the picture

	ahead  []float64 // sideways at rest
	first  time.Time
	lasts  int // frames of what is waited for
	wrong  int // frames turned to the other side
	aside  bool
	missed bool
}

func (t *turn) asks() (string, bool) {
	switch {
	case t.aside:
		return askBack, t.missed
	case t.left:
		return askLeft, t.missed
	}
	return askRight, t.missed
}

func (t *turn) rest() { *t = turn{left: t.left} }

func (t *turn) see(_ image.Image, lm []Point, at time.Time) (met, usable bool) {
	v := sideways(lm)
	if math.IsNaN(v) {
		return false, false
	}
	if t.first.IsZero() {
		t.first = at
	}
	if len(t.ahead) < baseLeast || at.Sub(t.first) < baseTime {
		t.ahead = append(t.ahead, v)
		return false, true
	}
	v -= median(t.ahead)
	if !t.left {
		v = -v
	}
	reached := v >= turnedAside
	if t.aside {
		reached = math.Abs(v) <= turnedBack
	}
	t.lasts, t.wrong = longer(t.lasts, reached), longer(t.wrong, !t.aside && v <= -turnedAside)
	t.missed = t.wrong >= turnFrames
	if t.lasts < turnFrames {
		return false, true
	}
	t.lasts = 0
	if t.aside {
		return true, true
	}
	t.aside = true
	return false, true
}

// longer counts frames in a row.
func longer(n int, goesOn bool) int {
	if goesOn {
		return n + 1
	}
	return 0
}
