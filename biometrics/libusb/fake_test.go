//go:build libusb && realparts

package libusb

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
)

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

// flippedBit: a comparison that overlooks one bit would prove nothing.
func (h *hand) flippedBit(t *testing.T) {
	r := h.fresh(t)
	h.say("fault flip")
	p, err := h.take(t, r)
	if err != nil {
		t.Fatal(err)
	}
	if n := different(t, p.Image, asSent(h.ground, true)); n != 1 {
		t.Errorf("%d pixels differ for one flipped bit", n)
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

// busy: another program holds the reader, and later lets it go.
func (h *hand) busy(t *testing.T) {
	h.say("plug")
	h.say("fault held")
	if _, err := open(t.Context()); !errors.Is(err, biometrics.ErrNoDevice) || !strings.Contains(err.Error(), "another program uses it") {
		t.Errorf("opened while it is held: %v", err)
	}
	h.works(t)
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
			if _, err := open(t.Context()); errors.Is(err, biometrics.ErrNoDevice) && strings.Contains(err.Error(), "no U.are.U") {
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

// notLifted: a finger that stays is not captured as the next one.
func (h *hand) notLifted(t *testing.T) {
	r := h.fresh(t)
	r.lift = patience
	h.say("finger on")
	for _, want := range []error{nil, biometrics.ErrBadImage, biometrics.ErrBadImage} {
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
