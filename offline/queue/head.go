package queue

import (
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
)

// Head is where the next manifest continues.
type Head struct {
	Sequence uint64          // the number that the next manifest takes, from 1
	Previous envelope.Digest // of the signed manifest before it; zero for the first
	Trusted  int64           // the central's time in the newest receipt, Unix milliseconds; 0 before the first
	Audit    envelope.Head   // of the audit log
}

// head is what is stored of it.
type head struct {
	Sequence uint64          `cbor:"1,keyasint"` // of the last manifest
	Digest   envelope.Digest `cbor:"2,keyasint"`
	Trusted  int64           `cbor:"3,keyasint"`
	Cursor   uint64          `cbor:"4,keyasint,omitempty"` // of the feed of states
}

// Head returns the end of the chain; the error is ErrRecord when both copies of
// it are damaged.
func (q *Queue) Head() (out Head, err error) {
	err = q.view(func(tx *bbolt.Tx) error {
		h, err := readHead(tx)
		if err != nil {
			return err
		}
		end, err := audit.HeadOf(tx)
		out = Head{Sequence: h.Sequence + 1, Previous: h.Digest, Trusted: h.Trusted, Audit: end}
		return err
	})
	return out, err
}

// Cursor is how far the feed of states has been taken in.
func (q *Queue) Cursor() (cursor uint64, err error) {
	err = q.view(func(tx *bbolt.Tx) error {
		h, err := readHead(tx)
		cursor = h.Cursor
		return err
	})
	return cursor, err
}

func readHead(tx *bbolt.Tx) (head, error) {
	meta := tx.Bucket(bucketMeta)
	fresh := true
	for _, key := range keyHeads {
		record := meta.Get(key)
		if record == nil {
			continue
		}
		fresh = false
		var h head
		if unframe(key, record, &h) == nil {
			return h, nil
		}
	}
	if !fresh {
		return head{}, fmt.Errorf("head: %w", ErrRecord)
	}
	return head{}, nil
}

func writeHead(tx *bbolt.Tx, h head) error {
	for _, key := range keyHeads {
		record, err := frame(key, h)
		if err != nil {
			return err
		}
		if err := tx.Bucket(bucketMeta).Put(key, record); err != nil {
			return err
		}
	}
	return nil
}

// now is the evidence of a change: the station's clock, with the newest time
// that the central has signed.
func (q *Queue) now(tx *bbolt.Tx, c envelope.Clock) (envelope.Clock, error) {
	h, err := readHead(tx)
	if err != nil {
		return c, err
	}
	c.Trusted = max(c.Trusted, h.Trusted)
	return c, nil
}

// note writes an act of the machine.
func note(tx *bbolt.Tx, at envelope.Clock, what string, e *Entry, detail string) error {
	_, err := audit.Append(tx, audit.Act{
		At: at, Who: audit.Station, What: what, Dossier: e.ID, Masked: e.Masked, Detail: detail,
	})
	return err
}
