package face

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
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
	Face     Face   // in Original, pixels; zero when none was found
	Device   biometrics.Device
	Model    string        // the finder's
	Tries    int           // how often the citizen was in order before it lasted
	Manual   bool          // the officer pressed the trigger
	Attack   Attack        // what was done against presentation attacks
	Took     time.Duration // from the first frame that was judged to the last one
	Time     time.Time     // of the frame taken
}

// Preview is what the page shows while the camera runs: the newest frame and
// what was last found.
type Preview struct {
	JPEG   []byte      // the whole frame, possibly smaller
	Size   image.Point // of the whole frame, pixels
	Result Result      // with one steady message; OK while the wait for the shutter runs
	Face   *Face       // the surest one, in pixels of the whole frame; nil when there is none
	// Progress is how much of the wait for the shutter is over, 0 to 1.
	Progress  float64
	Challenge *ChallengeState // nil when none is asked for
}

// The preview and the original.
const (
	previewWidth    = 640     // of a preview that is made here
	previewQuality  = 75      // of its JPEG
	previewMost     = 400_000 // bytes of a camera's own JPEG that is passed on
	originalQuality = 95
)

// Session takes one portrait.
type Session struct {
	// Camera is used by Run alone until it returns, and is not closed by it.
	Camera biometrics.Camera
	Finder Finder
	// On, when not nil, is called with every frame, from Run's goroutine.
	On func(Preview)
	// Manual, when not nil, is the officer's trigger: after a value the next
	// frame that is judged is taken as it is.
	Manual <-chan struct{}
	// Patience, when not 0, ends the session with a [NotReadyError] after
	// that much time of the frames' clock without a portrait; a challenge does
	// not count.
	Patience time.Duration
	// Challenge is asked before the portrait is taken; empty: none. It needs a
	// finder with landmarks.
	Challenge Challenge
	// Rand chooses what a challenge asks for; nil means crypto/rand.
	Rand io.Reader
	// Now is the clock of frames that have no time of their own; nil means
	// time.Now.
	Now func() time.Time
}

// ErrJudge says that a picture of the camera could not be judged: the finder
// failed, or the picture is of no size that it takes.
var ErrJudge = errors.New("the picture could not be judged")

// NotReadyError says that no picture was in order for long enough.
type NotReadyError struct {
	// Best is the best picture there was: of the fewest problems, then the
	// sharpest. It is nil when none had the size of a portrait.
	Best *Portrait
}

// Error says what was wrong with the best picture.
func (e *NotReadyError) Error() string {
	what := "no picture in order"
	if e.Best != nil && !e.Best.Result.OK {
		what = e.Best.Result.Code
	}
	return "portrait: not in order in time (" + what + "): try again, or take it by hand"
}

// Capture takes one portrait by itself; see [Session].
func Capture(ctx context.Context, cam biometrics.Camera, find Finder, on func(Preview)) (*Portrait, error) {
	return (&Session{Camera: cam, Finder: find, On: on}).Run(ctx)
}

// pack makes the preview's picture: the camera's own JPEG where it is small
// enough, for packing costs more than judging. Canvas is drawn over from frame
// to frame.
func pack(f biometrics.Frame, canvas *image.RGBA) ([]byte, error) {
	if 0 < len(f.JPEG) && len(f.JPEG) <= previewMost {
		return f.JPEG, nil
	}
	b := f.Image.Bounds()
	w := min(previewWidth, b.Dx())
	size := image.Rect(0, 0, w, b.Dy()*w/max(b.Dx(), 1))
	if canvas.Rect != size {
		*canvas = *image.NewRGBA(size)
	}
	draw.ApproxBiLinear.Scale(canvas, size, f.Image, b, draw.Src, nil)
	return encode(canvas, previewQuality)
}

// develop makes the portrait of a shot. By hand also a picture without a usable
// face is taken: no citizen is turned away by a detector.
func (s *Session) develop(from shot, manual bool) (*Portrait, error) {
	var cropped *image.RGBA
	var seen Face
	b := from.frame.Image.Bounds()
	err := ErrNoRoom
	if len(from.faces) > 0 {
		seen = from.faces[0].Moved(image.Point{}.Sub(b.Min))
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
		Measures: from.result.Measures, Result: from.result, Face: seen,
		Device: s.Camera.Device(), Model: s.Finder.Model(),
		Manual: manual, Time: from.frame.Time,
	}, nil
}
