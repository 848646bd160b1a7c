package audit

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tram-station/tram/offline/envelope"
)

// Anchor is what the TPM's counter says now; Known is false without a TPM.
//
// The order keeps the two together over a power cut: the act with the counter's
// next value is committed first, then the counter moves. So the log knows the
// counter's value, or, when the cut came between the two, the next one; whoever
// opens the log then moves the counter (LastCounter). A counter that has moved
// further than the log knows has seen a newer log than this one. When such a log
// works on, its acts show the leap.
type Anchor struct {
	Counter uint64
	Known   bool
}

// Problem is something that Verify found.
type Problem struct {
	Code string `json:"code"` // see the Problem codes
	At   uint64 `json:"at"`   // number of the act, or size of the log, that shows it
	What string `json:"what"` // in words
}

// Problem codes.
const (
	Damaged  = "damaged"  // an act cannot be read
	Edited   = "edited"   // an act is not the one that was appended
	Missing  = "missing"  // acts were taken out
	Tree     = "tree"     // a hash of the tree is not that of its acts
	Cut      = "cut"      // the end is missing
	Forked   = "forked"   // the central witnessed another log
	Restored = "restored" // the TPM has counted on: an older copy was put back
	Counter  = "counter"  // the counters in the acts do not rise, or are another TPM's
	Anew     = "anew"     // the log begins with the loss of all that was before
)

// maxProblems are reported one by one; a log that was written anew has one at
// every act.
const maxProblems = 100

// Report is what Verify saw.
type Report struct {
	Head      envelope.Head `json:"head"`      // recomputed from the acts
	Witnessed uint64        `json:"witnessed"` // acts up to here stand under a signature of the central
	Witnesses int           `json:"witnesses"` // signed heads that were compared
	Unchecked int           `json:"unchecked"` // receipts under a key that was not given
	Counter   uint64        `json:"counter"`   // newest in the acts, 0 for none
	Anchored  bool          `json:"anchored"`  // compared with a TPM's counter
	Problems  []Problem     `json:"problems"`
}

func (r *Report) add(code string, at uint64, format string, args ...any) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, Problem{code, at, fmt.Sprintf(format, args...)})
	}
}

// Verify reads the whole log, recomputes every hash from the acts alone, and
// compares them with what is stored, with every head that the central signed
// under key (or one of older, in a rotation of keys), and with the TPM's
// counter. What is wrong with the log stands in the report; the error is one of
// reading the database.
func Verify(tx *bbolt.Tx, key *envelope.PublicKey, a Anchor, older ...*envelope.PublicKey) (Report, error) {
	r := Report{Problems: []Problem{}}
	heads, unchecked := witnesses(tx, append([]*envelope.PublicKey{key}, older...))
	slices.SortFunc(heads, func(a, b envelope.Head) int { return cmp.Compare(a.Size, b.Size) })
	r.Witnesses, r.Unchecked = len(heads), unchecked
	roots, err := recompute(tx, &r, heads)
	if err != nil {
		return r, err
	}
	compareHead(tx, &r)
	for _, h := range heads {
		root, ok := roots[h.Size]
		switch {
		case !ok:
			r.add(Cut, r.Head.Size, "the log has %d acts, the central has witnessed %d: the end was cut off or an older copy was put back", r.Head.Size, h.Size)
		case root != h.Root:
			r.add(Forked, h.Size, "the first %d acts are not those that the central has witnessed", h.Size)
		default:
			r.Witnessed = max(r.Witnessed, h.Size)
		}
	}
	compareCounter(&r, a)
	return r, nil
}

// recompute rebuilds the tree from the acts and returns the roots at the sizes
// that were witnessed.
func recompute(tx *bbolt.Tx, r *Report, heads []envelope.Head) (map[uint64]envelope.Digest, error) {
	roots := map[uint64]envelope.Digest{}
	var f frontier
	note := func() {
		for len(heads) > 0 && heads[0].Size <= f.size {
			if heads[0].Size == f.size {
				roots[f.size] = f.root()
			}
			heads = heads[1:]
		}
	}
	note()
	var next uint64 // number that the next act has to have
	acts := tx.Bucket(bucketActs)
	if acts == nil {
		r.Head.Root = f.root()
		return roots, nil
	}
	err := acts.ForEach(func(k, v []byte) error {
		n, ok := number(k)
		if !ok {
			r.add(Damaged, next, "a key is not the number of an act")
			return nil
		}
		if n != next {
			r.add(Missing, next, "%d acts are missing before number %d", n-next, n)
		}
		next = n + 1
		hashes, record, ok := split(n, v)
		if !ok {
			r.add(Damaged, n, "act %d cannot be read", n)
		} else {
			checkAct(r, n, record)
		}
		want := f.add(record)
		note()
		// Behind a gap the tree has moved: its acts are read, not placed.
		if ok && f.size == next {
			checkHashes(r, n, hashes, record, want)
		}
		return nil
	})
	r.Head = envelope.Head{Size: f.size, Root: f.root()}
	return roots, err
}

