package offline

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/queue"
)

// watchBuffer is how many changes a slow watcher may be behind before it
// loses the oldest.
const watchBuffer = 64

// Status is what the station may show of a dossier.
type Status struct {
	ID        uuid.UUID         `json:"id"`
	State     State             `json:"state"`
	Detail    string            `json:"detail,omitempty"` // why it waits or was refused, and what to do
	Kind      string            `json:"kind"`
	Masked    string            `json:"masked,omitempty"`
	Initials  string            `json:"initials,omitempty"`
	Virtual   bool              `json:"virtual"`
	Sequence  uint64            `json:"sequence"`
	Bytes     int64             `json:"bytes"`            // sealed
	Arrived   int64             `json:"arrived,omitzero"` // of them, at the central while it is sent
	Enqueued  time.Time         `json:"enqueued"`
	Tries     int               `json:"tries"`
	Manifest  envelope.Digest   `json:"manifest"`
	Receipt   *envelope.Receipt `json:"receipt,omitempty"` // verified, from custody on
	Steps     []queue.Step      `json:"steps"`             // with the evidence of time, oldest first
	Fix       *queue.Fix        `json:"fix,omitempty"`     // what has to be brought again
	Corrects  uuid.UUID         `json:"corrects,omitzero"`
	Section   string            `json:"section,omitempty"`  // that it brings again
	Corrected uuid.UUID         `json:"corrected,omitzero"` // the correction that was made
	Held      bool              `json:"held,omitempty"`     // it waits for a supervisor and is not sent
	Station   string            `json:"station,omitempty"`  // whose it is, when carried for another
	Promise   queue.Promise     `json:"promise,omitzero"`   // what the receipt says of the result
}

// Status returns one dossier, also one that waits for a supervisor; the error is
// ErrNotFound.
func (o *Outbox) Status(id uuid.UUID) (Status, error) {
	e, err := o.queue.Get(id)
	if errors.Is(err, ErrNotFound) {
		if e, err = o.held(id); err == nil {
			s := o.status(e)
			s.Held = true
			return s, nil
		}
	}
	if err != nil {
		return Status{}, err
	}
	s := o.status(e)
	if e.State != FixNeeded {
		return s, nil
	}
	family, err := o.queue.Find(e.Lookup)
	for _, f := range family {
		if f.Corrects == id {
			s.Corrected = f.ID
		}
	}
	return s, err
}

// List returns all dossiers, oldest first. One whose record is damaged is
// there with its ID and state only.
func (o *Outbox) List() ([]Status, error) {
	entries, damaged, err := o.queue.List()
	if err != nil {
		return nil, err
	}
	list := o.statuses(entries)
	for _, id := range damaged {
		list = append(list, Status{ID: id, State: Damaged, Detail: queue.ErrRecord.Error()})
	}
	return list, nil
}

// Drafts lists the enrolments that have begun and were neither sealed nor
// abandoned, oldest first.
func (o *Outbox) Drafts() ([]Status, error) {
	entries, err := o.queue.Drafts()
	if err != nil {
		return nil, err
	}
	return o.statuses(entries), nil
}

func (o *Outbox) status(e queue.Entry) Status {
	s := Status{
		ID: e.ID, State: e.State, Detail: e.Detail, Kind: e.Kind, Masked: e.Masked, Initials: e.Initials, Virtual: e.Virtual,
		Sequence: e.Sequence, Bytes: e.Size, Enqueued: e.Time(), Tries: e.Tries, Manifest: e.Digest,
		Steps: e.Steps, Fix: e.Fix, Corrects: e.Corrects, Section: e.Section, Station: e.Station, Promise: e.Promise,
	}
	if e.State == Sending {
		s.Arrived = o.arrived.of(e.ID)
	}
	if len(e.Receipt) > 0 {
		var err error
		if s.Receipt, err = o.stored(e); err != nil {
			s.Detail = err.Error()
		}
	}
	return s
}

// errNoKey says that there is nothing to verify a receipt with.
var errNoKey = errors.New("receipt not verified: the gateway's pairing file is not here")

// stored verifies the stored receipt anew: the file may have been touched.
func (o *Outbox) stored(e queue.Entry) (*envelope.Receipt, error) {
	r, err := o.receipt(e.ID, e.Digest, e.Receipt)
	switch {
	case err == nil, errors.Is(err, errNoKey):
		return r, err
	default:
		return nil, fmt.Errorf("stored receipt: %w", err)
	}
}

// SignedReceipt returns the receipt of a dossier in custody as the central
// signed it, for print and proof.
func (o *Outbox) SignedReceipt(id uuid.UUID) ([]byte, error) {
	e, err := o.queue.Get(id)
	if err != nil {
		return nil, err
	}
	if len(e.Receipt) == 0 {
		return nil, fmt.Errorf("offline: dossier %s has no receipt yet: it is %s", id, e.State)
	}
	return e.Receipt, nil
}

// Retry wakes Run at once. Named dossiers that were refused or damaged are
// sent again; without names only those that wait.
func (o *Outbox) Retry(ids ...uuid.UUID) error {
	for _, id := range ids {
		again := func(e *queue.Entry) { e.State, e.Detail = Sealed, "" }
		_, err := o.queue.Update(id, again)
		if errors.Is(err, ErrNotFound) {
			_, err = o.queue.UpdateCarried(id, again)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		o.publish(id)
	}
	o.kick()
	return nil
}

// Verify reads the whole queue: digests, manifests and their signatures,
// receipts and the index.
func (o *Outbox) Verify() (queue.Report, error) {
	r, err := o.queue.Verify()
	if err != nil {
		return r, err
	}
	entries, _, err := o.queue.List()
	if err != nil {
		return r, err
	}
	for _, e := range entries {
		_, err := o.keyOf(e)
		if err == nil && len(e.Receipt) > 0 {
			_, err = o.stored(e)
		}
		if errors.Is(err, errNoKey) {
			r.Unchecked++
		} else if err != nil {
			r.Problems = append(r.Problems, queue.Problem{ID: e.ID, What: err.Error()})
		}
	}
	return r, nil
}

// Watch returns the changes from now on until ctx ends, which closes the
// channel. A watcher that is too slow loses the oldest changes, never the
// newest.
func (o *Outbox) Watch(ctx context.Context) <-chan Status {
	ch := make(chan Status, watchBuffer)
	o.subs.add(ch)
	context.AfterFunc(ctx, func() { o.subs.remove(ch) })
	return ch
}

// publish tells the watchers how a dossier stands.
func (o *Outbox) publish(id uuid.UUID) {
	if s, err := o.Status(id); err == nil {
		o.subs.send(s)
	}
}

// watchers are the open channels of Watch.
type watchers struct {
	mu  sync.Mutex
	all map[chan Status]struct{}
}

func (w *watchers) add(ch chan Status) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = map[chan Status]struct{}{}
	}
	w.all[ch] = struct{}{}
}

func (w *watchers) remove(ch chan Status) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.all, ch)
	close(ch)
}

func (w *watchers) send(s Status) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.all {
		for sent := false; !sent; {
			select {
			case ch <- s:
				sent = true
			default:
				select {
				case <-ch: // the oldest makes room
				default:
				}
			}
		}
	}
}
