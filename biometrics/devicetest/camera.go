package devicetest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// CameraBench is one opened camera and the hands that serve it. Its film shows
// [Numbered] pictures in turn, over and over.
type CameraBench struct {
	Camera biometrics.Camera
	// Patience is how long Frame waits before it says that there is no camera.
	Patience time.Duration
	Device   biometrics.Device // what the camera has to call itself
	Size     image.Point       // of its frames, pixels
	Film     int               // pictures in the film; 0: Seq tells them apart
	// Unplug pulls the cable and Plug puts it in again, for a suite with Cable.
	// They may take a moment to show.
	Unplug, Plug func()
	// Soon is how long anything that must happen may take beside the patience;
	// 0: ten seconds.
	Soon time.Duration
	// Hang makes the camera send nothing, and GoOn ends that, for a suite with
	// Hanging.
	Hang, GoOn func()
}

// Fate is what can happen to a camera, and is tried where it can.
type Fate string

// The fates. What every camera goes through has none.
const (
	Cable   Fate = "cable"   // it can be unplugged
	Hanging Fate = "hanging" // it can be there and send nothing
)

// RunCamera tests a camera. open makes a bench for one test.
func RunCamera(t *testing.T, open func(t *testing.T) *CameraBench, fates ...Fate) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *CameraBench)
		fate Fate
	}{
		{"Films", films, ""}, {"CountsOn", countsOn, ""}, {"Newest", newest, ""},
		{"FramesAreApart", framesAreApart, ""}, {"NamesItself", namesItself, ""},
		{"CalledOff", calledOff, ""}, {"ClosesTwice", closesCameraTwice, ""}, {leaves, leavesNothing, ""},
		{"Unplugged", unplugged, Cable}, {"IsBack", isBack, Cable}, {"ClosesWithoutCable", closesWithoutCable, Cable},
		{"Hangs", hangs, Hanging}, {"CalledOffWaiting", calledOffWaiting, Hanging}, {"ClosedWaiting", closedWaiting, Hanging},
	} {
		if c.fate != "" && !slices.Contains(fates, c.fate) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			b := open(t)
			t.Cleanup(func() { _ = b.Camera.Close() })
			c.test(t, b)
			if c.name == leaves {
				settled(t, before)
			}
		})
	}
}

const leaves = "LeavesNothing"

func (b *CameraBench) soon() time.Duration { return cmp.Or(b.Soon, soon) }

// frame takes a frame that has to come.
func (b *CameraBench) frame(t *testing.T) biometrics.Frame {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), b.Patience+b.soon())
	defer cancel()
	f, err := b.Camera.Frame(ctx)
	if err != nil {
		t.Fatalf("frame: %v", err)
	}
	return f
}

// number tells which picture of the film a frame shows.
func (b *CameraBench) number(t *testing.T, f biometrics.Frame) int {
	t.Helper()
	if b.Film == 0 {
		return int(f.Seq)
	}
	n, ok := NumberOf(f.Image)
	if !ok || n >= b.Film {
		t.Fatalf("frame %d does not show a picture of the film: %d, %v", f.Seq, n, ok)
	}
	return n
}

func films(t *testing.T, b *CameraBench) {
	f := b.frame(t)
	b.number(t, f)
	if s := f.Image.Bounds().Size(); s != b.Size {
		t.Errorf("a frame of %v, want %v", s, b.Size)
	}
	if age := time.Since(f.Time); age < -time.Minute || age > time.Minute {
		t.Errorf("taken at %v", f.Time)
	}
	if f.JPEG == nil {
		return
	}
	img, err := jpeg.Decode(bytes.NewReader(f.JPEG))
	if err != nil || img.Bounds().Size() != b.Size {
		t.Fatalf("its JPEG: %v", err)
	}
	if b.Film > 0 {
		if n, _ := NumberOf(img); n != b.number(t, f) {
			t.Errorf("its JPEG shows picture %d, the frame %d", n, b.number(t, f))
		}
	}
}

func countsOn(t *testing.T, b *CameraBench) {
	last := b.frame(t)
	seen := []int{b.number(t, last)}
	for range 7 {
		f := b.frame(t)
		if f.Seq <= last.Seq {
			t.Errorf("number %d comes after %d", f.Seq, last.Seq)
		}
		if f.Time.Before(last.Time) {
			t.Errorf("frame %d was taken before %d", f.Seq, last.Seq)
		}
		seen, last = append(seen, b.number(t, f)), f
	}
	slices.Sort(seen)
	if n := len(slices.Compact(seen)); n < 3 {
		t.Errorf("eight frames show %d pictures", n)
	}
}

// newest: who comes late gets what is now before the camera, and not what was
// there when the last frame was taken.
func newest(t *testing.T, b *CameraBench) {
	const late = time.Second
	first := b.number(t, b.frame(t))
	for try := 0; ; try++ { // a machine under load films slowly
		time.Sleep(late)
		f := b.frame(t)
		n := b.number(t, f) - first
		if b.Film > 0 {
			n = (n + b.Film) % b.Film
		}
		if n >= 3 && time.Since(f.Time) < late*3/4 {
			return
		}
		if try == 5 {
			t.Fatalf("%v later comes picture %d after the first, %v old", late, n, time.Since(f.Time))
		}
		first += n
	}
}

