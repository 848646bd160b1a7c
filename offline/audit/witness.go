package audit

import (
	"bytes"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/envelope"
)

// keptWitnesses are the newest receipts that are kept whole, beside the last of
// each day.
const keptWitnesses = 16

var (
	prefixNew = []byte("new-") // then the log's size when it came, big-endian
	prefixDay = []byte("day-") // then the UTC day
)

// Witness keeps a receipt, whose signature the caller has checked, for the head
// of this log that the central counter-signed in it: the newest ones, and the
// last of each day. Call it after the act that the receipt caused.
func Witness(tx *bbolt.Tx, receipt []byte) error {
	b := tx.Bucket(bucketWitness)
	n := size(tx.Bucket(bucketActs))
	if err := b.Put(append(bytes.Clone(prefixNew), key(n)...), receipt); err != nil {
		return fmt.Errorf("audit: witness: %w", err)
	}
	if day := lastDay(tx, n); day != "" {
		if err := b.Put(append(bytes.Clone(prefixDay), day...), receipt); err != nil {
			return fmt.Errorf("audit: witness: %w", err)
		}
	}
	var all [][]byte
	c := b.Cursor()
	for k, _ := c.Seek(prefixNew); bytes.HasPrefix(k, prefixNew); k, _ = c.Next() {
		all = append(all, bytes.Clone(k))
	}
	for len(all) > keptWitnesses {
		if err := b.Delete(all[0]); err != nil {
			return fmt.Errorf("audit: witness: %w", err)
		}
		all = all[1:]
	}
	return nil
}

// lastDay is the day of the newest act, by the central's clock where that is
// ahead of the station's.
func lastDay(tx *bbolt.Tx, n uint64) string {
	day := ""
	if n > 0 {
		_ = Each(tx, n-1, func(_ uint64, a Act) error { // a damaged act has no day
			day = time.UnixMilli(max(a.At.Wall, a.At.Trusted)).UTC().Format(time.DateOnly)
			return nil
		})
	}
	return day
}

// witnesses returns the heads that the central signed, and how many receipts no
// given key verifies.
func witnesses(tx *bbolt.Tx, keys []*envelope.PublicKey) (heads []envelope.Head, unchecked int) {
	b := tx.Bucket(bucketWitness)
	if b == nil {
		return nil, 0
	}
	_ = b.ForEach(func(_, raw []byte) error {
		r := verified(raw, keys)
		switch {
		case r == nil:
			unchecked++
		case r.Audit != nil:
			heads = append(heads, *r.Audit)
		}
		return nil
	})
	return heads, unchecked
}

func verified(raw []byte, keys []*envelope.PublicKey) *envelope.Receipt {
	for _, key := range keys {
		if key == nil {
			continue
		}
		if r, err := envelope.VerifyReceipt(key, raw); err == nil {
			return r
		}
	}
	return nil
}
