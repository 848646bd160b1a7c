// Package devicetest holds the one behaviour suite that every fingerprint
// scanner passes, virtual or behind a real driver.
package devicetest

import (
	"bytes"
	"context"
	"errors"
	"image"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/finger"
)

// soon is how long anything that must happen may take on a busy machine,
// beside the scanner's own patience.
const soon = 10 * time.Second

// Bench is one opened scanner and the hands that serve it.
type Bench struct {
	Scanner biometrics.Scanner
	// Patience is how long the scanner waits for a finger.
	Patience time.Duration
	// Finger lays a finger on the scanner or lifts it, as slowly as a person
	// does. The bench begins without one.
	Finger func(on bool)
	// Lay lays down what a request asks for, as Finger(true) does a finger; it
	// is needed where the scanner takes more than one plain finger. Finger(false)
	// lifts it.
	Lay func(req biometrics.Request)
	// Films says that the scanner shows more than three pictures a second while
	// fingers are on it. Of one that does not, the suite wants the picture of the
	// finished print and no other; a person sees nothing move until then.
	Films bool
	// Spoil makes the next image a broken one.
	Spoil func()
	// Unplug pulls the cable. It is called from another goroutine, too.
	Unplug func()
	// Reopen plugs the scanner in again, with nothing on it, and opens it.
	Reopen func() (biometrics.Scanner, error)
}

// Run tests a scanner. open makes a bench for one test.
func Run(t *testing.T, open func(t *testing.T) *Bench) {
	for name, test := range map[string]func(*testing.T, *Bench){
		"Captures":         captures,
		"CapturesAgain":    capturesAgain,
		"NoFinger":         noFinger,
		"Cancelled":        cancelled,
		"Deadline":         deadline,
		"BadImage":         badImage,
		"ClosesTwice":      closesTwice,
		"UnpluggedIdle":    unpluggedIdle,
		"UnpluggedWaiting": unpluggedWaiting,
		"ClosesUnplugged":  closesUnplugged,
		"ComesBack":        comesBack,
		"DeviceIsTruthful": deviceIsTruthful,
		"RefusesAtOnce":    refusesAtOnce,
		"ClosesCapturing":  closesCapturing,
		"Films":            filmsFingers,
		"Slaps":            slaps,
		"MissingFingers":   missingFingers,
		"Rolled":           rolled,
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			t.Cleanup(func() { _ = b.Scanner.Close() })
			test(t, b)
		})
	}
}

// wanted is the finger that the suite asks for.
const wanted = biometrics.LeftMiddle

// capture lays a finger down, captures it and lifts it.
func (b *Bench) capture(t *testing.T, preview func(*image.Gray)) *biometrics.Print {
	t.Helper()
	c := b.captureAs(t, biometrics.Request{Finger: wanted}, preview)
	if len(c.Prints) != 1 || c.Slap != nil {
		t.Fatalf("%d prints, a slap: %v; want one finger", len(c.Prints), c.Slap != nil)
	}
	return &c.Prints[0]
}

func captures(t *testing.T, b *Bench) {
	shown := 0
	begun := time.Now()
	p := b.capture(t, func(img *image.Gray) {
		if img != nil && !img.Bounds().Empty() {
			shown++
		}
	})
	if shown == 0 {
		t.Error("no preview")
	}
	judge(t, p)
	if p.Time.Before(begun.Add(-time.Minute)) || p.Time.After(time.Now().Add(time.Minute)) {
		t.Errorf("taken at %v", p.Time)
	}
	if p.Device != b.Scanner.Device() {
		t.Errorf("device %+v, the scanner's is %+v", p.Device, b.Scanner.Device())
	}
}

// judge wants a plausible print: large enough, of a known density, with clear
// dark ridges on a light ground.
func judge(t *testing.T, p *biometrics.Print) {
	t.Helper()
	if p == nil || p.Image == nil {
		t.Fatal("no print and no error")
	}
	if p.Finger != wanted {
		t.Errorf("finger %d, asked for %d", p.Finger, wanted)
	}
	size(t, p.Image, p.DPI, fingerSide)
	const minScore = 30
	if q := finger.Judge(p.Image, p.DPI); q.Score < minScore {
		t.Errorf("score %d: %+v", q.Score, q.Measures)
	}
	if edge, middle := brightness(p.Image, true), brightness(p.Image, false); edge < middle+30 {
		t.Errorf("the edge has grey %d, the middle %d: want dark ridges on a light ground", edge, middle)
	}
}

// fingerSide is the least side of a finger's picture, in millimetres.
const fingerSide = 11

// size wants a known density and a picture of at least this side.
func size(t *testing.T, img *image.Gray, dpi int, side float64) {
	t.Helper()
	const minDPI, maxDPI, inch = 250, 2000, 25.4
	if dpi < minDPI || dpi > maxDPI {
		t.Errorf("%d dpi", dpi)
	}
	if s := img.Bounds().Size(); float64(min(s.X, s.Y))*inch < side*float64(dpi) {
		t.Errorf("image of %v at %d dpi: want at least %v mm a side", s, dpi, side)
	}
}

