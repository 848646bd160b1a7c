package face

import (
	"context"
	"errors"
	"fmt"
	"image"
	"time"

	"golang.org/x/image/draw"

	"github.com/tram-station/tram/biometrics"
)

// Portrait is one captured portrait.
type Portrait struct {
	JPEG     []byte // 3:4, at most 480×640 and MaxBytes
	W, H     int    // of JPEG, pixels
	Quality  int    // of JPEG, 1 to 100
	Original []byte // the whole frame as JPEG: matching works on this one
	Measures []biometrics.Measure
	Result   Result // what the judge said of the frame taken
	Device   biometrics.Device
	Model    string // the detector
	Tries    int    // how often the citizen was in order before it lasted
	Manual   bool   // the officer pressed the trigger
	Time     time.Time
}

// Preview is what the page shows while the camera runs.
type Preview struct {
	JPEG   []byte // small, the whole frame
	Result Result
}

const (
	previewWidth    = 640
	previewQuality  = 75
	originalQuality = 95
)

// Session takes one portrait.
type Session struct {
	Camera biometrics.Camera
	Finder Finder
	// On, when not nil, is called with every frame, from Run's goroutine.
	On func(Preview)
	// Manual, when not nil, is the officer's trigger: the next frame is taken
	// as it is.
	Manual <-chan struct{}
}

// Capture takes one portrait by itself; see [Session].
func Capture(ctx context.Context, cam biometrics.Camera, find Finder, on func(Preview)) (*Portrait, error) {
	return (&Session{Camera: cam, Finder: find, On: on}).Run(ctx)
}

// shot is a frame that may become the portrait.
type shot struct {
	frame  biometrics.Frame
	faces  []Face
	result Result
}

// Run guides the citizen until everything is in order for 0.7 s, keeps the
// sharpest of those frames, and cuts the portrait out of it. It ends with the
// context's or the camera's error otherwise.
func (s *Session) Run(ctx context.Context) (*Portrait, error) {
	var g guide
	var best shot
	for {
		frame, err := s.Camera.Frame(ctx)
		if err != nil {
			return nil, fmt.Errorf("portrait: %w", err)
		}
		faces, err := s.Finder.Find(frame.Image)
		if err != nil {
			return nil, fmt.Errorf("portrait: %w", err)
		}
		now := shot{frame: frame, faces: faces}
		var good, done bool
		now.result, good, done = g.look(frame.Image, now.faces, frame.Time)
		if err := s.show(now); err != nil {
			return nil, err
		}
		if s.pressed() {
			return s.develop(now, g.tries, true)
		}
		if good && (g.frames == 1 || now.sharpness() > best.sharpness()) {
			best = now
		}
		if done {
			return s.develop(best, g.tries, false)
		}
	}
}

func (s shot) sharpness() float64 { return s.result.measure(sharpnessName) }

func (s *Session) pressed() bool {
	select {
	case _, ok := <-s.Manual:
		return ok
	default:
		return false
	}
}

func (s *Session) show(now shot) error {
	if s.On == nil {
		return nil
	}
	b := now.frame.Image.Bounds()
	w := min(previewWidth, b.Dx())
	small := image.NewRGBA(image.Rect(0, 0, w, b.Dy()*w/b.Dx()))
	draw.ApproxBiLinear.Scale(small, small.Rect, now.frame.Image, b, draw.Src, nil)
	packed, err := encode(small, previewQuality)
	if err != nil {
		return err
	}
	s.On(Preview{JPEG: packed, Result: now.result})
	return nil
}

// develop makes the portrait. By hand also a picture without a usable face is
// taken: no citizen is turned away by a detector.
func (s *Session) develop(from shot, tries int, manual bool) (*Portrait, error) {
	var cropped *image.RGBA
	err := ErrNoRoom
	if len(from.faces) > 0 {
		cropped, err = Crop(from.frame.Image, from.faces[0])
	}
	if manual && (errors.Is(err, ErrNoRoom) || errors.Is(err, ErrTooSmall)) {
		cropped, err = CropMiddle(from.frame.Image)
	}
	if err != nil {
		return nil, fmt.Errorf("portrait: %w", err)
	}
	packed, quality, err := EncodeJPEG(cropped, MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("portrait: %w", err)
	}
	original := from.frame.JPEG
	if original == nil {
		if original, err = encode(from.frame.Image, originalQuality); err != nil {
			return nil, err
		}
	}
	return &Portrait{
		JPEG: packed, W: cropped.Rect.Dx(), H: cropped.Rect.Dy(), Quality: quality,
		Original: original,
		Measures: from.result.Measures, Result: from.result,
		Device: s.Camera.Device(), Model: s.Finder.Model(),
		Tries: tries, Manual: manual, Time: from.frame.Time,
	}, nil
}
