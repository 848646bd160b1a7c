package face

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
)

var began = time.Unix(1_800_000_000, 0)

// sitting is a face with 160 pixels between the eyes.
var sitting = Face{Left: Point{560, 320}, Right: Point{720, 320}, Mouth: Point{640, 490}, Chin: Point{640, 600}}

// frameOf is a judged frame by its letter: "." in order, 0 no face, 2 several,
// c off centre, l light from the side, m moved by a fifth of the eye distance,
// e eyes closed, b an uneven background.
func frameOf(letter rune, sharpness float64, at time.Time) shot {
	s := shot{frame: biometrics.Frame{Time: at}, faces: []Face{sitting}}
	s.result = Result{OK: true, Measures: []biometrics.Measure{{Name: sharpnessName, Native: sharpness}}}
	s.result.say(codeOK)
	switch letter {
	case '.':
	case '0':
		s.faces = nil
		s.result.fail(codeNoFace)
	case '2':
		s.faces = []Face{sitting, sitting}
		s.result.fail(codeSeveral)
	case 'c':
		s.result.fail(codeCentre)
	case 'l':
		s.result.fail(codeSide)
	case 'm':
		s.faces[0].Left.X += 32
		s.faces[0].Right.X += 32
	case 'e':
		s.result.warn(codeEyes)
	case 'b':
		s.result.warn(codeBackground)
	default:
		panic(letter)
	}
	return s
}

// play shows the guide a script at that many frames a second, and returns what
// it said of each frame, up to the one that ends the wait.
func play(t testing.TB, g *guide, fps int, script string) []sight {
	t.Helper()
	var seen []sight
	for i, letter := range script {
		now, err := g.follow(frameOf(letter, 100, began.Add(time.Duration(i)*time.Second/time.Duration(fps))))
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, now)
		if now.done {
			break
		}
	}
	return seen
}

func repeat(s string, n int) string {
	out := ""
	for range n {
		out += s
	}
	return out
}

func TestGuideTakesAfterAWhileOfGreen(t *testing.T) {
	for _, fps := range []int{5, 10, 15, 25, 30, 60} {
		var g guide
		seen := play(t, &g, fps, repeat(".", 200))
		last := seen[len(seen)-1]
		took := last.frame.Time.Sub(began)
		step := time.Second / time.Duration(fps)
		if !last.done || took < hold || took >= hold+step || last.progress != 1 {
			t.Errorf("%d frames a second: done %v after %v, progress %v", fps, last.done, took, last.progress)
		}
		for i := 1; i < len(seen); i++ {
			if seen[i].progress <= seen[i-1].progress || !seen[i].shown.OK {
				t.Errorf("%d frames a second, frame %d: progress %v after %v, ok %v", fps, i, seen[i].progress, seen[i-1].progress, seen[i].shown.OK)
			}
		}
	}
}

func TestGuideForgivesAFlicker(t *testing.T) {
	for script, want := range map[string]struct{ done, tries int }{
		repeat(".", 20):                     {12, 1}, // control
		"......0" + repeat(".", 20):         {12, 1},
		"......m" + repeat(".", 20):         {12, 1},
		"..........20.........":             {0, 2}, // two bad ones are none
		"......00" + repeat(".", 20):        {20, 2},
		"....0...0" + repeat(".", 20):       {21, 2}, // nor are two close together
		repeat("0.", 60):                    {0, 60},
		repeat(".m", 60):                    {0, 60},
		repeat("2..", 40):                   {0, 40},
		"....mmmmmm":                        {0, 2}, // who moved begins anew where he is
		"ccc" + repeat(".", 6) + "c.......": {15, 1},
	} {
		var g guide
		seen := play(t, &g, 15, script)
		done := 0
		if seen[len(seen)-1].done {
			done = len(seen)
		}
		if done != want.done || g.tries != want.tries {
			t.Errorf("%s: taken at frame %d, %d tries; want %d, %d", script, done, g.tries, want.done, want.tries)
		}
		for _, s := range g.kept {
			if !s.result.OK {
				t.Errorf("%s: kept a bad frame: %+v", script, s.result.Problems)
			}
		}
	}
}

func TestGuideOfADriftingFace(t *testing.T) {
	for share, want := range map[float64]bool{0.002: true, 0.02: false} { // eye distances a frame
		var g guide
		taken := false
		for i := range 60 {
			s := frameOf('.', 100, began.Add(time.Duration(i)*time.Second/15))
			s.faces[0].Left.X += share * 160 * float64(i)
			s.faces[0].Right.X += share * 160 * float64(i)
			now, err := g.follow(s)
			if err != nil {
				t.Fatal(err)
			}
			taken = taken || now.done
		}
		if taken != want {
			t.Errorf("%v eye distances a frame: taken %v", share, taken)
		}
	}
}

// TestGuideDistrustsTheClock: time that stands still, goes back or leaps is no
// time in which the citizen sat still.
func TestGuideDistrustsTheClock(t *testing.T) {
	step := time.Second / 15
	for name, c := range map[string]struct {
		at   func(i int) time.Duration
		want int // frame at which it is taken; 0: never
	}{
		"control":      {func(i int) time.Duration { return time.Duration(i) * step }, 12},
		"frozen":       {func(int) time.Duration { return 0 }, 0},
		"leaps ahead":  {func(i int) time.Duration { return time.Duration(i)*step + time.Duration(i/6)*time.Hour }, 0},
		"leaps once":   {func(i int) time.Duration { return time.Duration(i)*step + time.Duration(min(i/6, 1))*time.Hour }, 18},
		"goes back":    {func(i int) time.Duration { return time.Duration(i)*step - time.Duration(min(i/6, 1))*time.Minute }, 19},
		"once a pause": {func(i int) time.Duration { return time.Duration(i) * 2 * gap }, 0},
	} {
		var g guide
		taken := 0
		for i := range 40 {
			now, err := g.follow(frameOf('.', 100, began.Add(c.at(i))))
			if err != nil {
				t.Fatal(err)
			}
			if now.done {
				taken = i + 1
				break
			}
		}
		if taken != c.want {
			t.Errorf("%s: taken at frame %d, want %d", name, taken, c.want)
		}
	}
}

