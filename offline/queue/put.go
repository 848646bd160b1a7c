package queue

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/blob"
	"github.com/tram-station/tram/offline/envelope"
)

// Put stores a sealed dossier; it is durable when Put returns. e gives ID, Tag,
// Kind, Masked, Enqueued, Lookup, Initials, Promise, Corrects and Section, the
// rest is filled here. A draft and a held copy of the same ID end with it. The errors
// are ErrFull, ErrExists and ErrSequence; after an error nothing is stored.
func (q *Queue) Put(ctx context.Context, e Entry, s *envelope.Sealed) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	m, err := q.admit(s, bucketEntries)
	if err != nil {
		return err
	}
	var old Entry // the copy that waited for a supervisor
	err = q.store(ctx, &e, s, m, func(tx *bbolt.Tx, e Entry) error {
		h, err := readHead(tx)
		if err != nil {
			return err
		}
		if m.Sequence != h.Sequence+1 || m.Previous != h.Digest {
			return ErrSequence
		}
		h.Sequence, h.Digest = e.Sequence, e.Digest
		if err := writeHead(tx, h); err != nil {
			return err
		}
		if e.Steps, err = endDraft(tx, e.ID); err != nil {
			return err
		}
		if old, err = readEntry(tx, bucketHeld, e.ID); err == nil {
			e.Steps = old.draftSteps()
			if err := removeEntry(tx, bucketHeld, old); err != nil {
				return err
			}
		}
		at, err := q.now(tx, q.opt.Clock())
		if err != nil {
			return err
		}
		e.step(Sealed, at)
		if err := putEntry(tx, bucketEntries, e); err != nil {
			return err
		}
		return note(tx, at, Sealed.String(), &e, "")
	})
	if err == nil && old.ID != uuid.Nil {
		q.forget(old)
	}
	return err
}

// store writes the file and then the record; q.mu is held.
func (q *Queue) store(ctx context.Context, e *Entry, s *envelope.Sealed, m *envelope.SignedManifest, commit func(*bbolt.Tx, Entry) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	digests, lengths := m.Chunks()
	e.ID, e.Sequence, e.Digest, e.Manifest = s.ID, m.Sequence, m.Digest, s.Manifest
	e.Size, e.Virtual, e.Blob = m.Size(), m.Virtual, blob.Name(digests)
	behind, err := tail(*e)
	if err != nil {
		return err
	}
	file, err := q.files.Put(s.Chunks, digests, lengths, behind)
	if err != nil {
		return err
	}
	err = q.add(func(tx *bbolt.Tx) error { return commit(tx, *e) })
	if err == nil {
		q.held += e.Size
		return nil
	}
	wanted, verr := q.wanted(file)
	if verr == nil && !wanted { // else the commit may have reached the disk: the file stays for it
		err = errors.Join(err, q.files.Delete(file))
	}
	return err
}

