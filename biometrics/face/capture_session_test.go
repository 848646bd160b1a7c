package face_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/facetest"
)

// TestPatienceEndsATry: the try ends with the best picture there was and what
// was wrong with it.
func TestPatienceEndsATry(t *testing.T) {
	det := facetest.Finder(t)
	rolled := turned(frame(680, image.Pt(385, 20)), 12)
	far := turned(frame(300, image.Pt(530, 200)), 12) // two problems
	empty := frame(0)
	pictures := append(times(10, empty), append(times(10, far), append(times(1, rolled), times(40, far, empty)...)...)...)
	_, err := run(t.Context(), face.Session{Camera: &reel{pictures: pictures}, Finder: det, Patience: 3 * time.Second})
	var late *face.NotReadyError
	if !errors.As(err, &late) || late.Best == nil {
		t.Fatalf("%v", err)
	}
	p := late.Best
	if p.Result.OK || p.Result.Code != "straighten" || p.Manual || p.H < 600 || p.Took < 3*time.Second || p.Took > 3200*time.Millisecond {
		t.Errorf("best: %q, manual %v, %d×%d, %v", p.Result.Code, p.Manual, p.W, p.H, p.Took)
	}
	if p.Time.Sub(time.Unix(1_800_000_000, 0)).Round(time.Millisecond) != 1333*time.Millisecond {
		t.Errorf("the best frame is that of %v", p.Time)
	}

	// Without patience the session waits on, until the camera goes.
	if _, err := run(t.Context(), face.Session{Camera: &reel{pictures: pictures}, Finder: det}); !errors.Is(err, biometrics.ErrNoDevice) {
		t.Errorf("control: %v", err)
	}
	// Nobody there: the picture is the middle, for the officer to see.
	_, err = run(t.Context(), face.Session{Camera: &reel{pictures: times(40, empty)}, Finder: det, Patience: time.Second})
	if !errors.As(err, &late) || late.Best == nil || late.Best.Result.Code != "no-face" || late.Best.Face.Box != (image.Rectangle{}) {
		t.Errorf("nobody: %v", err)
	}
}

// TestPatienceWaitsForTheShutter: who is in order when patience ends is taken.
func TestPatienceWaitsForTheShutter(t *testing.T) {
	det := facetest.Finder(t)
	good, empty := frame(700, image.Pt(370, 10)), frame(0)
	pictures := append(times(10, empty), times(20, good)...)
	if _, err := run(t.Context(), face.Session{Camera: &reel{pictures: pictures}, Finder: det, Patience: time.Second}); err != nil {
		t.Errorf("%v", err)
	}
}

// slowFinder finds when it is let.
type slowFinder struct {
	face.Finder
	let chan struct{}
}

func (f *slowFinder) Find(img image.Image) ([]face.Face, error) {
	<-f.let
	return f.Finder.Find(img)
}

// TestPreviewDoesNotWait: while one frame is judged, the frames that come in
// are shown, and the newest of them is judged next.
func TestPreviewDoesNotWait(t *testing.T) {
	slow := &slowFinder{facetest.Finder(t), make(chan struct{}, 1)}
	good := frame(700, image.Pt(370, 10))
	shown := 0
	ctx, cancel := context.WithCancel(t.Context())
	slow.let <- struct{}{}
	_, err := (&face.Session{
		Camera: &reel{pictures: times(1000, good)}, Finder: slow,
		On: func(v face.Preview) {
			if shown++; shown == 20 {
				cancel()
				close(slow.let)
			}
			if v.Face == nil || v.Result.Code != "ok" {
				t.Errorf("frame %d: %v, %q", shown, v.Face, v.Result.Code)
			}
		},
	}).Run(ctx)
	if !errors.Is(err, context.Canceled) || shown < 20 {
		t.Errorf("%d frames, %v", shown, err)
	}
}

// passThrough is a camera that compresses its frames itself.
type passThrough struct {
	biometrics.Camera
	jpeg []byte
}

func (c *passThrough) Frame(ctx context.Context) (biometrics.Frame, error) {
	f, err := c.Camera.Frame(ctx)
	f.JPEG = c.jpeg
	return f, err
}

