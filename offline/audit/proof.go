package audit

import (
	"fmt"

	"go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tram-station/tram/offline/envelope"
)

// maxProof bounds a consistency proof: two hashes a level are more than any.
const maxProof = 2 * 64

// nodes reads the tree's hashes. Those that are lost read as zero, so that a
// damaged log goes on and is found out by its roots.
type nodes struct{ acts *bbolt.Bucket }

// ReadHashes implements tlog.HashReader.
func (n nodes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		level, at := tlog.SplitStoredHashIndex(index)
		// The act that completed the subtree keeps its hash.
		act := (uint64(at)+1)<<level - 1
		if hashes, _, ok := split(act, n.acts.Get(key(act))); ok {
			copy(out[i][:], hashes[level*tlog.HashSize:])
		}
	}
	return out, nil
}

// Proof shows that the log continues what it was at size from: the hashes that
// Consistent wants. From size 0 and from the head itself it is empty. The error
// is ErrRange.
func Proof(tx *bbolt.Tx, from uint64) ([]envelope.Digest, error) {
	acts := tx.Bucket(bucketActs)
	n := size(acts)
	if from > n {
		return nil, fmt.Errorf("%w: %d acts, %d asked for", ErrRange, n, from)
	}
	if from == 0 || from == n {
		return nil, nil
	}
	proof, err := tlog.ProveTree(int64(n), int64(from), nodes{acts})
	if err != nil {
		return nil, fmt.Errorf("audit: proof: %w", err)
	}
	out := make([]envelope.Digest, len(proof))
	for i, h := range proof {
		out[i] = envelope.Digest(h)
	}
	return out, nil
}

// Consistent checks that a log of head now continues the one of head then: it
// holds the same acts in the same order and then perhaps more. It trusts
// nothing of what it is given. The error is ErrFork.
func Consistent(then, now envelope.Head, proof []envelope.Digest) error {
	switch {
	case then.Size > now.Size:
		return fmt.Errorf("%w (%d acts, %d were witnessed)", ErrFork, now.Size, then.Size)
	case now.Size > maxActs || len(proof) > maxProof:
		return fmt.Errorf("%w (out of limits)", ErrFork)
	case then.Size == 0:
		return nil
	case then.Size == now.Size:
		if then.Root != now.Root {
			return fmt.Errorf("%w (other acts at %d)", ErrFork, now.Size)
		}
		return nil
	}
	hashes := make(tlog.TreeProof, len(proof))
	for i, d := range proof {
		hashes[i] = tlog.Hash(d)
	}
	err := tlog.CheckTree(hashes, int64(now.Size), tlog.Hash(now.Root), int64(then.Size), tlog.Hash(then.Root))
	if err != nil {
		return fmt.Errorf("%w (no proof from %d to %d)", ErrFork, then.Size, now.Size)
	}
	return nil
}
