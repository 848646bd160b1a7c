package virtual

import (
	"context"
	"fmt"
	"image"
	"sync"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// Scanner is a fingerprint reader with an invented person's fingers on it.
type Scanner struct {
	// Seed chooses the person.
	Seed int64
	// Settle is how long the finger takes to lie still; 0 means 250 ms.
	Settle time.Duration
	// Absent, when set, leaves the platen empty: Capture ends with
	// [biometrics.ErrNoFinger] after this time.
	Absent time.Duration
	// Spoilt is how many of the next images are broken: Capture ends with
	// [biometrics.ErrBadImage].
	Spoilt int
	// Draw draws a person's finger; nil means [Ridges]. The picture is not
	// changed.
	Draw func(seed int64, finger biometrics.Finger) *image.Gray
	// Now is the clock of the prints; nil means time.Now.
	Now func() time.Time

	mu   sync.Mutex // guards left and gone
	left chan struct{}
	gone bool
}

const defaultSettle = 250 * time.Millisecond

// Device says what it is: virtual.
func (s *Scanner) Device() biometrics.Device {
	return biometrics.Device{Name: "Virtual fingerprint reader", Driver: "virtual", Virtual: true}
}

// Takes reports whether one plain finger is asked for.
func (s *Scanner) Takes(req biometrics.Request) bool {
	return !req.Finger.Slap() && req.Impression == biometrics.Plain
}

// Capture draws the finger asked for; preview sees it appear.
func (s *Scanner) Capture(ctx context.Context, req biometrics.Request, preview func(*image.Gray)) (*biometrics.Capture, error) {
	if !s.Takes(req) {
		return nil, biometrics.ErrNotTaken
	}
	if s.Absent > 0 {
		if err := s.pause(ctx, s.Absent); err != nil {
			return nil, err
		}
		return nil, biometrics.ErrNoFinger
	}
	settle := s.Settle
	if settle == 0 {
		settle = defaultSettle
	}
	if s.Spoilt > 0 {
		s.Spoilt--
		if err := s.pause(ctx, settle); err != nil {
			return nil, err
		}
		return nil, biometrics.ErrBadImage
	}
	draw := Ridges
	if s.Draw != nil {
		draw = s.Draw
	}
	img := faded(draw(s.Seed, req.Finger), 1)
	const steps = 3
	for i := 1; i <= steps; i++ {
		if preview != nil {
			preview(faded(img, float64(i)/steps))
		}
		if err := s.pause(ctx, settle/steps); err != nil {
			return nil, err
		}
	}
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	return biometrics.One(req, img, printDPI, s.Device(), now()), nil
}

// Unplug pulls the cable: captures end with [biometrics.ErrNoDevice], the one
// that runs and later ones. It may be called from any goroutine.
func (s *Scanner) Unplug() {
	away := s.away()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.gone {
		s.gone = true
		close(away)
	}
}

// Close has nothing to switch off, but captures nothing afterwards.
func (s *Scanner) Close() error {
	s.Unplug()
	return nil
}

// away is closed when the reader is gone.
func (s *Scanner) away() chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left == nil {
		s.left = make(chan struct{})
	}
	return s.left
}

// faded blends the print with an empty platen, as while a finger is laid down.
func faded(img *image.Gray, share float64) *image.Gray {
	out := image.NewGray(img.Rect)
	for i, v := range img.Pix {
		out.Pix[i] = uint8(255 - share*(255-float64(v)))
	}
	return out
}

// pause waits while the reader stays plugged in.
func (s *Scanner) pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	away := s.away()
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-away:
		return fmt.Errorf("the virtual reader is unplugged: %w", biometrics.ErrNoDevice)
	default:
	}
	select {
	case <-away:
		return fmt.Errorf("the virtual reader is unplugged: %w", biometrics.ErrNoDevice)
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
