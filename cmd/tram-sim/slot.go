package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/tram-station/tram/reader/chip"
)

const (
	retryPause = 200 * time.Millisecond
	// pulledPause is how long a pulled card stays away unless told otherwise:
	// PC/SC notices an empty slot only at its next poll.
	pulledPause = 2 * time.Second
)

// slot connects the card with one slot of the virtual reader, in whichever
// direction; a connection is a card in the slot.
type slot struct {
	address  string
	wait     time.Duration // for a first reader; 0 for ever
	listener net.Listener  // nil where the slot is dialled, or between two cards
	dials    bool
	pullFor  time.Duration // how long a pulled card stays away
}

func newSlot(ctx context.Context, o chipOptions) (*slot, error) {
	s := &slot{address: o.vpcd, wait: o.wait, dials: o.listen == "", pullFor: o.pullFor}
	if s.dials {
		return s, nil
	}
	s.address = o.listen
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	s.address = s.listener.Addr().String()
	return s, nil
}

func (s *slot) open(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.address)
	if err != nil {
		return fmt.Errorf("wait for a virtual reader: %w", err)
	}
	s.listener = listener
	return nil
}

func (s *slot) close() {
	if s.listener != nil {
		_ = s.listener.Close()
		s.listener = nil
	}
}

// serve keeps the card in the slot until ctx ends, whose error it returns. A pulled card comes back
// after a pause; a reader that went away is waited for.
func (s *slot) serve(ctx context.Context, a *app, card *chip.Card) error {
	for {
		conn, err := s.connect(ctx)
		if err != nil {
			return err
		}
		s.wait = 0 // the reader exists: wait as long as it takes
		pause := retryPause
		err = chip.ServeVPCD(ctx, conn, card)
		if errors.Is(err, chip.ErrPulled) {
			pause = s.pullFor
			fmt.Fprintf(a.stderr, "tram-sim: the card was pulled; it comes back in %s\n", pause)
		}
		card.Reset()
		if !sleep(ctx, pause) {
			return ctx.Err()
		}
	}
}

// connect returns the next connection with the reader.
func (s *slot) connect(ctx context.Context) (net.Conn, error) {
	if s.wait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.wait)
		defer cancel()
	}
	if s.dials {
		return s.dial(ctx)
	}
	return s.accept(ctx)
}

func (s *slot) dial(ctx context.Context) (net.Conn, error) {
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.address)
		if err == nil {
			return conn, nil
		}
		if !sleep(ctx, retryPause) {
			return nil, s.gaveUp(ctx, fmt.Sprintf("start pcscd with vsmartcard-vpcd (%v)", err))
		}
	}
}

// accept takes one connection and closes the door behind it: while there is no
// card, the reader must find nobody.
func (s *slot) accept(ctx context.Context) (net.Conn, error) {
	if s.listener == nil {
		if err := s.open(ctx); err != nil {
			return nil, err
		}
	}
	defer s.close()
	stop := context.AfterFunc(ctx, s.listenerCloser())
	defer stop()
	conn, err := s.listener.Accept()
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() != nil:
		return nil, s.gaveUp(ctx, "give its driver that address")
	}
	return nil, fmt.Errorf("wait for a virtual reader: %w", err)
}

// gaveUp tells a wait that ran out from one that was stopped.
func (s *slot) gaveUp(ctx context.Context, next string) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return fmt.Errorf("%w at %s: %s", errNoReader, s.address, next)
}

func (s *slot) listenerCloser() func() {
	listener := s.listener
	return func() { _ = listener.Close() }
}

// sleep waits, and returns false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
