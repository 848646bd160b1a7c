package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
)

// order is how far a dossier is in each state; it never goes back, and of the
// last ones it takes one.
var order = map[string]int{"validated": 1, "matched": 2, "approved": 3, "fix-needed": 3, "rejected": 3}

// appendTries bounds how often an append meets another writer.
const appendTries = 8

// storedEvent is a step as the stream keeps it: place and time are the
// message's.
type storedEvent struct {
	Station  string          `json:"station"`
	Dossier  uuid.UUID       `json:"dossier"`
	Manifest envelope.Digest `json:"manifest"`
	State    string          `json:"state"`
	Section  string          `json:"section,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Words    string          `json:"words,omitempty"`
	Deadline time.Time       `json:"deadline,omitzero"`
	By       string          `json:"by,omitempty"`
}

func (m *message) event() (gateway.Event, error) {
	var s storedEvent
	if err := json.Unmarshal(m.Data, &s); err != nil {
		return gateway.Event{}, fmt.Errorf("store: step %d of the feed: %w", m.Sequence, err)
	}
	return gateway.Event{
		Cursor: m.Sequence, Station: s.Station, Dossier: s.Dossier, Manifest: s.Manifest, State: s.State, Section: s.Section,
		Reason: s.Reason, Words: s.Words, Deadline: s.Deadline, At: m.Time, By: s.By,
	}, nil
}

// Append adds a step. It is written on the condition that the newest step is
// still the one seen, and counts when it was read back.
func (j *JetStream) Append(ctx context.Context, e gateway.Event) (gateway.Event, error) {
	if order[e.State] == 0 || e.Station == "" || e.Dossier == uuid.Nil {
		return gateway.Event{}, fmt.Errorf("store: %q is no state of the central, or names no dossier", e.State)
	}
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	raw, err := json.Marshal(storedEvent{
		Station: e.Station, Dossier: e.Dossier, Manifest: e.Manifest, State: e.State, Section: e.Section,
		Reason: e.Reason, Words: e.Words, Deadline: e.Deadline, By: e.By,
	})
	if err != nil {
		return gateway.Event{}, fmt.Errorf("store: %w", err)
	}
	subject := stateSubject(e.Station, e.Dossier)
	var refused error
	for range appendTries {
		have, err := j.lastEvent(ctx, subject)
		switch {
		case err == nil && sameStep(have, e):
			return have, nil
		case err == nil && order[have.State] >= order[e.State]:
			return have, fmt.Errorf("%w: it is %s", gateway.ErrState, have.State)
		case err != nil && !errors.Is(err, gateway.ErrNoRecord):
			return gateway.Event{}, errors.Join(refused, err)
		}
		refused = j.publish(ctx, stateStream, have.Cursor, &nats.Msg{Subject: subject, Data: raw})
	}
	return gateway.Event{}, fmt.Errorf("store: the step cannot be written: %w", refused)
}

// sameStep says that the step asked for is there already. Who asked second is
// not who decided.
func sameStep(a, b gateway.Event) bool {
	return a.State == b.State && a.Section == b.Section && a.Reason == b.Reason && a.Words == b.Words &&
		a.Deadline.Equal(b.Deadline) && a.Manifest == b.Manifest
}

func (j *JetStream) lastEvent(ctx context.Context, subject string) (gateway.Event, error) {
	m, err := j.read(ctx, stateStream, ask{Last: subject})
	if err != nil {
		return gateway.Event{}, err
	}
	return m.event()
}

// State returns a dossier's newest step.
func (j *JetStream) State(ctx context.Context, id uuid.UUID) (gateway.Event, error) {
	r, err := j.Get(ctx, id)
	if err != nil {
		return gateway.Event{}, err
	}
	m, err := envelope.ParseManifest(r.Manifest)
	if err != nil {
		return gateway.Event{}, fmt.Errorf("store: %w", err)
	}
	return j.lastEvent(ctx, stateSubject(m.Station, id))
}

// Feed returns a station's steps behind the cursor.
func (j *JetStream) Feed(ctx context.Context, station string, after uint64, limit int) ([]gateway.Event, uint64, error) {
	filter := "state." + token(station) + ".*"
	var events []gateway.Event
	for len(events) < limit {
		m, err := j.read(ctx, stateStream, ask{Next: filter, Sequence: after + 1})
		if errors.Is(err, gateway.ErrNoRecord) {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		e, err := m.event()
		if err != nil {
			return nil, 0, err
		}
		events, after = append(events, e), m.Sequence
	}
	return events, after, nil
}

// Wait returns when the station has steps behind the cursor, or with the
// context.
func (j *JetStream) Wait(ctx context.Context, station string, after uint64) error {
	called, leave := j.waiting.enter(token(station))
	defer leave()
	for {
		events, _, err := j.Feed(ctx, station, after, 1)
		if err != nil && ctx.Err() == nil {
			return err
		}
		if len(events) > 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-called:
			// The call comes with the message, which is then being stored.
			if err := pause(ctx, storePause); err != nil {
				return err
			}
		case <-time.After(waitAgain):
		}
	}
}

const (
	storePause = 20 * time.Millisecond
	// waitAgain is for calls that were lost with a connection.
	waitAgain = 10 * time.Second
)

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// waiters are the requests that wait for steps, by station: one subscription
// serves them all.
type waiters struct {
	mu    sync.Mutex
	calls map[string]map[chan struct{}]bool // by station token
}

func (w *waiters) listen(conn *nats.Conn) error {
	w.mu.Lock()
	if w.calls == nil {
		w.calls = map[string]map[chan struct{}]bool{}
	}
	w.mu.Unlock()
	_, err := conn.Subscribe("state.*.*", func(m *nats.Msg) {
		if parts := strings.Split(m.Subject, "."); len(parts) == 3 {
			w.call(parts[1])
		}
	})
	return err
}

func (w *waiters) call(station string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.calls[station] {
		select {
		case c <- struct{}{}:
		default: // called already
		}
	}
}

func (w *waiters) enter(station string) (called <-chan struct{}, leave func()) {
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calls[station] == nil {
		w.calls[station] = map[chan struct{}]bool{}
	}
	w.calls[station][c] = true
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.calls[station], c)
		if len(w.calls[station]) == 0 {
			delete(w.calls, station)
		}
	}
}

func stateSubject(station string, id uuid.UUID) string {
	return "state." + token(station) + "." + id.String()
}
