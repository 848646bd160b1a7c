package face

import (
	"image"
	"math"
	"time"
)

// When the camera takes the picture by itself.
const (
	hold      = 700 * time.Millisecond  // everything in order for that long,
	holdLeast = 4                       // and in that many frames,
	wander    = 0.08                    // and the face within that many eye distances;
	holdFar   = 1500 * time.Millisecond // that long when the face could be larger
)

// guide follows a citizen through the frames of a camera: one message at a
// time, steady ones, and the moment to take the picture. The zero value is
// ready. One goroutine owns it.
type guide struct {
	passed passed

	anchor Face      // where the face was when the streak of good frames began
	since  time.Time // of its first frame; zero when there is no streak
	frames int       // in the streak
	tries  int       // streaks begun
}

// look judges the next frame. good says that the frame belongs to a streak of
// good ones, and done that the streak is long enough.
func (g *guide) look(img image.Image, faces []Face, at time.Time) (res Result, good, done bool) {
	res = judgeWith(&g.passed, img, faces)
	if len(faces) > 0 && faces[0].EyeDistance() < MinEyeDistance {
		res.fail("nearer") // Crop does not bend as a steady measure does
	}
	if !res.OK {
		g.frames = 0
		return res, false, false
	}
	if g.frames > 0 && moved(g.anchor, faces[0]) {
		g.frames = 0
		res.fail("hold-still")
		return res, false, false
	}
	if g.frames == 0 {
		g.anchor, g.since = faces[0], at
		g.tries++
	}
	g.frames++
	long := hold
	if faces[0].EyeDistance() < CaptureEyeDistance {
		// Better pixels for one step, but a camera that has no more of them
		// must not turn the citizen away.
		long = holdFar
		res.Code, res.Message = "nearer", messages["nearer"]
	}
	return res, true, g.frames >= holdLeast && at.Sub(g.since) >= long
}

// moved says whether the face left the place or the size it had.
func moved(from, to Face) bool {
	a, b := from.Eyes(), to.Eyes()
	unit := from.EyeDistance()
	return math.Hypot(b.X-a.X, b.Y-a.Y) > wander*unit || math.Abs(to.EyeDistance()-unit) > wander*unit
}
