package specimen_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/mrz/ocr"
	"github.com/tram-station/tram/mrz/qr"
	"github.com/tram-station/tram/mrz/specimen"
)

// A card held still in good or fair light is read, always: nobody at a counter
// should have to show it twice for our sake. The rates of worse pictures are
// figures, see `make bench-print`.
func TestCodesAreRead(t *testing.T) {
	modules := []float64{2.5, 3, 3.5, 4}
	for i := range 60 {
		o := specimen.Shot{Width: 480, Height: 360, Module: modules[i%len(modules)], Severity: i / len(modules) % 2}
		img, truth := specimen.QRFrame(uint64(1001+i), o)
		codes, err := qr.Decode(img)
		if err != nil || codes[0].Text != truth.Text {
			t.Errorf("picture %d, %.1f pixels a module, severity %d, turned %.0f: %v", i, truth.Module, o.Severity, truth.Pose.Turn, err)
			continue
		}
		if len(codes) != 1 || !near(truth, codes[0], 2*o.Module) {
			t.Errorf("picture %d: found at %v, lies at %v", i, codes[0].Corners, truth.Corners)
		}
	}
}

// near reports whether the code was found where it is.
func near(truth specimen.Truth, c qr.Code, tolerance float64) bool {
	for i, p := range truth.Corners {
		dx, dy := p.X-float64(c.Corners[i].X), p.Y-float64(c.Corners[i].Y)
		if dx*dx+dy*dy > tolerance*tolerance {
			return false
		}
	}
	return true
}

// However the picture was taken: what is said is what was printed, or nothing.
func TestNothingIsInvented(t *testing.T) {
	for i := range 16 {
		img, truth := specimen.QRFrame(uint64(2001+i), specimen.Shot{Width: 320, Height: 240, Module: 2, Severity: specimen.Bad})
		codes, _ := qr.Decode(img)
		for _, c := range codes {
			if c.Text != truth.Text {
				t.Errorf("picture %d: %q is not %q", i, c.Text, truth.Text)
			}
		}
	}
	for i, s := range []specimen.Scene{specimen.Desk, specimen.Back, specimen.Page, specimen.Desk} {
		img := specimen.EmptyFrame(uint64(3001+i), s, specimen.Shot{Width: 480, Height: 360, PxMM: 6, Severity: i / 3})
		if codes, err := qr.Decode(img); !errors.Is(err, qr.ErrNoCode) {
			t.Errorf("%s %d: %v, %v", s, i, codes, err)
		}
		if r, err := ocr.Read(img); err == nil && r.Valid {
			t.Errorf("%s %d: a zone %q", s, i, r.Lines)
		}
	}
}

// The kinds of codes a camera sees beside the usual one.
func TestKindsOfCodes(t *testing.T) {
	for name, o := range map[string]specimen.Shot{
		"mirrored":    {Mirrored: true},
		"inverted":    {Inverted: true},
		"both":        {Mirrored: true, Inverted: true},
		"high level":  {Level: 'H'},
		"with ECI":    {Level: 'M', ECI: true},
		"short":       {Text: "Thử", Level: 'Q'},
		"tilted":      {Pose: &specimen.Pose{Turn: 30, TiltX: 35, TiltY: -20}},
		"upside down": {Pose: &specimen.Pose{Turn: 180}},
		"at 45°":      {Pose: &specimen.Pose{Turn: 45}},
		"large":       {Text: strings.Repeat("Ưởng ", 40), Level: 'L'},
	} {
		t.Run(name, func(t *testing.T) {
			o.Width, o.Height, o.Module = 560, 420, 4
			img, truth := specimen.QRFrame(77, o)
			codes, err := qr.Decode(img)
			if err != nil || codes[0].Text != truth.Text {
				t.Fatal(err)
			}
			if c := codes[0]; c.Mirrored != o.Mirrored || c.Inverted != o.Inverted {
				t.Errorf("mirrored %v, inverted %v", c.Mirrored, c.Inverted)
			}
		})
	}
}

func TestZonesAreRead(t *testing.T) {
	for i, f := range []mrz.Format{"", "", mrz.TD1, mrz.TD2, mrz.TD3, mrz.MRVB} {
		o := specimen.Shot{Width: 1150, Height: 750, PxMM: 8, Format: f, Severity: i % 2}
		img, truth, err := specimen.ZoneFrame(uint64(4001+i), o)
		if errors.Is(err, specimen.ErrNoFont) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		r, err := ocr.Read(img)
		if err != nil || !r.Valid || !slices.Equal(r.Lines, truth.Lines) {
			got := fmt.Sprint(err)
			if r != nil {
				got = strings.Join(r.Lines, "\n")
			}
			t.Errorf("picture %d, %s: %s\nwant\n%s", i, f, got, strings.Join(truth.Lines, "\n"))
		}
	}
}
