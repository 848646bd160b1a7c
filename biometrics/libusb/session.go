package libusb

import (
	"context"
	"errors"
	"fmt"
	"image"
	"sync"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// session is the time for which a reader is open. One capture runs at a time;
// Close may be called beside it and ends it.
type session struct {
	ending context.Context // done when Close was called
	end    context.CancelFunc
	mu     sync.Mutex // held by the capture that runs, and by Close
	lost   error      // the reader has to be opened anew
	closed bool
}

func newSession() *session {
	s := new(session)
	s.ending, s.end = context.WithCancel(context.Background())
	return s
}

// errClosed says that the reader is no longer open.
var errClosed = fmt.Errorf("the reader is closed: %w", biometrics.ErrNoDevice)

// run runs one capture. After a failed transfer no other runs: what the reader
// still sends would pass for the next finger's.
func (s *session) run(ctx context.Context, capture func(context.Context) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending.Err() != nil {
		return errClosed
	}
	if s.lost != nil {
		return s.lost
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	own, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ending, cancel)()
	err := capture(own)
	if errors.Is(err, biometrics.ErrNoDevice) {
		s.lost = err
	}
	if err != nil && ctx.Err() == nil && s.ending.Err() != nil {
		return errClosed
	}
	return err
}

// close ends the capture that runs and calls last, once.
func (s *session) close(last func() error) error {
	s.end()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return last()
}

// plainFinger reports whether one plain finger is asked for: these sensors have
// room for one, and do not follow one that rolls.
func plainFinger(req biometrics.Request) bool {
	return !req.Finger.Slap() && req.Impression == biometrics.Plain
}

// one runs the capture of one finger, shows it, and makes the print. now is the
// clock of the print; nil means time.Now.
func (s *session) one(ctx context.Context, req biometrics.Request, preview func(*image.Gray), now func() time.Time,
	dpi int, d biometrics.Device, finger func(context.Context) (*image.Gray, error)) (*biometrics.Capture, error) {
	if !plainFinger(req) {
		return nil, biometrics.ErrNotTaken
	}
	var img *image.Gray
	err := s.run(ctx, func(ctx context.Context) (err error) {
		img, err = finger(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if preview != nil {
		preview(img)
	}
	if now == nil {
		now = time.Now
	}
	return biometrics.One(req, img, dpi, d, now()), nil
}
