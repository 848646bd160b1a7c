package queue

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/envelope"
)

// Draft notes that an enrolment has begun. The queue holds nothing of it but its
// kind. A draft that is there already stays.
func (q *Queue) Draft(id uuid.UUID, kind string, at envelope.Clock) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.update(func(tx *bbolt.Tx) error {
		for _, bucket := range [][]byte{bucketDrafts, bucketEntries, bucketHeld} {
			if tx.Bucket(bucket).Get(id[:]) != nil {
				return nil
			}
		}
		at, err := q.now(tx, at)
		if err != nil {
			return err
		}
		e := Entry{ID: id, Kind: kind, Enqueued: at.Wall}
		e.step(Draft, at)
		if err := putEntry(tx, bucketDrafts, e); err != nil {
			return err
		}
		return note(tx, at, Draft.String(), &e, "")
	})
}

// Drafts returns the enrolments that have begun and were neither sealed nor
// abandoned, oldest first.
func (q *Queue) Drafts() ([]Entry, error) { return q.readable(bucketDrafts) }

// Abandon ends a draft that will not be sealed; one that is not there is no
// error.
func (q *Queue) Abandon(id uuid.UUID) error {
	return q.drop(bucketDrafts, id, "abandoned", nil)
}

// endDraft takes a draft out and returns its steps; one that is not there, or
// is damaged, has none.
func endDraft(tx *bbolt.Tx, id uuid.UUID) ([]Step, error) {
	begun, err := readEntry(tx, bucketDrafts, id)
	if err != nil {
		begun = Entry{}
	}
	return begun.Steps, tx.Bucket(bucketDrafts).Delete(id[:])
}

// Hold keeps a dossier that waits for a supervisor. It stands outside the
// station's chain and is not sent; Put of the same ID takes its place. A draft
// of the same ID ends with it. The errors are ErrFull and ErrExists.
func (q *Queue) Hold(ctx context.Context, e Entry, s *envelope.Sealed) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	e.Held = true
	return q.aside(ctx, bucketHeld, e, s, "held")
}

// Held returns the dossiers that wait for a supervisor, oldest first.
func (q *Queue) Held() ([]Entry, error) { return q.readable(bucketHeld) }

// Release drops a held dossier and its sealed bytes; one that is not there is
// no error.
func (q *Queue) Release(id uuid.UUID) error { return q.drop(bucketHeld, id, "released", nil) }

// Carry keeps another station's dossier that came by courier, to be sent on.
// The caller has verified its manifest. The same dossier twice is no error; the
// others are ErrFull, also where the room is what capturing wants, and ErrExists.
func (q *Queue) Carry(ctx context.Context, s *envelope.Sealed, of string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	var there Entry
	err := q.view(func(tx *bbolt.Tx) (err error) {
		there, err = readEntry(tx, bucketCarried, s.ID)
		return err
	})
	if err == nil && there.Digest == envelope.Sum(s.Manifest) {
		return nil
	}
	return q.aside(ctx, bucketCarried, Entry{Station: of, Enqueued: q.opt.Clock().Wall}, s, "carried")
}

// Carried returns the dossiers of other stations, oldest first: those without a
// Receipt are to be sent, the receipts of the others are to be brought back.
func (q *Queue) Carried() ([]Entry, error) { return q.readable(bucketCarried) }

// SettleCarried stores the receipt for a carried dossier durably and deletes its
// sealed bytes. The caller has verified the receipt.
func (q *Queue) SettleCarried(id uuid.UUID, receipt []byte, r *envelope.Receipt) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	var e Entry
	settled := false
	err := q.update(func(tx *bbolt.Tx) (err error) {
		settled = false
		if e, err = readEntry(tx, bucketCarried, id); err != nil || !e.unsettled() {
			return err
		}
		if err := r.For(e.ID, e.Digest); err != nil {
			return err
		}
		at, err := q.now(tx, q.opt.Clock())
		if err != nil {
			return err
		}
		e.Receipt, settled = receipt, true
		e.step(Custody, at)
		if err := putEntry(tx, bucketCarried, e); err != nil {
			return err
		}
		return note(tx, at, "carried-custody", &e, e.Station)
	})
	if err != nil || !settled {
		return err
	}
	q.forget(e)
	return nil
}

// UpdateCarried is Update of a carried dossier.
func (q *Queue) UpdateCarried(id uuid.UUID, change func(*Entry)) (Entry, error) {
	return q.change(bucketCarried, id, "carried-", change)
}

// Uncarry drops a carried dossier whose receipt was handed back, or that the
// central will not take. One that is still to be sent stays: the error is
// ErrUnsettled.
func (q *Queue) Uncarry(id uuid.UUID) error {
	return q.drop(bucketCarried, id, "uncarried", func(e Entry) error {
		if e.waits() {
			return ErrUnsettled
		}
		return nil
	})
}

// ErrUnsettled says that the central has not signed for a dossier yet.
var ErrUnsettled = errors.New("queue: the central has not signed for this dossier yet: it stays here")

// aside stores a dossier outside the station's chain; q.mu is held.
func (q *Queue) aside(ctx context.Context, bucket []byte, e Entry, s *envelope.Sealed, what string) error {
	m, err := q.admit(s, bucket)
	if err != nil {
		return err
	}
	return q.store(ctx, &e, s, m, func(tx *bbolt.Tx, e Entry) error {
		at, err := q.now(tx, q.opt.Clock())
		if err != nil {
			return err
		}
		if string(bucket) == string(bucketHeld) {
			if e.Steps, err = endDraft(tx, e.ID); err != nil {
				return err
			}
		}
		e.step(Sealed, at)
		if err := putEntry(tx, bucket, e); err != nil {
			return err
		}
		return note(tx, at, what, &e, e.Station)
	})
}

// drop takes an entry out of a side bucket, with its file, unless may objects.
func (q *Queue) drop(bucket []byte, id uuid.UUID, what string, may func(Entry) error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	var e Entry
	err := q.update(func(tx *bbolt.Tx) (err error) {
		if e, err = readEntry(tx, bucket, id); err != nil {
			return err
		}
		if may != nil {
			if err := may(e); err != nil {
				return err
			}
		}
		if err := removeEntry(tx, bucket, e); err != nil {
			return err
		}
		at, err := q.now(tx, q.opt.Clock())
		if err != nil {
			return err
		}
		return note(tx, at, what, &e, e.Station)
	})
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil || e.Blob == envelope.Digest{} || !e.unsettled():
		return err
	}
	q.forget(e)
	return nil
}

func (q *Queue) readable(bucket []byte) (entries []Entry, err error) {
	err = q.view(func(tx *bbolt.Tx) error {
		entries, _ = readAll(tx, bucket)
		return nil
	})
	return entries, err
}
