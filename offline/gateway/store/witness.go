package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tram-station/tram/offline/gateway"
)

const (
	witnessStream   = "WITNESSES" // witness.<station>
	witnessSubjects = "witness.*"
)

// Witnesses is a gateway.Witnesses in JetStream: what one gateway saw of a
// station's audit log, all of them know.
type Witnesses struct{ j *JetStream }

// OpenWitnesses makes the stream where it is not there yet.
func (j *JetStream) OpenWitnesses(ctx context.Context) (*Witnesses, error) {
	ctx, cancel := context.WithTimeout(ctx, clusterStart)
	defer cancel()
	_, err := j.now().stream(ctx, j.replicas, jetstream.StreamConfig{Name: witnessStream, Subjects: []string{witnessSubjects}, MaxMsgsPerSubject: 1})
	if err != nil {
		return nil, fmt.Errorf("store: witnesses: %w", err)
	}
	return &Witnesses{j}, nil
}

// Witness returns what was seen last.
func (w *Witnesses) Witness(ctx context.Context, station string) (gateway.Witness, error) {
	seen, _, err := w.last(ctx, station)
	return seen, err
}

// last returns what was seen last and its place, 0 before the first.
func (w *Witnesses) last(ctx context.Context, station string) (gateway.Witness, uint64, error) {
	m, err := w.j.read(ctx, witnessStream, ask{Last: witnessSubject(station)})
	if errors.Is(err, gateway.ErrNoRecord) {
		return gateway.Witness{Station: station}, 0, nil
	}
	if err != nil {
		return gateway.Witness{}, 0, err
	}
	seen, err := m.witness()
	return seen, m.Sequence, err
}

func (m *message) witness() (gateway.Witness, error) {
	var seen gateway.Witness
	if err := json.Unmarshal(m.Data, &seen); err != nil {
		return gateway.Witness{}, fmt.Errorf("store: witness at %d: %w", m.Sequence, err)
	}
	return seen, nil
}

// Advance puts next in the place of old, on the condition that old is still
// the newest, and reads it back.
func (w *Witnesses) Advance(ctx context.Context, old, next gateway.Witness) error {
	there, place, err := w.last(ctx, next.Station)
	if err != nil {
		return err
	}
	if there.Report != old.Report {
		return gateway.ErrMoved
	}
	raw, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("store: witness: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	perr := w.j.publish(ctx, witnessStream, place, &nats.Msg{Subject: witnessSubject(next.Station), Data: raw})
	there, _, err = w.last(ctx, next.Station)
	switch {
	case err != nil:
		return errors.Join(perr, err)
	case there.Report == next.Report:
		return nil
	case there.Report == old.Report:
		return fmt.Errorf("store: witness: %w", perr)
	default:
		return gateway.ErrMoved
	}
}

// All returns what was seen of every station.
func (w *Witnesses) All(ctx context.Context) ([]gateway.Witness, error) {
	var all []gateway.Witness
	for a := (ask{Next: witnessSubjects, Sequence: 1}); ; {
		m, err := w.j.read(ctx, witnessStream, a)
		if errors.Is(err, gateway.ErrNoRecord) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		seen, err := m.witness()
		if err != nil {
			return nil, err
		}
		all, a.Sequence = append(all, seen), m.Sequence+1
	}
}

func witnessSubject(station string) string { return "witness." + token(station) }
