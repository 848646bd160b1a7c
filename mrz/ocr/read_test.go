//go:build realparts

package ocr_test

import (
	"context"
	"errors"
	"image"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/mrz/gray"
	"github.com/tram-station/tram/mrz/ocr"
	"github.com/tram-station/tram/mrz/specimen"
)

// photo is a photograph of an invented person's document, printed with the
// font that fonts-ocr-b installs.
func photo(t *testing.T, seed uint64, o specimen.Shot) (*image.Gray, specimen.Truth) {
	t.Helper()
	g, truth, err := specimen.ZoneFrame(seed, o)
	if err != nil {
		t.Fatal(err)
	}
	return g, truth
}

func TestReadAnyWayUp(t *testing.T) {
	for i, format := range []mrz.Format{"", mrz.TD1, mrz.TD2, mrz.TD3, mrz.MRVA, mrz.MRVB} {
		for k, turn := range []float64{0, 90, 180, -90, 37, -140} {
			if (i+k)%2 == 1 {
				continue // three of the six for each format
			}
			o := specimen.Shot{Format: format, Width: 1280, Height: 1280, PxMM: 7, Severity: specimen.Fair,
				Pose: &specimen.Pose{Turn: turn, TiltX: float64(3 * (k - 2)), TiltY: float64(4 * (2 - k))}}
			g, truth := photo(t, uint64(2*i+1), o)
			r, err := ocr.Read(g)
			if err != nil || !r.Valid || !slices.Equal(r.Lines, truth.Lines) {
				t.Errorf("%s turned %v: %v\n%+v\n%q", format, turn, err, r, truth.Lines)
				continue
			}
			for c, p := range r.Corners {
				if d := math.Hypot(float64(p.X)-truth.Corners[c].X, float64(p.Y)-truth.Corners[c].Y); d > 2*7 {
					t.Errorf("%s turned %v: corner %d at %v, printed at %v", format, turn, c, p, truth.Corners[c])
				}
			}
			if r.Confidence < 0.9 {
				t.Errorf("%s turned %v: confidence %.2f", format, turn, r.Confidence)
			}
		}
	}
}

// What a hurried hand waves below a lamp is read or not; what is believed is
// right.
func TestReadPoorFrames(t *testing.T) {
	read, frames := 0, 0
	for seed := range uint64(10) {
		for _, severity := range []int{specimen.Poor, specimen.Bad} {
			g, truth := photo(t, 2*seed+1, specimen.Shot{Severity: severity, PxMM: 6})
			frames++
			r, err := ocr.Read(g)
			if err != nil || !r.Valid {
				continue
			}
			if !slices.Equal(r.Lines[:2], truth.Lines[:2]) {
				t.Errorf("seed %d, severity %d: believed %q, printed %q", seed, severity, r.Lines, truth.Lines)
			}
			read++
		}
	}
	if read < frames*8/10 {
		t.Errorf("%d of %d poor frames read", read, frames)
	}
}

// A document in a large photograph, away from its origin, has its corners where
// it lies.
func TestReadPartOfAPicture(t *testing.T) {
	g, truth := photo(t, 3, specimen.Shot{Width: 2600, Height: 1900, PxMM: 6})
	bounds := image.Rect(100, 50, 2500, 1850)
	r, err := ocr.Read(g.SubImage(bounds))
	if err != nil || !slices.Equal(r.Lines, truth.Lines) {
		t.Fatal(err, r)
	}
	if d := math.Hypot(float64(r.Corners[0].X)-truth.Corners[0].X, float64(r.Corners[0].Y)-truth.Corners[0].Y); d > 12 {
		t.Errorf("corner %v, printed at %v", r.Corners[0], truth.Corners[0])
	}
}

// bent returns the picture as seen through a wide lens, with that much of the
// half width added at the ends, and of a page that sags by so many pixels.
func bent(g *image.Gray, lens, sag float64) *image.Gray {
	out := image.NewGray(g.Rect)
	half := float64(g.Rect.Dx()) / 2
	middle := float64(g.Rect.Dy()) / 2
	for y := range g.Rect.Dy() {
		for x := range g.Rect.Dx() {
			u, v := (float64(x)-half)/half, (float64(y)-middle)/half
			s := 1 + lens*(u*u+v*v)
			out.Pix[y*out.Stride+x] = uint8(gray.Bilinear(g, u*s*half+half, v*s*half+middle+sag*math.Cos(2*u)))
		}
	}
	return out
}

