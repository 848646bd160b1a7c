package kiosk

import (
	"context"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/queue"
)

// fakeOutbox is an index and a log that a test writes.
type fakeOutbox struct {
	list  []offline.Status
	audit []audit.Act
	held  int
	level string
	reads int
	read  int           // acts
	sent  [][]uuid.UUID // what was to be sent again
	kept  *reviewed     // what is held and can be opened; nil: nothing
	found audit.Report  // of the whole log
	looks int           // at the whole log
}

func (f *fakeOutbox) List() ([]offline.Status, error) {
	f.reads++
	return f.list, nil
}

func (f *fakeOutbox) Acts(from uint64, fn func(uint64, audit.Act) error) error {
	for n, a := range f.audit {
		if uint64(n) < from {
			continue
		}
		f.read++
		if err := fn(uint64(n), a); err != nil {
			return err
		}
	}
	return nil
}

// Held lists as many as the test wants.
func (f *fakeOutbox) Held() ([]offline.Status, error) {
	list := make([]offline.Status, f.held)
	for i := range list {
		list[i].State, list[i].Held = offline.Sealed, true
	}
	return list, nil
}

func (f *fakeOutbox) Retry(ids ...uuid.UUID) error {
	f.sent = append(f.sent, ids)
	return nil
}

func (f *fakeOutbox) AuditHead() (envelope.Head, error) {
	return envelope.Head{Size: uint64(len(f.audit))}, nil
}

func (f *fakeOutbox) AuditVerify() (audit.Report, error) {
	f.looks++
	return f.found, nil
}

func (f *fakeOutbox) Review(_ context.Context, id uuid.UUID, by *envelope.Identity, who string) (*dossier.Dossier, error) {
	return f.kept.open(id, by, who)
}

func (f *fakeOutbox) Release(_ context.Context, id uuid.UUID, by *envelope.Identity, approve bool, who, reason string) error {
	return f.kept.release(id, by, approve, who, reason)
}

func (f *fakeOutbox) Space() (queue.Space, error) { return queue.Space{Level: f.level}, nil }

func (f *fakeOutbox) Status(id uuid.UUID) (offline.Status, error) {
	for _, d := range f.list {
		if d.ID == id {
			return d, nil
		}
	}
	return offline.Status{}, offline.ErrNotFound
}

// Find knows one citizen, whose dossiers are all.
func (f *fakeOutbox) Find(number string) ([]offline.Status, error) {
	if number != "001090990001" {
		return nil, nil
	}
	return f.list, nil
}
