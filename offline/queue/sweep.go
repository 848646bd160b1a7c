package queue

import (
	"encoding/binary"
	"fmt"
	"os"

	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/envelope"
)

// entryBuckets hold entries; rows are told from them.
var entryBuckets = [][]byte{bucketEntries, bucketHeld, bucketCarried}

// sweep removes temporary files and the files that no record names, and counts
// what is held. It reads the rows of what has files, not the entries; damaged
// rows are made anew. While an entry is damaged that no row stands for, its file
// cannot be told from an orphan, so that all of them stay.
func (q *Queue) sweep() error {
	files, whole, err := q.fileRows()
	if err != nil {
		return err
	}
	keep := false
	if !whole {
		q.opt.Log.Warn("queue: what is told from the entries was damaged and is made anew")
		if err := q.update(func(tx *bbolt.Tx) error { keep, err = rederive(tx); return err }); err != nil {
			return err
		}
		if files, _, err = q.fileRows(); err != nil {
			return err
		}
	}
	if !keep {
		if keep, err = q.doubtful(files); err != nil {
			return err
		}
	}
	orphans, err := q.files.Sweep(func(d envelope.Digest) bool { return keep || files[d] })
	if err != nil {
		return fmt.Errorf("queue: sweep: %w", err)
	}
	q.opt.Log.Info("queue swept", "files", len(files), "orphans", orphans, "bytes", q.held)
	return nil
}

// doubtful says that there are files that no row names, and that the index has
// lost a part of the station's chain: then the file may be the lost dossier's,
// and must stay. A broken page can hide entries without a bad checksum.
func (q *Queue) doubtful(files map[envelope.Digest]bool) (bool, error) {
	orphans := 0
	err := q.files.Each(func(d envelope.Digest) error {
		if !files[d] {
			orphans++
		}
		return nil
	})
	if err != nil || orphans == 0 {
		return false, err
	}
	var r Report
	err = q.view(func(tx *bbolt.Tx) error {
		entries, damaged := readAll(tx, bucketEntries)
		for _, id := range damaged {
			r.add(id, "%v", ErrRecord)
		}
		verifyChain(tx, &r, entries, 0)
		for _, e := range entries {
			verifyRecord(tx, &r, bucketEntries, e)
		}
		return nil
	})
	if err == nil && len(r.Problems) > 0 {
		q.opt.Log.Error("queue: files of no dossier stay: the index is damaged; run tram queue verify",
			"files", orphans, "problems", len(r.Problems))
	}
	return len(r.Problems) > 0, err
}

// fileRows reads which files are wanted and how much they hold. whole is false
// when a row of these or of those that wait is damaged.
func (q *Queue) fileRows() (files map[envelope.Digest]bool, whole bool, err error) {
	files, whole = map[envelope.Digest]bool{}, true
	q.held = 0
	err = q.view(func(tx *bbolt.Tx) error {
		for c, key, record := first(tx, bucketBlobs); key != nil; key, record = c.Next() {
			size, err := readRow(key, record)
			if err != nil || len(size) != 8 || len(key) < len(envelope.Digest{}) {
				whole = false
				continue
			}
			files[envelope.Digest(key[:len(envelope.Digest{})])] = true
			q.held += int64(binary.BigEndian.Uint64(size))
		}
		for c, key, record := first(tx, bucketWaiting); key != nil; key, record = c.Next() {
			if _, err := readRow(key, record); err != nil {
				whole = false
			}
		}
		return nil
	})
	return files, whole, err
}

// rederive makes the rows of all entries anew. Whole rows of an entry that
// cannot be read stay: they are all that is known of it. damaged says that there
// is such an entry.
func rederive(tx *bbolt.Tx) (damaged bool, err error) {
	for _, name := range [][]byte{bucketBlobs, bucketWaiting, bucketLookup} {
		var bad [][]byte
		for c, key, record := first(tx, name); key != nil; key, record = c.Next() {
			if _, err := readRow(key, record); err != nil {
				bad = append(bad, append([]byte(nil), key...))
			}
		}
		for _, key := range bad {
			if err := tx.Bucket(name).Delete(key); err != nil {
				return false, err
			}
		}
	}
	for _, name := range entryBuckets {
		entries, lost := readAll(tx, name)
		damaged = damaged || len(lost) > 0
		for _, e := range entries {
			if err := derive(tx, name, e); err != nil {
				return damaged, err
			}
		}
	}
	return damaged, nil
}

// layout is that of this version: one file a dossier, and rows beside entries.
const layout = "2"

// migrate brings a queue of the first layout, whose chunks are files of their
// own, to this one. It goes on where it was interrupted.
func (q *Queue) migrate() error {
	err := q.update(func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		if meta.Get(keyLayout) != nil {
			return nil
		}
		if _, err := rederive(tx); err != nil {
			return err
		}
		entries, _ := readAll(tx, bucketEntries)
		for _, e := range entries {
			if ms := receiptTime(e.Receipt); ms != 0 {
				if err := tx.Bucket(bucketDays).Put(dayKey(timeOf(ms), e.ID), nil); err != nil {
					return err
				}
			}
		}
		return meta.Put(keyLayout, []byte(layout))
	})
	if err != nil {
		return err
	}
	if _, err := os.Stat(q.oldDir()); os.IsNotExist(err) {
		return nil
	}
	return q.adopt()
}
