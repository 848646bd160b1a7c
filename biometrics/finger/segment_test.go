//go:build !race

package finger

import (
	"errors"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	xdraw "golang.org/x/image/draw"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/biometrics/wsq"
	"github.com/tram-station/tram/testdata"
)

// persons are drawn once for all tests of slaps.
func persons(n int) []*virtual.Person {
	out := make([]*virtual.Person, n)
	for i := range out {
		out[i] = &virtual.Person{Seed: int64(100 + i)}
	}
	return out
}

// right compares what was cut with the truth: names, places, leans.
func right(t *testing.T, what string, got []Segment, laid []virtual.Laid) {
	t.Helper()
	const minOverlap, maxTurn = 0.85, 4 // degrees
	if len(got) != len(laid) {
		t.Errorf("%s: %d fingers, laid down are %d", what, len(got), len(laid))
		return
	}
	for i, s := range got {
		if s.Finger != laid[i].Finger {
			t.Errorf("%s: finger %d is called %d", what, laid[i].Finger, s.Finger)
		}
		if o := overlap(s.Box, laid[i].Box); o < minOverlap {
			t.Errorf("%s: finger %d at %v, in truth at %v: %.2f in common", what, s.Finger, s.Box, laid[i].Box, o)
		}
		if d := math.Abs(s.Angle - laid[i].Lean); d > maxTurn {
			t.Errorf("%s: finger %d leans %.1f, in truth %.1f", what, s.Finger, s.Angle, laid[i].Lean)
		}
	}
}

// TestCut: drawn slaps whose truth is known come out right: both hands and the
// thumbs, turned, touching each other, on a dirty platen, with fingers missing.
func TestCut(t *testing.T) {
	for touch, p := range persons(6) {
		for name, c := range map[string]struct {
			lay     virtual.Lay
			missing []biometrics.Finger
		}{
			"with ease":      {},
			"turned left":    {lay: virtual.Lay{Turn: -27}},
			"turned right":   {lay: virtual.Lay{Turn: 27}},
			"touching":       {lay: virtual.Lay{Spread: 0.8}},
			"dirty platen":   {lay: virtual.Lay{Residue: true}},
			"two are absent": {missing: []biometrics.Finger{2, 4, 8, 10, 6}},
		} {
			slap := biometrics.Finger(13 + touch%3)
			req := biometrics.Request{Finger: slap, Missing: c.missing}
			c.lay.Touch = touch
			img, laid := p.Slap(req, c.lay)
			what := fmt.Sprintf("person %d, slap %d, touch %d, %s", p.Seed, slap, touch, name)
			got, err := Cut(img, 500, req)
			if err != nil {
				t.Errorf("%s: %v", what, err)
				draw(t, "wrong", img, nil)
				continue
			}
			right(t, what, got, laid)
			draw(t, "right", img, got)
		}
	}
}

// TestCutOtherDensities: what matters is how large fingers are, not how many
// pixels they have.
func TestCutOtherDensities(t *testing.T) {
	req := biometrics.Request{Finger: biometrics.LeftSlap}
	img, laid := persons(1)[0].Slap(req, virtual.Lay{Touch: 4})
	for _, dpi := range []int{300, 385, 1000} {
		size := image.Rect(0, 0, img.Rect.Dx()*dpi/500, img.Rect.Dy()*dpi/500)
		other := image.NewGray(size.Add(image.Pt(40, 30))) // its corner need not be 0,0
		xdraw.CatmullRom.Scale(other, other.Rect, img, img.Rect, xdraw.Src, nil)
		got, err := Cut(other, dpi, req)
		if err != nil {
			t.Errorf("%d dpi: %v", dpi, err)
			continue
		}
		for i := range got {
			b := got[i].Box.Sub(other.Rect.Min)
			got[i].Box = image.Rect(b.Min.X*500/dpi, b.Min.Y*500/dpi, b.Max.X*500/dpi, b.Max.Y*500/dpi)
		}
		right(t, fmt.Sprint(dpi, " dpi"), got, laid)
	}
	for _, dpi := range []int{400, 430, 580, 690} { // as if the hand were larger or smaller
		got, err := Cut(img, dpi, req)
		if err != nil {
			t.Errorf("a hand of %d %%: %v", 50000/dpi, err)
			continue
		}
		right(t, fmt.Sprintf("a hand of %d %%", 50000/dpi), got, laid)
	}
}

