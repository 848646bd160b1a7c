package face_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"math"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/facetest"
	"github.com/tram-station/tram/biometrics/virtual"
)

// reel is a camera that shows given pictures, 15 a second by its own clock,
// and then is unplugged.
type reel struct {
	pictures []image.Image
	seq      int
}

func (r *reel) Frame(ctx context.Context) (biometrics.Frame, error) {
	if ctx.Err() != nil {
		return biometrics.Frame{}, ctx.Err()
	}
	if r.seq == len(r.pictures) {
		return biometrics.Frame{}, biometrics.ErrNoDevice
	}
	f := biometrics.Frame{
		Image: r.pictures[r.seq],
		Seq:   uint64(r.seq),
		Time:  time.Unix(1_800_000_000, 0).Add(time.Duration(r.seq) * time.Second / 15),
	}
	r.seq++
	return f, nil
}

func (r *reel) Device() biometrics.Device {
	return biometrics.Device{Name: "reel", Driver: "test", Virtual: true}
}
func (r *reel) Close() error { return nil }

// inStep lets a camera film the next frame only when the session has shown the
// one before: then every frame is judged, however slow the machine is.
type inStep struct {
	biometrics.Camera
	ready chan struct{}
}

func (c *inStep) Frame(ctx context.Context) (biometrics.Frame, error) {
	select {
	case <-c.ready:
		return c.Camera.Frame(ctx)
	case <-ctx.Done():
		return biometrics.Frame{}, ctx.Err()
	}
}

// run runs the session in step with its camera.
func run(ctx context.Context, s face.Session) (*face.Portrait, error) {
	cam, on := &inStep{s.Camera, make(chan struct{}, 1)}, s.On
	cam.ready <- struct{}{}
	s.Camera = cam
	s.On = func(v face.Preview) {
		if on != nil {
			on(v)
		}
		cam.ready <- struct{}{}
	}
	return s.Run(ctx)
}

// capture is [face.Capture] in step.
func capture(ctx context.Context, cam biometrics.Camera, find face.Finder, on func(face.Preview)) (*face.Portrait, error) {
	return run(ctx, face.Session{Camera: cam, Finder: find, On: on})
}

func times(n int, img ...image.Image) (out []image.Image) {
	for i := range n {
		out = append(out, img[i%len(img)])
	}
	return out
}

