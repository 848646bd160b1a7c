package libusb

import (
	"bytes"
	"context"
	"errors"
	"image"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// lines is a picture without much in it, quickly drawn: ridges from side to
// side and a light edge.
func lines() *image.Gray {
	img := image.NewGray(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = 245
		if x, y := i%width, i/width; y > 8 && y < height-8 && (y+x/16)%9 < 4 {
			img.Pix[i] = byte(30 + x/8)
		}
	}
	return img
}

// power opens the reader as a model of the family.
func power(t *testing.T, p *paper, product uint16) *Reader {
	t.Helper()
	m, ok := findModel(0x05ba, product)
	if !ok {
		if m, ok = findModel(0x045e, product); !ok {
			t.Fatalf("no model %04x", product)
		}
	}
	r, err := start(t.Context(), p, m, "7")
	if err != nil {
		t.Fatal(err)
	}
	r.Patience = 200 * time.Millisecond
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func TestCapture(t *testing.T) {
	p := newPaper(lines())
	r := power(t, p, 0x000a)
	got, err := r.Capture(t.Context(), biometrics.Request{Finger: biometrics.LeftThumb}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := different(t, got.Prints[0].Image, asSent(p.ground, true)); n != 0 {
		t.Errorf("%d pixels differ", n)
	}
	if got.Prints[0].Finger != biometrics.LeftThumb || got.DPI != dpi || got.Device.Serial != "7" {
		t.Errorf("%d, %d dpi, %+v", got.Prints[0].Finger, got.DPI, got.Device)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if want := []byte{modeAwaitOn, modeCapture, modeAwaitOff, modeOff}; !bytes.Equal(p.written, want) {
		t.Errorf("modes % x, want % x", p.written, want)
	}
}

// Models that are built in upright are not turned.
func TestCaptureUpright(t *testing.T) {
	p := newPaper(turn(lines()))
	got, err := power(t, p, 0x0007).Capture(t.Context(), biometrics.Request{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := different(t, got.Prints[0].Image, turn(asSent(p.ground, true))); n != 0 {
		t.Errorf("%d pixels differ", n)
	}
}

func TestChallenge(t *testing.T) {
	p := newPaper(lines())
	p.challenge = true
	if r := power(t, p, 0x00ca); !p.solved || !strings.HasPrefix(r.Device().Name, "Microsoft") {
		t.Errorf("solved %v, %+v", p.solved, r.Device())
	}
	// A model that does not know of the challenge never wakes this reader.
	p = newPaper(lines())
	p.challenge = true
	m, _ := findModel(0x05ba, 0x000a)
	if _, err := start(t.Context(), p, m, ""); !errors.Is(err, biometrics.ErrNoDevice) || !p.closed {
		t.Errorf("%v, closed %v", err, p.closed)
	}
}

func TestPowerUpAgain(t *testing.T) {
	for status, deaf := range map[byte]int{0x01: 1, 0x85: 0, 0x81: 2, 0x84: 0} {
		p := newPaper(lines())
		p.status, p.deaf = status, deaf
		power(t, p, 0x000a)
	}
	p := newPaper(lines()) // left in disorder: needs time before anything else
	p.status, p.drowsy = 0x84, 8
	if power(t, p, 0x000a); p.hasty {
		t.Error("sent to low power before it was alive")
	}
	p = newPaper(lines())
	p.deaf = powerRounds
	m, _ := findModel(0x05ba, 0x000a)
	if _, err := start(t.Context(), p, m, ""); !errors.Is(err, biometrics.ErrNoDevice) || !p.closed {
		t.Errorf("%v, closed %v", err, p.closed)
	}
}

func TestBadImages(t *testing.T) {
	for name, change := range map[string]func([]byte) []byte{
		"empty":           func([]byte) []byte { return nil },
		"half a header":   func(b []byte) []byte { return b[:headerSize/2] },
		"header alone":    func(b []byte) []byte { return b[:headerSize] },
		"a byte short":    func(b []byte) []byte { return b[:len(b)-1] },
		"too many lines":  func(b []byte) []byte { b[atLines], b[atLines+1] = 290&0xff, 290>>8; return b },
		"few lines":       func(b []byte) []byte { b[atLines], b[atLines+1] = 100, 0; return b },
		"no runs":         func(b []byte) []byte { b[atRuns+1] = 0; return b },
		"runs too long":   func(b []byte) []byte { b[atRuns+1] = 200; return b },
		"runs all absent": func(b []byte) []byte { b[atRuns+2*2] |= runAbsent; b[atRuns+2*5] |= runAbsent; return b },
	} {
		p := newPaper(lines())
		p.block = change
		r := power(t, p, 0x000a)
		got, err := r.Capture(t.Context(), biometrics.Request{}, nil)
		if !errors.Is(err, biometrics.ErrBadImage) || got != nil {
			t.Errorf("%s: print %v, error %v", name, got != nil, err)
		}
		p.block = nil
		if _, err := r.Capture(t.Context(), biometrics.Request{}, nil); err != nil {
			t.Errorf("after %s: %v", name, err)
		}
	}
}

// TestNoImageOfAnother: a capture that is given up or fails never leaves its
// image to the next finger.
func TestNoImageOfAnother(t *testing.T) {
	p := newPaper(lines())
	r := power(t, p, 0x000a)
	ctx, cancel := context.WithCancel(t.Context())
	p.hold, p.scanned = make(chan struct{}), cancel
	time.AfterFunc(50*time.Millisecond, func() { close(p.hold) })
	if _, err := r.Capture(ctx, biometrics.Request{}, nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	p.ground, p.scanned = turn(lines()), nil
	got, err := r.Capture(t.Context(), biometrics.Request{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := different(t, got.Prints[0].Image, asSent(p.ground, true)); n != 0 {
		t.Errorf("%d pixels differ", n)
	}

	p.hold = make(chan struct{}) // until the driver gives the image up
	if _, err := r.Capture(t.Context(), biometrics.Request{}, nil); !errors.Is(err, biometrics.ErrNoDevice) {
		t.Fatal(err)
	}
	close(p.hold)
	if got, err := r.Capture(t.Context(), biometrics.Request{}, nil); !errors.Is(err, biometrics.ErrNoDevice) {
		t.Errorf("print %v, error %v after an image was given up", got != nil, err)
	}
}

// TestNotLifted: a finger that stays is not captured as the next one, however
// often it is asked for.
func TestNotLifted(t *testing.T) {
	p := newPaper(lines())
	p.stays = true
	r := power(t, p, 0x000a)
	r.lift = 50 * time.Millisecond
	for i, want := range []error{nil, biometrics.ErrBadImage, biometrics.ErrBadImage, biometrics.ErrBadImage} {
		if _, err := r.Capture(t.Context(), biometrics.Request{}, nil); !errors.Is(err, want) {
			t.Errorf("capture %d: %v, want %v", i, err, want)
		}
	}
	r.lift = time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := r.Capture(ctx, biometrics.Request{}, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want it to wait for the finger to be lifted", err)
	}
	if last := p.written[len(p.written)-1]; last != modeAwaitOff {
		t.Errorf("mode %#x, want it to tell when the finger is lifted", last)
	}
	p.ints <- codeOff
	if _, err := r.Capture(t.Context(), biometrics.Request{}, nil); err != nil {
		t.Errorf("lifted and laid down again: %v", err)
	}
}

// TestLiftUnheard: the interrupt that tells of the lifting may be lost; that
// does not end all captures, and costs none.
func TestLiftUnheard(t *testing.T) {
	p := newPaper(lines())
	p.stays = true
	r := power(t, p, 0x000a)
	r.lift, r.Patience = 50*time.Millisecond, 10*time.Second
	if _, err := r.Capture(t.Context(), biometrics.Request{}, nil); err != nil {
		t.Fatal(err)
	}
	p.set(func() { p.away = true })
	time.AfterFunc(r.lift+lookWait+200*time.Millisecond, func() { p.ints <- codeOn })
	if _, err := r.Capture(t.Context(), biometrics.Request{}, nil); err != nil {
		t.Error(err)
	}
}

func TestBrokenRequests(t *testing.T) {
	p := newPaper(lines())
	r := power(t, p, 0x000a)
	p.mu.Lock()
	p.broken = errors.New("cable chewed")
	p.mu.Unlock()
	if _, err := r.Capture(t.Context(), biometrics.Request{}, nil); !errors.Is(err, biometrics.ErrNoDevice) || !errors.Is(err, p.broken) {
		t.Errorf("%v", err)
	}
	if err := r.Close(); err != nil || !p.closed {
		t.Errorf("%v, closed %v", err, p.closed)
	}
}

func TestStartIsCancelled(t *testing.T) {
	p := newPaper(lines())
	p.deaf = powerRounds
	ctx, cancel := context.WithTimeout(t.Context(), powerWait/3)
	defer cancel()
	m, _ := findModel(0x05ba, 0x000a)
	if _, err := start(ctx, p, m, ""); !errors.Is(err, context.DeadlineExceeded) || !p.closed {
		t.Errorf("%v, closed %v", err, p.closed)
	}
}

// TestGenerator checks single steps worked out by hand, and the recorded key.
func TestGenerator(t *testing.T) {
	// By hand: bits 0, 2, 31 of the key are set and tapped, three: odd.
	if got := generator(0x80000005).next(); got != 0xc0000002 {
		t.Errorf("%08x", uint32(got))
	}
	if got := generator(0x80000004).next(); got != 0x40000002 {
		t.Errorf("%08x", uint32(got))
	}
	if got := generator(1<<4 | 1<<14 | 1<<29 | 1).mask(); got != 1|1<<3|1<<7 {
		t.Errorf("%08b", got)
	}
	if got := keyOf([]byte{0xf2, 0x28, 0xae, 0x05}, 0x51ea2124); got != 0x544409d6 {
		t.Errorf("%08x", got)
	}
}

// BenchmarkImage takes a scrambled image apart, without the transfers.
func BenchmarkImage(b *testing.B) {
	sent := imageOf(lines(), paperKey)
	b.SetBytes(int64(len(sent)))
	for b.Loop() {
		raw, err := parseImage(bytes.Clone(sent))
		if err != nil {
			b.Fatal(err)
		}
		if err := raw.unscramble(func(n byte) (uint32, error) { return paperKey(n), nil }); err != nil {
			b.Fatal(err)
		}
		raw.picture(true)
	}
}
