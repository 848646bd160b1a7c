//go:build !race

package virtual

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// picture saves what a test drew where somebody asked for it.
func picture(t *testing.T, name string, img image.Image) {
	t.Helper()
	d := os.Getenv("TRAM_PICTURES")
	if d == "" {
		return
	}
	w, err := os.Create(filepath.Join(d, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := png.Encode(w, img); err != nil {
		t.Fatal(err)
	}
}

// darkness is the mean ink of a box.
func darkness(img *image.Gray, b image.Rectangle) float64 {
	b = b.Intersect(img.Rect)
	var sum float64
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			sum += ground - float64(img.GrayAt(x, y).Y)
		}
	}
	return sum / float64(b.Dx()*b.Dy())
}

// TestSlapIsAHand: the wanted fingers lie on the platen where the truth says,
// from left to right as on a hand, apart from each other; nothing else does.
func TestSlapIsAHand(t *testing.T) {
	p := &Person{Seed: 5}
	for _, test := range []struct {
		slap    biometrics.Finger
		missing []biometrics.Finger
		order   []biometrics.Finger // from the left
	}{
		{biometrics.RightSlap, nil, []biometrics.Finger{2, 3, 4, 5}},
		{biometrics.LeftSlap, nil, []biometrics.Finger{10, 9, 8, 7}},
		{biometrics.Thumbs, nil, []biometrics.Finger{6, 1}},
		{biometrics.RightSlap, []biometrics.Finger{3}, []biometrics.Finger{2, 4, 5}},
	} {
		img, laid := p.Slap(biometrics.Request{Finger: test.slap, Missing: test.missing}, Lay{Touch: 2})
		picture(t, "slap-"+string('a'+rune(test.slap))+string('0'+rune(len(test.missing))), img)
		slices.SortFunc(laid, func(a, b Laid) int { return a.Box.Min.X - b.Box.Min.X })
		var order []biometrics.Finger
		for i, l := range laid {
			order = append(order, l.Finger)
			if l.Box.Intersect(img.Rect) != l.Box {
				t.Errorf("slap %d: finger %d lies at %v, outside of the platen", test.slap, l.Finger, l.Box)
			}
			if i > 0 && l.Box.Overlaps(laid[i-1].Box) {
				t.Errorf("slap %d: fingers lie on each other", test.slap)
			}
			if d := darkness(img, l.Box.Inset(60)); d < 70 {
				t.Errorf("slap %d: finger %d has ink %.0f", test.slap, l.Finger, d)
			}
		}
		if !slices.Equal(order, test.order) {
			t.Errorf("slap %d has %v from the left, want %v", test.slap, order, test.order)
		}
		if d := darkness(img, image.Rect(0, 0, slapWidth, 60)); d > 3 {
			t.Errorf("slap %d: the bare platen has ink %.1f", test.slap, d)
		}
	}
}

// TestLay: each way of laying a hand down shows in the picture.
func TestLay(t *testing.T) {
	p := &Person{Seed: 5}
	req := biometrics.Request{Finger: biometrics.RightSlap}
	plain, laid := p.Slap(req, Lay{})
	again, _ := p.Slap(req, Lay{})
	if !bytes.Equal(plain.Pix, again.Pix) {
		t.Error("the same lay gives another picture")
	}
	for name, lay := range map[string]Lay{
		"touch":   {Touch: 1},
		"turn":    {Turn: 25},
		"near":    {Spread: 0.8},
		"hand":    {Hand: biometrics.LeftSlap},
		"repeat":  {Fingers: map[biometrics.Finger]biometrics.Finger{4: 2}},
		"fewer":   {Fingers: map[biometrics.Finger]biometrics.Finger{4: 0}},
		"residue": {Residue: true},
	} {
		img, other := p.Slap(req, lay)
		picture(t, "lay-"+name, img)
		if bytes.Equal(img.Pix, plain.Pix) {
			t.Errorf("%s shows nothing", name)
		}
		switch name {
		case "hand":
			if other[0].Finger != biometrics.LeftIndex || other[0].Box.Min.X < slapWidth/2 {
				t.Errorf("left hand: %+v", other)
			}
		case "repeat":
			if other[2].Finger != biometrics.RightIndex {
				t.Errorf("repeated: %+v", other)
			}
		case "fewer":
			if len(other) != 3 {
				t.Errorf("fewer: %+v", other)
			}
		case "turn":
			if d := other[1].Lean - laid[1].Lean; d < 24 || d > 26 {
				t.Errorf("turned by %.1f", d)
			}
		}
	}
}