func TestCaptureWaitsAndKeepsTheSharpest(t *testing.T) {
	good := frame(700, image.Pt(370, 10))
	soft := blurred(good, 2) // still good enough
	far := frame(300, image.Pt(530, 200))
	det := facetest.Finder(t)

	cam := &reel{pictures: append(times(3, far), append(times(5, soft), append(times(1, good), times(20, soft)...)...)...)}
	var codes []string
	p, err := capture(context.Background(), cam, det, func(v face.Preview) {
		codes = append(codes, v.Result.Code)
		if c, err := jpeg.DecodeConfig(bytes.NewReader(v.JPEG)); err != nil || c.Width != 640 || c.Height != 360 {
			t.Errorf("preview: %+v, %v", c, err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if codes[0] != "nearer" || codes[2] != "nearer" || codes[len(codes)-1] != "ok" {
		t.Errorf("messages: %v", codes)
	}
	if len(codes) != 3+12 { // 0.7 s at 15 frames a second, the first and the last included
		t.Errorf("taken after %d frames", len(codes))
	}
	if p.Tries != 1 || p.Manual || !p.Result.OK || p.Model != det.Model() || p.Device != cam.Device() {
		t.Errorf("portrait: tries %d, manual %v, ok %v, model %q, device %+v", p.Tries, p.Manual, p.Result.OK, p.Model, p.Device)
	}
	faces, err := det.Find(good)
	if err != nil {
		t.Fatal(err)
	}
	want := measure(t, face.Judge(good, faces).Measures, "sharpness").Native
	if got := measure(t, p.Measures, "sharpness").Native; got < 0.9*want {
		t.Errorf("kept a frame of sharpness %v, the sharpest has %v", got, want)
	}
	if c, err := jpeg.DecodeConfig(bytes.NewReader(p.JPEG)); err != nil || c.Width != p.W || c.Height != p.H || len(p.JPEG) > face.MaxBytes {
		t.Errorf("JPEG of %d bytes: %+v, %v", len(p.JPEG), c, err)
	}
	if c, err := jpeg.DecodeConfig(bytes.NewReader(p.Original)); err != nil || c.Width != 1280 {
		t.Errorf("original: %+v, %v", c, err)
	}
}

func TestCaptureNeverTakesTheUneasy(t *testing.T) {
	det := facetest.Finder(t)
	good := frame(640, image.Pt(380, 40))
	aside := frame(640, image.Pt(440, 40))
	var codes []string
	_, err := capture(context.Background(), &reel{pictures: times(16, good, aside)}, det,
		func(v face.Preview) { codes = append(codes, v.Result.Code) })
	if !errors.Is(err, biometrics.ErrNoDevice) {
		t.Errorf("moving: %v", err)
	}
	if codes[5] != "hold-still" {
		t.Errorf("messages: %v", codes)
	}
	if _, err := capture(context.Background(), &reel{pictures: times(16, good)}, det, nil); err != nil {
		t.Errorf("control, still: %v", err)
	}
}

// tilts finds the same face in every picture, its eyes on a line of just the
// roll that belongs to it: what looks for pupils is a degree off now and then.
type tilts struct {
	face.Face
	degrees map[image.Image]float64
}

func (t tilts) Find(img image.Image) ([]face.Face, error) {
	f, half := t.Face, t.EyeDistance()/2
	sin, cos := math.Sincos(t.degrees[img] * math.Pi / 180)
	eyes := f.Eyes()
	f.Left = face.Point{X: eyes.X - half*cos, Y: eyes.Y - half*sin}
	f.Right = face.Point{X: eyes.X + half*cos, Y: eyes.Y + half*sin}
	return []face.Face{f}, nil
}

func (tilts) Model() string { return "tilts" }

// TestCaptureIsSteady: who held the head straight is not told to for a hair's
// breadth; who never held it straight is.
func TestCaptureIsSteady(t *testing.T) {
	good := frame(680, image.Pt(385, 20))
	straight, almost := turned(good, 6.5), turned(good, 8.7)
	find := tilts{find1(t, facetest.Finder(t), good), map[image.Image]float64{straight: 6.5, almost: 8.7}}
	last := ""
	on := func(v face.Preview) { last = v.Result.Code }
	if _, err := capture(context.Background(), &reel{pictures: append(times(2, straight), times(12, almost)...)}, find, on); err != nil {
		t.Errorf("a little off: %v, %q", err, last)
	}
	if _, err := capture(context.Background(), &reel{pictures: times(14, almost)}, find, on); err == nil || last != "straighten" {
		t.Errorf("control, never straight: %v, %q", err, last)
	}
}

// TestCaptureOfAFarFace: below the wanted eye distance the picture takes
// longer, and the advice is to come nearer; below the least it is not taken.
func TestCaptureOfAFarFace(t *testing.T) {
	det := facetest.Finder(t)
	far := frame(480, image.Pt(460, 110)) // eye distance 104 px
	n, last := 0, ""
	on := func(v face.Preview) { n++; last = v.Result.Code }
	p, err := capture(context.Background(), &reel{pictures: times(40, far)}, det, on)
	if err != nil || last != "nearer" || n != 1+23 { // 1.5 s at 15 frames a second
		t.Fatalf("%v, %q after %d frames", err, last, n)
	}
	if p.H >= face.Height || 4*p.W != 3*p.H {
		t.Errorf("%d×%d: blown up", p.W, p.H)
	}
	if _, err := capture(context.Background(), &reel{pictures: times(30, frame(390, image.Pt(490, 160)))}, det, on); err == nil {
		t.Error("a face of 85 px was taken")
	}
}

func TestCaptureByHand(t *testing.T) {
	det := facetest.Finder(t)
	for name, c := range map[string]struct {
		img  image.Image
		size image.Point
	}{
		"no face": {frame(0), image.Pt(480, 640)},
		"too far": {frame(300, image.Pt(530, 200)), image.Pt(480, 640)},
	} {
		press := make(chan struct{}, 1)
		press <- struct{}{}
		p, err := run(context.Background(), face.Session{Camera: &reel{pictures: times(3, c.img)}, Finder: det, Manual: press})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !p.Manual || p.Result.OK || image.Pt(p.W, p.H) != c.size {
			t.Errorf("%s: manual %v, ok %v, %d×%d", name, p.Manual, p.Result.OK, p.W, p.H)
		}
	}
}

func TestCaptureRefusesTinyFrames(t *testing.T) {
	cam := &reel{pictures: times(1, image.NewGray(image.Rect(0, 0, 8, 8)))}
	if _, err := capture(context.Background(), cam, facetest.Finder(t), nil); !errors.Is(err, face.ErrBadPicture) || !errors.Is(err, face.ErrJudge) {
		t.Errorf("8×8: %v", err)
	}
}

// TestCaptureVirtual takes the portrait of the demo's citizens in real time.
func TestCaptureVirtual(t *testing.T) {
	det := facetest.Finder(t)
	for _, seed := range []int64{1, 4} {
		cam := virtual.NewCamera(seed)
		// The film's own clock: which frames are seen, and so how large the
		// face is in the one taken, must not hang on the machine's speed.
		clock := time.Unix(1_800_000_000, 0)
		cam.Now = func() time.Time { return clock }
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // a slow machine is no failure
		start := clock
		first := ""
		p, err := capture(ctx, cam, det, func(v face.Preview) {
			clock = clock.Add(time.Second / 15)
			if first == "" {
				first = v.Result.Code
			}
		})
		cancel()
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
			continue
		}
		t.Logf("seed %d: %v, %d bytes, quality %d, tries %d", seed, clock.Sub(start).Round(time.Millisecond), len(p.JPEG), p.Quality, p.Tries)
		if first != "nearer" || p.W != face.Width || p.H != face.Height || !p.Device.Virtual {
			t.Errorf("seed %d: first message %q, %d×%d, %+v", seed, first, p.W, p.H, p.Device)
		}
	}
}

func TestCaptureEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cam := virtual.NewCamera(1)
	n := 0
	_, err := capture(ctx, cam, facetest.Finder(t), func(face.Preview) {
		if n++; n == 2 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