func TestReadBent(t *testing.T) {
	for _, b := range [][2]float64{{0.1, 0}, {-0.1, 0}, {0, 25}, {0, -25}, {0.06, 15}} {
		for i, format := range []mrz.Format{"", mrz.TD3} {
			g, truth := photo(t, uint64(21+2*i), specimen.Shot{Format: format, PxMM: 8})
			r, err := ocr.Read(bent(g, b[0], b[1]))
			if err != nil || !r.Valid || !slices.Equal(r.Lines, truth.Lines) {
				t.Errorf("%s through a lens of %v, sagging by %v: %v\n%+v\n%q", format, b[0], b[1], err, r, truth.Lines)
			}
		}
	}
}

func TestScannerAgrees(t *testing.T) {
	s := ocr.Scanner{Budget: time.Minute}
	scan := func(seed uint64, o specimen.Shot) (ocr.Sight, specimen.Truth) {
		t.Helper()
		g, truth := photo(t, seed, o)
		sight, err := s.Scan(context.Background(), g)
		if err != nil {
			t.Fatal(err)
		}
		return sight, truth
	}
	first, _ := scan(1, specimen.Shot{})
	if first.Reading != nil || first.Cause != ocr.CauseConfirming || first.Corners == nil {
		t.Fatalf("one frame: %+v", first)
	}
	// Another document between two frames of the first: neither is believed.
	if other, _ := scan(3, specimen.Shot{}); other.Reading != nil {
		t.Fatalf("another document: %+v", other)
	}
	if again, _ := scan(1, specimen.Shot{}); again.Reading != nil {
		t.Fatalf("the first again: %+v", again)
	}
	sight, truth := scan(1, specimen.Shot{PxMM: 9})
	if sight.Reading == nil || !slices.Equal(sight.Reading.Lines, truth.Lines) || sight.Cause != "" {
		t.Fatalf("two frames: %+v", sight)
	}
	s = ocr.Scanner{Agree: 1, Budget: time.Minute}
	if sight, _ := scan(1, specimen.Shot{}); sight.Reading == nil {
		t.Fatalf("one frame is enough: %+v", sight)
	}
}

func TestScannerKeepsItsBudget(t *testing.T) {
	g, _ := photo(t, 1, specimen.Shot{})
	clock := time.Unix(0, 0)
	s := ocr.Scanner{Agree: 1, Budget: time.Second, Now: func() time.Time {
		clock = clock.Add(2 * time.Second) // each look at the clock is too late
		return clock
	}}
	if sight, err := s.Scan(context.Background(), g); err != nil || sight.Corners != nil {
		t.Errorf("%v, %+v", err, sight)
	}
	s.Budget = time.Hour
	if sight, err := s.Scan(context.Background(), g); err != nil || sight.Reading == nil {
		t.Errorf("with time enough: %v, %+v", err, sight)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s = ocr.Scanner{Agree: 1}
	if _, err := s.Scan(ctx, g); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestCauses(t *testing.T) {
	g, truth := photo(t, 5, specimen.Shot{PxMM: 10, Pose: &specimen.Pose{}})
	// A lamp over the middle of the zone.
	glare := image.NewGray(g.Rect)
	copy(glare.Pix, g.Pix)
	middleX, middleY := (truth.Corners[0].X+truth.Corners[2].X)/2, (truth.Corners[0].Y+truth.Corners[2].Y)/2
	for i := range glare.Pix {
		x, y := float64(i%g.Stride)-middleX, float64(i/g.Stride)-middleY
		if math.Hypot(x/3, y) < 45 {
			glare.Pix[i] = 255
		}
	}
	for want, img := range map[string]*image.Gray{ocr.CauseGlare: glare, "": g} {
		s := ocr.Scanner{Agree: 1, Budget: time.Minute}
		sight, err := s.Scan(context.Background(), img)
		if err != nil || sight.Cause != want || sight.Corners == nil || (want == "") != (sight.Reading != nil) {
			t.Errorf("%q: %v, %+v", want, err, sight)
		}
	}
}
