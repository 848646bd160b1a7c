package browser

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
)

func picture(t testing.TB, w, h int, grey uint8) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = grey
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// film opens the source while a page posts one frame.
func film(t *testing.T, s *Source, frame []byte, page, name string) biometrics.Camera {
	t.Helper()
	opened := make(chan biometrics.Camera, 1)
	go func() {
		cam, err := s.Open(t.Context())
		if err != nil {
			t.Error(err)
		}
		opened <- cam
	}()
	for !s.Wanted() {
		time.Sleep(time.Millisecond)
	}
	if err := s.Post(frame, page, name); err != nil {
		t.Fatal(err)
	}
	cam := <-opened
	if cam == nil {
		t.FailNow()
	}
	t.Cleanup(func() { _ = cam.Close() })
	return cam
}

func TestNobodyWantsFrames(t *testing.T) {
	s := New()
	if s.Wanted() {
		t.Error("wanted before anybody films")
	}
	if err := s.Post(picture(t, 32, 24, 9), "a", "x"); !errors.Is(err, biometrics.ErrNotWanted) {
		t.Errorf("%v, want not wanted", err)
	}
	cam := film(t, s, picture(t, 32, 24, 9), "a", "x")
	if !s.Wanted() {
		t.Error("not wanted while somebody films")
	}
	if _, err := s.Open(t.Context()); !errors.Is(err, ErrBusy) {
		t.Errorf("opened twice: %v", err)
	}
	if err := cam.Close(); err != nil {
		t.Fatal(err)
	}
	if s.Wanted() {
		t.Error("wanted after Close")
	}
	film(t, s, picture(t, 32, 24, 9), "b", "y") // and again
}

func TestOpenWithoutAPage(t *testing.T) {
	s := &Source{Patience: 30 * time.Millisecond}
	if cam, err := s.Open(t.Context()); !errors.Is(err, biometrics.ErrNoDevice) || cam != nil {
		t.Errorf("%v, %v", cam, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Open(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the context's", err)
	}
	if s.Wanted() {
		t.Error("frames are wanted after a failed Open")
	}
}

// TestTheFirstFrameIsNotLost: what Open waited for is what Frame returns.
func TestTheFirstFrameIsNotLost(t *testing.T) {
	s := &Source{Patience: time.Minute}
	cam := film(t, s, picture(t, 32, 24, 77), "a", "Cam\x00era\u202e  ")
	f, err := cam.Frame(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if grey := color.GrayModel.Convert(f.Image.At(5, 5)).(color.Gray).Y; grey < 70 || grey > 84 || f.Seq != 0 {
		t.Errorf("grey %d, number %d", grey, f.Seq)
	}
	if d := cam.Device(); d != (biometrics.Device{Name: "Camera", Driver: "browser"}) {
		t.Errorf("device %+v", d)
	}
}

func TestNames(t *testing.T) {
	for given, want := range map[string]string{
		"": "browser camera", " \n\t ": "browser camera", "HD Webcam (0bda:58f4)": "HD Webcam (0bda:58f4)",
		strings.Repeat("ă", 300): strings.Repeat("ă", maxName), "a\xffb": "ab", "<b>": "<b>",
	} {
		if got := clean(given); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}

// TestOneWindowFilms: two windows would show two rooms in turns.
func TestOneWindowFilms(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	var mu sync.Mutex
	s := &Source{Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return now }}
	later := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
	frame := picture(t, 32, 24, 1)
	cam := film(t, s, frame, "a", "first")
	later(handover - time.Millisecond)
	if err := s.Post(frame, "b", "second"); !errors.Is(err, biometrics.ErrNotWanted) {
		t.Errorf("a second window: %v", err)
	}
	if err := s.Post(frame, "a", "first"); err != nil {
		t.Errorf("the first window: %v", err)
	}
	later(handover)
	if err := s.Post(frame, "b", "second"); err != nil || cam.Device().Name != "second" {
		t.Errorf("the second window, when the first is silent: %v, %+v", err, cam.Device())
	}
	if err := s.Post(frame, "a", "first"); !errors.Is(err, biometrics.ErrNotWanted) {
		t.Errorf("the first window, come back: %v", err)
	}
}

func TestBadFrames(t *testing.T) {
	s := New()
	good := picture(t, 64, 48, 100)
	cam := film(t, s, good, "a", "x")
	if _, err := cam.Frame(t.Context()); err != nil {
		t.Fatal(err)
	}
	resized := func(w, h int) []byte {
		b := bytes.Clone(good)
		at := bytes.Index(b, []byte{0xFF, markerSOF0})
		b[at+5], b[at+6], b[at+7], b[at+8] = byte(h>>8), byte(h), byte(w>>8), byte(w)
		return b
	}
	progressive := bytes.Clone(good)
	progressive[bytes.Index(progressive, []byte{0xFF, markerSOF0})+1] = 0xC2
	for name, bad := range map[string][]byte{
		"empty": {}, "text": []byte("GIF89a, not a picture"), "only a beginning": good[:20], "small": picture(t, 15, 15, 1),
		"wide": resized(MaxSide+1, 16), "many pixels": resized(MaxSide, MaxSide), "nothing": resized(0, 0),
		"progressive": progressive, "too long": append(bytes.Clone(good), make([]byte, MaxFrame)...),
	} {
		if err := s.Post(bad, "a", "x"); !errors.Is(err, ErrBadFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Broken behind its header: taken, and passed over.
	if err := s.Post(good[:len(good)-30], "a", "x"); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, func() { _ = s.Post(good, "a", "x") })
	if f, err := cam.Frame(t.Context()); err != nil || f.Seq != 2 {
		t.Errorf("after a broken frame: number %d, %v", f.Seq, err)
	}
}

func FuzzPost(f *testing.F) {
	f.Add(picture(f, 32, 24, 50), "page", "camera")
	f.Add([]byte{0xFF, markerSOI, 0xFF, markerSOS, 0, 2}, "", "\x00")
	f.Add([]byte{0xFF, markerSOI, 0xFF, markerSOF0, 0, 0, 0xFF, markerSOF0, 0, 2}, "a", "b")
	s := &Source{cam: &filming{fresh: make(chan posted, 1), done: make(chan struct{})}}
	s.cam.source = s
	f.Fuzz(func(t *testing.T, frame []byte, page, name string) {
		s.cam.seq = 0 // any window may begin
		err := s.Post(frame, page, name)
		if err != nil {
			if !errors.Is(err, ErrBadFrame) {
				t.Errorf("%v", err)
			}
			return
		}
		c, err := jpeg.DecodeConfig(bytes.NewReader(frame))
		if err != nil || c.Width*c.Height > MaxPixels || len(frame) > MaxFrame {
			t.Errorf("taken: %d bytes, %+v, %v", len(frame), c, err)
		}
		if n := len([]rune(s.cam.name)); n == 0 || n > maxName {
			t.Errorf("a name of %d letters", n)
		}
	})
}
