package virtual

import (
	"context"
	"image"
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
	// Now is the clock of the prints; nil means time.Now.
	Now func() time.Time
}

const defaultSettle = 250 * time.Millisecond

// Device says what it is: virtual.
func (s *Scanner) Device() biometrics.Device {
	return biometrics.Device{Name: "Virtual fingerprint reader", Driver: "virtual", Virtual: true}
}

// Capture draws the finger asked for; preview sees it appear.
func (s *Scanner) Capture(ctx context.Context, req biometrics.Request, preview func(*image.Gray)) (*biometrics.Print, error) {
	if s.Absent > 0 {
		if err := pause(ctx, s.Absent); err != nil {
			return nil, err
		}
		return nil, biometrics.ErrNoFinger
	}
	settle := s.Settle
	if settle == 0 {
		settle = defaultSettle
	}
	img := Ridges(s.Seed, req.Finger)
	const steps = 3
	for i := 1; i <= steps; i++ {
		if preview != nil {
			preview(faded(img, float64(i)/steps))
		}
		if err := pause(ctx, settle/steps); err != nil {
			return nil, err
		}
	}
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	return &biometrics.Print{Finger: req.Finger, Image: img, DPI: printDPI, Device: s.Device(), Time: now()}, nil
}

// Close has nothing to switch off.
func (s *Scanner) Close() error { return nil }

// faded blends the print with an empty platen, as while a finger is laid down.
func faded(img *image.Gray, share float64) *image.Gray {
	out := image.NewGray(img.Rect)
	for i, v := range img.Pix {
		out.Pix[i] = uint8(255 - share*(255-float64(v)))
	}
	return out
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