// TestCutPoorPrints: fingers are where they are, however poor their print is.
func TestCutPoorPrints(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	req := biometrics.Request{Finger: biometrics.RightSlap}
	img, laid := persons(1)[0].Slap(req, virtual.Lay{Touch: 3})
	for name, grey := range map[string]func(x, y, v int) int{
		"pale":           func(_, _, v int) int { return 235 - (245-v)/8 },
		"uneven light":   func(x, _, v int) int { return v * (60 + 40*x/1600) / 100 },
		"a noisy sensor": func(_, _, v int) int { return v + int(rng.NormFloat64()*25) },
		"dry skin": func(x, y, v int) int {
			if (x/4*7919+y/4*104729)%100 < 45 {
				return 245
			}
			return v
		},
	} {
		poor := image.NewGray(img.Rect)
		for i, v := range img.Pix {
			poor.Pix[i] = uint8(min(max(grey(i%img.Stride, i/img.Stride, int(v)), 0), 255))
		}
		got, err := Cut(poor, 500, req)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		right(t, name, got, laid)
	}
}

// TestCutCounts: more or fewer fingers than wanted are an error that says how
// many there are, never a guess.
func TestCutCounts(t *testing.T) {
	p := persons(1)[0]
	whole := biometrics.Request{Finger: biometrics.RightSlap}
	for name, c := range map[string]struct {
		drawn, asked biometrics.Request
		lay          virtual.Lay
		got          int
	}{
		"one does not touch": {whole, whole, virtual.Lay{Fingers: map[biometrics.Finger]biometrics.Finger{4: 0}}, 3},
		"declared but there": {whole, biometrics.Request{Finger: 13, Missing: []biometrics.Finger{5}}, virtual.Lay{}, 4},
		"thumbs":             {biometrics.Request{Finger: biometrics.Thumbs}, whole, virtual.Lay{Hand: biometrics.Thumbs}, 2},
		"a trace only":       {biometrics.Request{Finger: 13, Missing: []biometrics.Finger{3, 4, 5}}, biometrics.Request{Finger: 13, Missing: []biometrics.Finger{4, 5}}, virtual.Lay{Residue: true}, 1},
	} {
		img, _ := p.Slap(c.drawn, c.lay)
		segments, err := Cut(img, 500, c.asked)
		var count *CountError
		if !errors.As(err, &count) || segments != nil || count.Got != c.got || count.Want != len(c.asked.Wanted()) {
			t.Errorf("%s: %v, %v", name, segments != nil, err)
		}
		if !errors.Is(err, biometrics.ErrBadImage) {
			t.Errorf("%s: %v is no bad image", name, err)
		}
	}
}

// TestCutWrongHand: the other hand is seen where both outer fingers are there,
// and nothing is said where they are not.
func TestCutWrongHand(t *testing.T) {
	seen, laid := 0, 0
	for _, p := range persons(3) {
		for touch := range 2 {
			for _, turn := range []float64{-20, 0, 20} {
				want, other := biometrics.RightSlap, biometrics.LeftSlap
				if touch%2 == 1 {
					want, other = other, want
				}
				laid++
				img, _ := p.Slap(biometrics.Request{Finger: want}, virtual.Lay{Touch: touch, Turn: turn, Hand: other})
				segments, err := Cut(img, 500, biometrics.Request{Finger: want})
				var hand *HandError
				if errors.As(err, &hand) && hand.Want == want && errors.Is(err, biometrics.ErrBadImage) && segments == nil {
					seen++
				}
			}
		}
	}
	if seen != laid {
		t.Errorf("the other hand was seen %d times of %d", seen, laid)
	}
	part := biometrics.Request{Finger: biometrics.RightSlap, Missing: []biometrics.Finger{5}}
	img, _ := persons(1)[0].Slap(biometrics.Request{Finger: 13, Missing: []biometrics.Finger{10}}, virtual.Lay{Hand: biometrics.LeftSlap})
	if _, err := Cut(img, 500, part); err != nil {
		t.Errorf("three fingers of some hand: %v", err)
	}
}

// TestCutIsUpright: the cut fingertip has the ridges of the drawn finger where
// it has them, however the hand was turned.
func TestCutIsUpright(t *testing.T) {
	p := persons(1)[0]
	truth := p.Plain(biometrics.RightMiddle, 0)
	for _, turn := range []float64{0, 25, -25} {
		req := biometrics.Request{Finger: biometrics.RightSlap}
		img, _ := p.Slap(req, virtual.Lay{Turn: turn})
		got, err := Cut(img, 500, req)
		if err != nil {
			t.Fatal(err)
		}
		cut := got[1].Image
		best := 0.0
		mx, my := cut.Rect.Dx()/2, cut.Rect.Dy()/2
		for dy := -14; dy <= 14; dy++ {
			for dx := -14; dx <= 14; dx++ {
				best = max(best, alike(cut, image.Pt(mx+dx, my+dy), truth, image.Pt(160, 208), 60))
			}
		}
		if best < 0.85 {
			t.Errorf("turned %v: the middle of the finger correlates %.2f with the drawn one", turn, best)
		}
	}
}

