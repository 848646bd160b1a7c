package enrol

import (
	"image"
	"testing"
	"time"

	"github.com/tram-station/tram/mrz/ocr"
	"github.com/tram-station/tram/mrz/qr"
)

// frames feeds a steady with sights, one each 50 ms, and counts the messages
// it showed and the shortest time that one stood.
func frames(t *testing.T, sights []sight) (shown []ScanningView, changes int, shortest time.Duration) {
	t.Helper()
	now := time.Unix(1_780_000_000, 0)
	s := newSteady(func() time.Time { return now })
	since, shortest := now, time.Hour
	for i, g := range sights {
		v := s.view(g, image.Pt(1280, 720))
		if i > 0 && v.Message != shown[i-1].Message {
			changes++
			shortest = min(shortest, now.Sub(since))
			since = now
		}
		shown = append(shown, v)
		now = now.Add(50 * time.Millisecond)
	}
	return shown, changes, shortest
}

func seen(cause string) sight {
	return sight{state: scanSeen, kind: kindQR, cause: cause, corners: &[4]image.Point{{100, 100}, {200, 100}, {200, 200}, {100, 200}}}
}

func TestMessagesDoNotFlicker(t *testing.T) {
	var wild []sight
	for i := range 200 { // each frame says another thing
		wild = append(wild, []sight{seen("too-far"), seen("blurred"), {state: scanLooking}, seen("too-far")}[i%4])
	}
	shown, changes, shortest := frames(t, wild)
	if changes > 0 && shortest < holdMessage {
		t.Errorf("%d changes, one after %v, want none below %v", changes, shortest, holdMessage)
	}
	if last := shown[len(shown)-1]; last.Cause != "too-far" {
		t.Errorf("most frames say too-far, shown is %+v", last)
	}
	// The control: what really changes is shown, soon.
	shown, changes, shortest = frames(t, append(repeat(seen("too-far"), 40), repeat(seen("glare"), 40)...))
	if changes != 1 || shown[79].Cause != "glare" || shown[40+12].Cause != "glare" {
		t.Errorf("%d changes, after 0.6 s %q, in the end %q", changes, shown[52].Cause, shown[79].Cause)
	}
	if shortest < holdMessage {
		t.Errorf("the first stood %v", shortest)
	}
}

func repeat(s sight, n int) []sight {
	out := make([]sight, n)
	for i := range out {
		out[i] = s
	}
	return out
}

func TestReadIsShownAtOnce(t *testing.T) {
	shown, _, _ := frames(t, []sight{seen("too-far"), {state: scanRead, kind: kindQR}})
	if shown[1].State != scanRead || shown[1].Message != sightWords[scanRead] {
		t.Errorf("%+v", shown[1])
	}
}

func TestOutlineOutlivesAMissedFrame(t *testing.T) {
	shown, _, _ := frames(t, append([]sight{seen("blurred")}, repeat(sight{state: scanLooking}, 20)...))
	if shown[3].Corners == nil || shown[3].Corners[2] != [2]int{200, 200} {
		t.Errorf("after 0.15 s: %v", shown[3].Corners)
	}
	if shown[8].Corners != nil {
		t.Error("after 0.4 s the outline of nothing is still shown")
	}
}

// TestEveryCauseHasWords: what the pictures can say has a sentence.
func TestEveryCauseHasWords(t *testing.T) {
	for _, c := range []qr.Cause{qr.CauseFar, qr.CauseCut, qr.CauseGlare, qr.CauseBlur, qr.CauseDark, qr.CauseTilt, qr.CauseUnclear} {
		if w := sightWords[string(c)]; w.VI == "" || w.EN == "" {
			t.Errorf("cause %q has no words", c)
		}
	}
	for _, c := range []string{ocr.CauseFar, ocr.CauseBlur, ocr.CauseGlare, ocr.CauseUnclear, ocr.CauseConfirming} {
		if w := sightWords[c]; w.VI == "" || w.EN == "" {
			t.Errorf("cause %q has no words", c)
		}
	}
	told := map[string]string{}
	for key, w := range sightWords {
		if w.VI == "" || w.EN == "" || told[w.VI] != "" {
			t.Errorf("%q: %+v, like %q", key, w, told[w.VI])
		}
		told[w.VI] = key
	}
	if messageWords(message{state: scanSeen, cause: "something new"}) != sightWords["unclear"] {
		t.Error("an unknown cause is not called unclear")
	}
}

func TestPaintOver(t *testing.T) {
	turned := [4]image.Point{{50, 10}, {90, 50}, {50, 90}, {10, 50}}
	mirrored := [4]image.Point{turned[0], turned[3], turned[2], turned[1]}
	outside := [4]image.Point{{-20, -20}, {20, -20}, {20, 20}, {-20, 20}} // reaches beyond the picture
	for name, corners := range map[string][4]image.Point{"turned": turned, "mirrored": mirrored, "outside": outside} {
		g := image.NewGray(image.Rect(0, 0, 100, 100))
		paintOver(g, corners)
		painted := 0
		for _, p := range g.Pix {
			if p != 0 {
				painted++
			}
		}
		want := 40 * 80 // half of the diagonals' product
		if name == "outside" {
			want = 20 * 20
		}
		if painted < want || painted > want+200 {
			t.Errorf("%s: %d pixels painted, want about %d", name, painted, want)
		}
		if g.GrayAt(99, 99).Y != 0 || g.GrayAt(25, 25).Y != 0 {
			t.Errorf("%s: painted beyond the code", name)
		}
	}
}
