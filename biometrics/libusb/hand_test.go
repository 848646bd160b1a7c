//go:build libusb && realparts

package libusb

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/devicetest"
	"github.com/tram-station/tram/biometrics/virtual"
)

const envImage = "TRAM_TEST_FAKE_IMAGE"

// TestFakeReader runs TestInsideFake on a bus with the fake reader of
// testdata/fakereader.c, behind the real libusb.
func TestFakeReader(t *testing.T) {
	dir := t.TempDir()
	fake, ground := filepath.Join(dir, "fakereader"), filepath.Join(dir, "ground")
	compile(t, fake, filepath.Join("testdata", "fakereader.c"), "-Wall", "-Wextra", "-Werror")
	if err := os.WriteFile(ground, platen().Pix, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(envImage, ground)
	out := inside(t, "TestInsideFake", "umockdev-wrapper", fake, ground)
	if !strings.Contains(out, "--- PASS: TestInsideFake") {
		t.Errorf("the inner test did not pass:\n%s", out)
	}
}

// hand orders the fake reader about.
type hand struct {
	mu      sync.Mutex // an order and its answer
	orders  *os.File
	answers *bufio.Reader
	ground  *image.Gray // what lies on the reader
}

func TestInsideFake(t *testing.T) {
	onBus(t, "TestInsideFake")
	pix, err := os.ReadFile(os.Getenv(envImage))
	if err != nil {
		t.Fatal(err)
	}
	const ordersAt, answersAt = 3, 4
	h := &hand{
		orders:  os.NewFile(ordersAt, "orders"),
		answers: bufio.NewReader(os.NewFile(answersAt, "answers")),
		ground:  &image.Gray{Pix: pix, Stride: width, Rect: image.Rect(0, 0, width, height)},
	}
	before := runtime.NumGoroutine()
	t.Run("Suite", func(t *testing.T) { devicetest.Run(t, h.bench) })
	t.Run("Pixels", h.pixels)
	t.Run("FlippedBit", h.flippedBit)
	t.Run("PlainPixels", h.plainPixels)
	t.Run("SwitchedOff", h.switchedOff)
	t.Run("Busy", h.busy)
	t.Run("BadImages", h.badImages)
	t.Run("BrokenTransfers", h.brokenTransfers)
	t.Run("Vanishes", h.vanishes)
	t.Run("PowerUp", h.powerUp)
	t.Run("Mute", h.mute)
	t.Run("NotLifted", h.notLifted)
	t.Run("Reopens", h.reopens)
	for range 100 { // goroutines end a moment after what they served
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// say gives an order and returns the fake reader's state.
func (h *hand) say(order string) (state fakeState) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, err := fmt.Fprintln(h.orders, order); err != nil {
		panic(err)
	}
	line, err := h.answers.ReadString('\n')
	if err != nil {
		panic(err)
	}
	if _, err := fmt.Sscanf(line, "mode=%x status=%x scans=%d resets=%d keys=%d",
		&state.mode, &state.status, &state.scans, &state.resets, &state.keys); err != nil {
		panic(err)
	}
	return state
}

type fakeState struct{ mode, status, scans, resets, keys int }

// patience is short here: the fake finger is either there or not.
const patience = 800 * time.Millisecond

func open(ctx context.Context) (*Reader, error) {
	r, err := Open(ctx)
	if err != nil {
		return nil, err
	}
	r.Patience = patience
	return r, nil
}

// fresh opens the reader, plugged in and with nothing on it.
func (h *hand) fresh(t *testing.T) *Reader {
	t.Helper()
	h.say("plug")
	h.say("fault none")
	h.say("finger off")
	r, err := open(t.Context())
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func (h *hand) bench(t *testing.T) *devicetest.Bench {
	b := &devicetest.Bench{Scanner: h.fresh(t), Patience: patience}
	b.Finger = func(on bool) {
		h.say(map[bool]string{true: "finger on", false: "finger off"}[on])
	}
	b.Spoil = func() { h.say("fault short") }
	b.Unplug = func() { h.say("unplug") }
	b.Reopen = func() (biometrics.Scanner, error) {
		h.say("plug")
		return await()
	}
	return b
}

// await opens a reader that was just plugged in, as the station does: again
// and again.
func await() (*Reader, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for {
		r, err := open(ctx)
		if err == nil || ctx.Err() != nil || !errors.Is(err, biometrics.ErrNoDevice) {
			return r, err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// take captures with a finger on the reader, and lifts it.
func (h *hand) take(t *testing.T, r *Reader) (*biometrics.Print, error) {
	t.Helper()
	h.say("finger on")
	defer h.say("finger off")
	c, err := r.Capture(t.Context(), biometrics.Request{Finger: biometrics.RightIndex}, nil)
	if (c == nil) == (err == nil) {
		t.Fatalf("print %v and error %v", c != nil, err)
	}
	if err != nil {
		return nil, err
	}
	return &c.Prints[0], nil
}

// good wants the exact print.
func (h *hand) good(t *testing.T, r *Reader) {
	t.Helper()
	p, err := h.take(t, r)
	if err != nil {
		t.Fatalf("capture: %v", err)
	}
	if !bytes.Equal(p.Image.Pix, asSent(h.ground, true).Pix) {
		t.Fatalf("%d pixels differ", different(t, p.Image, asSent(h.ground, true)))
	}
}

// works wants a reader that can be opened and gives the exact print.
func (h *hand) works(t *testing.T) {
	t.Helper()
	r := h.fresh(t)
	h.good(t, r)
	if err := r.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// platen is an invented finger as it lies on the sensor, upright, dark ridges
// on a light ground.
func platen() *image.Gray {
	out := image.NewGray(image.Rect(0, 0, width, height))
	for i := range out.Pix {
		out.Pix[i] = 245
	}
	finger := virtual.Ridges(11, biometrics.RightIndex)
	size := finger.Bounds().Size()
	at := image.Pt((size.X-width)/2, (size.Y-height)/2)
	draw.Draw(out, finger.Bounds().Sub(at), finger, image.Point{}, draw.Src)
	const edge = 8 // lines of ground below: ridges there would pass for scrambled
	for i := range out.Pix[(height-edge)*width:] {
		out.Pix[(height-edge)*width+i] = 245
	}
	return out
}