// alike is the correlation of two squares of side 2r around points.
func alike(a *image.Gray, pa image.Point, b *image.Gray, pb image.Point, r int) float64 {
	var n, sa, sb, saa, sbb, sab float64
	for y := -r; y < r; y++ {
		for x := -r; x < r; x++ {
			u, v := float64(a.GrayAt(pa.X+x, pa.Y+y).Y), float64(b.GrayAt(pb.X+x, pb.Y+y).Y)
			n++
			sa, sb, saa, sbb, sab = sa+u, sb+v, saa+u*u, sbb+v*v, sab+u*v
		}
	}
	return (sab - sa*sb/n) / math.Sqrt((saa-sa*sa/n)*(sbb-sb*sb/n))
}

// TestCutRefuses: what is no slap is a bad image, whatever its size.
func TestCutRefuses(t *testing.T) {
	req := biometrics.Request{Finger: biometrics.RightSlap}
	noise := image.NewGray(image.Rect(0, 0, 800, 700))
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range noise.Pix {
		noise.Pix[i] = uint8(rng.Uint32())
	}
	for name, c := range map[string]struct {
		img *image.Gray
		dpi int
	}{
		"none": {nil, 500}, "no density": {noise, 0}, "too dense": {noise, 9000},
		"tiny":      {image.NewGray(image.Rect(0, 0, 90, 700)), 500},
		"huge":      {image.NewGray(image.Rect(0, 0, 9000, 200)), 500},
		"black":     {image.NewGray(image.Rect(0, 0, 1600, 1500)), 500},
		"all noise": {noise, 500},
	} {
		if s, err := Cut(c.img, c.dpi, req); !errors.Is(err, biometrics.ErrBadImage) || s != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCutCards cuts the inked cards of NIST, with holes, handwriting and strange
// prints in them, and compares with the boxes of NBIS's nfseg.
func TestCutCards(t *testing.T) {
	for _, c := range []struct {
		file   string
		finger biometrics.Finger
		boxes  [][4]int // middle and size, as nfseg.txt has them; in the order of Cut
	}{
		{"t4-04-fgp13.wsq", 13, [][4]int{{200, 720, 496, 560}, {552, 256, 400, 560}, {928, 224, 368, 528}, {1360, 560, 336, 432}}},
		{"t4-01-fgp14.wsq", 14, [][4]int{{1280, 360, 336, 512}, {912, 168, 336, 384}, {584, 312, 384, 560}, {288, 768, 288, 336}}},
		{"t4-02-fgp12.wsq", biometrics.LeftThumb, [][4]int{{205, 590, 380, 540}}},  // by eye
		{"t4-03-fgp11.wsq", biometrics.RightThumb, [][4]int{{262, 565, 260, 520}}}, // by eye
	} {
		b, err := os.ReadFile(testdata.Shared(t, "data/fingerprints/reference/wsq/"+c.file))
		if err != nil {
			t.Fatal(err)
		}
		slap, err := wsq.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Cut(slap.Gray, 500, biometrics.Request{Finger: c.finger})
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		draw(t, c.file, slap.Gray, got)
		for i, b := range c.boxes {
			box := image.Rect(b[0]-b[2]/2, b[1]-b[3]/2, b[0]+b[2]/2, b[1]+b[3]/2).Intersect(slap.Gray.Rect)
			middle := got[i].Box.Min.Add(got[i].Box.Size().Div(2))
			o := overlap(box, got[i].Box)
			t.Logf("%s: finger %d at %v, nfseg at %v: %.2f in common, leans %.1f", c.file, got[i].Finger, got[i].Box, box, o, got[i].Angle)
			if c.finger == biometrics.LeftSlap && i == 0 { // the control: it is not the right hand
				_, err := Cut(slap.Gray, 500, biometrics.Request{Finger: biometrics.RightSlap})
				if hand := (*HandError)(nil); !errors.As(err, &hand) {
					t.Errorf("%s as the right hand: %v", c.file, err)
				}
			}
			if !middle.In(box.Inset(box.Dx()/4)) || o < 0.6 {
				t.Errorf("%s: finger %d is elsewhere", c.file, got[i].Finger)
			}
		}
	}
}

func BenchmarkCut(b *testing.B) {
	req := biometrics.Request{Finger: biometrics.RightSlap}
	img, _ := persons(1)[0].Slap(req, virtual.Lay{Touch: 1, Turn: 12})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Cut(img, 500, req); err != nil {
			b.Fatal(err)
		}
	}
}
