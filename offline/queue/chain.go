package queue

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/envelope"
)

// link is one manifest of the station's chain.
type link struct {
	id       uuid.UUID
	sequence uint64
	digest   envelope.Digest
	previous envelope.Digest // that it names
	pruned   bool            // only the digest is left of it
}

// links are the manifests that the index knows, in order.
func links(tx *bbolt.Tx, r *Report, entries []Entry) (all []link) {
	for _, e := range entries {
		l := link{id: e.ID, sequence: e.Sequence, digest: e.Digest, pruned: true}
		if m, err := envelope.ParseManifest(e.Manifest); err == nil { // else it is named as damaged
			l.previous, l.pruned = m.Previous, false
			if m.Sequence != e.Sequence || m.Dossier != e.ID {
				r.add(e.ID, "the manifest is of another dossier or number")
			}
		}
		all = append(all, l)
	}
	for c, key, record := first(tx, bucketPruned); key != nil; key, record = c.Next() {
		digest, err := readRow(key, record)
		if err != nil || len(key) != 8 || len(digest) != len(envelope.Digest{}) {
			r.add(uuid.Nil, "%s: %v", bucketPruned, ErrRecord)
			continue
		}
		all = append(all, link{sequence: binary.BigEndian.Uint64(key), digest: envelope.Digest(digest), pruned: true})
	}
	slices.SortStableFunc(all, func(a, b link) int { return cmp.Compare(a.sequence, b.sequence) })
	return all
}

// putPruned keeps the place of a forgotten entry in the chain.
func putPruned(tx *bbolt.Tx, e Entry) error {
	key := binary.BigEndian.AppendUint64(nil, e.Sequence)
	sum := checksum(key, e.Digest[:])
	return tx.Bucket(bucketPruned).Put(key, append(sum[:], e.Digest[:]...))
}

// verifyChain checks that no sequence number is missing or doubled and that each
// manifest names the one before it. damaged is how many entries cannot be read.
func verifyChain(tx *bbolt.Tx, r *Report, entries []Entry, damaged int) {
	h, err := readHead(tx)
	if err != nil {
		r.add(uuid.Nil, "%v", err)
		return
	}
	var last link
	missing := uint64(0)
	for _, l := range links(tx, r, entries) {
		switch {
		case l.sequence == last.sequence:
			r.add(l.id, "sequence number %d is doubled", l.sequence)
			continue
		case l.sequence > last.sequence+1:
			missing += l.sequence - last.sequence - 1
		case !l.pruned && l.previous != last.digest:
			r.add(l.id, "the manifest does not name the one before it")
		}
		last = l
	}
	switch {
	case last.sequence > h.Sequence:
		r.add(uuid.Nil, "the chain ends at %d, but there is a manifest %d", h.Sequence, last.sequence)
	case last.sequence < h.Sequence:
		missing += h.Sequence - last.sequence
	case last.digest != h.Digest:
		r.add(uuid.Nil, "the chain does not end with the last manifest")
	}
	if missing > uint64(damaged) { // those that cannot be read are named already
		r.add(uuid.Nil, "%d of %d manifests of this station are missing", missing-uint64(damaged), h.Sequence)
	}
}

// checkSteps checks that the evidence of an entry is of one way forward.
func checkSteps(steps []Step, now State) error {
	if len(steps) == 0 {
		return nil // an entry of the first layout
	}
	if last := steps[len(steps)-1].State; last != now {
		return fmt.Errorf("it is %s, but its last step is %s", now, last)
	}
	for i := 1; i < len(steps); i++ {
		a, b := steps[i-1], steps[i]
		if !mayFollow(a.State, b.State) {
			return fmt.Errorf("step from %s to %s", a.State, b.State)
		}
		if b.At.Trusted < a.At.Trusted {
			return fmt.Errorf("step to %s is older by the central's time than %s", b.State, a.State)
		}
		if a.At.Boot != nil && b.At.Boot != nil && *a.At.Boot == *b.At.Boot && b.At.Monotonic < a.At.Monotonic {
			return fmt.Errorf("step to %s is older than %s", b.State, a.State)
		}
	}
	return nil
}

// mayFollow says that a step may follow another: forward only, but for a
// dossier that an officer sends again.
func mayFollow(from, to State) bool {
	if from.rank() == beside || to.rank() == beside {
		return from.rank() < ranks[Custody]
	}
	return to.rank() > from.rank()
}
