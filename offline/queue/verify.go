package queue

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/envelope"
)

// Problem is one thing that Verify found.
type Problem struct {
	ID   uuid.UUID `json:"id"` // zero when it is of no dossier
	What string    `json:"what"`
}

// Report is what Verify read.
type Report struct {
	Entries int   `json:"entries"`
	Waiting int   `json:"waiting"`
	Held    int   `json:"held"`    // for a supervisor
	Carried int   `json:"carried"` // of other stations
	Chunks  int   `json:"chunks"`
	Bytes   int64 `json:"bytes"`
	Orphans int   `json:"orphans"` // files that no record names; the next start sweeps them
	// Unchecked receipts could not be verified for want of the central's key.
	Unchecked int `json:"unchecked_receipts"`
	// Aside are damaged indexes that the station has replaced and kept.
	Aside    []string  `json:"aside,omitempty"`
	Problems []Problem `json:"problems"`
}

func (r *Report) add(id uuid.UUID, format string, args ...any) {
	r.Problems = append(r.Problems, Problem{id, fmt.Sprintf(format, args...)})
}

// Verify reads the whole queue: every digest of every file, the index with all
// its rows, the order of steps, and the chain of the station's manifests.
func (q *Queue) Verify() (r Report, err error) {
	r.Problems = []Problem{}
	var all [][]Entry // as entryBuckets
	r.Aside = Asides(q.dir)
	q.mu.Lock()
	err = q.walkIndex()
	q.mu.Unlock()
	if err != nil { // what does not hang together is not followed
		r.add(uuid.Nil, "index: %v: start the station anew, which builds the index from what is whole", err)
		return r, nil
	}
	err = q.view(func(tx *bbolt.Tx) error {
		for _, bucket := range entryBuckets {
			entries, damaged := readAll(tx, bucket)
			for _, id := range damaged {
				r.add(id, "%v", ErrRecord)
			}
			if bytes.Equal(bucket, bucketEntries) {
				r.Entries = len(entries) + len(damaged)
				verifyChain(tx, &r, entries, len(damaged))
			}
			for _, e := range entries {
				verifyRecord(tx, &r, bucket, e)
			}
			all = append(all, entries)
		}
		verifyRows(tx, &r)
		return nil
	})
	if errors.Is(err, ErrIndex) {
		r.add(uuid.Nil, "%v", err)
		err = nil
	}
	if err != nil || len(all) != len(entryBuckets) {
		return r, err
	}
	r.Held, r.Carried = len(all[1]), len(all[2])
	for i, entries := range all {
		for _, e := range entries {
			q.verifyFile(&r, entryBuckets[i], e)
		}
	}
	return r, q.files.Each(func(d envelope.Digest) error {
		if wanted, err := q.wanted(d); err != nil || !wanted {
			r.Orphans++
			return err
		}
		return nil
	})
}

// verifyRecord checks what an entry says of itself and what is told from it.
func verifyRecord(tx *bbolt.Tx, r *Report, bucket []byte, e Entry) {
	if _, _, err := e.Chunks(); err != nil {
		r.add(e.ID, "manifest: %v", err)
	}
	if err := checkSteps(e.Steps, e.State); err != nil {
		r.add(e.ID, "%v", err)
	}
	for _, row := range rows(bucket, e) {
		record := tx.Bucket(row.bucket).Get(row.key)
		value, err := readRow(row.key, record)
		if row.wanted != (record != nil) || row.wanted && (err != nil || !bytes.Equal(value, row.value)) {
			r.add(e.ID, "%s: %v", row.bucket, ErrRecord)
		}
	}
	if ms := receiptTime(e.Receipt); ms != 0 && bytes.Equal(bucket, bucketEntries) && !dayListed(tx, timeOf(ms), e.ID) {
		r.add(e.ID, "the day of its receipt does not list it")
	}
}

// verifyRows checks the rows by themselves: one that belongs to no entry.
func verifyRows(tx *bbolt.Tx, r *Report) {
	for _, name := range [][]byte{bucketBlobs, bucketWaiting, bucketLookup} {
		for c, key, record := first(tx, name); key != nil; key, record = c.Next() {
			if _, err := readRow(key, record); err != nil {
				r.add(uuid.Nil, "%s: %v", name, err)
			}
		}
	}
}

// verifyFile reads the sealed bytes of an entry.
func (q *Queue) verifyFile(r *Report, bucket []byte, e Entry) {
	digests, lengths, err := e.Chunks()
	if err != nil || !e.unsettled() {
		return // named already, or in custody
	}
	if bytes.Equal(bucket, bucketEntries) {
		r.Waiting++
	}
	q.verifyTail(r, e)
	source := q.Source(e)
	for i, d := range digests {
		b, err := source.Chunk(d)
		if err == nil && len(b) != lengths[i] {
			err = envelope.ErrDigest
		}
		if err != nil {
			if q.settledMeanwhile(bucket, e.ID) {
				return
			}
			r.add(e.ID, "chunk %s: %v", d, err)
			continue
		}
		r.Chunks, r.Bytes = r.Chunks+1, r.Bytes+int64(len(b))
	}
}

// settledMeanwhile says that the file of an entry went away as it should, while
// Verify read it.
func (q *Queue) settledMeanwhile(bucket []byte, id uuid.UUID) (gone bool) {
	_ = q.view(func(tx *bbolt.Tx) error { // what cannot be read did not go away
		e, err := readEntry(tx, bucket, id)
		gone = err == nil && !e.unsettled() || errors.Is(err, ErrNotFound)
		return nil
	})
	return gone
}
