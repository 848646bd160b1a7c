//go:build cgo || windows

package pcsc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ebfe/scard"
)

// Watch calls seen with all readers at once, and again after every change: a
// reader comes or goes, a card is put on or taken off. A card is seen at once,
// a reader within a second. It returns when ctx ends, or with [ErrNoService]
// when the service does; the caller tries again later.
func Watch(ctx context.Context, seen func([]State)) error {
	sc, err := scard.EstablishContext()
	if err != nil {
		return fmt.Errorf("watch card readers: %w", translate(err))
	}
	defer release(sc)
	stop := context.AfterFunc(ctx, func() { _ = sc.Cancel() })
	defer stop()
	var told []State
	first := true
	var states []scard.ReaderState
	for ctx.Err() == nil {
		readers, err := list(sc)
		if err != nil {
			return fmt.Errorf("watch card readers: %w", err)
		}
		states = follow(states, readers)
		if err := change(ctx, sc, states); err != nil {
			return fmt.Errorf("watch card readers: %w", err)
		}
		now := describe(states)
		if ctx.Err() == nil && (first || !slices.EqualFunc(told, now, State.equal)) {
			seen(now)
			told, first = now, false
		}
	}
	return ctx.Err()
}

// follow keeps what is known of the readers that are still there.
func follow(states []scard.ReaderState, readers []string) []scard.ReaderState {
	next := make([]scard.ReaderState, 0, len(readers))
	for _, r := range readers {
		i := slices.IndexFunc(states, func(s scard.ReaderState) bool { return s.Reader == r })
		if i < 0 {
			next = append(next, scard.ReaderState{Reader: r})
			continue
		}
		s := states[i]
		s.CurrentState = s.EventState
		next = append(next, s)
	}
	return next
}

// change waits for a change of the readers, a second at most. With no reader
// there is nothing the service could wait for.
func change(ctx context.Context, sc *scard.Context, states []scard.ReaderState) error {
	if len(states) == 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
		}
		return nil
	}
	err := sc.GetStatusChange(states, wait)
	if err == nil || ctx.Err() != nil || errors.Is(err, scard.ErrTimeout) ||
		errors.Is(err, scard.ErrUnknownReader) || errors.Is(err, scard.ErrReaderUnavailable) {
		return nil // the next turn lists the readers anew
	}
	return translate(err)
}

func describe(states []scard.ReaderState) []State {
	list := make([]State, 0, len(states))
	for _, s := range states {
		f := s.EventState
		if f&(scard.StateUnknown|scard.StateUnavailable) != 0 {
			continue
		}
		state := State{
			Reader: s.Reader, Virtual: isVirtual(s.Reader),
			Card: f&scard.StatePresent != 0, Mute: f&scard.StateMute != 0, Busy: f&scard.StateExclusive != 0,
		}
		if state.Card { // the service leaves the last card's answer behind
			state.ATR = slices.Clone(s.Atr)
		}
		list = append(list, state)
	}
	return list
}
