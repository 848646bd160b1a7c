//go:build cgo || windows

package pcsc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ebfe/scard"

	"github.com/tram-station/tram/reader/apdu"
)

// settle is how long the service may take to notice a removal: after a failed
// transmission "card was removed" follows some 400 ms later.
const settle = 600 * time.Millisecond

// patience is how long a chip may take over one command: the slowest
// cryptography of a chip needs under two seconds, and some drivers wait for
// ever on a chip that died.
const patience = 10 * time.Second

// card is a connected card inside a transaction. One goroutine owns it.
type card struct {
	sc     *scard.Context
	handle *scard.Card
	reader string
	atr    []byte
	visit  uint64
	stuck  chan answer // set while an abandoned command still runs
}

type answer struct {
	response []byte
	err      error
}

var _ apdu.Described = (*card)(nil)

// ATR returns the answer to reset, nil where the service does not tell.
func (c *card) ATR() []byte { return c.atr }

// Visit counts the cards that came and went, as the service does in the upper
// half of the reader's state.
func (c *card) Visit() uint64 { return c.visit }

// describe asks the service what lies there. A service that does not tell is
// no reason to refuse the card.
func (c *card) describe() {
	states := []scard.ReaderState{{Reader: c.reader}}
	if err := c.sc.GetStatusChange(states, 0); err == nil {
		c.visit = uint64(states[0].EventState >> 16)
	}
	if status, err := c.handle.Status(); err == nil {
		c.atr = status.Atr
	}
}

// Transmit sends one command. The service cannot interrupt a command that is
// under way: when ctx ends first, the card is of no more use and only Close is
// left. A card that was pulled is [apdu.ErrCardLost], and as kinds of it one
// that another program reset [apdu.ErrReset], that answers success with no
// bytes [apdu.ErrSilent] or nothing for ten seconds [apdu.ErrTimeout]; a
// reader that was unplugged is [apdu.ErrNoReader].
func (c *card) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c.stuck != nil {
		return nil, fmt.Errorf("transmit after an abandoned command: %w", apdu.ErrCardLost)
	}
	done := make(chan answer, 1)
	go func() {
		r, err := c.handle.Transmit(command)
		done <- answer{r, err}
	}()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case a := <-done:
		if a.err == nil && len(a.response) >= 2 {
			return a.response, nil
		}
		return nil, fmt.Errorf("transmit: %w", c.explain(a.err))
	case <-ctx.Done():
		c.stuck = done
		return nil, ctx.Err()
	case <-late.C:
		c.stuck = done
		return nil, fmt.Errorf("transmit: no answer in %v: %w", patience, apdu.ErrTimeout)
	}
}

// explain says what a failed transmission means. The first error is often a
// vague one; the reader's state tells a lost card from a loose cable and from
// a chip that crashed.
func (c *card) explain(cause error) error {
	err := translate(cause)
	if errors.Is(err, apdu.ErrReset) {
		return err // the card is there
	}
	if cause != nil && !errors.Is(err, apdu.ErrCardLost) && !errors.Is(err, apdu.ErrNoReader) &&
		!errors.Is(cause, scard.ErrInvalidHandle) {
		return err
	}
	switch there, stateErr := c.stays(); {
	case stateErr != nil:
		return stateErr
	case there && cause == nil:
		return apdu.ErrSilent
	case cause == nil:
		return apdu.ErrCardLost
	}
	return fmt.Errorf("%w (%w)", apdu.ErrCardLost, cause)
}

// stays waits as long as a removal may take to be noticed and reports whether
// the card is still in the reader; [apdu.ErrNoReader] where that is gone.
func (c *card) stays() (bool, error) {
	states := []scard.ReaderState{{Reader: c.reader}}
	for end := time.Now().Add(settle); ; {
		if err := c.sc.GetStatusChange(states, max(0, time.Until(end))); err != nil {
			if e := translate(err); errors.Is(e, apdu.ErrNoReader) {
				return false, e
			}
			return true, nil // nothing changed in time
		}
		f := states[0].EventState
		switch {
		case f&(scard.StateUnknown|scard.StateUnavailable) != 0:
			return false, apdu.ErrNoReader
		case f&scard.StatePresent == 0:
			return false, nil
		case !time.Now().Before(end):
			return true, nil
		}
		states[0].CurrentState = f
	}
}

// Close resets the card, so that no session stays open on it, and lets it go.
// An abandoned command is waited for in the background.
func (c *card) Close() error {
	if c.stuck != nil {
		go func() {
			<-c.stuck
			_ = c.release()
		}()
		return nil
	}
	return c.release()
}

func (c *card) release() error {
	_ = c.handle.EndTransaction(scard.LeaveCard) // fails when the card is gone
	err := c.handle.Disconnect(scard.ResetCard)
	release(c.sc)
	if err = translate(err); err == nil || errors.Is(err, apdu.ErrCardLost) || errors.Is(err, apdu.ErrNoReader) {
		return nil
	}
	return fmt.Errorf("close the card: %w", err)
}
