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
	// Draw draws a person's finger; nil means [Ridges] and [Rolled]. The picture
	// is not changed.
	Draw func(seed int64, finger biometrics.Finger) *image.Gray
	// Touch is which of the person's touches the next capture is: at 0 single
	// fingers lie as they are drawn, every other touch is another impression.
	Touch int
	// Wrong is what the person does wrong: which finger lies on the reader where
	// another is asked for, and in a slap which hand, which fingers are off.
	Wrong Lay
	// SingleOnly makes it a reader that takes one plain finger at a time.
	SingleOnly bool
	// Now is the clock of the prints; nil means time.Now.
	Now func() time.Time

	person *Person

	mu   sync.Mutex // guards left and gone
	left chan struct{}
	gone bool
}

const defaultSettle = 250 * time.Millisecond

// At least minPreviews pictures are shown while a finger settles, and one every
// previewEvery.
const (
	minPreviews  = 3
	previewEvery = 200 * time.Millisecond
)

// Device says what it is: virtual.
func (s *Scanner) Device() biometrics.Device {
	return biometrics.Device{Name: "Virtual fingerprint reader", Driver: "virtual", Virtual: true}
}

// Takes reports whether a single finger is asked for, plain or rolled, or a
// plain slap.
func (s *Scanner) Takes(req biometrics.Request) bool {
	plain := req.Impression == biometrics.Plain
	if req.Finger.Slap() {
		return plain && !s.SingleOnly && len(req.Wanted()) > 0
	}
	return plain || req.Impression == biometrics.Rolled && !s.SingleOnly
}

// Capture draws what is asked for; preview sees it appear. A slap comes uncut.
func (s *Scanner) Capture(ctx context.Context, req biometrics.Request, preview func(*image.Gray)) (*biometrics.Capture, error) {
	if !s.Takes(req) {
		return nil, biometrics.ErrNotTaken
	}
	if absent := s.absent(req); absent > 0 {
		if err := s.pause(ctx, absent); err != nil {
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
	img := s.draw(req)
	steps := max(minPreviews, int((settle+previewEvery-1)/previewEvery))
	for i := 1; i <= steps; i++ {
		if preview != nil {
			preview(faded(img, float64(i)/float64(steps)))
		}
		if err := s.pause(ctx, settle/time.Duration(steps)); err != nil {
			return nil, err
		}
	}
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	if req.Finger.Slap() {
		return &biometrics.Capture{Request: req, Slap: img, DPI: printDPI, Device: s.Device(), Time: now()}, nil
	}
	return biometrics.One(req, img, printDPI, s.Device(), now()), nil
}

// absent is how long the platen stays empty; 0 where something is laid down.
func (s *Scanner) absent(req biometrics.Request) time.Duration {
	if f, other := s.Wrong.Fingers[req.Finger]; other && f == biometrics.UnknownFinger {
		return max(s.Absent, time.Millisecond)
	}
	return s.Absent
}

// draw is what lies on the reader. It belongs to the caller.
func (s *Scanner) draw(req biometrics.Request) *image.Gray {
	if s.person == nil || s.person.Seed != s.Seed {
		s.person = &Person{Seed: s.Seed, Draw: s.Draw}
	}
	if req.Finger.Slap() {
		lay := s.Wrong
		lay.Touch = s.Touch
		img, _ := s.person.Slap(req, lay)
		return img
	}
	f, other := s.Wrong.Fingers[req.Finger]
	if !other {
		f = req.Finger
	}
	return s.person.single(f, s.Touch, req.Impression == biometrics.Rolled)
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
