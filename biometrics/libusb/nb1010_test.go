package libusb

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/draw"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/devicetest"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/biometrics/wsq"
)

// pressPatience is how long the tests wait for a finger.
const pressPatience = 400 * time.Millisecond

func openPress(t *testing.T, p *pressPaper) *Press {
	t.Helper()
	r := newPress(p, "")
	r.Patience = pressPatience
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// pressFinger is an invented finger on the sensor, with its edge: the suite
// wants ridges that a finger has.
var pressFinger = sync.OnceValue(func() *image.Gray {
	img := image.NewGray(image.Rect(0, 0, 256, 180))
	for i := range img.Pix {
		img.Pix[i] = 245
	}
	ridges := wsq.Resample(virtual.Ridges(11, biometrics.LeftMiddle), 500, 385)
	at := ridges.Bounds().Size().Sub(img.Rect.Size()).Div(2)
	const edge = 20
	draw.Draw(img, img.Rect.Inset(edge), ridges, at.Add(image.Pt(edge, edge)), draw.Src)
	return img
})

func TestPressSuite(t *testing.T) {
	devicetest.Run(t, func(t *testing.T) *devicetest.Bench {
		p := newPressPaper(pressFinger())
		p.finger = false
		b := &devicetest.Bench{Scanner: openPress(t, p), Patience: pressPatience}
		b.Finger = func(on bool) {
			p.set(func() { p.finger = on })
			time.Sleep(2 * pressPoll) // nobody is faster
		}
		b.Spoil = func() { p.set(func() { p.fault = "short" }) }
		b.Unplug = func() { p.set(func() { p.gone = true }) }
		b.Reopen = func() (biometrics.Scanner, error) {
			p = newPressPaper(pressFinger())
			p.finger = false
			return openPress(t, p), nil
		}
		return b
	})
}

func TestPressCapture(t *testing.T) {
	p := newPressPaper(pressPicture())
	r := openPress(t, p)
	c, err := r.Capture(t.Context(), biometrics.Request{Finger: biometrics.RightThumb}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !p.same(c.Prints[0].Image) || c.DPI != 385 || c.Prints[0].Finger != biometrics.RightThumb || c.Device.Driver != "libusb/nb1010" {
		t.Errorf("%d dpi, %+v: or other pixels", c.DPI, c.Device)
	}
	// Control: one changed bit shows.
	p.set(func() { p.finger, p.fault = false, "flip" })
	time.AfterFunc(2*pressPoll, func() { p.set(func() { p.finger = true }) })
	c, err = r.Capture(t.Context(), biometrics.Request{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := different(t, c.Prints[0].Image, p.ground); n != 1 {
		t.Errorf("%d pixels differ for one flipped bit", n)
	}
}

// TestPressPolls: it looks for a finger again and again, but not all the time.
func TestPressPolls(t *testing.T) {
	p := newPressPaper(pressPicture())
	p.finger = false
	if _, err := openPress(t, p).Capture(t.Context(), biometrics.Request{}, nil); !errors.Is(err, biometrics.ErrNoFinger) {
		t.Fatal(err)
	}
	if most := int(pressPatience/pressPoll) + 2; p.looks < 2 || p.looks > most {
		t.Errorf("%d looks in %v, want up to %d", p.looks, pressPatience, most)
	}
}

// TestPressBadImages: a broken part is no image, and nothing of it is left for
// the next finger.
func TestPressBadImages(t *testing.T) {
	for _, fault := range []string{"short", "empty", "lost", "other", "length", "early"} {
		p := newPressPaper(pressPicture())
		r := openPress(t, p)
		p.set(func() { p.fault = fault })
		if c, err := r.Capture(t.Context(), biometrics.Request{}, nil); !errors.Is(err, biometrics.ErrBadImage) || c != nil {
			t.Errorf("%s: capture %v, error %v", fault, c != nil, err)
		}
		p.set(func() { p.finger, p.fault = false, "" })
		time.Sleep(2 * pressPoll) // and laid down again before anybody asks
		p.set(func() { p.finger = true })
		if c, err := r.Capture(t.Context(), biometrics.Request{}, nil); err != nil || !p.same(c.Prints[0].Image) {
			t.Errorf("after %s: %v, or other pixels", fault, err)
		}
	}
}

// TestPressLost: after a broken exchange the reader has to be opened anew.
func TestPressLost(t *testing.T) {
	for _, fault := range []string{"mute", "babble", "vanish", "stops"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			p := newPressPaper(pressPicture())
			r := openPress(t, p)
			p.set(func() { p.fault = fault })
			begun := time.Now()
			for range 2 {
				if c, err := r.Capture(t.Context(), biometrics.Request{}, nil); !errors.Is(err, biometrics.ErrNoDevice) || c != nil {
					t.Errorf("capture %v, error %v", c != nil, err)
				}
				p.set(func() { p.fault = "" })
			}
			if took := time.Since(begun); took > pressWait+2*time.Second {
				t.Errorf("took %v", took)
			}
			if err := r.Close(); err != nil || p.closed != 1 {
				t.Errorf("%v, closed %d times", err, p.closed)
			}
		})
	}
}

// TestPressNotLifted: a finger that stays is not captured as the next one,
// however often it is asked for.
func TestPressNotLifted(t *testing.T) {
	p := newPressPaper(pressPicture())
	r := openPress(t, p)
	r.lift = pressPoll * 3 / 2
	for i, want := range []error{nil, biometrics.ErrBadImage, biometrics.ErrBadImage, biometrics.ErrBadImage} {
		if _, err := r.Capture(t.Context(), biometrics.Request{}, nil); !errors.Is(err, want) {
			t.Errorf("capture %d: %v, want %v", i, err, want)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), r.lift/2)
	defer cancel()
	if _, err := r.Capture(ctx, biometrics.Request{}, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want it to wait for the finger to be lifted", err)
	}
	p.set(func() { p.finger = false })
	time.AfterFunc(4*pressPoll, func() { p.set(func() { p.finger = true }) })
	if _, err := r.Capture(t.Context(), biometrics.Request{}, nil); err != nil {
		t.Errorf("lifted and laid down again: %v", err)
	}
}

// TestPressLiftedLate: a finger that was lifted long after it was captured, and
// before the next is asked for, is no hindrance.
func TestPressLiftedLate(t *testing.T) {
	p := newPressPaper(pressPicture())
	r := openPress(t, p)
	r.lift = pressPoll
	if _, err := r.Capture(t.Context(), biometrics.Request{}, nil); err != nil {
		t.Fatal(err)
	}
	time.Sleep(4 * r.lift)
	p.set(func() { p.finger = false })
	time.Sleep(4 * pressPoll)
	p.set(func() { p.finger = true })
	if _, err := r.Capture(t.Context(), biometrics.Request{}, nil); err != nil {
		t.Error(err)
	}
}

// FuzzPressPart: whatever a reader sends is two lines of the image or a bad
// image.
func FuzzPressPart(f *testing.F) {
	p := newPressPaper(pressPicture())
	p.scan()
	f.Add(p.queue[0], 0)
	f.Add(p.queue[89], 178)
	f.Add([]byte{}, 0)
	f.Add(p.queue[3][:pressHeader], 6)
	f.Fuzz(func(t *testing.T, b []byte, line int) {
		if line < 0 || line > pressHeight-pressLines || line%pressLines != 0 {
			return
		}
		lines, err := parsePart(b, line)
		if err != nil {
			if !errors.Is(err, biometrics.ErrBadImage) || lines != nil {
				t.Fatal(err)
			}
			return
		}
		if len(lines) != 2*pressWidth || !bytes.Equal(lines, b[25:25+512]) {
			t.Fatalf("%d bytes of lines", len(lines))
		}
	})
}