// TestGuideRelents: an advice that is not followed delays the picture, and one
// that the citizen cannot follow does not even do that.
func TestGuideRelents(t *testing.T) {
	for script, c := range map[string]struct {
		want time.Duration
		code string
	}{
		repeat(".", 60):                         {hold, codeOK},
		repeat("b", 60):                         {hold, codeBackground},
		repeat("e", 60):                         {hold + relent, codeEyes},
		repeat("e", 10) + repeat(".", 60):       {time.Second*10/15 + hold, codeOK},
		repeat(".", 5) + "ee" + repeat(".", 60): {time.Second*7/15 + hold, codeOK},
	} {
		var g guide
		seen := play(t, &g, 15, script)
		last := seen[len(seen)-1]
		took := last.frame.Time.Sub(began)
		if !last.done || took < c.want || took > c.want+time.Second/15 || last.shown.Code != c.code {
			t.Errorf("%s: %v after %v, %q; want %v, %q", script, last.done, took, last.shown.Code, c.want, c.code)
		}
	}
}

func TestGuideKeepsTheBest(t *testing.T) {
	var g guide
	sharp := []float64{900, 100, 100, 100, 100, 300, 100, 500, 100, 100, 100, 100}
	letters := "......." + "e" + "...."
	for i, letter := range letters {
		if _, err := g.follow(frameOf(letter, sharp[i], began.Add(time.Duration(i)*time.Second/15))); err != nil {
			t.Fatal(err)
		}
	}
	if len(g.kept) != keeps {
		t.Errorf("%d frames kept", len(g.kept))
	}
	// The first is too old, and the eyes were closed in the next sharpest.
	if got := g.best(); got.sharpness() != 300 || len(got.result.Warnings) != 0 {
		t.Errorf("best: sharpness %v, warnings %v", got.sharpness(), got.result.Warnings)
	}
}

// TestMessagesStay: over any sequence of frames a message stays long enough to
// be read, unless a more urgent one comes.
func TestMessagesStay(t *testing.T) {
	codes := []string{codeOK, codeNoFace, codeSeveral, codeNearer, codeCentre, codeSide, codeStill, codeSmile}
	hasty := func(said []string) (n int) {
		since := 0
		for i := 1; i < len(said); i++ {
			if said[i] == said[i-1] {
				continue
			}
			if rank(said[i]) > rank(said[i-1]) && time.Duration(i-since)*time.Second/15 < speaks {
				n++
			}
			since = i
		}
		return n
	}
	random := rand.New(rand.NewPCG(5, 5))
	control := 0
	for run := range 200 {
		var v voice
		var asked, said []string
		code := codeNoFace
		for i := range 300 {
			if random.IntN(1+run%12) == 0 { // from one message a frame to one in twelve
				code = codes[random.IntN(len(codes))]
			}
			asked = append(asked, code)
			said = append(said, v.say(code, began.Add(time.Duration(i)*time.Second/15)))
		}
		control += hasty(asked)
		if n := hasty(said); n > 0 {
			t.Errorf("run %d: %d messages were too short", run, n)
		}
	}
	if control < 1000 {
		t.Errorf("control: the frames asked for only %d hasty messages", control)
	}
}

func TestMessagesFollow(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		want   []string // the messages, each once while it stays
	}{
		"one frame of another":     {"lllllll0llllllllll", []string{codeSide}},
		"a more urgent one":        {"lll00000", []string{codeSide, codeNoFace}},
		"the mended one":           {"llllllllllll............", []string{codeSide, codeOK}},
		"two by turns":             {repeat("lc", 20), []string{codeSide, codeCentre}},
		"now good, now bad":        {repeat(".c", 20), []string{codeOK, codeCentre}},
		"approach":                 {"000000000000cccccccccccclllllllllllleeeeeeeeeeee", []string{codeNoFace, codeCentre, codeSide, codeEyes}},
		"good with an advice":      {"bbbbbbbbbbbb", []string{codeBackground}},
		"the advice is followed":   {"eeeeeeeeeeeeeeee..............", []string{codeEyes, codeOK}},
		"gone while all was green": {".....000000", []string{codeOK, codeNoFace}},
	} {
		var g guide
		var said []string
		for _, s := range play(t, &g, 15, c.script) {
			said = append(said, s.shown.Code)
			if s.shown.OK && len(s.result.Problems) > 0 && s.progress == 0 {
				t.Errorf("%s: green with %v", name, s.result.Problems)
			}
			if w := s.shown.Message; w != messages[s.shown.Code] || w.VI == "" {
				t.Errorf("%s: %q says %+v", name, s.shown.Code, w)
			}
		}
		if said = slices.Compact(said); !slices.Equal(said, c.want) {
			t.Errorf("%s: %v, want %v", name, said, c.want)
		}
	}
}

func TestEveryCodeHasItsUrgency(t *testing.T) {
	for code := range messages {
		if !slices.Contains(urgency[:], code) {
			t.Errorf("%s has none", code)
		}
	}
	for code, w := range requests {
		if w.VI == "" || w.EN == "" || messages[code].VI != "" {
			t.Errorf("%s: %+v", code, w)
		}
	}
}