// framesAreApart: one frame is not the memory of the next.
func framesAreApart(t *testing.T, b *CameraBench) {
	kept := b.frame(t)
	shows, packed := b.number(t, kept), bytes.Clone(kept.JPEG)
	pixels := slices.Clone(planes(t, kept.Image)[0])
	for range 3 {
		f := b.frame(t)
		for _, p := range planes(t, f.Image) {
			clear(p)
		}
		clear(f.JPEG)
	}
	if !bytes.Equal(pixels, planes(t, kept.Image)[0]) || !bytes.Equal(packed, kept.JPEG) || b.number(t, kept) != shows {
		t.Error("two frames share their memory")
	}
	b.number(t, b.frame(t))
}

// planes are the memory of an image.
func planes(t *testing.T, img image.Image) [][]byte {
	t.Helper()
	switch m := img.(type) {
	case *image.YCbCr:
		return [][]byte{m.Y, m.Cb, m.Cr}
	case *image.RGBA:
		return [][]byte{m.Pix}
	case *image.Gray:
		return [][]byte{m.Pix}
	}
	t.Fatalf("a frame of type %T", img)
	return nil
}

func namesItself(t *testing.T, b *CameraBench) {
	b.frame(t)
	if d := b.Camera.Device(); d != b.Device {
		t.Errorf("device %+v, want %+v", d, b.Device)
	}
}

func calledOff(t *testing.T, b *CameraBench) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if f, err := b.Camera.Frame(ctx); !errors.Is(err, context.Canceled) || f.Image != nil {
		t.Errorf("error %v, want the context's", err)
	}
	ctx, cancel = context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if _, err := b.Camera.Frame(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want the context's", err)
	}
	b.number(t, b.frame(t))
}

func closesCameraTwice(t *testing.T, b *CameraBench) {
	b.frame(t)
	for range 2 {
		if err := b.Camera.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	b.gone(t)
}

// gone wants a camera that is not there, at once.
func (b *CameraBench) gone(t *testing.T) {
	t.Helper()
	if f, err := b.Camera.Frame(t.Context()); !errors.Is(err, biometrics.ErrNoDevice) || f.Image != nil {
		t.Errorf("error %v, want no device", err)
	}
}

func leavesNothing(t *testing.T, b *CameraBench) {
	b.frame(t)
	if err := b.Camera.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// settled waits until no more goroutines run than before.
func settled(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(soon); runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines before, %d after", before, runtime.NumGoroutine())
		}
	}
}

// lose takes frames until there are none, and returns the number of the last.
func (b *CameraBench) lose(t *testing.T) uint64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), b.Patience+3*b.soon())
	defer cancel()
	var last uint64
	for {
		f, err := b.Camera.Frame(ctx)
		switch {
		case errors.Is(err, biometrics.ErrNoDevice):
			return last
		case err != nil:
			t.Fatalf("error %v, want no device", err)
		}
		last = f.Seq
	}
}

// again waits for a frame while the camera comes back.
func (b *CameraBench) again(t *testing.T) biometrics.Frame {
	t.Helper()
	for end := time.Now().Add(b.Patience + 6*b.soon()); ; {
		f, err := b.Camera.Frame(t.Context())
		if err == nil {
			b.number(t, f)
			return f
		}
		if !errors.Is(err, biometrics.ErrNoDevice) || time.Now().After(end) {
			t.Fatalf("the camera does not come back: %v", err)
		}
	}
}

func unplugged(t *testing.T, b *CameraBench) {
	b.frame(t)
	b.Unplug()
	b.lose(t)
	b.gone(t)
}

// isBack: nobody opens it anew.
func isBack(t *testing.T, b *CameraBench) {
	b.frame(t)
	for range 2 {
		b.Unplug()
		last := b.lose(t)
		b.Plug()
		if f := b.again(t); f.Seq <= last {
			t.Errorf("number %d comes after %d", f.Seq, last)
		}
	}
}

func closesWithoutCable(t *testing.T, b *CameraBench) {
	b.frame(t)
	b.Unplug()
	for range 2 {
		if err := b.Camera.Close(); err != nil {
			t.Errorf("close an unplugged camera: %v", err)
		}
	}
	b.gone(t)
}

func hangs(t *testing.T, b *CameraBench) {
	b.frame(t)
	b.Hang()
	last := b.lose(t)
	b.GoOn()
	if f := b.again(t); f.Seq <= last {
		t.Errorf("number %d comes after %d", f.Seq, last)
	}
}

func calledOffWaiting(t *testing.T, b *CameraBench) {
	b.frame(t)
	b.Hang()
	b.lose(t)
	ctx, cancel := context.WithCancel(t.Context())
	timer := time.AfterFunc(b.Patience/4, cancel)
	defer timer.Stop()
	if _, err := b.Camera.Frame(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
	b.GoOn()
	b.again(t)
}

// closedWaiting: Close ends a Frame that waits.
func closedWaiting(t *testing.T, b *CameraBench) {
	b.frame(t)
	b.Hang()
	b.lose(t)
	ended := make(chan error, 1)
	go func() {
		_, err := b.Camera.Frame(context.Background())
		ended <- err
	}()
	time.Sleep(b.Patience / 8)
	if err := b.Camera.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, biometrics.ErrNoDevice) {
			t.Errorf("error %v, want no device", err)
		}
	case <-time.After(b.Patience + b.soon()):
		t.Error("a frame is waited for, for ever")
	}
}