// admit checks everything that can be checked before anything is written.
func (q *Queue) admit(s *envelope.Sealed, bucket []byte) (*envelope.SignedManifest, error) {
	m, err := envelope.ParseManifest(s.Manifest)
	if err != nil {
		return nil, err
	}
	if m.Dossier != s.ID {
		return nil, ErrSequence
	}
	err = q.view(func(tx *bbolt.Tx) error {
		h, err := readHead(tx)
		if err != nil {
			return err
		}
		if string(bucket) == string(bucketEntries) && (m.Sequence != h.Sequence+1 || m.Previous != h.Digest) {
			return ErrSequence
		}
		if tx.Bucket(bucket).Get(s.ID[:]) != nil || tx.Bucket(bucketEntries).Get(s.ID[:]) != nil {
			return ErrExists
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return m, q.fits(m.Size(), string(bucket) == string(bucketCarried))
}

// fits returns ErrFull when so many bytes are too many. What was captured here
// is stored where Room let it begin, over the quota by as much as it is large;
// others' dossiers must not stop the capturing here.
func (q *Queue) fits(size int64, carried bool) error {
	free, total, err := q.free(q.dir)
	if err != nil {
		return fmt.Errorf("queue: free space: %w", err)
	}
	stays, held := uint64(reserve), q.held
	if carried {
		stays, held = max(stays, uint64(float64(total)*q.opt.MinFree)), held+size
	}
	switch {
	case q.opt.Quota > 0 && held >= q.opt.Quota:
		return fmt.Errorf("%w (quota of %d bytes)", ErrFull, q.opt.Quota)
	case free < uint64(size)+stays:
		return fmt.Errorf("%w (%d bytes free)", ErrFull, free)
	}
	return nil
}

// wanted says whether a record names the file.
func (q *Queue) wanted(file envelope.Digest) (found bool, err error) {
	err = q.view(func(tx *bbolt.Tx) error {
		key, _ := tx.Bucket(bucketBlobs).Cursor().Seek(file[:])
		found = len(key) > len(file) && envelope.Digest(key[:len(file)]) == file
		return nil
	})
	return found, err
}

// forget deletes the file of an entry that needs it no more, unless another
// names the same one; q.mu is held. What the entry came to is durable already: a
// file that cannot be deleted is left to the next start.
func (q *Queue) forget(e Entry) {
	if err := q.deleteFile(e); err != nil {
		q.opt.Log.Warn("queue: a file that nobody needs is still there", "dossier", e.ID, "error", err)
	}
}

func (q *Queue) deleteFile(e Entry) error {
	if e.Blob == (envelope.Digest{}) {
		return q.forgetOld(e)
	}
	q.held -= e.Size
	if wanted, err := q.wanted(e.Blob); err != nil || wanted {
		return err
	}
	return q.files.Delete(e.Blob)
}

// forgetOld deletes the chunks of an entry that stayed in the first layout.
func (q *Queue) forgetOld(e Entry) error {
	digests, _, err := e.Chunks()
	if err != nil || q.old == nil {
		return err
	}
	return q.old.Delete(digests...)
}

// putEntry writes an entry and what is told from it.
func putEntry(tx *bbolt.Tx, bucket []byte, e Entry) error {
	record, err := frame(e.ID[:], e)
	if err != nil {
		return err
	}
	if err := tx.Bucket(bucket).Put(e.ID[:], record); err != nil {
		return err
	}
	return derive(tx, bucket, e)
}

// removeEntry takes an entry out, and what was told from it.
func removeEntry(tx *bbolt.Tx, bucket []byte, e Entry) error {
	if err := tx.Bucket(bucket).Delete(e.ID[:]); err != nil {
		return err
	}
	for _, row := range rows(bucket, e) {
		if err := tx.Bucket(row.bucket).Delete(row.key); err != nil {
			return err
		}
	}
	return nil
}

// row is one record that is told from an entry; wanted false says that there
// must be none.
type row struct {
	bucket, key, value []byte
	wanted             bool
}

func rows(bucket []byte, e Entry) []row {
	size := binary.BigEndian.AppendUint64(nil, uint64(e.Size))
	all := []row{{bucketBlobs, append(e.Blob[:], e.ID[:]...), size, e.Blob != envelope.Digest{} && e.unsettled()}}
	if string(bucket) != string(bucketEntries) {
		return all
	}
	return append(all,
		row{bucketWaiting, binary.BigEndian.AppendUint64(nil, e.Sequence), e.ID[:], e.waits()},
		row{bucketLookup, append(e.Lookup[:], e.ID[:]...), nil, e.Lookup != [32]byte{}})
}

// derive brings the rows of an entry to its state.
func derive(tx *bbolt.Tx, bucket []byte, e Entry) error {
	for _, r := range rows(bucket, e) {
		b := tx.Bucket(r.bucket)
		if !r.wanted {
			if err := b.Delete(r.key); err != nil {
				return err
			}
			continue
		}
		sum := checksum(r.key, r.value)
		if err := b.Put(r.key, append(sum[:], r.value...)); err != nil {
			return err
		}
	}
	return nil
}

// readRow checks a row's value.
func readRow(key, record []byte) ([]byte, error) {
	n := len(envelope.Digest{})
	if len(record) < n || checksum(key, record[n:]) != envelope.Digest(record[:n]) {
		return nil, ErrRecord
	}
	return record[n:], nil
}

// readEntry reads one entry; the errors are ErrNotFound and ErrRecord.
func readEntry(tx *bbolt.Tx, bucket []byte, id uuid.UUID) (e Entry, err error) {
	record := tx.Bucket(bucket).Get(id[:])
	if record == nil {
		return Entry{}, ErrNotFound
	}
	return e, unframe(id[:], record, &e)
}
