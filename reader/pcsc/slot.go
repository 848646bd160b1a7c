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

// wait is how long one wait for the service lasts. A cancelled context ends it
// at once; the bound is for a cancellation that falls between two waits.
const wait = time.Second

// again is the pause before a card that did not come up is tried again.
const again = 100 * time.Millisecond

// List names the readers that are connected.
func List() ([]string, error) {
	sc, err := scard.EstablishContext()
	if err != nil {
		return nil, fmt.Errorf("list card readers: %w", translate(err))
	}
	defer release(sc)
	return list(sc)
}

func list(sc *scard.Context) ([]string, error) {
	readers, err := sc.ListReaders()
	if errors.Is(err, scard.ErrNoReadersAvailable) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list card readers: %w", translate(err))
	}
	return readers, nil
}

// Open returns the slot of a reader: by its name, by a part of it that fits
// one reader only, or the first one for "". It does not wait:
// [apdu.ErrNoReader] where there is none. The slot is a [*Slot].
func Open(name string) (apdu.Slot, error) {
	readers, err := List()
	if err != nil {
		return nil, err
	}
	name, err = choose(readers, name)
	if err != nil {
		return nil, err
	}
	return &Slot{name: name}, nil
}

// Slot is one reader. Its methods may be called by several goroutines; each
// Card belongs to one.
type Slot struct{ name string }

// Name returns the reader's name as the service gives it.
func (s *Slot) Name() string { return s.name }

// Virtual is true for a slot of vsmartcard's driver.
func (s *Slot) Virtual() bool { return isVirtual(s.name) }

// Insert waits for a card, resets it and holds it in a transaction: other
// programs may stay connected and wait. [apdu.ErrBusy] where one of them holds the
// card exclusively, [apdu.ErrNoReader] where the reader is gone.
func (s *Slot) Insert(ctx context.Context) (apdu.Card, error) {
	for {
		err := s.await(ctx, func(f scard.StateFlag) bool {
			return f&scard.StatePresent != 0 && f&scard.StateMute == 0
		})
		if err != nil {
			return nil, fmt.Errorf("wait for a card: %w", err)
		}
		c, err := s.hold(ctx)
		if errors.Is(err, apdu.ErrCardLost) {
			// It was taken away again, or lies badly: give it a moment.
			select {
			case <-time.After(again):
				continue
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		if err != nil {
			return nil, fmt.Errorf("connect to the card: %w", err)
		}
		return c, nil
	}
}

// Removed waits until no card lies in the slot.
func (s *Slot) Removed(ctx context.Context) error {
	err := s.await(ctx, func(f scard.StateFlag) bool { return f&scard.StatePresent == 0 })
	if err != nil {
		return fmt.Errorf("wait for the card's removal: %w", err)
	}
	return nil
}

// await waits until the slot's state is as wanted.
func (s *Slot) await(ctx context.Context, wanted func(scard.StateFlag) bool) error {
	sc, err := scard.EstablishContext()
	if err != nil {
		return translate(err)
	}
	defer release(sc)
	stop := context.AfterFunc(ctx, func() { _ = sc.Cancel() })
	defer stop()
	states := []scard.ReaderState{{Reader: s.name}}
	for {
		err := sc.GetStatusChange(states, wait)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, scard.ErrTimeout):
			continue
		case err != nil:
			return translate(err)
		}
		f := states[0].EventState
		if f&(scard.StateUnknown|scard.StateUnavailable) != 0 {
			return apdu.ErrNoReader
		}
		if wanted(f) {
			return nil
		}
		states[0].CurrentState = f
	}
}

// hold connects, begins the transaction and resets the card. The service may
// keep it waiting for another program's transaction and offers no way to end
// that wait; a cancelled caller leaves it to a goroutine that cleans up.
func (s *Slot) hold(ctx context.Context) (apdu.Card, error) {
	type result struct {
		card *card
		err  error
	}
	done := make(chan result, 1)
	go func() {
		c, err := connect(s.name)
		done <- result{c, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return nil, r.err
		}
		return r.card, nil
	case <-ctx.Done():
		go func() {
			if r := <-done; r.err == nil {
				_ = r.card.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

func connect(reader string) (c *card, err error) {
	sc, err := scard.EstablishContext()
	if err != nil {
		return nil, translate(err)
	}
	defer func() {
		if err != nil {
			release(sc)
		}
	}()
	h, err := sc.Connect(reader, scard.ShareShared, scard.ProtocolAny)
	if err != nil {
		return nil, translate(err)
	}
	if err = h.BeginTransaction(); err == nil {
		// What another program left open on the chip must not stay.
		err = h.Reconnect(scard.ShareShared, scard.ProtocolAny, scard.ResetCard)
	}
	if err != nil {
		_ = h.Disconnect(scard.ResetCard)
		return nil, translate(err)
	}
	c = &card{sc: sc, handle: h, reader: reader}
	c.describe()
	return c, nil
}

func release(sc *scard.Context) { _ = sc.Release() }

// translate makes the station's errors of the service's.
func translate(err error) error {
	var e scard.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e {
	case scard.ErrNoService, scard.ErrServiceStopped:
		return ErrNoService
	case scard.ErrSecurityViolation:
		return ErrNotLetIn
	case scard.ErrNoReadersAvailable, scard.ErrReaderUnavailable, scard.ErrUnknownReader,
		scard.ErrInvalidHandle, scard.ErrInternalError: // a service that ended under us
		return fmt.Errorf("%w (%w)", apdu.ErrNoReader, e)
	case scard.ErrSharingViolation:
		return apdu.ErrBusy
	case scard.ErrResetCard:
		return fmt.Errorf("%w (%w)", apdu.ErrReset, e)
	case scard.ErrRemovedCard, scard.ErrNoSmartcard, scard.ErrUnpoweredCard, scard.ErrUnresponsiveCard,
		scard.ErrNotTransacted, scard.ErrCommError, scard.ErrCommDataLost:
		return fmt.Errorf("%w (%w)", apdu.ErrCardLost, e)
	}
	return err
}
