package queue

import (
	"cmp"
	"slices"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/blob"
	"github.com/tram-station/tram/offline/envelope"
)

// List returns the entries that can be read, oldest first, and the IDs of the
// damaged ones.
func (q *Queue) List() (entries []Entry, damaged []uuid.UUID, err error) {
	err = q.view(func(tx *bbolt.Tx) error {
		entries, damaged = readAll(tx, bucketEntries)
		return nil
	})
	return entries, damaged, err
}

// readAll reads a bucket of entries, oldest first.
func readAll(tx *bbolt.Tx, bucket []byte) (entries []Entry, damaged []uuid.UUID) {
	for c, key, record := first(tx, bucket); key != nil; key, record = c.Next() {
		var e Entry
		if unframe(key, record, &e) == nil {
			entries = append(entries, e)
			continue
		}
		id, _ := uuid.FromBytes(key)
		damaged = append(damaged, id)
	}
	slices.SortStableFunc(entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(a.Enqueued, b.Enqueued))
	})
	return entries, damaged
}

func first(tx *bbolt.Tx, bucket []byte) (c *bbolt.Cursor, key, value []byte) {
	c = tx.Bucket(bucket).Cursor()
	key, value = c.First()
	return c, key, value
}

// Waiting returns what is to be sent, oldest first, and reads nothing else: the
// sealed and the sending ones, and any that the central already speaks of but
// has not signed for. One whose record is damaged is left out; List names it.
func (q *Queue) Waiting() (entries []Entry, err error) {
	err = q.view(func(tx *bbolt.Tx) error {
		for c, key, record := first(tx, bucketWaiting); key != nil; key, record = c.Next() {
			value, err := readRow(key, record)
			if err != nil {
				continue // the next start makes it anew
			}
			id, err := uuid.FromBytes(value)
			if err != nil {
				continue
			}
			if e, err := readEntry(tx, bucketEntries, id); err == nil {
				entries = append(entries, e)
			}
		}
		return nil
	})
	return entries, err
}

// Get returns one entry; the errors are ErrNotFound and ErrRecord.
func (q *Queue) Get(id uuid.UUID) (e Entry, err error) {
	err = q.view(func(tx *bbolt.Tx) error { e, err = readEntry(tx, bucketEntries, id); return err })
	return e, err
}

// Find returns the dossiers of the citizen whose number has this keyed hash,
// oldest first.
func (q *Queue) Find(index [32]byte) (entries []Entry, err error) {
	if index == [32]byte{} {
		return nil, nil
	}
	err = q.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketLookup).Cursor()
		for key, _ := c.Seek(index[:]); len(key) > len(index) && [32]byte(key[:len(index)]) == index; key, _ = c.Next() {
			id, err := uuid.FromBytes(key[len(index):])
			if err != nil {
				continue
			}
			if e, err := readEntry(tx, bucketEntries, id); err == nil && e.Lookup == index {
				entries = append(entries, e)
			}
		}
		return nil
	})
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return entries, err
}

// Update changes an entry durably. change may set Tries, Detail and State: to
// Sending, Refused or Damaged, and from these two to Sealed. It changes nothing
// of a dossier that the central has, and nothing that would go back.
func (q *Queue) Update(id uuid.UUID, change func(*Entry)) (Entry, error) {
	return q.change(bucketEntries, id, "", change)
}

// change is Update of one bucket; prefix stands before the state in the log.
func (q *Queue) change(bucket []byte, id uuid.UUID, prefix string, change func(*Entry)) (Entry, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var e Entry
	err := q.update(func(tx *bbolt.Tx) (err error) {
		if e, err = readEntry(tx, bucket, id); err != nil {
			return err
		}
		if !e.unsettled() {
			return nil // nothing moves it back
		}
		want := e
		change(&want)
		e.Tries, e.Detail = want.Tries, want.Detail
		if want.State != e.State && mayUpdate(e.State, want.State) {
			at, err := q.now(tx, q.opt.Clock())
			if err != nil {
				return err
			}
			e.step(want.State, at)
			if err := note(tx, at, prefix+e.State.String(), &e, e.Station); err != nil {
				return err
			}
		}
		return putEntry(tx, bucket, e)
	})
	return e, err
}

func mayUpdate(from, to State) bool {
	switch to {
	case Refused, Damaged:
		return from.Waiting() || from.rank() == beside
	case Sealed, Sending:
		return from.rank() == beside || from == Sealed
	}
	return false
}

// Settle stores the receipt durably, with the audit log's witness, and then
// deletes the sealed bytes. The caller has verified the receipt. Settling twice
// is no error.
func (q *Queue) Settle(id uuid.UUID, receipt []byte, r *envelope.Receipt, at envelope.Clock) (Entry, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var e Entry
	settled := false
	err := q.update(func(tx *bbolt.Tx) (err error) {
		settled = false
		if e, err = readEntry(tx, bucketEntries, id); err != nil || !e.unsettled() {
			return err
		}
		if err := r.For(e.ID, e.Digest); err != nil {
			return err
		}
		settled = true
		return settle(tx, &e, receipt, r, at)
	})
	if err != nil || !settled {
		return e, err
	}
	q.forget(e)
	q.restock()
	return e, nil
}

func settle(tx *bbolt.Tx, e *Entry, receipt []byte, r *envelope.Receipt, at envelope.Clock) error {
	h, err := readHead(tx)
	if err != nil {
		return err
	}
	h.Trusted = max(h.Trusted, r.Time.UnixMilli())
	if err := writeHead(tx, h); err != nil {
		return err
	}
	at.Trusted = max(at.Trusted, h.Trusted)
	e.Receipt, e.Detail = receipt, ""
	if e.State.rank() < ranks[Custody] { // else a notice was faster
		e.step(Custody, at)
	}
	if err := putEntry(tx, bucketEntries, *e); err != nil {
		return err
	}
	if err := tx.Bucket(bucketDays).Put(dayKey(r.Time, e.ID), nil); err != nil {
		return err
	}
	if err := note(tx, at, Custody.String(), e, ""); err != nil {
		return err
	}
	return audit.Witness(tx, receipt)
}

// Source reads the sealed bytes of an entry, each chunk checked. The errors of
// its Chunk are envelope.ErrNoChunk and envelope.ErrDigest. It is safe for
// concurrent use.
func (q *Queue) Source(e Entry) envelope.Source {
	if e.Blob == (envelope.Digest{}) && q.old != nil {
		return q.old
	}
	s := &source{files: q.files, file: e.Blob, at: map[envelope.Digest]place{}}
	digests, lengths, err := e.Chunks()
	s.err = err
	offset := int64(0)
	for i, d := range digests {
		s.at[d] = place{offset, lengths[i]}
		offset += int64(lengths[i])
	}
	return s
}

// source finds the chunks of one file.
type source struct {
	files *blob.Files
	file  envelope.Digest
	at    map[envelope.Digest]place
	err   error // of the manifest
}

type place struct {
	offset int64
	length int
}

// Chunk reads and checks one chunk.
func (s *source) Chunk(d envelope.Digest) ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	p, ok := s.at[d]
	if !ok {
		return nil, envelope.ErrNoChunk
	}
	b, err := s.files.ReadAt(s.file, p.offset, p.length)
	if err != nil {
		return nil, err
	}
	if err := d.Check(b); err != nil {
		return nil, err
	}
	return b, nil
}
