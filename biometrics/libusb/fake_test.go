//go:build libusb && realparts

package libusb

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/devicetest"
)

const envImage = "TRAM_TEST_FAKE_IMAGE"

// TestFakeReader runs TestInsideFake on a bus with the fake reader of
// testdata/fakereader.c, behind the real libusb.
func TestFakeReader(t *testing.T) {
	dir := t.TempDir()
	fake, ground := filepath.Join(dir, "fakereader"), filepath.Join(dir, "ground")
	flags, err := exec.Command("pkg-config", "--cflags", "--libs", "umockdev-1.0").Output()
	if err != nil {
		t.Fatalf("pkg-config umockdev-1.0 (needs the package libumockdev-dev): %v", err)
	}
	gcc := exec.Command("gcc", append([]string{"-O1", "-Wall", "-Wextra", "-Werror", "-o", fake,
		filepath.Join("testdata", "fakereader.c")}, strings.Fields(string(flags))...)...)
	if out, err := gcc.CombinedOutput(); err != nil {
		t.Fatalf("compile the fake reader: %v\n%s", err, out)
	}
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
	t.Run("PlainPixels", h.plainPixels)
	t.Run("SwitchedOff", h.switchedOff)
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
	p, err := r.Capture(t.Context(), biometrics.Request{Finger: biometrics.RightIndex}, nil)
	if (p == nil) == (err == nil) {
		t.Fatalf("print %v and error %v", p != nil, err)
	}
	return p, err
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

func (h *hand) pixels(t *testing.T) {
	r := h.fresh(t)
	if d := r.Device(); d != (biometrics.Device{Name: "DigitalPersona U.are.U 4000B/4500 0109/0207", Serial: "TRAM-0007", Driver: "libusb/uru4000"}) {
		t.Errorf("device %+v", d)
	}
	before := h.say("state")
	h.good(t, r)
	if s := h.say("state"); s.keys != before.keys+2 || s.scans != before.scans+1 {
		t.Errorf("%+v, before %+v: want two keys asked for and one scan", s, before)
	}
	r.Turned = false // a sibling that is built in the other way round
	p, err := h.take(t, r)
	if err != nil {
		t.Fatal(err)
	}
	if n := different(t, turn(p.Image), asSent(h.ground, true)); n != 0 {
		t.Errorf("%d pixels differ", n)
	}
}

func (h *hand) plainPixels(t *testing.T) {
	r := h.fresh(t)
	before := h.say("fault plain")
	p, err := h.take(t, r)
	if err != nil {
		t.Fatal(err)
	}
	if n := different(t, p.Image, asSent(h.ground, false)); n != 0 {
		t.Errorf("%d pixels differ", n)
	}
	if s := h.say("state"); s.keys != before.keys {
		t.Error("a key was asked for")
	}
}

func (h *hand) switchedOff(t *testing.T) {
	r := h.fresh(t)
	h.good(t, r)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if s := h.say("state"); s.mode != modeOff || s.resets != 0 {
		t.Errorf("%+v: want it switched off and not reset", s)
	}
}

// badImages come without an error of the transfer; the reader goes on.
func (h *hand) badImages(t *testing.T) {
	r := h.fresh(t)
	for _, fault := range []string{"short", "empty", "announced"} {
		h.say("fault " + fault)
		if _, err := h.take(t, r); !errors.Is(err, biometrics.ErrBadImage) {
			t.Errorf("%s: %v, want a bad image", fault, err)
		}
		h.good(t, r)
	}
}

// brokenTransfers: the reader is there but has to be closed and opened again.
func (h *hand) brokenTransfers(t *testing.T) {
	for _, fault := range []string{"stall", "proto", "overflow", "silent"} {
		r := h.fresh(t)
		before := h.say("fault " + fault)
		begun := time.Now()
		if _, err := h.take(t, r); !errors.Is(err, biometrics.ErrNoDevice) {
			t.Errorf("%s: %v, want no device", fault, err)
		}
		if took := time.Since(begun); took > imageWait+5*time.Second {
			t.Errorf("%s: took %v", fault, took)
		}
		if err := r.Close(); err != nil {
			t.Errorf("%s: close: %v", fault, err)
		}
		if s := h.say("state"); fault == "stall" && s.resets != before.resets+1 {
			t.Errorf("%d resets after a stall", s.resets-before.resets)
		}
		h.works(t)
	}
}

func (h *hand) vanishes(t *testing.T) {
	for _, fault := range []string{"vanish-waiting", "vanish"} {
		r := h.fresh(t)
		h.say("fault " + fault)
		begun := time.Now()
		if _, err := h.take(t, r); !errors.Is(err, biometrics.ErrNoDevice) {
			t.Errorf("%s: %v, want no device", fault, err)
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%s: took %v", fault, took)
		}
		if err := r.Close(); err != nil {
			t.Errorf("%s: close: %v", fault, err)
		}
		gone := false
		for range 100 { // the bus forgets it a moment later
			if _, err := open(t.Context()); errors.Is(err, biometrics.ErrNoDevice) && strings.Contains(err.Error(), "no fingerprint reader") {
				gone = true
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if !gone {
			t.Errorf("%s: the reader is still on the bus", fault)
		}
		h.say("plug")
		back, err := await()
		if err != nil {
			t.Fatalf("%s: come back: %v", fault, err)
		}
		h.good(t, back)
		if err := back.Close(); err != nil {
			t.Error(err)
		}
	}
}

func (h *hand) powerUp(t *testing.T) {
	for _, order := range []string{"stuck", "fault dark"} {
		_ = h.fresh(t).Close()
		h.say(order)
		r, err := open(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", order, err)
		}
		h.good(t, r)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	_ = h.fresh(t).Close()
	h.say("fault dead")
	begun := time.Now()
	if _, err := open(t.Context()); !errors.Is(err, biometrics.ErrNoDevice) || !strings.Contains(err.Error(), "does not power up") {
		t.Errorf("dead: %v, want no device", err)
	}
	if took := time.Since(begun); took < powerRounds*powerWait || took > 10*time.Second {
		t.Errorf("dead: took %v", took)
	}
	ctx, cancel := context.WithTimeout(t.Context(), powerWait/2)
	defer cancel()
	if _, err := open(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("dead and out of time: %v", err)
	}
	h.works(t)
}

// mute: requests that are never answered end by their time-out.
func (h *hand) mute(t *testing.T) {
	r := h.fresh(t)
	h.say("fault mute")
	begun := time.Now()
	if _, err := h.take(t, r); !errors.Is(err, biometrics.ErrNoDevice) {
		t.Errorf("%v, want no device", err)
	}
	_ = r.Close()
	if _, err := open(t.Context()); !errors.Is(err, biometrics.ErrNoDevice) {
		t.Errorf("open: %v, want no device", err)
	}
	if took := time.Since(begun); took > 8*controlTimeout {
		t.Errorf("took %v", took)
	}
	h.works(t)
}

// notLifted: a finger that stays is not captured a second time.
func (h *hand) notLifted(t *testing.T) {
	r := h.fresh(t)
	h.say("finger on")
	for _, want := range []error{nil, biometrics.ErrBadImage} {
		if _, err := r.Capture(t.Context(), biometrics.Request{}, nil); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	h.say("finger off")
	h.good(t, r)
}

// reopens: nothing is left behind when it is opened many times.
func (h *hand) reopens(t *testing.T) {
	_ = h.fresh(t).Close()
	before := descriptors(t)
	for range 30 {
		r, err := open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
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