func TestPreviewIsTheCamerasOwn(t *testing.T) {
	det := facetest.Finder(t)
	good := frame(700, image.Pt(370, 10))
	for size, own := range map[int]bool{100_000: true, 2_000_000: false} {
		packed := bytes.Repeat([]byte{7}, size)
		ctx, cancel := context.WithCancel(t.Context())
		_, err := capture(ctx, &passThrough{&reel{pictures: times(30, good)}, packed}, det, func(v face.Preview) {
			if bytes.Equal(v.JPEG, packed) != own || len(v.JPEG) == 0 || v.Size != image.Pt(1280, 720) {
				t.Errorf("%d bytes were shown as %d of %v", size, len(v.JPEG), v.Size)
			}
			cancel()
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	}
}

// TestFaceIsInTheOriginal: cameras may number their pixels from elsewhere.
func TestFaceIsInTheOriginal(t *testing.T) {
	det := facetest.Finder(t)
	whole := frame(640, image.Pt(500, 60))
	part := whole.SubImage(image.Rect(100, 20, 1280, 720))
	f := find1(t, det, whole)
	p, err := capture(t.Context(), &reel{pictures: times(30, part)}, det, func(v face.Preview) {
		if v.Face != nil && f.Left.X-v.Face.Left.X < 95 {
			t.Errorf("preview: eye at %v, in the whole at %v", v.Face.Left, f.Left)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if dx, dy := f.Left.X-p.Face.Left.X, f.Left.Y-p.Face.Left.Y; dx < 95 || dx > 105 || dy < 15 || dy > 25 {
		t.Errorf("eye at %v, in the whole at %v", p.Face.Left, f.Left)
	}
}

// TestRunLeavesNothingBehind: camera and finder are free when Run returns.
func TestRunLeavesNothingBehind(t *testing.T) {
	det := facetest.Finder(t)
	before := runtime.NumGoroutine()
	good := frame(700, image.Pt(370, 10))
	press := make(chan struct{}, 1)
	press <- struct{}{}
	closed := make(chan struct{})
	close(closed)
	for name, s := range map[string]face.Session{
		"taken":           {Camera: &reel{pictures: times(40, good)}},
		"by hand":         {Camera: &reel{pictures: times(40, good)}, Manual: press},
		"closed trigger":  {Camera: &reel{pictures: times(40, good)}, Manual: closed},
		"no camera":       {Camera: &reel{}},
		"bad frame":       {Camera: &reel{pictures: times(1, image.NewGray(image.Rect(0, 0, 8, 8)))}},
		"no landmarks":    {Camera: &reel{pictures: times(40, good)}, Challenge: face.Blink},
		"no such thing":   {Camera: &reel{pictures: times(40, good)}, Challenge: "wink"},
		"out of patience": {Camera: &reel{pictures: times(40, frame(0))}, Patience: time.Second},
	} {
		s.Finder = det
		p, err := run(t.Context(), s)
		if (err == nil) != (p != nil) || p != nil && p.Manual != (name == "by hand") {
			t.Errorf("%s: %v", name, err)
		}
		want := map[string]error{
			"no landmarks": face.ErrNoLandmarks, "no such thing": face.ErrNoChallenge,
			"no camera": biometrics.ErrNoDevice, "bad frame": face.ErrBadPicture,
		}[name]
		if want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, before %d", runtime.NumGoroutine(), before)
}

// tireless is a camera that has a frame whenever it is asked.
type tireless struct {
	reel
	jpeg []byte
}

func (c *tireless) Frame(ctx context.Context) (biometrics.Frame, error) {
	c.seq = 0
	f, err := c.reel.Frame(ctx)
	f.JPEG = c.jpeg
	return f, err
}

// benchGuide720p runs whole sessions on one core: what a second holds of found,
// judged and shown frames.
func benchGuide720p(b *testing.B, find face.Finder, jpeg []byte) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	cam := &tireless{reel{pictures: times(1, frame(700, image.Pt(370, 10)))}, jpeg}
	var left atomic.Int64
	left.Store(int64(b.N))
	ctx, cancel := context.WithCancel(b.Context())
	b.ReportAllocs()
	b.ResetTimer()
	_, err := run(ctx, face.Session{Camera: cam, Finder: find, On: func(v face.Preview) {
		if v.Result.Code != "ok" {
			b.Errorf("%q", v.Result.Code)
		}
		if left.Add(-1) <= 0 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "frames/s")
}

// BenchmarkGuide720p is live guidance by the cascades, for a camera that
// compresses its frames and one that does not.
func BenchmarkGuide720p(b *testing.B) {
	det := facetest.Finder(b)
	b.Run("mjpeg", func(b *testing.B) { benchGuide720p(b, det, []byte{1}) })
	b.Run("raw", func(b *testing.B) { benchGuide720p(b, det, nil) })
}
