package qr

import (
	"errors"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tram-station/tram/mrz/specimen"
)

// TestCause spoils good pictures more and more, in one way at a time: of the
// first that shows a code and is not read, the cause is named.
func TestCause(t *testing.T) {
	usual := specimen.Shot{Width: 640, Height: 480, Module: 5, Pose: &specimen.Pose{Turn: 8}}
	shoot := func(seed uint64, change func(*specimen.Shot)) (*image.Gray, specimen.Truth) {
		s := usual
		if change != nil {
			change(&s)
		}
		return specimen.QRFrame(seed+20, s)
	}
	for _, c := range []struct {
		want  Cause
		least int       // pictures of three in which it must be named; others are read or show nothing
		steps []float64 // the first spoils nothing that matters
		spoil func(seed uint64, step float64) (*image.Gray, specimen.Truth)
	}{
		{CauseFar, 1, []float64{2.2, 1.5, 1.4, 1.3}, func(seed uint64, step float64) (*image.Gray, specimen.Truth) {
			return shoot(seed, func(s *specimen.Shot) { s.Severity, s.Module = specimen.Poor, step })
		}},
		{CauseBlur, 3, []float64{2, 4, 5, 6}, func(seed uint64, step float64) (*image.Gray, specimen.Truth) {
			g, truth := shoot(seed, nil)
			for i := range int(step) {
				g = blurred(g, 1+i%3)
			}
			return g, truth
		}},
		{CauseGlare, 3, []float64{0.08, 0.2, 0.23, 0.26, 0.29}, func(seed uint64, step float64) (*image.Gray, specimen.Truth) {
			g, truth := shoot(seed, nil)
			return lit(g, truth, 0.62, step), truth
		}},
		{CauseDark, 1, []float64{0.12, 0.06, 0.05, 0.045, 0.04}, func(seed uint64, step float64) (*image.Gray, specimen.Truth) {
			g, truth := shoot(seed, nil)
			return dim(g, step, 5), truth
		}},
		{CauseTilt, 2, []float64{45, 51, 57, 62}, func(seed uint64, step float64) (*image.Gray, specimen.Truth) {
			return shoot(seed, func(s *specimen.Shot) { s.Module, s.Pose = 8, &specimen.Pose{TiltX: step} })
		}},
		{CauseCut, 3, []float64{1.1, 0.92, 0.89, 0.86}, func(seed uint64, step float64) (*image.Gray, specimen.Truth) {
			g, truth := shoot(seed, nil)
			return cut(g, truth, step), truth
		}},
		{CauseUnclear, 3, []float64{10, 60, 120}, func(seed uint64, step float64) (*image.Gray, specimen.Truth) {
			g, truth := shoot(seed, nil)
			return scribbled(g, truth, int(step)), truth
		}},
	} {
		named := 0
		for seed := range uint64(3) {
			for i, step := range c.steps {
				g, truth := c.spoil(seed, step)
				codes, err := Decode(g)
				if i == 0 && (err != nil || codes[0].Text != truth.Text) {
					t.Errorf("%s: picture %d is not read before it is spoilt: %v", c.want, seed, err)
				}
				var unread *UnreadError
				if !errors.As(err, &unread) {
					continue
				}
				if seen := unread.Seen[0]; seen.Cause == c.want {
					named++
				} else {
					t.Logf("%s %d, at %v: %+v", c.want, seed, step, seen)
				}
				if !errors.Is(err, ErrNoCode) || !strings.Contains(err.Error(), unread.Seen[0].Cause.advice()) {
					t.Error(err)
				}
				break
			}
		}
		if named < c.least {
			t.Errorf("%s: named in %d of 3 pictures, want %d", c.want, named, c.least)
		}
	}
}

// lit throws light on a code: a spot at a place within it, of a radius, both as
// shares of the code's side.
func lit(g *image.Gray, truth specimen.Truth, at, radius float64) *image.Gray {
	c := truth.Corners
	x, y := c[0].X+at*(c[2].X-c[0].X), c[0].Y+at*(c[2].Y-c[0].Y)
	r := radius * truth.Module * float64(len(truth.Modules))
	for py := range g.Rect.Dy() {
		for px := range g.Rect.Dx() {
			if d := math.Hypot(float64(px)-x, float64(py)-y) / r; d < 1.4 {
				i := py*g.Stride + px
				g.Pix[i] = clamp(float64(g.Pix[i]) + 300*math.Exp(-d*d*d*d))
			}
		}
	}
	return g
}

// dim leaves a share of the light, and the noise of a sensor.
func dim(g *image.Gray, share, noise float64) *image.Gray {
	rng := rand.New(rand.NewPCG(3, 4))
	for i, p := range g.Pix {
		g.Pix[i] = clamp(20 + float64(p)*share + rng.NormFloat64()*noise)
	}
	return g
}

// cut moves the frame so that only a share of the code's width is in it.
func cut(g *image.Gray, truth specimen.Truth, share float64) *image.Gray {
	left, right := math.Inf(1), 0.0
	for _, c := range truth.Corners {
		left, right = min(left, c.X), max(right, c.X)
	}
	r := image.Rect(0, 0, int(left+share*(right-left)), g.Rect.Dy())
	return g.SubImage(r).(*image.Gray)
}

// scribbled covers many modules of a code, not its patterns.
func scribbled(g *image.Gray, truth specimen.Truth, strokes int) *image.Gray {
	rng := rand.New(rand.NewPCG(5, 6))
	n := float64(len(truth.Modules))
	c := truth.Corners
	for range strokes {
		u, v := (9+rng.Float64()*(n-18))/n, (9+rng.Float64()*(n-18))/n
		x := c[0].X + u*(c[1].X-c[0].X) + v*(c[3].X-c[0].X)
		y := c[0].Y + u*(c[1].Y-c[0].Y) + v*(c[3].Y-c[0].Y)
		level := uint8(40 + 160*rng.IntN(2))
		for dy := range int(2 * truth.Module) {
			for dx := range int(2 * truth.Module) {
				g.SetGray(int(x)+dx, int(y)+dy, color.Gray{Y: level})
			}
		}
	}
	return g
}

// Pictures without a code are not said to show one.
func TestSeenNothing(t *testing.T) {
	shown := 0
	for _, scene := range []specimen.Scene{specimen.Desk, specimen.Back, specimen.Page} {
		for seed := range uint64(6) {
			_, err := Decode(specimen.EmptyFrame(seed, scene, specimen.Shot{Width: 640, Height: 480, Severity: int(seed % 3)}))
			var unread *UnreadError
			if errors.As(err, &unread) {
				shown++
				t.Logf("%s %d: %+v", scene, seed, unread.Seen)
			}
		}
	}
	if shown > 1 {
		t.Errorf("a code was seen in %d of 18 pictures without one", shown)
	}
}
