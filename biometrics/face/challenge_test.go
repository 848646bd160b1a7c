package face

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// solid is a point of a head in eye distances: x to the right of the picture,
// y down, z towards the camera; the origin lies between the eyes.
type solid struct{ x, y, z float64 }

// head is a head's 68 points.
var head = func() (h []solid) {
	for i := range 17 { // jaw, from the left of the picture round the chin
		a := math.Pi * float64(i) / 16
		h = append(h, solid{-1.1 * math.Cos(a), 0.1 + 1.65*math.Sin(a), -0.75 * math.Abs(math.Cos(a))})
	}
	for i := range 10 { // brows
		x := -0.85 + 0.15*float64(i)
		if i >= 5 {
			x = 0.25 + 0.15*float64(i-5)
		}
		h = append(h, solid{x, -0.4, 0.05})
	}
	for i := range 4 { // bridge and tip of the nose
		h = append(h, solid{0, 0.2 * float64(i), 0.15 + 0.12*float64(i)})
	}
	for i := range 5 { // its base
		h = append(h, solid{-0.2 + 0.1*float64(i), 0.75, 0.2 + 0.05*float64(2-max(i-2, 2-i))})
	}
	for _, x := range []float64{-0.5, 0.5} { // eyes
		const gap = 0.075
		for _, p := range []solid{{-0.22, 0, 0}, {-0.08, -gap, 0.04}, {0.08, -gap, 0.04}, {0.22, 0, 0}, {0.08, gap, 0.04}, {-0.08, gap, 0.04}} {
			h = append(h, solid{x + p.x, p.y, p.z})
		}
	}
	for i := range 20 { // mouth
		a := 2 * math.Pi * float64(i) / 20
		h = append(h, solid{-0.4 * math.Cos(a), 1.06 - 0.12*math.Sin(a), 0.15})
	}
	return h
}()

// pose is how something is held before the camera: degrees, and eye distances.
type pose struct{ yaw, pitch, roll, x, y, away float64 }

// project shows a point to a camera ten eye distances away, 150 pixels an eye
// distance.
func (at pose) project(p solid) Point {
	sy, cy := math.Sincos(at.yaw * math.Pi / 180)
	sp, cp := math.Sincos(at.pitch * math.Pi / 180)
	sr, cr := math.Sincos(at.roll * math.Pi / 180)
	p.x, p.z = p.x*cy+p.z*sy, p.z*cy-p.x*sy
	p.y, p.z = p.y*cp-p.z*sp, p.z*cp+p.y*sp
	p.x, p.y = p.x*cr-p.y*sr, p.y*cr+p.x*sr
	k := 10 / (10 + at.away - p.z)
	return Point{640 + 150*k*(p.x+at.x), 300 + 150*k*(p.y+at.y)}
}

// seen is the head, or its flat picture, as the camera sees it, with noise of
// that many eye distances.
func seen(flat bool, at pose, noise float64, random *rand.Rand) Face {
	lm := make([]Point, len(head))
	for i, p := range head {
		if flat {
			p.z = 0
		}
		lm[i] = at.project(p)
		lm[i].X += 150 * noise * random.NormFloat64()
		lm[i].Y += 150 * noise * random.NormFloat64()
	}
	return Face{Left: mean(lm, leftEye, rightEye), Right: mean(lm, rightEye, mouthFirst), Mouth: mean(lm, mouthFirst, landmarks), Chin: lm[8], Landmarks: lm}
}

// still is the randomness of no noise.
func still() *rand.Rand { return rand.New(rand.NewPCG(0, 0)) }

// scenery is what a test shows a challenge at that many seconds: the picture, and
// the face in it.
type scenery func(s float64) (image.Image, Face)

