package libusb

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// cable is pulled after a number of transfers.
type cable struct {
	mu   sync.Mutex // guards left
	left int
	gone chan struct{} // closed when it is pulled
}

func newCable(transfers int) *cable { return &cable{left: transfers, gone: make(chan struct{})} }

var errPulled = fmt.Errorf("pulled: %w", biometrics.ErrNoDevice)

// transfer counts one.
func (c *cable) transfer() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left == 0 {
		c.left--
		close(c.gone)
	}
	if c.left < 0 {
		return errPulled
	}
	c.left--
	return nil
}

// pulled reports whether the cable is.
func (c *cable) pulled() bool {
	select {
	case <-c.gone:
		return true
	default:
		return false
	}
}

// end bounds a context by the cable.
func (c *cable) end(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-c.gone:
			cancel(errPulled)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// paperOnCable is a U.are.U whose cable is pulled.
type paperOnCable struct {
	*paper
	*cable
}

func (p paperOnCable) Control(kind, request uint8, value uint16, data []byte) (int, error) {
	if err := p.transfer(); err != nil {
		return 0, err
	}
	return p.paper.Control(kind, request, value, data)
}

func (p paperOnCable) Interrupt(ctx context.Context, b []byte) (int, error) {
	ctx, cancel := p.end(ctx)
	defer cancel()
	n, err := p.paper.Interrupt(ctx, b)
	if err != nil && errors.Is(context.Cause(ctx), errPulled) {
		err = errPulled
	}
	return n, err
}

func (p paperOnCable) Bulk(ctx context.Context, b []byte) (int, error) {
	if err := p.transfer(); err != nil {
		return 0, err
	}
	ctx, cancel := p.end(ctx)
	defer cancel()
	n, err := p.paper.Bulk(ctx, b)
	if err != nil && errors.Is(context.Cause(ctx), errPulled) {
		err = errPulled
	}
	return n, err
}

// TestUnpluggedAnywhere pulls the cable before each transfer in turn, from
// power-up to off: it is always seen as that, soon, and the reader is given
// back.
func TestUnpluggedAnywhere(t *testing.T) {
	transfers := 0
	for ; ; transfers++ {
		p := newPaper(lines())
		line := newCable(transfers)
		begun := time.Now()
		r, err := start(t.Context(), paperOnCable{p, line}, mustModel(t, uru4500), "")
		if err == nil {
			_, err = r.Capture(t.Context(), biometrics.Request{Finger: biometrics.RightIndex}, nil)
			if failed := r.Close(); failed != nil {
				t.Errorf("%d: close: %v", transfers, failed)
			}
		}
		if took := time.Since(begun); took > 2*time.Second || !p.closed {
			t.Errorf("%d: took %v, given back: %v", transfers, took, p.closed)
		}
		if err == nil {
			break // pulled no sooner than after the capture
		}
		if !errors.Is(err, biometrics.ErrNoDevice) || errors.Is(err, biometrics.ErrBadImage) {
			t.Errorf("%d: %v, want no device", transfers, err)
		}
	}
	const least = 13 // of power-up, capture and two keys
	if transfers < least {
		t.Errorf("a session of %d transfers", transfers)
	}
}

// pressOnCable is an NB-1010-U whose cable is pulled.
type pressOnCable struct {
	*pressPaper
	*cable
}

func (p pressOnCable) Send(ctx context.Context, b []byte) error {
	if err := p.transfer(); err != nil {
		return err
	}
	return p.pressPaper.Send(ctx, b)
}

func (p pressOnCable) Receive(ctx context.Context, b []byte) (int, error) {
	if err := p.transfer(); err != nil {
		return 0, err
	}
	return p.pressPaper.Receive(ctx, b)
}

func TestPressUnpluggedAnywhere(t *testing.T) {
	transfers := 0
	for ; ; transfers++ {
		p := newPressPaper(pressPicture())
		line := newCable(transfers)
		r := newPress(pressOnCable{p, line}, "")
		_, err := r.Capture(t.Context(), biometrics.Request{Finger: biometrics.RightIndex}, nil)
		if failed := r.Close(); failed != nil || p.closed != 1 {
			t.Errorf("%d: close: %v, %d times", transfers, failed, p.closed)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, biometrics.ErrNoDevice) || errors.Is(err, biometrics.ErrBadImage) || !line.pulled() {
			t.Errorf("%d: %v, want no device", transfers, err)
		}
	}
	const least = 6 + pressHeight/pressLines // three commands, their answers, the parts
	if transfers < least {
		t.Errorf("a capture of %d transfers", transfers)
	}
}
