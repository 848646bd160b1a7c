// Package queue keeps sealed dossiers at the station until the central has
// signed for them, and afterwards how they stand. The sealed bytes of a dossier
// are one file named by its digest; one bbolt index names the dossiers. The
// order of writing is the promise: the file durable, then the index, then the
// answer; and on the way out the receipt durable, then the file deleted. Every
// read is checked against its digest, and every change stands in the audit log
// of the same transaction.
//
// Index records carry a checksum. What can be told from the entries (who waits,
// which files are wanted, who is found by which number) stands in buckets of its
// own, so that a start reads those that wait and no others; when one of these is
// damaged, all are made anew from the entries.
package queue

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/blob"
	"github.com/tram-station/tram/offline/envelope"
)

// Errors of opening.
var (
	// ErrLocked says that another process has the queue open.
	ErrLocked = errors.New("queue: in use by another process: stop the station (tram run) first, or look at its page")
	// ErrIndex says that the index cannot be read at all.
	ErrIndex = errors.New("queue: the index cannot be read: keep the folder as it is and call support")
)

// Errors of storing.
var (
	// ErrFull says that the disk or the quota leaves no room.
	ErrFull = blob.ErrFull
	// ErrExists says that a dossier of this ID is queued with other content.
	ErrExists = errors.New("queue: a dossier of this ID is already queued")
	// ErrNotFound says that no dossier has this ID.
	ErrNotFound = errors.New("queue: no dossier of this ID")
	// ErrSequence says that a manifest does not continue the station's chain.
	ErrSequence = errors.New("queue: the manifest does not follow the last one")
)

const (
	lockWait = 2 * time.Second
	// DefaultMinFree is the share of the disk that capturing leaves free.
	DefaultMinFree = 0.05
	// reserve stays free in any case, so that receipts and deletes still work.
	reserve = 16 << 20
)

// The buckets of the index.
var (
	bucketEntries = []byte("entries") // dossier → Entry
	bucketDrafts  = []byte("drafts")  // dossier → Entry, begun and not sealed
	bucketHeld    = []byte("held")    // dossier → Entry that waits for a supervisor
	bucketCarried = []byte("carried") // dossier → Entry of another station
	bucketMeta    = []byte("meta")
	bucketDays    = []byte("days")   // UTC day of the receipt, dossier
	bucketPruned  = []byte("pruned") // sequence → digest of a manifest whose entry Prune forgot

	bucketWaiting = []byte("waiting") // sequence → dossier; from the entries
	bucketBlobs   = []byte("blobs")   // file, dossier → size; from all entries
	bucketLookup  = []byte("lookup")  // keyed hash of the number, dossier; from the entries

	// buckets are all of them, beside those of the audit log. An index with one
	// of another name is damaged.
	buckets = [][]byte{
		bucketEntries, bucketDrafts, bucketHeld, bucketCarried, bucketMeta, bucketDays, bucketPruned,
		bucketWaiting, bucketBlobs, bucketLookup,
	}
)

var (
	keyTag    = []byte("tag-key")
	keyLayout = []byte("layout")
	// The head is kept twice: it must outlive a damaged copy.
	keyHeads = [][]byte{[]byte("head-a"), []byte("head-b")}
)

// Options are the limits of a queue; the zero value has the defaults.
type Options struct {
	Quota   int64                 // most sealed bytes that wait, 0 for no own limit
	MinFree float64               // share of the disk that Room wants free, 0 for DefaultMinFree
	Clock   func() envelope.Clock // evidence of the time of changes; nil for the system's clock
	Log     *slog.Logger
	// NoSync leaves out every fsync: the control of the power-cut tests, which
	// has to lose.
	NoSync bool
}

// Queue is an open queue. It is safe for concurrent use. mu is taken before
// any transaction of the index and orders writers.
type Queue struct {
	opt     Options
	dir     string
	files   *blob.Files
	old     *blob.Store // chunks of the first layout that had to stay, or nil
	db      *bbolt.DB
	free    func(dir string) (free, total uint64, err error)
	mu      sync.Mutex
	held    int64 // sealed bytes on this disk, under mu
	torn    bool  // a meta page of the index was damaged at the start
	rebuilt bool  // the index was built anew at the start
	ballast *ballast
}

