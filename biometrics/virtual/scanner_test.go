package virtual

import (
	"context"
	"errors"
	"image"
	"math"
	"os"
	"testing"
	"time"

	"image/png"

	"github.com/tram-station/tram/biometrics"
)

// TestRidgesAreAFinger checks what a sensor's picture of a finger has: dark
// ridges about nine pixels apart on a light ground.
func TestRidgesAreAFinger(t *testing.T) {
	img := Ridges(1, biometrics.RightIndex)
	if d := os.Getenv("TRAM_PICTURES"); d != "" {
		for f := biometrics.RightThumb; f <= biometrics.LeftLittle; f++ {
			w, err := os.Create(d + "/ridges-" + string('a'+rune(f)) + ".png")
			if err != nil {
				t.Fatal(err)
			}
			if err := png.Encode(w, Ridges(1, f)); err != nil {
				t.Fatal(err)
			}
			w.Close()
		}
	}
	if v := img.GrayAt(2, 2).Y; v < 220 {
		t.Errorf("ground is %d, want light", v)
	}
	// Crossings along vertical lines through the middle: ridges are near
	// horizontal there or cross at an angle, never closer than the period.
	crossings, dark := 0, false
	for y := 80; y < 330; y++ {
		switch v := img.GrayAt(printWidth/2, y).Y; {
		case v < 90 && !dark:
			dark = true
			crossings++
		case v > 160:
			dark = false
		}
	}
	if crossings < 8 || crossings > 40 {
		t.Errorf("%d ridges on 250 pixels, want 8 to 40", crossings)
	}
}

// TestRidgesDiffer: the same finger is reproducible, another is another.
func TestRidgesDiffer(t *testing.T) {
	a, again, b := Ridges(1, biometrics.RightIndex), Ridges(1, biometrics.RightIndex), Ridges(1, biometrics.LeftIndex)
	if c := correlation(a, again); c < 0.999 {
		t.Errorf("same finger correlates %.3f", c)
	}
	if c := correlation(a, b); c > 0.8 {
		t.Errorf("two fingers correlate %.3f", c)
	}
}

func correlation(a, b *image.Gray) float64 {
	var ma, mb float64
	for i := range a.Pix {
		ma += float64(a.Pix[i])
		mb += float64(b.Pix[i])
	}
	n := float64(len(a.Pix))
	ma, mb = ma/n, mb/n
	var ab, aa, bb float64
	for i := range a.Pix {
		x, y := float64(a.Pix[i])-ma, float64(b.Pix[i])-mb
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return ab / math.Sqrt(aa*bb)
}

func TestScannerCaptures(t *testing.T) {
	s := &Scanner{Seed: 3, Settle: 3 * time.Millisecond}
	previews := 0
	c, err := s.Capture(context.Background(), biometrics.Request{Finger: biometrics.LeftIndex}, func(*image.Gray) { previews++ })
	if err != nil {
		t.Fatal(err)
	}
	p := c.Prints[0]
	if p.Finger != biometrics.LeftIndex || p.DPI != printDPI || !p.Device.Virtual || previews != 3 {
		t.Errorf("print %v at %d dpi, virtual %v, %d previews", p.Finger, p.DPI, p.Device.Virtual, previews)
	}
}

func TestScannerWithoutAFinger(t *testing.T) {
	s := &Scanner{Absent: time.Millisecond}
	if _, err := s.Capture(context.Background(), biometrics.Request{}, nil); !errors.Is(err, biometrics.ErrNoFinger) {
		t.Errorf("err = %v, want ErrNoFinger", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s = &Scanner{Absent: time.Hour}
	if _, err := s.Capture(ctx, biometrics.Request{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want canceled", err)
	}
}
