package audit

import (
	"go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/tlog"
)

// RecordOf is the record in the stored value of act n.
func RecordOf(n uint64, value []byte) []byte {
	_, record, _ := split(n, value)
	return record
}

// EncodeAct and DecodeAct are the form of a record.
var (
	EncodeAct = encode
	DecodeAct = decode
)

// KeptWitnesses is how many receipts stay.
const KeptWitnesses = keptWitnesses

// Inclusion proves that act n is in the log.
func Inclusion(tx *bbolt.Tx, n uint64) (tlog.RecordProof, error) {
	acts := tx.Bucket(bucketActs)
	return tlog.ProveRecord(int64(size(acts)), int64(n), nodes{acts})
}