// checkAct looks at what an act says.
func checkAct(r *Report, n uint64, record []byte) {
	a, err := decode(record)
	if err != nil {
		r.add(Damaged, n, "act %d cannot be read", n)
		return
	}
	switch {
	case a.Counter == 0:
		return
	case a.Counter <= r.Counter:
		r.add(Counter, n, "act %d has counter %d after %d: two logs were grown from one", n, a.Counter, r.Counter)
	case r.Counter != 0 && a.Counter > r.Counter+1:
		// The copy that was put back has worked on since.
		r.add(Restored, n, "the TPM had counted to %d when act %d was written, the log knew %d: an older copy of the folder was put back before", a.Counter-1, n, r.Counter)
	}
	r.Counter = max(r.Counter, a.Counter)
}

// checkHashes compares the stored hashes with those of the acts. A wrong leaf
// is the act's own; a wrong hash above a good leaf is the tree's.
func checkHashes(r *Report, n uint64, stored, record []byte, want []tlog.Hash) {
	leaf := tlog.RecordHash(record)
	if leaf != tlog.Hash(stored[:tlog.HashSize]) {
		r.add(Edited, n, "act %d is not the one that was written", n)
		return
	}
	for i, h := range want {
		if h != tlog.Hash(stored[i*tlog.HashSize:][:tlog.HashSize]) {
			r.add(Tree, n, "the tree above act %d is not that of its acts", n)
			return
		}
	}
}

// compareHead compares what Append noted last, and what it found broken before,
// with what is there.
func compareHead(tx *bbolt.Tx, r *Report) {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return
	}
	c := meta.Cursor()
	for k, raw := c.Seek(prefixBroken); bytes.HasPrefix(k, prefixBroken); k, raw = c.Next() {
		at, _ := number(k[len(prefixBroken):])
		judgeHead(r, at, raw)
	}
	raw := meta.Get(keyHead)
	var h envelope.Head
	if raw == nil && r.Head.Size == 0 || envelope.Decode(raw, &h) == nil && h == r.Head {
		return
	}
	judgeHead(r, r.Head.Size, raw)
}

// judgeHead says what a head means that was noted and does not fit the log of
// that size.
func judgeHead(r *Report, size uint64, raw []byte) {
	var h envelope.Head
	switch {
	case envelope.Decode(raw, &h) != nil:
		r.add(Tree, size, "the head of the log at %d acts is damaged", size)
	case h.Size > size:
		r.add(Cut, size, "the log had %d acts where its head says %d: the end was cut off", size, h.Size)
	default:
		r.add(Tree, size, "the head of the log at %d acts is not that of its acts", size)
	}
}

func compareCounter(r *Report, a Anchor) {
	r.Anchored = a.Known
	switch {
	case !a.Known || r.Counter == a.Counter:
	case r.Counter == a.Counter+1: // the cut between commit and count
	case r.Counter == 0: // the log has no anchor yet: the TPM came later
	case r.Counter < a.Counter:
		r.add(Restored, r.Head.Size, "the TPM has counted to %d, the log knows %d: an older copy of the folder was put back", a.Counter, r.Counter)
	default:
		r.add(Counter, r.Head.Size, "the log knows counter %d, this TPM has only counted to %d: it was cleared, or the disk is another machine's", r.Counter, a.Counter)
	}
}

// LastCounter returns the newest counter in the acts, 0 for none. Where it is
// one ahead of the TPM's, a power cut came between the commit and the count:
// Increment the TPM's counter once, when the log is opened.
func LastCounter(tx *bbolt.Tx) (uint64, error) {
	acts := tx.Bucket(bucketActs)
	if acts == nil {
		return 0, nil
	}
	c := acts.Cursor()
	for k, v := c.Last(); k != nil; k, v = c.Prev() {
		n, ok := number(k)
		if !ok {
			continue
		}
		_, record, ok := split(n, v)
		if !ok {
			continue
		}
		if a, err := decode(record); err == nil && a.Counter != 0 {
			return a.Counter, nil
		}
	}
	return 0, nil
}

// frontier grows a tree from its leaves and keeps only the roots of its
// complete subtrees, the largest first.
type frontier struct {
	size  uint64
	roots []tlog.Hash
}

// add appends a leaf and returns the hashes that it completes, the leaf first.
func (f *frontier) add(record []byte) []tlog.Hash {
	h := tlog.RecordHash(record)
	done := []tlog.Hash{h}
	for n := f.size; n&1 == 1; n >>= 1 {
		last := len(f.roots) - 1
		h = tlog.NodeHash(f.roots[last], h)
		f.roots = f.roots[:last]
		done = append(done, h)
	}
	f.roots = append(f.roots, h)
	f.size++
	return done
}

func (f *frontier) root() envelope.Digest {
	if len(f.roots) == 0 {
		return envelope.Sum(nil) // RFC 6962 §2.1
	}
	h := f.roots[len(f.roots)-1]
	for i := len(f.roots) - 2; i >= 0; i-- {
		h = tlog.NodeHash(f.roots[i], h)
	}
	return envelope.Digest(h)
}
