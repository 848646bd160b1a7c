package queue

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/envelope"
)

// List returns the entries that can be read, oldest first, and the IDs of the
// damaged ones.
func (q *Queue) List() (entries []Entry, damaged []uuid.UUID, err error) {
	err = q.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketEntries).ForEach(func(key, record []byte) error {
			var e Entry
			if unframe(key, record, &e) == nil {
				entries = append(entries, e)
			} else {
				id, _ := uuid.FromBytes(key)
				damaged = append(damaged, id)
			}
			return nil
		})
	})
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return entries, damaged, err
}

// Chunk reads a chunk, checked; a Queue is the envelope.Source of what waits.
func (q *Queue) Chunk(d envelope.Digest) ([]byte, error) { return q.blobs.Chunk(d) }

// Update changes an entry durably. change may set State (but not Custody,
// which is Settle's), Tries and Detail.
func (q *Queue) Update(id uuid.UUID, change func(*Entry)) (e Entry, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	err = q.update(func(tx *bbolt.Tx) error {
		record := tx.Bucket(bucketEntries).Get(id[:])
		if record == nil {
			return ErrNotFound
		}
		if err := unframe(id[:], record, &e); err != nil {
			return err
		}
		if e.State == Custody {
			return nil // the end: nothing moves it back
		}
		change(&e)
		return putEntry(tx, e)
	})
	return e, err
}

// Settle stores the receipt durably and then deletes the chunks. The caller
// has verified the receipt; at is the central's time in it. Settling twice is
// no error.
func (q *Queue) Settle(id uuid.UUID, receipt []byte, at time.Time) (e Entry, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if e, err = q.Get(id); err != nil || e.State == Custody {
		return e, err
	}
	digests, _, err := e.Chunks()
	if err != nil {
		return e, err
	}
	e.State, e.Receipt, e.Detail = Custody, receipt, ""
	err = q.update(func(tx *bbolt.Tx) error {
		h, err := readHead(tx)
		if err != nil {
			return err
		}
		if h.Trusted < at.UnixMilli() {
			h.Trusted = at.UnixMilli()
			if err := writeHead(tx, h); err != nil {
				return err
			}
		}
		return putEntry(tx, e)
	})
	if err != nil {
		return e, err
	}
	q.held -= e.Size
	return e, q.blobs.Delete(digests...)
}

// sweep removes temporary files and the chunks that no waiting entry names.
// While an entry is damaged its chunks cannot be told from orphans, so that
// all of them stay.
func (q *Queue) sweep() error {
	entries, damaged, err := q.List()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrIndex, err)
	}
	wanted := map[envelope.Digest]bool{}
	q.held = 0
	keep := len(damaged) > 0
	for _, e := range entries {
		if e.State == Custody {
			continue
		}
		q.held += e.Size
		digests, _, err := e.Chunks()
		keep = keep || err != nil
		for _, d := range digests {
			wanted[d] = true
		}
	}
	orphans := 0
	err = q.blobs.each(func(d envelope.Digest, _ int64) error {
		if keep || wanted[d] {
			return nil
		}
		orphans++
		return q.blobs.Delete(d)
	}, os.Remove)
	if err != nil {
		return fmt.Errorf("queue: sweep: %w", err)
	}
	q.opt.Log.Info("queue swept", "entries", len(entries), "damaged", len(damaged), "orphans", orphans)
	return nil
}

// Problem is one thing that Verify found.
type Problem struct {
	ID   uuid.UUID `json:"id"` // zero when it is of no dossier
	What string    `json:"what"`
}

// Report is what Verify read.
type Report struct {
	Entries int   `json:"entries"`
	Waiting int   `json:"waiting"`
	Chunks  int   `json:"chunks"`
	Bytes   int64 `json:"bytes"`
	Orphans int   `json:"orphans"` // chunks of no waiting dossier; the next start sweeps them
	// Unchecked receipts could not be verified for want of the central's key.
	Unchecked int       `json:"unchecked_receipts"`
	Problems  []Problem `json:"problems"`
}

// Verify reads the whole queue and checks every digest and the index itself.
func (q *Queue) Verify() (r Report, err error) {
	defer func() {
		if p := recover(); p != nil { // bbolt panics on a broken page
			r.Problems = append(r.Problems, Problem{What: fmt.Sprintf("index: %v", p)})
		}
	}()
	r.Problems = []Problem{}
	err = q.db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			r.Problems = append(r.Problems, Problem{What: "index: " + err.Error()})
		}
		_, err := readHead(tx)
		return err
	})
	if errors.Is(err, ErrRecord) {
		r.Problems, err = append(r.Problems, Problem{What: err.Error()}), nil
	}
	if err != nil {
		return r, err
	}
	entries, damaged, err := q.List()
	if err != nil {
		return r, err
	}
	for _, id := range damaged {
		r.Problems = append(r.Problems, Problem{id, ErrRecord.Error()})
	}
	r.Entries = len(entries) + len(damaged)
	wanted := map[envelope.Digest]bool{}
	for _, e := range entries {
		q.verifyEntry(&r, e, wanted)
	}
	err = q.blobs.each(func(d envelope.Digest, _ int64) error {
		if !wanted[d] {
			r.Orphans++
		}
		return nil
	}, func(string) error { return nil })
	return r, err
}

func (q *Queue) verifyEntry(r *Report, e Entry, wanted map[envelope.Digest]bool) {
	digests, lengths, err := e.Chunks()
	if err != nil {
		r.Problems = append(r.Problems, Problem{e.ID, "manifest: " + err.Error()})
		return
	}
	if e.State == Custody {
		return
	}
	r.Waiting++
	for i, d := range digests {
		wanted[d] = true
		b, err := q.blobs.Chunk(d)
		if err == nil && len(b) != lengths[i] {
			err = envelope.ErrDigest
		}
		if err != nil {
			if now, gerr := q.Get(e.ID); gerr == nil && now.State == Custody {
				return // settled under way
			}
			r.Problems = append(r.Problems, Problem{e.ID, fmt.Sprintf("chunk %s: %v", d, err)})
			continue
		}
		r.Chunks, r.Bytes = r.Chunks+1, r.Bytes+int64(len(b))
	}
}
