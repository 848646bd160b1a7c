package queue

import (
	"errors"
	"time"

	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/envelope"
)

// Advance takes in a notice of the central, whose signature the caller has
// checked, and moves the cursor of the feed in the same transaction, also for
// dossiers that are not here or cannot be read. changed is false, and the entry
// stays as it is, when the notice would not move it forward or is of another
// manifest. at is when the station learned it; the step keeps the central's own
// time as the trusted one.
func (q *Queue) Advance(n *envelope.Notice, signed []byte, at envelope.Clock) (e Entry, changed bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	err = q.update(func(tx *bbolt.Tx) (err error) {
		changed = false
		if err := passCursor(tx, n); err != nil {
			return err
		}
		e, err = readEntry(tx, bucketEntries, n.Dossier)
		if errors.Is(err, ErrNotFound) || errors.Is(err, ErrRecord) {
			e = Entry{}
			return nil
		}
		var to State
		if err != nil || to.UnmarshalText([]byte(n.State)) != nil {
			return err // a state of a later version moves the cursor only
		}
		if n.Manifest != e.Digest || to.rank() <= max(e.State.rank(), ranks[Custody]) {
			return nil
		}
		changed = true
		return advance(tx, &e, to, n, signed, at)
	})
	return e, changed, err
}

func advance(tx *bbolt.Tx, e *Entry, to State, n *envelope.Notice, signed []byte, at envelope.Clock) error {
	at.Trusted = n.At.UnixMilli()
	e.step(to, at)
	e.Detail, e.Notice, e.Fix = n.Words, signed, nil
	if to == FixNeeded {
		// A dossier's record keeps whole seconds.
		e.Fix = &Fix{Section: n.Section, Reason: n.Reason, Words: n.Words, Deadline: n.Deadline.UTC().Truncate(time.Second)}
	}
	if err := putEntry(tx, bucketEntries, *e); err != nil {
		return err
	}
	return note(tx, at, to.String(), e, n.Section)
}

// passCursor moves the feed's cursor and the newest time of the central.
func passCursor(tx *bbolt.Tx, n *envelope.Notice) error {
	h, err := readHead(tx)
	if err != nil {
		return err
	}
	h.Cursor, h.Trusted = max(h.Cursor, n.Cursor), max(h.Trusted, n.At.UnixMilli())
	return writeHead(tx, h)
}
