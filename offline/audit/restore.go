package audit

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tram-station/tram/offline/envelope"
)

// Known says that a bucket of this name is the log's.
func Known(bucket []byte) bool {
	return slices.ContainsFunc([][]byte{bucketActs, bucketMeta, bucketWitness}, func(b []byte) bool { return bytes.Equal(b, bucket) })
}

// Whole says that a record that was found in a damaged database is one of the
// log's, by its form and, where it is an act, by its hash.
func Whole(key, value []byte) bool { return belongs(key, value) != nil }

// Restore puts a record back that is Whole. What is not found again leaves a gap
// that Verify names. The witnesses are believed as little as ever: Verify checks
// their signatures.
func Restore(tx *bbolt.Tx, key, value []byte) error {
	b := tx.Bucket(belongs(key, value))
	if b == nil || bytes.Equal(key, keyHead) && newer(b.Get(key), value) {
		return nil
	}
	if err := b.Put(bytes.Clone(key), bytes.Clone(value)); err != nil {
		return fmt.Errorf("audit: restore: %w", err)
	}
	return nil
}

// belongs is the bucket of a record by its form, or nil.
func belongs(key, value []byte) []byte {
	if n, ok := number(key); ok {
		hashes, record, ok := split(n, value)
		if !ok || tlog.RecordHash(record) != tlog.Hash(hashes[:tlog.HashSize]) {
			return nil
		}
		if _, err := decode(record); err != nil {
			return nil
		}
		return bucketActs
	}
	if bytes.Equal(key, keyHead) || bytes.HasPrefix(key, prefixBroken) && len(key) == len(prefixBroken)+8 {
		var h envelope.Head
		if envelope.Decode(value, &h) == nil {
			return bucketMeta
		}
		return nil
	}
	if isWitness(key) && len(value) > 0 && len(value) <= envelope.MaxManifest {
		return bucketWitness
	}
	return nil
}

func isWitness(key []byte) bool {
	if rest, ok := bytes.CutPrefix(key, prefixNew); ok {
		return len(rest) == 8
	}
	rest, ok := bytes.CutPrefix(key, prefixDay)
	_, err := time.Parse(time.DateOnly, string(rest))
	return ok && err == nil
}

// newer says that the head that is there is of a longer log.
func newer(there, found []byte) bool {
	var a, b envelope.Head
	return there != nil && envelope.Decode(there, &a) == nil && envelope.Decode(found, &b) == nil && a.Size > b.Size
}
