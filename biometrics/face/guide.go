package face

import (
	"math"
	"slices"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// When the camera takes the picture by itself.
const (
	hold      = 700 * time.Millisecond  // everything in order for that long,
	holdLeast = 4                       // and in that many frames,
	wander    = 0.08                    // and the face within that many eye distances;
	holdFar   = 1500 * time.Millisecond // that long when the face could be larger;
	relent    = 2 * time.Second         // and that much longer when only an advice is not followed

	// forgiven is how many good frames in a row outweigh one bad frame: a
	// flicker of the finder or a passer-by does not begin the wait anew.
	forgiven = 4
	// gap is how far apart frames of one streak may be.
	gap = 1500 * time.Millisecond
	// keeps is how many of the last good frames the portrait is chosen from.
	keeps = 8
)

// restraining are the advices that hold the shutter back for a while: those
// that the citizen can follow at once.
var restraining = [...]string{codeLook, codeEyes, codeMouth, codeSmile}

// shot is a frame that may become the portrait.
type shot struct {
	frame  biometrics.Frame
	faces  []Face
	result Result
}

func (s shot) sharpness() float64 { return s.result.measure(sharpnessName) }

// better orders the shots that are in order: eyes open and the like first,
// then the sharpest.
func (s shot) better(than shot) bool {
	if a, b := len(s.result.Warnings), len(than.result.Warnings); a != b {
		return a < b
	}
	return s.sharpness() > than.sharpness()
}

// sight is what the guide says of one frame.
type sight struct {
	shot
	shown     Result  // for the page: the frame's, with the steady message
	progress  float64 // of the wait, 0 to 1
	done      bool    // take the best of those kept
	challenge *ChallengeState
	asking    bool // the challenge is open, and the citizen can meet it
}

// guide follows a citizen through the frames of a camera: one message at a
// time, steady ones, and the moment to take the picture. Its clock is that of
// the frames. The zero value is ready. One goroutine owns it.
type guide struct {
	passed passed
	voice  voice
	prover *prover // nil: no challenge

	last   time.Time // of the frame before
	anchor Face      // where the face was when the streak of good frames began
	since  time.Time // of its first frame
	calm   time.Time // since when no advice holds the shutter back; zero: one does
	sound  time.Time // of its last good frame
	frames int       // good ones in the streak; 0: there is none
	row    int       // good ones since the last bad one
	tries  int       // streaks begun
	kept   []shot    // the last good ones of the streak
}

// look judges the next frame.
func (g *guide) look(frame biometrics.Frame, faces []Face) (sight, error) {
	return g.follow(shot{frame: frame, faces: faces, result: judgeWith(&g.passed, frame.Image, faces)})
}

// follow goes on with a frame that was judged.
func (g *guide) follow(s shot) (sight, error) {
	at := s.frame.Time
	stopped := !at.After(g.last) // a frozen camera, or a clock that was set back
	if at.Before(g.last) {
		g.end()
	}
	g.last = at
	now := sight{shot: s}
	now.result = g.settle(s)
	asking, err := g.prove(&now)
	if err != nil || asking {
		return now, err
	}
	long := hold
	if now.result.OK && s.faces[0].EyeDistance() < CaptureEyeDistance {
		// Better pixels for one step, but a camera that has no more of them
		// must not turn the citizen away.
		long = holdFar
		now.result.say(codeNearer)
	}
	switch {
	case now.result.OK:
		if !stopped {
			g.keep(now.shot)
		}
		now.progress, now.done = g.waited(long)
	case g.row >= forgiven:
		g.row = 0
		now.progress, _ = g.waited(long)
	default:
		g.end()
	}
	now.shown = now.result
	now.shown.say(g.voice.say(now.result.Code, at))
	// While the page still shows what was to be mended, it is not green.
	now.shown.OK = g.frames > 0 && (now.shown.Code == now.result.Code || now.shown.Code == codeOK)
	return now, nil
}

// settle adds to the judge's result what only shows over time, and the advice
// that comes with a picture in order.
func (g *guide) settle(s shot) Result {
	res := s.result
	res.Problems = slices.Clone(res.Problems)
	switch {
	case len(s.faces) == 0:
	case s.faces[0].EyeDistance() < MinEyeDistance:
		res.fail(codeNearer) // Crop does not bend as a steady measure does
	case res.OK && g.frames > 0 && moved(g.anchor, s.faces[0]):
		res.fail(codeStill)
	}
	if res.OK && len(res.Warnings) > 0 {
		res.say(res.Warnings[max(0, slices.IndexFunc(res.Warnings, restrains))])
	}
	return res
}

// prove shows the frame to the challenge, if there is one. While that is open
// and the face in its place, the page asks for it and nothing is taken.
func (g *guide) prove(now *sight) (asking bool, err error) {
	if g.prover == nil {
		return false, nil
	}
	if len(now.faces) == 1 && (g.prover.done || inPlace(now.result)) {
		if len(now.faces[0].Landmarks) < landmarks {
			return false, ErrNoLandmarks
		}
		err = g.prover.see(now.frame.Image, now.faces[0], now.frame.Time)
		asking = !g.prover.done
	}
	now.challenge = g.prover.state()
	now.asking = asking
	if asking {
		g.end()
		g.voice.insist(now.challenge.Code, now.frame.Time)
		now.shown = now.result
		now.shown.OK, now.shown.Code, now.shown.Message = false, now.challenge.Code, now.challenge.Message
	}
	return asking, err
}

// inPlace says that nothing is wrong with where the face is.
func inPlace(res Result) bool {
	return !slices.ContainsFunc(res.Problems, func(code string) bool { return rank(code) <= rank(codeCentre) })
}

// keep counts a good frame.
func (g *guide) keep(now shot) {
	at := now.frame.Time
	if g.frames > 0 && at.Sub(g.sound) > gap {
		g.end()
	}
	if g.frames == 0 {
		g.anchor, g.since = now.faces[0], at
		g.tries++
	}
	switch held := slices.ContainsFunc(now.result.Warnings, restrains); {
	case held:
		g.calm = time.Time{}
	case g.calm.IsZero():
		g.calm = at
	}
	g.frames++
	g.row++
	g.sound = at
	if len(g.kept) == keeps {
		g.kept = slices.Delete(g.kept, 0, 1)
	}
	g.kept = append(g.kept, now)
}

// end gives the streak up.
func (g *guide) end() {
	g.frames, g.row, g.calm, g.kept = 0, 0, time.Time{}, nil
}

// waited is how much of the wait is over, and whether it is.
func (g *guide) waited(long time.Duration) (share float64, done bool) {
	if g.frames == 0 {
		return 0, false
	}
	share = float64(g.sound.Sub(g.since)) / float64(long+relent)
	if !g.calm.IsZero() {
		share = max(share, float64(g.sound.Sub(g.calm))/float64(long))
	}
	return min(share, 1), share >= 1 && g.frames >= holdLeast
}

// best is the best of the last good frames.
func (g *guide) best() shot {
	best := g.kept[0]
	for _, s := range g.kept[1:] {
		if s.better(best) {
			best = s
		}
	}
	return best
}

func restrains(code string) bool { return slices.Contains(restraining[:], code) }

// say gives the result that message.
func (r *Result) say(code string) { r.Code, r.Message = code, messages[code] }

// moved says whether the face left the place or the size it had.
func moved(from, to Face) bool {
	a, b := from.Eyes(), to.Eyes()
	unit := from.EyeDistance()
	return math.Hypot(b.X-a.X, b.Y-a.Y) > wander*unit || math.Abs(to.EyeDistance()-unit) > wander*unit
}