// show runs a challenge over ten seconds.
func show(t testing.TB, p *prover, fps int, f scenery) *prover {
	t.Helper()
	for i := 0; i < 10*fps && !p.done; i++ {
		s := float64(i) / float64(fps)
		img, face := f(s)
		if err := p.see(img, face, began.Add(time.Duration(s*float64(time.Second)))); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// asking is a prover that draws that random byte over and over.
func asking(t testing.TB, kind Challenge, random byte) *prover {
	t.Helper()
	p, err := newProver(kind, bytes.NewReader(bytes.Repeat([]byte{random}, 9)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// eyes is a picture of which only the lids are known.
type eyes [2]float64

func (eyes) ColorModel() color.Model { return color.GrayModel }
func (eyes) Bounds() image.Rectangle { return image.Rect(0, 0, 1280, 720) }
func (eyes) At(int, int) color.Color { return color.Gray{} }

// askingEyes is a prover that is told how far the lids are open.
func askingEyes(t testing.TB) *prover {
	t.Helper()
	p := asking(t, Blink, 0)
	p.move = &blink{lids: func(img image.Image, _ []Point) [2]float64 { return img.(eyes) }}
	return p
}

// lidsAt blinks once at 2 s, in that many seconds; never in none.
func lidsAt(s, long float64) float64 {
	if long == 0 {
		return 1
	}
	return 1 - 0.9*max(0, 1-math.Pow(math.Abs(s-2-long/2)/(long/2), 4))
}

func TestBlink(t *testing.T) {
	for _, c := range []struct {
		name  string
		fps   int
		long  float64 // of the blink, seconds; 0: none
		noise float64 // of the lids, of themselves
		want  bool
	}{
		{"a blink", 15, 0.3, 0.03, true},
		{"fast camera", 30, 0.2, 0.03, true},
		{"slow camera", 8, 0.4, 0.03, true},
		{"noisy lids", 15, 0.3, 0.08, true},
		{"slow blink", 15, 0.8, 0.03, true},
		{"no blink", 15, 0, 0.15, false},
		{"a glitch of one frame", 30, 0.05, 0.03, false},
		{"asleep", 15, 3, 0.03, false},
	} {
		passed := 0
		for seed := range uint64(20) {
			random := rand.New(rand.NewPCG(seed, 1))
			p := show(t, askingEyes(t), c.fps, func(s float64) (image.Image, Face) {
				sway := pose{yaw: 4 * math.Sin(s), pitch: 3 * math.Cos(1.3*s), x: 0.1 * math.Sin(s)}
				lid := func() float64 { return 0.4 * lidsAt(s, c.long) * (1 + c.noise*random.NormFloat64()) }
				return eyes{lid(), lid()}, seen(false, sway, 0.008, random)
			})
			if p.passed {
				passed++
			}
		}
		if want := map[bool]int{true: 20, false: 0}[c.want]; passed != want {
			t.Errorf("%s: passed %d of 20, want %d", c.name, passed, want)
		}
	}
}

// TestBlinkNeedsBothEyes: of a face that keeps its pose.
func TestBlinkNeedsBothEyes(t *testing.T) {
	for name, c := range map[string]struct {
		right  float64 // how long the right eye is shut
		pitch  float64 // how far the head nods with it
		unseen bool
		want   bool
	}{
		"control": {right: 0.3, want: true},
		"one":     {right: 0},
		"nod":     {right: 0.3, pitch: 40},
		"dark":    {right: 0.3, unseen: true},
	} {
		p := show(t, askingEyes(t), 15, func(s float64) (image.Image, Face) {
			lids := eyes{lidsAt(s, 0.3), lidsAt(s, c.right)}
			if c.unseen {
				lids[0] = math.NaN()
			}
			return lids, seen(false, pose{pitch: c.pitch * (1 - lidsAt(s, 0.3))}, 0, still())
		})
		if p.passed != c.want {
			t.Errorf("%s: passed %v", name, p.passed)
		}
	}
}

// turning looks ahead for 1.5 s, turns to the yaw and back, each within 1 s.
func turning(yaw, s float64) float64 {
	return yaw * max(0, min(1, s-1.5, 4.5-s))
}

func TestTurn(t *testing.T) {
	for _, c := range []struct {
		name   string
		random byte // even: to the citizen's left, which is the right of the picture
		yaw    float64
		passed bool
		asked  []string
	}{
		{"left", 0, 28, true, []string{askLeft}},
		{"right", 1, -28, true, []string{askRight}},
		{"not far enough", 0, 4, false, []string{askLeft}},
		{"the other way", 0, -28, false, []string{askLeft, askLeft}},
		{"the other way, asked for the right", 1, 28, false, []string{askRight, askRight}},
	} {
		random := rand.New(rand.NewPCG(1, 4))
		p := show(t, asking(t, Turn, c.random), 15, func(s float64) (image.Image, Face) {
			return nil, seen(false, pose{yaw: turning(c.yaw, s)}, 0.004, random)
		})
		if p.passed != c.passed || !slices.Equal(p.asked, c.asked) {
			t.Errorf("%s: passed %v, asked %v; want %v, %v", c.name, p.passed, p.asked, c.passed, c.asked)
		}
	}
}

// TestTurnNeedsTheWayBack: the portrait is taken from the front.
func TestTurnNeedsTheWayBack(t *testing.T) {
	p := show(t, asking(t, Turn, 0), 15, func(s float64) (image.Image, Face) {
		return nil, seen(false, pose{yaw: turning(28, min(s, 3))}, 0, still())
	})
	if p.done || p.state().Code != askBack {
		t.Errorf("done %v, %q", p.done, p.state().Code)
	}
}

// TestChallengeHoldsForOneFace: who takes the place of the one who blinked has
// to blink too.
func TestChallengeHoldsForOneFace(t *testing.T) {
	at := func(x float64) Face { return seen(false, pose{x: x}, 0, still()) }
	blinked := func() (*prover, time.Time) {
		p := show(t, askingEyes(t), 15, func(s float64) (image.Image, Face) {
			return eyes{lidsAt(s, 0.3), lidsAt(s, 0.3)}, at(0)
		})
		if !p.passed {
			t.Fatal("no blink")
		}
		return p, p.last
	}
	for name, c := range map[string]struct {
		next   Face
		after  time.Duration
		passed bool
	}{
		"control":    {at(0), time.Second / 15, true},
		"leap":       {at(1.5), time.Second / 15, false},
		"was away":   {at(0), time.Second, false},
		"clock back": {at(0), -time.Second, false},
	} {
		p, last := blinked()
		if err := p.see(eyes{1, 1}, c.next, last.Add(c.after)); err != nil {
			t.Fatal(err)
		}
		if p.passed != c.passed || p.done != c.passed || p.state().Passed != c.passed {
			t.Errorf("%s: passed %v, done %v", name, p.passed, p.done)
		}
	}
}

func TestChallengeEnds(t *testing.T) {
	p := askingEyes(t)
	for i := 0; !p.done; i++ {
		if i > 15*60 {
			t.Fatal("a face at rest was asked for a minute")
		}
		if err := p.see(eyes{1, 1}, seen(false, pose{}, 0, still()), began.Add(time.Duration(i)*time.Second/15)); err != nil {
			t.Fatal(err)
		}
	}
	a := p.attack("model 1")
	if a.Passed || !a.Assessed || a.Took < challengeLimit || a.Frames < 300 || a.Model != "model 1" || a.Challenge != Blink {
		t.Errorf("%+v", a)
	}
	if none := (*prover)(nil).attack("model 1"); none.Assessed || none.Challenge != "" || none.Model != "" {
		t.Errorf("none: %+v", none)
	}
	words := map[string]bool{Attack{}.Words().VI: true, a.Words().VI: true, Attack{Assessed: true, Passed: true}.Words().VI: true}
	if len(words) != 3 {
		t.Errorf("words: %v", words)
	}
}

func TestChallengeRefuses(t *testing.T) {
	if _, err := newProver("wink", nil); !errors.Is(err, ErrNoChallenge) {
		t.Errorf("wink: %v", err)
	}
	if _, err := newProver(Turn, bytes.NewReader(nil)); err == nil {
		t.Error("a side was chosen without randomness")
	}
	g := guide{prover: asking(t, Blink, 0)}
	if _, err := g.follow(frameOf('.', 100, began)); !errors.Is(err, ErrNoLandmarks) {
		t.Errorf("without landmarks: %v", err)
	}
}

// TestGuideAsksFirst: nothing is taken while the challenge is open, and what is
// wrong with the place is said before it.
func TestGuideAsksFirst(t *testing.T) {
	g := guide{prover: askingEyes(t)}
	var said []string
	var taken time.Duration
	for i := 0; i < 15*20 && taken == 0; i++ {
		s := float64(i)/15 - 2 // two seconds off centre, then in place; a blink 2 s later
		letter := '.'
		if s < 0 {
			letter = 'c'
		}
		frame := frameOf(letter, 100, began.Add(time.Duration(i)*time.Second/15))
		frame.frame.Image = eyes{lidsAt(s, 0.3), lidsAt(s, 0.3)}
		frame.faces = []Face{seen(false, pose{}, 0, still())}
		now, err := g.follow(frame)
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, now.shown.Code)
		if now.done {
			taken = frame.frame.Time.Sub(began)
		}
		if now.challenge == nil || now.shown.OK && !now.challenge.Done || now.done && !now.challenge.Passed {
			t.Errorf("frame %d: %+v, ok %v", i, now.challenge, now.shown.OK)
		}
	}
	if said = slices.Compact(said); !slices.Equal(said, []string{codeCentre, askBlink, codeOK}) {
		t.Errorf("said %v", said)
	}
	if blinked := 4300 * time.Millisecond; taken < blinked+hold || taken > blinked+hold+time.Second/3 {
		t.Errorf("taken after %v", taken)
	}
}

// TestMovementsBearAnything: landmarks come from a model; none of them stops
// the guide.
func TestMovementsBearAnything(t *testing.T) {
	for _, v := range []float64{0, 1, math.NaN(), math.Inf(1), -math.MaxFloat64} {
		lm := make([]Point, landmarks)
		for i := range lm {
			lm[i] = Point{v, v * float64(i)}
		}
		for _, m := range []movement{&blink{lids: lidsOf}, &turn{}} {
			for i := range 40 {
				if met, _ := m.see(image.NewGray(image.Rect(0, 0, 64, 64)), lm, began.Add(time.Duration(i)*time.Second/15)); met {
					t.Errorf("%T of %v is met", m, v)
				}
			}
		}
	}
}
