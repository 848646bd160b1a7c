package queue

import (
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/envelope"
)

const dayLen = len(time.DateOnly)

func timeOf(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func dayKey(t time.Time, id uuid.UUID) []byte { return append([]byte(dayOf(t)), id[:]...) }

// Sets are the dossiers in custody by the UTC day of their receipt, from the
// day of since on, as the station compares them with the central. A dossier
// that Prune forgot still counts.
func (q *Queue) Sets(since time.Time) (sets []envelope.DaySet, err error) {
	var ids []uuid.UUID
	day := ""
	end := func() {
		if day != "" {
			sets = append(sets, envelope.DaySet{Day: day, Count: uint64(len(ids)), Digest: envelope.SetDigest(ids)})
		}
		ids = nil
	}
	err = q.days(dayOf(since), func(d string, id uuid.UUID) bool {
		if d != day {
			end()
			day = d
		}
		ids = append(ids, id)
		return true
	})
	end()
	return sets, err
}

// SetIDs returns the dossiers of one day ("2006-01-02").
func (q *Queue) SetIDs(day string) (ids []uuid.UUID, err error) {
	err = q.days(day, func(d string, id uuid.UUID) bool {
		if d == day {
			ids = append(ids, id)
		}
		return d == day
	})
	return ids, err
}

// days calls fn in order, from the day on, until it returns false.
func (q *Queue) days(from string, fn func(day string, id uuid.UUID) bool) error {
	return q.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketDays).Cursor()
		for key, _ := c.Seek([]byte(from)); key != nil; key, _ = c.Next() {
			if len(key) != dayLen+len(uuid.UUID{}) {
				continue
			}
			if !fn(string(key[:dayLen]), uuid.UUID(key[dayLen:])) {
				return nil
			}
		}
		return nil
	})
}

// dayListed says whether the day of a receipt lists the dossier, or is so old
// that Prune may have dropped it.
func dayListed(tx *bbolt.Tx, t time.Time, id uuid.UUID) bool {
	h, err := readHead(tx)
	return err != nil || tx.Bucket(bucketDays).Get(dayKey(t, id)) != nil ||
		t.AddDate(0, 0, keptDays).Before(timeOf(h.Trusted))
}

// receiptTime is the central's time in a stored receipt, Unix milliseconds, or
// 0. It was verified before it was stored, and entries of the first layout have
// it nowhere else.
func receiptTime(receipt []byte) int64 {
	var message struct {
		_           struct{} `cbor:",toarray"`
		Protected   []byte
		Unprotected map[int]any
		Payload     []byte
		Signature   []byte
	}
	var body struct {
		Time int64 `cbor:"5,keyasint"`
	}
	if cbor.Unmarshal(receipt, &message) != nil || cbor.Unmarshal(message.Payload, &body) != nil {
		return 0
	}
	return body.Time
}
