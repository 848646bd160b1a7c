package virtual

import (
	"bytes"
	"context"
	"errors"
	"image"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
)

var _ biometrics.Camera = (*Camera)(nil)

func TestPortraitIsDeterministic(t *testing.T) {
	a, again, other := Portrait(3, 120, 160), Portrait(3, 120, 160), Portrait(4, 120, 160)
	if a.Rect != image.Rect(0, 0, 120, 160) {
		t.Fatalf("size %v", a.Rect)
	}
	if !bytes.Equal(a.Pix, again.Pix) {
		t.Error("the same seed drew two different faces")
	}
	if bytes.Equal(a.Pix, other.Pix) {
		t.Error("two seeds drew the same face")
	}
	for i := 3; i < len(a.Pix); i += 4 {
		if a.Pix[i] != 255 {
			t.Fatalf("pixel %d is not opaque", i/4)
		}
	}
}

// clock is a camera clock that stands still until it is moved.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func TestCameraFilms(t *testing.T) {
	clk := &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	cam := NewCamera(1)
	cam.Now = clk.Now
	ctx := context.Background()

	first, err := cam.Frame(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if first.Image.Bounds() != image.Rect(0, 0, frameWidth, frameHeight) || first.Seq != 0 {
		t.Fatalf("first frame: %v, number %d", first.Image.Bounds(), first.Seq)
	}
	clk.now = clk.now.Add(2 * time.Second) // a slow caller loses the frames between
	late, err := cam.Frame(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if late.Seq != 30 {
		t.Errorf("two seconds later comes frame %d, want 30", late.Seq)
	}
	if bytes.Equal(first.Image.(*image.RGBA).Pix, late.Image.(*image.RGBA).Pix) {
		t.Error("the citizen did not move in two seconds")
	}
	if d := cam.Device(); !d.Virtual || d.Driver != "virtual" {
		t.Errorf("device %+v does not say that it is virtual", d)
	}
}

func TestCameraEnds(t *testing.T) {
	cam := NewCamera(1)
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := cam.Frame(ctx); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := cam.Frame(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("frame after cancel: %v", err)
	}
	for range 2 {
		if err := cam.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := cam.Frame(context.Background()); !errors.Is(err, biometrics.ErrNoDevice) {
		t.Errorf("frame after close: %v", err)
	}
}
