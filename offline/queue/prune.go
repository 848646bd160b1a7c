package queue

import (
	"time"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/envelope"
)

const (
	// pruneBatch bounds a transaction of Prune.
	pruneBatch = 500
	// keptDays is how long the station can still name the dossiers of a day,
	// as long as a report may reach back.
	keptDays = 400
)

// Prune forgets the dossiers in custody or further on that have been in their
// state for longer than keep says, 0 for those that stay. It goes by the
// central's time, of now and of the step; without one it forgets nothing, so
// that a wrong clock deletes nothing. It returns how many are gone.
func (q *Queue) Prune(now envelope.Clock, keep func(State) time.Duration) (int, error) {
	if now.Trusted == 0 {
		return 0, nil
	}
	due := func(e *Entry) bool {
		limit, since := keep(e.State), e.since()
		return !e.unsettled() && limit > 0 && since != 0 && time.Duration(now.Trusted-since)*time.Millisecond > limit
	}
	// One entry in memory at a time, and nobody waits meanwhile: the index of a
	// station may be long.
	var old []uuid.UUID
	err := q.view(func(tx *bbolt.Tx) error {
		for c, key, record := first(tx, bucketEntries); key != nil; key, record = c.Next() {
			var e Entry
			if unframe(key, record, &e) == nil && due(&e) {
				old = append(old, e.ID)
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	gone := 0
	for len(old) > 0 {
		batch := old[:min(pruneBatch, len(old))]
		old = old[len(batch):]
		dropped := 0
		err := q.update(func(tx *bbolt.Tx) (err error) { dropped, err = pruneAll(tx, now, batch, due); return err })
		if err != nil {
			return gone, err
		}
		gone += dropped
	}
	return gone, q.pruneDays(now)
}

// pruneAll forgets those of the IDs that are still due.
func pruneAll(tx *bbolt.Tx, now envelope.Clock, ids []uuid.UUID, due func(*Entry) bool) (gone int, err error) {
	for _, id := range ids {
		e, err := readEntry(tx, bucketEntries, id)
		if err != nil {
			return gone, err
		}
		if !due(&e) {
			continue // the central spoke of it meanwhile
		}
		if err := removeEntry(tx, bucketEntries, e); err != nil {
			return gone, err
		}
		if err := putPruned(tx, e); err != nil {
			return gone, err
		}
		if err := note(tx, now, "pruned", &e, e.State.String()); err != nil {
			return gone, err
		}
		gone++
	}
	return gone, nil
}

// pruneDays forgets the days that no report reaches back to.
func (q *Queue) pruneDays(now envelope.Clock) error {
	oldest := dayOf(time.UnixMilli(now.Trusted).AddDate(0, 0, -keptDays))
	var gone [][]byte
	err := q.view(func(tx *bbolt.Tx) error {
		for c, key, _ := first(tx, bucketDays); key != nil && string(key[:min(len(key), dayLen)]) < oldest; key, _ = c.Next() {
			gone = append(gone, append([]byte(nil), key...))
		}
		return nil
	})
	if err != nil || len(gone) == 0 {
		return err
	}
	return q.update(func(tx *bbolt.Tx) error {
		for _, key := range gone {
			if err := tx.Bucket(bucketDays).Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
}
