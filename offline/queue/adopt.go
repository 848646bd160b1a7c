package queue

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/blob"
	"github.com/tram-station/tram/offline/envelope"
)

// oldDir is where the first layout kept each chunk as a file.
func (q *Queue) oldDir() string { return filepath.Join(q.dir, "chunks") }

// adopt makes one file of each dossier's chunks. What cannot be, because a chunk
// is damaged or the disk is full, stays where it is and is sent from there; only
// when nothing stays is the old folder removed.
func (q *Queue) adopt() error {
	old, err := blob.Open(q.oldDir(), false)
	if err != nil {
		return err
	}
	if err := old.SweepTemp(); err != nil {
		return fmt.Errorf("queue: sweep: %w", err)
	}
	entries, damaged, err := q.List()
	if err != nil {
		return err
	}
	left := len(damaged)
	for _, e := range entries {
		if !e.unsettled() || e.Blob != (envelope.Digest{}) {
			continue
		}
		if err := q.adoptOne(old, e); err != nil {
			q.opt.Log.Warn("queue: a dossier stays in the old layout", "dossier", e.ID, "error", err)
			left++
		}
	}
	if left > 0 {
		q.old = old
		return nil
	}
	if err := os.RemoveAll(q.oldDir()); err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	return nil
}

func (q *Queue) adoptOne(old *blob.Store, e Entry) error {
	digests, lengths, err := e.Chunks()
	if err != nil {
		return err
	}
	free, _, err := q.free(q.dir)
	if err != nil || free < uint64(e.Size)+reserve {
		return errors.Join(ErrFull, err)
	}
	e.Blob = blob.Name(digests)
	behind, err := tail(e)
	if err != nil {
		return err
	}
	file, err := q.files.Put(old, digests, lengths, behind)
	if err != nil {
		return err
	}
	err = q.update(func(tx *bbolt.Tx) error {
		now, err := readEntry(tx, bucketEntries, e.ID)
		if err != nil {
			return err
		}
		now.Blob = file
		if len(now.Steps) == 0 {
			// The first layout knew one time, and no step before the present one.
			at := envelope.Clock{Wall: now.Enqueued}
			now.Steps = []Step{{Sealed, at}}
			if now.State != Sealed {
				now.Steps = append(now.Steps, Step{now.State, at})
			}
		}
		return putEntry(tx, bucketEntries, now)
	})
	if err != nil {
		return err
	}
	return old.Delete(digests...)
}
