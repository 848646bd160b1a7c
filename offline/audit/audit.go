// Package audit is the station's own record of what officers and the machine
// did: a transparency log (RFC 6962, as the Go checksum database has it) inside
// the queue's database, so that an act and what it did are durable together.
//
// Nobody can keep the holder of a disk from writing to it; the log makes sure
// that it shows. Its head, the size and the root hash of the tree, goes out in
// every manifest and comes back counter-signed in every receipt: those receipts
// are the witnesses. Where there is a TPM its counter goes into the acts too,
// and a folder that was put back from an older copy has counted less than the
// TPM. What no witness and no counter has seen yet, the acts since the last
// dossier, is protected against clumsy hands only.
//
// An act never holds a name or a full number: the log outlives the dossier and
// nothing can be taken out of it. A damaged log goes on, because a dossier must
// not be lost over it; Verify, and the gateway by Consistent, find the damage.
package audit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tram-station/tram/offline/envelope"
)

var (
	// ErrAct says that an act is not in its form: a bug of the caller.
	ErrAct = errors.New("audit: an act needs a code of small letters, digits, dots and hyphens, and who did it")
	// ErrRecord says that a stored act cannot be read.
	ErrRecord = errors.New("audit: a stored act is damaged")
	// ErrFork says that one log does not continue the other.
	ErrFork = errors.New("audit: the log does not continue the one that was witnessed: an older copy was put back, acts were changed, or the disk was cloned")
	// ErrRange says that a size lies beyond the log.
	ErrRange = errors.New("audit: the log is shorter than that")
)

// Act is one thing that somebody or the machine did.
type Act struct {
	At      envelope.Clock `json:"at"`
	Who     string         `json:"who"`  // an officer's ID, or "station"; never a name
	What    string         `json:"what"` // a code such as "sealed"
	Dossier uuid.UUID      `json:"dossier,omitzero"`
	Masked  string         `json:"masked,omitempty"` // initials and the last digits
	Detail  string         `json:"detail,omitempty"`
	// Counter is the TPM's counter that this act anchors, 0 for none. It is
	// recorded before the counter moves: see Anchor.
	Counter uint64 `json:"counter,omitempty"`
}

// Station is who acts where no officer does.
const Station = "station"

var (
	bucketActs    = []byte("audit-acts")
	bucketMeta    = []byte("audit-meta")
	bucketWitness = []byte("audit-witness")
	keyHead       = []byte("head")
	prefixBroken  = []byte("broken-") // then the log's size when it was seen
)

// Prepare makes the log's buckets where they are not there yet.
func Prepare(tx *bbolt.Tx) error {
	for _, name := range [][]byte{bucketActs, bucketMeta, bucketWitness} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return fmt.Errorf("audit: prepare: %w", err)
		}
	}
	return nil
}

// Append adds an act and returns the new head. It is as durable as the
// transaction. Long texts are cut and long runs of digits masked; the error is
// ErrAct for an act without a proper code or actor.
func Append(tx *bbolt.Tx, a Act) (envelope.Head, error) {
	record, err := encode(a)
	if err != nil {
		return envelope.Head{}, err
	}
	acts := tx.Bucket(bucketActs)
	acts.FillPercent = 0.95 // keys only grow: half-filled pages would stay so
	n := size(acts)
	if err := keepBroken(tx); err != nil {
		return envelope.Head{}, fmt.Errorf("audit: append: %w", err)
	}
	hashes, err := tlog.StoredHashes(int64(n), record, nodes{acts})
	if err != nil {
		return envelope.Head{}, fmt.Errorf("audit: append: %w", err)
	}
	value := make([]byte, 0, len(hashes)*tlog.HashSize+len(record))
	for _, h := range hashes {
		value = append(value, h[:]...)
	}
	if err := acts.Put(key(n), append(value, record...)); err != nil {
		return envelope.Head{}, fmt.Errorf("audit: append: %w", err)
	}
	head, err := HeadOf(tx)
	if err != nil {
		return envelope.Head{}, err
	}
	raw, err := envelope.Encode(head)
	if err == nil {
		err = tx.Bucket(bucketMeta).Put(keyHead, raw)
	}
	if err != nil {
		return envelope.Head{}, fmt.Errorf("audit: append: %w", err)
	}
	return head, nil
}

// keepBroken keeps the head that the last Append noted where it is not the
// present one, or the next Append would wipe out what a cut end left behind.
func keepBroken(tx *bbolt.Tx) error {
	meta := tx.Bucket(bucketMeta)
	noted := meta.Get(keyHead)
	now, err := HeadOf(tx)
	if err != nil {
		return err
	}
	want, err := envelope.Encode(now)
	if err != nil || bytes.Equal(noted, want) || noted == nil && now.Size == 0 {
		return err
	}
	broken := 0
	c := meta.Cursor()
	for k, _ := c.Seek(prefixBroken); bytes.HasPrefix(k, prefixBroken); k, _ = c.Next() {
		broken++
	}
	if broken >= maxBroken {
		return nil
	}
	return meta.Put(append(bytes.Clone(prefixBroken), key(now.Size)...), bytes.Clone(noted))
}

// HeadOf returns the head: the size in acts and the root of the tree. A
// database from before the log has the empty one.
func HeadOf(tx *bbolt.Tx) (envelope.Head, error) {
	acts := tx.Bucket(bucketActs)
	n := size(acts)
	root, err := tlog.TreeHash(int64(n), nodes{acts})
	if err != nil {
		return envelope.Head{}, fmt.Errorf("audit: head: %w", err)
	}
	return envelope.Head{Size: n, Root: envelope.Digest(root)}, nil
}

// Each calls fn for every act from number `from` on, the oldest first, until fn
// returns an error. The error is ErrRecord at an act that cannot be read.
func Each(tx *bbolt.Tx, from uint64, fn func(n uint64, a Act) error) error {
	acts := tx.Bucket(bucketActs)
	if acts == nil {
		return nil
	}
	c := acts.Cursor()
	for k, v := c.Seek(key(from)); k != nil; k, v = c.Next() {
		n, ok := number(k)
		if !ok {
			return fmt.Errorf("key %x: %w", k, ErrRecord)
		}
		_, record, ok := split(n, v)
		if !ok {
			return fmt.Errorf("act %d: %w", n, ErrRecord)
		}
		a, err := decode(record)
		if err != nil {
			return fmt.Errorf("act %d: %w", n, err)
		}
		if err := fn(n, a); err != nil {
			return err
		}
	}
	return nil
}

// key is the database key of act n: big-endian, so that keys sort by number.
func key(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func number(key []byte) (uint64, bool) {
	if len(key) != 8 {
		return 0, false
	}
	n := binary.BigEndian.Uint64(key)
	return n, n < maxActs
}

// size is the number of acts, by the last key.
func size(acts *bbolt.Bucket) uint64 {
	if acts == nil {
		return 0
	}
	last, _ := acts.Cursor().Last()
	if n, ok := number(last); ok {
		return n + 1
	}
	return 0
}
