package face

import (
	"crypto/rand"
	"errors"
	"image"
	"io"
	"math"
	"slices"
	"time"

	"github.com/tram-station/tram/reader/verdict"
)

// Challenge is a movement that the citizen is asked for.
type Challenge string

// The challenges. The empty one asks for nothing.
const (
	Blink Challenge = "blink" // shut both eyes for a moment
	Turn  Challenge = "turn"  // turn the head to a side chosen at random, and back
)

// Errors of a challenge.
var (
	// ErrNoLandmarks says that the finder does not see what a challenge looks at.
	ErrNoLandmarks = errors.New("the face finder has no landmarks, which a challenge is seen by: install a model pack (`make assets`) or switch the challenge off")
	// ErrNoChallenge says that there is no challenge of that name.
	ErrNoChallenge = errors.New(`no such challenge: choose "blink", "turn" or none`)
)

// ChallengeState is how far a challenge is, for the page.
type ChallengeState struct {
	Kind Challenge `json:"kind"`
	// Code names the request: "blink", "turn-left", "turn-right" (the
	// citizen's own left and right), "turn-back", "challenge-passed" or
	// "challenge-missed".
	Code    string        `json:"code"`
	Message verdict.Words `json:"message"`
	Done    bool          `json:"done"`
	Passed  bool          `json:"passed"`
}

// The requests of the challenges.
const (
	askBlink  = "blink"
	askLeft   = "turn-left"
	askRight  = "turn-right"
	askBack   = "turn-back"
	askPassed = "challenge-passed"
	askMissed = "challenge-missed"
)

var requests = map[string]verdict.Words{
	askBlink:  {VI: "Mời nhìn vào máy ảnh và chớp mắt một lần.", EN: "Please look at the camera and blink once."},
	askLeft:   {VI: "Mời quay đầu từ từ sang bên trái của mình.", EN: "Please turn your head slowly to your left."},
	askRight:  {VI: "Mời quay đầu từ từ sang bên phải của mình.", EN: "Please turn your head slowly to your right."},
	askBack:   {VI: "Mời quay lại, nhìn thẳng vào máy ảnh.", EN: "Please turn back and look straight at the camera."},
	askPassed: {VI: "Cảm ơn. Mời nhìn thẳng vào máy ảnh.", EN: "Thank you. Please look straight at the camera."},
	askMissed: {VI: "Chưa thấy chuyển động. Mời nhìn thẳng vào máy ảnh.", EN: "The movement was not seen. Please look straight at the camera."},
}

// How a challenge goes.
const (
	challengeLimit = 20 * time.Second       // for all of it, while the face is in place
	lapse          = 500 * time.Millisecond // without the face: what was seen before counts no more
	leap           = 1.0                    // eye distances from one frame to the next: another face
	baseLeast      = 6                      // frames of the face at rest
	baseTime       = 400 * time.Millisecond // and their time, before a movement counts
)

// movement watches a face, by its 68 landmarks, for one movement.
type movement interface {
	// see looks at the next frame; met says that the movement was made, and
	// usable that the landmarks could be judged.
	see(img image.Image, lm []Point, at time.Time) (met, usable bool)
	// rest forgets what was seen: the face was away.
	rest()
	// asks is the request that is open, missed says that another movement was
	// made instead.
	asks() (code string, missed bool)
}

// prover asks for one challenge and watches whether it is met by one and the
// same face. One goroutine owns it.
type prover struct {
	kind   Challenge
	random io.Reader

	move   movement
	before Face      // in the last usable frame
	last   time.Time // of it; zero: none
	begun  time.Time // first asked
	asked  []string
	frames int
	took   time.Duration
	done   bool
	passed bool
}

// newProver returns nil where nothing is asked.
func newProver(kind Challenge, random io.Reader) (*prover, error) {
	if random == nil {
		random = rand.Reader
	}
	p := &prover{kind: kind, random: random}
	switch kind {
	case "":
		return nil, nil
	case Blink, Turn:
		return p, p.ask()
	}
	return nil, ErrNoChallenge
}

// ask begins the movement anew.
func (p *prover) ask() error {
	p.done, p.passed, p.begun, p.last = false, false, time.Time{}, time.Time{}
	if p.kind == Blink {
		p.move = &blink{lids: lidsOf}
	} else {
		var b [1]byte
		if _, err := io.ReadFull(p.random, b[:]); err != nil {
			return errors.Join(errors.New("challenge: no randomness"), err)
		}
		p.move = &turn{left: b[0]&1 == 0}
	}
	code, _ := p.move.asks()
	p.asked = append(p.asked, code)
	return nil
}

// see looks at a frame with one face in its place.
func (p *prover) see(img image.Image, f Face, at time.Time) error {
	if !p.last.IsZero() && (at.Before(p.last) || at.Sub(p.last) > lapse || apart(p.before, f) > leap) {
		if err := p.lost(); err != nil {
			return err
		}
	}
	if p.done {
		p.before, p.last = f, at
		return nil
	}
	if p.begun.IsZero() {
		p.begun = at
	}
	p.frames++
	met, usable := p.move.see(img, f.Landmarks, at)
	if usable {
		p.before, p.last = f, at
	}
	switch _, missed := p.move.asks(); {
	case met:
		p.done, p.passed = true, true
	case missed && len(p.asked) > 1, at.Sub(p.begun) > challengeLimit:
		p.done = true
	case missed:
		begun := p.begun
		if err := p.ask(); err != nil {
			return err
		}
		p.begun = begun
	}
	if p.done {
		p.took = at.Sub(p.begun)
	}
	return nil
}

// lost is told that the face was away: whoever sits there now has shown
// nothing yet.
func (p *prover) lost() error {
	if p.passed {
		return p.ask()
	}
	p.last = time.Time{}
	p.move.rest()
	return nil
}

// state is what the page shows.
func (p *prover) state() *ChallengeState {
	code, _ := p.move.asks()
	switch {
	case p.passed:
		code = askPassed
	case p.done:
		code = askMissed
	}
	return &ChallengeState{Kind: p.kind, Code: code, Message: requests[code], Done: p.done, Passed: p.passed}
}

// attack is what the dossier keeps.
func (p *prover) attack(model string) Attack {
	if p == nil {
		return Attack{Note: noteNotAssessed}
	}
	return Attack{
		Assessed: true, Challenge: p.kind, Passed: p.passed, Asked: slices.Clone(p.asked),
		Frames: p.frames, Took: p.took, Model: model, Note: noteChallenge,
	}
}

// apart is how far two faces are from each other, eye distances.
func apart(a, b Face) float64 {
	p, q := a.Eyes(), b.Eyes()
	return math.Hypot(p.X-q.X, p.Y-q.Y) / max(a.EyeDistance(), 1)
}

// median of a few values; NaN of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
