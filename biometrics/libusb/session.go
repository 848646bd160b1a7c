package libusb

import (
	"context"
	"errors"
	"fmt"
	"sync"

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
