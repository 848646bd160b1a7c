//go:build libfprint && realparts

package libfprint

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/devicetest"
	"github.com/tram-station/tram/biometrics/virtual"
)

// These tests go through the real libfprint-2, with the virtual reader that it
// brings (Debian's build does) and that listens on a socket.

// What the virtual reader is told instead of a width.
const (
	tellRetry     = -1
	tellError     = -2
	tellAutomatic = -3 // whether an image comes with a finger laid down and lifted
	tellFinger    = -4
	tellUnplug    = -5
)

// socket makes the place where the virtual reader listens.
func socket(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "fp") // short: a socket's name is
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	t.Setenv("FP_VIRTUAL_IMAGE", path)
	return path
}

// patience is short here: the finger is either there or not.
const patience = 1500 * time.Millisecond

func openVirtual(t *testing.T) *Reader {
	t.Helper()
	r, err := Open(t.Context(), Config{Reader: "virtual_image", Patience: patience})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// hand talks to the virtual reader.
type hand struct {
	t    *testing.T
	path string
	mu   sync.Mutex // guards conn
	conn net.Conn
}

// tell sends numbers and bytes as the reader expects them.
func (h *hand) tell(numbers []int32, pixels []byte) {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.conn == nil {
		var err error
		for range 100 {
			if h.conn, err = net.Dial("unix", h.path); err == nil {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if err != nil {
			h.t.Fatal(err)
		}
	}
	var b []byte
	for _, n := range numbers {
		b = binary.NativeEndian.AppendUint32(b, uint32(n))
	}
	if _, err := h.conn.Write(append(b, pixels...)); err != nil {
		h.t.Logf("tell %v: %v", numbers, err)
	}
}

// leave ends the connection; the next word begins another.
func (h *hand) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.conn != nil {
		_ = h.conn.Close()
		h.conn = nil
		time.Sleep(20 * time.Millisecond) // until it was seen
	}
}

func (h *hand) show(img *image.Gray) {
	h.t.Helper()
	h.tell([]int32{int32(img.Rect.Dx()), int32(img.Rect.Dy())}, img.Pix)
}

func lines() *image.Gray {
	img := image.NewGray(image.Rect(0, 0, 300, 380))
	for i := range img.Pix {
		img.Pix[i] = 245
		if x, y := i%300, i/300; x > 30 && x < 270 && y > 40 && y < 340 && (y+x/8)%9 < 5 {
			img.Pix[i] = 20
		}
	}
	return img
}

// soon does something a moment later, when the reader waits for a finger.
func soon(do func()) { time.AfterFunc(150*time.Millisecond, do) }

// good wants the exact picture.
func (h *hand) good(r *Reader) {
	h.t.Helper()
	soon(func() { h.show(lines()) })
	c, err := r.Capture(h.t.Context(), biometrics.Request{Finger: biometrics.LeftRing}, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	if p := c.Prints[0]; !bytes.Equal(p.Image.Pix, lines().Pix) || p.DPI != 500 || p.Finger != biometrics.LeftRing {
		h.t.Errorf("finger %d at %d dpi, or other pixels", p.Finger, p.DPI)
	}
}

// fails wants an error of a capture, and no image.
func (h *hand) fails(r *Reader, want error, tell ...int32) {
	h.t.Helper()
	soon(func() { h.tell(tell, nil) })
	if c, err := r.Capture(h.t.Context(), biometrics.Request{}, nil); !errors.Is(err, want) || c != nil {
		h.t.Errorf("told %v: capture %v, error %v, want %v", tell, c != nil, err, want)
	}
}

func TestVirtualImage(t *testing.T) {
	h := &hand{t: t, path: socket(t)}
	r := openVirtual(t)
	if d := r.Device(); !d.Virtual || d.Driver != "libfprint/virtual_image" || d.Name == "" {
		t.Errorf("%+v", d)
	}
	h.good(r)
	dark := lines() // control: one pixel shows
	dark.Pix[0] = 0
	soon(func() { h.show(dark) })
	c, err := r.Capture(t.Context(), biometrics.Request{}, nil)
	if err != nil || bytes.Equal(c.Prints[0].Image.Pix, lines().Pix) || !bytes.Equal(c.Prints[0].Image.Pix, dark.Pix) {
		t.Errorf("%v, or another image", err)
	}
}

// TestRetries: what libfprint wants to have tried again is a bad image, and the
// next capture works.
func TestRetries(t *testing.T) {
	h := &hand{t: t, path: socket(t)}
	r := openVirtual(t)
	for code := range int32(4) {
		h.fails(r, biometrics.ErrBadImage, tellRetry, code)
		h.good(r)
	}
}

// TestErrors: after an error the reader has to be opened again.
func TestErrors(t *testing.T) {
	h := &hand{t: t, path: socket(t)}
	for _, code := range []int32{0, 5, 6} { // general, protocol, data
		r := openVirtual(t)
		h.fails(r, biometrics.ErrNoDevice, tellError, code)
		if _, err := r.Capture(t.Context(), biometrics.Request{}, nil); !errors.Is(err, biometrics.ErrNoDevice) {
			t.Errorf("error %d: %v before it was opened again", code, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		h.leave()
		r = openVirtual(t)
		h.good(r)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		h.leave()
	}
}

// TestFingerStays: a finger that is not lifted is not "no finger".
func TestFingerStays(t *testing.T) {
	h := &hand{t: t, path: socket(t)}
	r := openVirtual(t)
	soon(func() { h.tell([]int32{tellAutomatic, 0, tellFinger, 1}, nil); h.show(lines()) })
	if _, err := r.Capture(t.Context(), biometrics.Request{}, nil); !errors.Is(err, biometrics.ErrBadImage) {
		t.Errorf("%v, want a bad image", err)
	}
	h.tell([]int32{tellFinger, 0, tellAutomatic, 1}, nil)
	h.good(r)
	soon(func() { h.tell([]int32{tellAutomatic, 0, tellFinger, 1}, nil); h.show(lines()) }) // and one that is lifted in time
	time.AfterFunc(patience/2, func() { h.tell([]int32{tellFinger, 0, tellAutomatic, 1}, nil) })
	if _, err := r.Capture(t.Context(), biometrics.Request{}, nil); err != nil {
		t.Error(err)
	}
}

func TestNoReader(t *testing.T) {
	t.Setenv("FP_VIRTUAL_IMAGE", "")
	if _, err := Open(t.Context(), Config{Reader: "no such driver"}); !errors.Is(err, biometrics.ErrNoDevice) {
		t.Error(err)
	}
	_ = socket(t)
	if _, err := Open(t.Context(), Config{Reader: "virtual_image", DPI: 7}); !errors.Is(err, ErrDensity) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, Config{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	r, err := Open(t.Context(), Config{Reader: "virtual_image", DPI: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if r.dpi != 1000 {
		t.Errorf("%d dpi", r.dpi)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// served is a reader with a hand that lays a finger down when it is waited for.
type served struct {
	*Reader
	hand   *hand
	finger atomic.Bool
	spoil  atomic.Bool
}

func (s *served) Capture(ctx context.Context, req biometrics.Request, preview func(*image.Gray)) (*biometrics.Capture, error) {
	if s.finger.Load() && s.Takes(req) && ctx.Err() == nil && s.ending.Err() == nil {
		soon(func() {
			if s.spoil.Swap(false) {
				s.hand.tell([]int32{tellRetry, 0}, nil)
			} else {
				s.hand.show(drawn())
			}
		})
	}
	return s.Reader.Capture(ctx, req, preview)
}

// drawn is an invented finger: the suite wants ridges that a finger has.
var drawn = sync.OnceValue(func() *image.Gray { return virtual.Ridges(3, biometrics.LeftMiddle) })

func TestSuite(t *testing.T) {
	drawn() // before anybody waits for it
	devicetest.Run(t, func(t *testing.T) *devicetest.Bench {
		path := socket(t)
		var s *served
		plug := func() *served {
			s = &served{Reader: openVirtual(t), hand: &hand{t: t, path: path}}
			return s
		}
		b := &devicetest.Bench{Scanner: plug(), Patience: patience}
		b.Finger = func(on bool) { s.finger.Store(on) }
		b.Spoil = func() { s.spoil.Store(true) }
		b.Unplug = func() {
			s.finger.Store(false)
			s.hand.leave() // what comes over an old connection between captures is not heard
			s.hand.tell([]int32{tellUnplug, 0}, nil)
			time.Sleep(50 * time.Millisecond) // until it was heard
		}
		b.Reopen = func() (biometrics.Scanner, error) { return plug(), nil }
		return b
	})
}

// TestReopens: nothing is left behind when it is opened many times.
func TestReopens(t *testing.T) {
	path := socket(t)
	var before int
	for i := range 25 {
		h := &hand{t: t, path: path}
		r := openVirtual(t)
		h.good(r)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		h.leave()
		if i == 4 {
			before = descriptors(t)
		}
	}
	if n := descriptors(t); n > before+3 {
		t.Errorf("%d open files, %d before", n, before)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(open)
}
