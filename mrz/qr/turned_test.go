package qr

import (
	"image"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/tram-station/tram/mrz/gray"
	"github.com/tram-station/tram/mrz/specimen"
)

// near reports whether corners lie within so many modules of the truth.
func near(c [4]image.Point, truth specimen.Truth, modules float64) bool {
	for i, p := range c {
		if math.Hypot(float64(p.X)-truth.Corners[i].X, float64(p.Y)-truth.Corners[i].Y) > modules*truth.Module {
			return false
		}
	}
	return true
}

// TestTurned photographs a card at every angle, as it is, in a mirror and light
// on dark: each time all of the code is read and its own corners are named.
func TestTurned(t *testing.T) {
	for _, kind := range []struct{ mirrored, inverted bool }{{}, {true, false}, {false, true}, {true, true}} {
		step := 15
		if kind.mirrored || kind.inverted {
			step = 40
		}
		for turn := 0; turn < 360; turn += step {
			img, truth := specimen.QRFrame(uint64(turn), specimen.Shot{
				Width: 420, Height: 420, Module: 4.2, Pose: &specimen.Pose{Turn: float64(turn)},
				Mirrored: kind.mirrored, Inverted: kind.inverted,
			})
			codes, err := Decode(img)
			if err != nil || len(codes) != 1 {
				t.Errorf("%+v, turned by %d: %d codes, %v", kind, turn, len(codes), err)
				continue
			}
			if c := codes[0]; c.Text != truth.Text || c.Mirrored != kind.mirrored || c.Inverted != kind.inverted {
				t.Errorf("%+v, turned by %d: mirrored %v, inverted %v, %q", kind, turn, c.Mirrored, c.Inverted, c.Text)
			} else if !near(c.Corners, truth, 1.5) {
				t.Errorf("%+v, turned by %d: %v, want %v", kind, turn, c.Corners, truth.Corners)
			}
		}
	}
}

// Two cards in a frame, each at its own angle: both are read, in the order from
// top left to bottom right, by Decode and by the Scanner.
func TestTwoCards(t *testing.T) {
	for turn := 0; turn < 360; turn += 45 {
		first, a := specimen.QRFrame(1, specimen.Shot{Width: 420, Height: 420, Module: 4.2, Pose: &specimen.Pose{Turn: float64(turn)}})
		other, b := specimen.QRFrame(2, specimen.Shot{Width: 420, Height: 420, Module: 5, Pose: &specimen.Pose{Turn: float64(-2 * turn)}, Mirrored: turn%2 == 1})
		want := []string{a.Text, b.Text}
		for _, upright := range []bool{false, true} { // side by side, or one below the other
			size, at := image.Rect(0, 0, 840, 420), image.Pt(420, 0)
			if upright {
				size, at = image.Rect(0, 0, 420, 840), image.Pt(0, 420)
			}
			both := image.NewGray(size)
			paste(both, first, image.Point{})
			paste(both, other, at)
			codes, err := Decode(both)
			if got := texts(codes); err != nil || !slices.Equal(got, want) {
				t.Errorf("turned by %d, upright %v: %d codes, %v", turn, upright, len(codes), err)
			}
			patient := &Scanner{Budget: time.Hour}
			sight, err := patient.Scan(t.Context(), both)
			if got := texts(sight.Codes); err != nil || !slices.Equal(got, want) {
				t.Errorf("turned by %d, upright %v: the scanner sees %d codes, %v", turn, upright, len(got), err)
			}
		}
	}
}

// A poster beside the card shows a large code that is always found first: who
// goes on scanning gets the small one of the card too.
func TestPoster(t *testing.T) {
	poster, _ := specimen.QRFrame(8, specimen.Shot{Width: 600, Height: 600, Module: 8, Text: "https://example.org/", Pose: &specimen.Pose{}})
	card, truth := specimen.QRFrame(9, specimen.Shot{Width: 600, Height: 600, Module: 1.5})
	both := image.NewGray(image.Rect(0, 0, 1200, 600))
	paste(both, poster, image.Point{})
	paste(both, card, image.Pt(600, 0))
	scanner := &Scanner{Budget: time.Hour}
	for frame := range 6 {
		sight, err := scanner.Scan(t.Context(), both)
		if err != nil || len(sight.Codes) == 0 {
			t.Fatal(frame, sight, err)
		}
		if slices.Contains(texts(sight.Codes), truth.Text) {
			t.Logf("in frame %d", frame)
			return
		}
	}
	t.Error("the card was never read")
}

func paste(onto, img *image.Gray, at image.Point) {
	for y := range img.Rect.Dy() {
		copy(onto.Pix[onto.PixOffset(at.X, at.Y+y):], img.Pix[y*img.Stride:y*img.Stride+img.Rect.Dx()])
	}
}

func texts(codes []Code) []string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = c.Text
	}
	return out
}

// A picture of the whole card by a phone is read at a quarter of its size and
// in full.
func TestLargePicture(t *testing.T) {
	img, truth := specimen.QRFrame(3, specimen.Shot{Width: 800, Height: 600, Module: 1.5})
	for range 2 {
		img = gray.Double(img)
	}
	codes, err := Decode(img)
	if err != nil || codes[0].Text != truth.Text {
		t.Error(codes, err)
	}
}
