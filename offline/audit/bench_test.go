package audit_test

import (
	"errors"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
)

// BenchmarkAppend holds an act in the log against one in a plain chain of
// hashes, each in its own durable transaction.
func BenchmarkAppend(b *testing.B) {
	act := audit.Act{At: envelope.Clock{Wall: start.UnixMilli()}, Who: "canbo-1", What: "card-read", Masked: "N.V.T. ••••••••0001"}
	record, err := audit.EncodeAct(act)
	if err != nil {
		b.Fatal(err)
	}
	run := func(b *testing.B, one func(tx *bbolt.Tx, n int) error) {
		db, err := bbolt.Open(b.TempDir()+"/index.db", 0o600, &bbolt.Options{Timeout: time.Second, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType})
		if err != nil {
			b.Fatal(err)
		}
		defer db.Close()
		if err := db.Update(audit.Prepare); err != nil {
			b.Fatal(err)
		}
		n := 0
		for b.Loop() {
			if err := db.Update(func(tx *bbolt.Tx) error { return one(tx, n) }); err != nil {
				b.Fatal(err)
			}
			n++
		}
	}
	b.Run("tlog", func(b *testing.B) {
		run(b, func(tx *bbolt.Tx, _ int) error { _, err := audit.Append(tx, act); return err })
	})
	b.Run("chain", func(b *testing.B) {
		var last envelope.Digest
		run(b, func(tx *bbolt.Tx, n int) error {
			last = envelope.Sum(append(last[:], record...))
			return tx.Bucket(actsBucket).Put(numberKey(uint64(n)), append(last[:], record...))
		})
	})
}

// BenchmarkVerify reads a log of 100,000 acts whole.
func BenchmarkVerify(b *testing.B) {
	const size = 100_000
	db, err := bbolt.Open(b.TempDir()+"/index.db", 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bbolt.Tx) error {
		err := audit.Prepare(tx)
		for i := 0; i < size && err == nil; i++ {
			_, err = audit.Append(tx, audit.Act{At: envelope.Clock{Wall: start.UnixMilli()}, Who: "canbo-1", What: "card-read"})
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		err := db.View(func(tx *bbolt.Tx) error {
			r, err := audit.Verify(tx, nil, audit.Anchor{})
			proof, err2 := audit.Inclusion(tx, size/2)
			b.ReportMetric(float64(32*len(proof)), "inclusion-bytes")
			if r.Head.Size != size || len(r.Problems) > 0 {
				b.Error(r)
			}
			return errors.Join(err, err2)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