// Open opens or makes the queue of the folder, brings an older layout to this
// one and sweeps what an interrupted run left. The errors are ErrLocked and
// ErrIndex.
func Open(dir string, opt Options) (q *Queue, err error) {
	if opt.MinFree == 0 {
		opt.MinFree = DefaultMinFree
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Clock == nil {
		opt.Clock = func() envelope.Clock { return envelope.Clock{Wall: time.Now().UnixMilli()} }
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	q = &Queue{opt: opt, dir: dir, free: blob.FreeSpace, ballast: &ballast{path: filepath.Join(dir, "ballast")}}
	if q.files, err = blob.OpenFiles(filepath.Join(dir, "blobs")); err != nil {
		return nil, err
	}
	if opt.NoSync {
		q.files.Disk = blob.Unsynced()
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil { // bbolt panics on a broken page
			err = fmt.Errorf("%w (%v)", ErrIndex, r)
		}
		if err != nil && q != nil && q.db != nil {
			_ = q.db.Close()
		}
	}()
	if err := q.openIndex(); err != nil {
		return nil, err
	}
	if err := q.migrate(); err != nil {
		return nil, err
	}
	if err := q.mend(); err != nil {
		return nil, err
	}
	// The folder's own name too: else a power cut in the first minutes takes
	// the whole queue.
	if err := errors.Join(envelope.SyncDir(dir), envelope.SyncDir(filepath.Dir(dir))); err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	if err := q.sweep(); err != nil {
		return nil, err
	}
	q.restock()
	return q, nil
}

// openIndex opens the database and makes its buckets.
func (q *Queue) openIndex() (err error) {
	if err := q.inspect(); err != nil {
		return err
	}
	var opened *os.File
	opt := q.boltOptions()
	opt.OpenFile = func(name string, flag int, perm os.FileMode) (f *os.File, err error) {
		opened, err = os.OpenFile(name, flag, perm)
		return opened, err
	}
	q.db, err = bbolt.Open(q.indexPath(), 0o600, opt)
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return ErrLocked
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("queue: %w", err)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrIndex, diskError("open", err))
	case q.openedTwice(opened):
		return ErrLocked
	}
	return q.update(func(tx *bbolt.Tx) error {
		if err := makeBuckets(tx); err != nil {
			return err
		}
		if q.torn && tx.Bucket(bucketMeta).Get(keyMending) == nil {
			return putMending(tx, mending{What: ActTorn, Why: "a meta page is damaged"})
		}
		return nil
	})
}

// makeBuckets makes what a new index has.
func makeBuckets(tx *bbolt.Tx) error {
	for _, name := range buckets {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	if err := audit.Prepare(tx); err != nil {
		return err
	}
	meta := tx.Bucket(bucketMeta)
	if meta.Get(keyTag) != nil {
		return nil
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails, crypto/rand
	return meta.Put(keyTag, key)
}

// Close releases the index.
func (q *Queue) Close() error { return q.db.Close() }

// update is one transaction. A disk that is full gives up its ballast for it:
// receipts and deletes have to get through.
func (q *Queue) update(fn func(*bbolt.Tx) error) error {
	err := q.add(fn)
	if errors.Is(err, ErrFull) && q.ballast.drop() {
		err = q.add(fn)
	}
	return err
}

// add is one transaction that may fail on a full disk: a new dossier leaves the
// ballast to the receipts of the others.
func (q *Queue) add(fn func(*bbolt.Tx) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer recoverIndex(&err)
	return diskError("index", q.db.Update(fn))
}

// view reads the index; a broken page is ErrIndex and no panic, nor a fault
// where the page it points to lies outside the file.
func (q *Queue) view(fn func(*bbolt.Tx) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer recoverIndex(&err)
	return q.db.View(fn)
}

func recoverIndex(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w (%v)", ErrIndex, p)
	}
}

// diskError names a full disk as such; nil stays nil.
func diskError(what string, err error) error {
	if err == nil {
		return nil
	}
	if blob.IsFull(err) {
		return fmt.Errorf("%w (%s: %w)", ErrFull, what, err)
	}
	return fmt.Errorf("queue: %s: %w", what, err)
}

// TagKey is a secret of this queue for keyed hashes: a plain hash of a
// citizen's number or data could be guessed by whoever finds the disk.
func (q *Queue) TagKey() (key []byte, err error) {
	err = q.view(func(tx *bbolt.Tx) error {
		key = slices.Clone(tx.Bucket(bucketMeta).Get(keyTag))
		return nil
	})
	return key, err
}

// Act records what an officer or the machine did.
func (q *Queue) Act(a audit.Act) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.update(func(tx *bbolt.Tx) error {
		_, err := audit.Append(tx, a)
		return err
	})
}

// Audit gives a read-only look at the database of the audit log.
func (q *Queue) Audit(fn func(tx *bbolt.Tx) error) error { return q.view(fn) }

// SetQuota changes the limit: a policy of the central may.
func (q *Queue) SetQuota(bytes int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.opt.Quota = bytes
}