// brightness is the mean grey of the image's upper corners, or of its middle.
func brightness(img *image.Gray, corners bool) int {
	b := img.Bounds()
	side := min(b.Dx(), b.Dy()) / 12
	boxes := []image.Rectangle{image.Rect(-side, -side, side, side).Add(b.Min.Add(b.Size().Div(2)))}
	if corners {
		boxes = []image.Rectangle{
			image.Rect(0, 0, side, side).Add(b.Min),
			image.Rect(-side, 0, 0, side).Add(image.Pt(b.Max.X, b.Min.Y)),
		}
	}
	sum, n := 0, 0
	for _, r := range boxes {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				sum += int(img.GrayAt(x, y).Y)
				n++
			}
		}
	}
	return sum / n
}

// capturesAgain: one print is not the memory of the next.
func capturesAgain(t *testing.T, b *Bench) {
	first := b.capture(t, nil)
	kept := bytes.Clone(first.Image.Pix)
	clear(b.capture(t, nil).Image.Pix)
	if !bytes.Equal(kept, first.Image.Pix) {
		t.Error("two prints share their pixels")
	}
	judge(t, b.capture(t, nil))
}

func noFinger(t *testing.T, b *Bench) {
	b.Finger(false)
	begun := time.Now()
	p, err := b.Scanner.Capture(t.Context(), biometrics.Request{Finger: wanted}, nil)
	if !errors.Is(err, biometrics.ErrNoFinger) || p != nil {
		t.Errorf("print %v, error %v; want no finger", p != nil, err)
	}
	if took := time.Since(begun); took > b.Patience+soon {
		t.Errorf("gave up after %v", took)
	}
	judge(t, b.capture(t, nil))
}

func cancelled(t *testing.T, b *Bench) {
	b.Finger(false)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p, err := b.Scanner.Capture(ctx, biometrics.Request{}, nil); !errors.Is(err, context.Canceled) || p != nil {
		t.Errorf("print %v, error %v; want the context's", p != nil, err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	timer := time.AfterFunc(b.Patience/4, cancel)
	defer timer.Stop()
	if _, err := b.Scanner.Capture(ctx, biometrics.Request{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
	judge(t, b.capture(t, nil))
}

func deadline(t *testing.T, b *Bench) {
	b.Finger(false)
	ctx, cancel := context.WithTimeout(t.Context(), b.Patience/4)
	defer cancel()
	if _, err := b.Scanner.Capture(ctx, biometrics.Request{}, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want the context's", err)
	}
	judge(t, b.capture(t, nil))
}

func badImage(t *testing.T, b *Bench) {
	b.Spoil()
	b.Finger(true)
	p, err := b.Scanner.Capture(t.Context(), biometrics.Request{Finger: wanted}, nil)
	if !errors.Is(err, biometrics.ErrBadImage) || p != nil {
		t.Errorf("print %v, error %v; want a bad image", p != nil, err)
	}
	b.Finger(false)
	judge(t, b.capture(t, nil))
}

func closesTwice(t *testing.T, b *Bench) {
	for range 2 {
		if err := b.Scanner.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	b.Finger(true)
	b.lost(t)
}

func unpluggedIdle(t *testing.T, b *Bench) {
	b.Finger(true)
	b.Unplug()
	b.lost(t)
	b.lost(t)
}

func unpluggedWaiting(t *testing.T, b *Bench) {
	b.Finger(false)
	timer := time.AfterFunc(b.Patience/4, b.Unplug)
	defer timer.Stop()
	begun := time.Now()
	b.lost(t)
	if took := time.Since(begun); took > b.Patience/4+soon {
		t.Errorf("seen after %v", took)
	}
}

func closesUnplugged(t *testing.T, b *Bench) {
	b.Unplug()
	for range 2 {
		if err := b.Scanner.Close(); err != nil {
			t.Errorf("close an unplugged scanner: %v", err)
		}
	}
}

func comesBack(t *testing.T, b *Bench) {
	for range 2 {
		b.Unplug()
		b.lost(t)
		if err := b.Scanner.Close(); err != nil {
			t.Errorf("close an unplugged scanner: %v", err)
		}
		s, err := b.Reopen()
		if err != nil {
			t.Fatalf("reopen: %v", err)
		}
		b.Scanner = s
		judge(t, b.capture(t, nil))
	}
}

func deviceIsTruthful(t *testing.T, b *Bench) {
	d := b.Scanner.Device()
	if d.Name == "" || d.Driver == "" {
		t.Errorf("device %+v has no name or driver", d)
	}
	if d.Virtual != strings.Contains(d.Driver, "virtual") {
		t.Errorf("device %+v", d)
	}
}

// lost wants a scanner that is gone.
func (b *Bench) lost(t *testing.T) {
	t.Helper()
	p, err := b.Scanner.Capture(t.Context(), biometrics.Request{Finger: wanted}, nil)
	if !errors.Is(err, biometrics.ErrNoDevice) || p != nil {
		t.Errorf("print %v, error %v; want no device", p != nil, err)
	}
}
