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
	q.mu.Lock()
	defer q.mu.Unlock()
	if now.Trusted == 0 {
		return 0, nil
	}
	entries, _, err := q.List()
	if err != nil {
		return 0, err
	}
	var old []uuid.UUID
	for _, e := range entries {
		age := time.Duration(now.Trusted-e.since()) * time.Millisecond
		if limit := keep(e.State); !e.unsettled() && limit > 0 && e.since() != 0 && age > limit {
			old = append(old, e.ID)
		}
	}
	gone := 0
	for len(old) > 0 {
		batch := old[:min(pruneBatch, len(old))]
		old = old[len(batch):]
		if err := q.update(func(tx *bbolt.Tx) error { return pruneAll(tx, now, batch) }); err != nil {
			return gone, err
		}
		gone += len(batch)
	}
	return gone, q.pruneDays(now)
}

func pruneAll(tx *bbolt.Tx, now envelope.Clock, ids []uuid.UUID) error {
	for _, id := range ids {
		e, err := readEntry(tx, bucketEntries, id)
		if err != nil {
			return err
		}
		if err := removeEntry(tx, bucketEntries, e); err != nil {
			return err
		}
		if err := putPruned(tx, e); err != nil {
			return err
		}
		if err := note(tx, now, "pruned", &e, e.State.String()); err != nil {
			return err
		}
	}
	return nil
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