// TestTouches: another touch of a finger is another picture with the same
// ridges; the rolled print holds the plain one.
func TestTouches(t *testing.T) {
	p := &Person{Seed: 7}
	a, b := p.Plain(biometrics.RightThumb, 0), p.Plain(biometrics.RightThumb, 1)
	picture(t, "touch-1", b)
	if !bytes.Equal(a.Pix, Ridges(7, biometrics.RightThumb).Pix) {
		t.Error("touch 0 is not the drawn finger")
	}
	if c := correlation(a, b); c > 0.95 {
		t.Errorf("two touches correlate %.3f", c)
	}
	r := p.Rolled(biometrics.RightThumb, 0)
	picture(t, "rolled", r)
	middle := image.Rect(0, 0, 120, 160)
	cut := func(img *image.Gray, at image.Point) *image.Gray {
		out := image.NewGray(middle)
		for y := range middle.Dy() {
			copy(out.Pix[y*out.Stride:][:middle.Dx()], img.Pix[img.PixOffset(at.X, at.Y+y):])
		}
		return out
	}
	from := image.Pt(100, 120)
	side := from.Add(image.Pt((rolledWidth-printWidth)/2, (rolledHeight-printHeight)/2))
	if c := correlation(cut(a, from), cut(r, side)); c < 0.95 {
		t.Errorf("the middle of the rolled print correlates %.3f with the plain one", c)
	}
}

// TestScannerTakesSlaps: a slap comes whole, and previews never pause for more
// than a quarter of a second.
func TestScannerTakesSlaps(t *testing.T) {
	s := &Scanner{Seed: 3, Settle: 900 * time.Millisecond}
	req := biometrics.Request{Finger: biometrics.LeftSlap, Missing: []biometrics.Finger{biometrics.LeftRing}}
	previews := 0
	c, err := s.Capture(context.Background(), req, func(*image.Gray) { previews++ })
	if err != nil {
		t.Fatal(err)
	}
	if c.Slap == nil || c.Prints != nil || c.DPI != printDPI || c.Slap.Rect.Dx() != slapWidth {
		t.Errorf("capture %+v", c)
	}
	if previews < 4 {
		t.Errorf("%d previews in 0.9 s", previews)
	}
	s.SingleOnly = true
	for _, req := range []biometrics.Request{req, {Finger: 2, Impression: biometrics.Rolled}} {
		if _, err := s.Capture(context.Background(), req, nil); !errors.Is(err, biometrics.ErrNotTaken) || s.Takes(req) {
			t.Errorf("%+v: %v", req, err)
		}
	}
	s.SingleOnly = false
	if s.Takes(biometrics.Request{Finger: biometrics.Thumbs, Missing: []biometrics.Finger{1, 6}}) {
		t.Error("takes a slap without fingers")
	}
}

func TestScannerWrong(t *testing.T) {
	s := &Scanner{Seed: 3, Settle: time.Millisecond}
	capture := func(f biometrics.Finger) *image.Gray {
		c, err := s.Capture(context.Background(), biometrics.Request{Finger: f}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Prints[0].Image
	}
	right := capture(biometrics.RightIndex)
	s.Wrong.Fingers = map[biometrics.Finger]biometrics.Finger{2: 7, 3: 0}
	if bytes.Equal(right.Pix, capture(biometrics.RightIndex).Pix) {
		t.Error("the wrong finger is the right one")
	}
	if !bytes.Equal(capture(biometrics.LeftIndex).Pix, capture(biometrics.RightIndex).Pix) {
		t.Error("the wrong finger is not the left index")
	}
	if _, err := s.Capture(context.Background(), biometrics.Request{Finger: 3}, nil); !errors.Is(err, biometrics.ErrNoFinger) {
		t.Errorf("nothing on the platen: %v", err)
	}
}

func BenchmarkSlap(b *testing.B) {
	p := &Person{Seed: 5}
	b.ReportAllocs()
	for b.Loop() {
		p.Slap(biometrics.Request{Finger: biometrics.RightSlap}, Lay{Touch: 1})
	}
}
