// Package queue keeps sealed dossiers at the station until the central has
// signed for them. Chunks are files named by their digest; one bbolt index
// names the dossiers. The order of writing is the promise: chunks durable,
// then the index, then the answer; and on the way out the receipt durable,
// then the chunks deleted. Every read is checked against its digest.
package queue

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

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
	ErrFull = errors.New("queue: the disk is full: connect the network so that dossiers go out, or free space")
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

var (
	bucketEntries = []byte("entries")
	bucketMeta    = []byte("meta")
	keyTag        = []byte("tag-key")
	// The head is kept twice: it must outlive a damaged copy.
	keyHeads = [][]byte{[]byte("head-a"), []byte("head-b")}
)

// Options are the limits of a queue; the zero value has the defaults.
type Options struct {
	Quota   int64   // most sealed bytes that wait, 0 for no own limit
	MinFree float64 // share of the disk that Room wants free, 0 for DefaultMinFree
	Log     *slog.Logger
}

// Queue is an open queue. It is safe for concurrent use. mu is taken before
// any transaction of the index and orders writers.
type Queue struct {
	opt   Options
	dir   string
	blobs *Blobs
	db    *bbolt.DB
	free  func(dir string) (free, total uint64, err error)
	mu    sync.Mutex
	held  int64 // sealed bytes that are not in custody, under mu
}

// Open opens or makes the queue of the folder and sweeps what an interrupted
// run left. The errors are ErrLocked and ErrIndex.
func Open(dir string, opt Options) (q *Queue, err error) {
	if opt.MinFree == 0 {
		opt.MinFree = DefaultMinFree
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	q = &Queue{opt: opt, dir: dir, free: freeSpace}
	if q.blobs, err = OpenBlobs(filepath.Join(dir, "chunks"), false); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil { // bbolt panics on a broken page
			err = fmt.Errorf("%w (%v)", ErrIndex, r)
		}
		if err != nil && q != nil && q.db != nil {
			_ = q.db.Close()
		}
	}()
	path := filepath.Join(dir, "index.db")
	q.db, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: lockWait, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType,
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, ErrLocked
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("queue: %w", err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrIndex, diskError("open", err))
	}
	if err := q.prepare(); err != nil {
		return nil, err
	}
	if err := envelope.SyncDir(dir); err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	return q, q.sweep()
}

func (q *Queue) prepare() error {
	return q.update(func(tx *bbolt.Tx) error {
		if _, err := tx.CreateBucketIfNotExists(bucketEntries); err != nil {
			return err
		}
		meta, err := tx.CreateBucketIfNotExists(bucketMeta)
		if err != nil || meta.Get(keyTag) != nil {
			return err
		}
		key := make([]byte, 32)
		_, _ = rand.Read(key) // never fails, crypto/rand
		return meta.Put(keyTag, key)
	})
}

// Close releases the index.
func (q *Queue) Close() error { return q.db.Close() }

func (q *Queue) update(fn func(*bbolt.Tx) error) error {
	if err := q.db.Update(fn); err != nil {
		return diskError("index", err)
	}
	return nil
}

// diskError names a full disk as such.
func diskError(what string, err error) error {
	if isFull(err) {
		return fmt.Errorf("%w (%s: %w)", ErrFull, what, err)
	}
	return fmt.Errorf("queue: %s: %w", what, err)
}

// Head is where the next manifest continues: its sequence number, the digest
// of the one before, and the time of the newest receipt.
func (q *Queue) Head() (next uint64, previous envelope.Digest, trusted time.Time, err error) {
	var h head
	if err = q.db.View(func(tx *bbolt.Tx) error { h, err = readHead(tx); return err }); err != nil {
		return 0, envelope.Digest{}, time.Time{}, err
	}
	if h.Trusted != 0 {
		trusted = time.UnixMilli(h.Trusted)
	}
	return h.Sequence + 1, h.Digest, trusted, nil
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

// TagKey is a secret of this queue for keyed content hashes: a plain hash of a
// citizen's data could be guessed by whoever finds the disk.
func (q *Queue) TagKey() (key []byte, err error) {
	err = q.db.View(func(tx *bbolt.Tx) error {
		key = slices.Clone(tx.Bucket(bucketMeta).Get(keyTag))
		return nil
	})
	return key, err
}

// Put stores a sealed dossier; it is durable when Put returns. e gives ID,
// Tag, Kind, Masked and Enqueued, the rest is filled here. The errors are
// ErrFull, ErrExists and ErrSequence; after an error nothing is stored.
func (q *Queue) Put(ctx context.Context, e Entry, s *envelope.Sealed, chunks envelope.Chunks) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	m, err := q.admit(s)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := q.blobs.Put(chunks); err != nil {
		return errors.Join(err, q.drop(chunks))
	}
	e.State, e.Sequence, e.Digest, e.Manifest = Sealed, m.Sequence, m.Digest, s.Manifest
	e.Size, e.Virtual = m.Size(), m.Virtual
	if err := q.commit(e); err != nil {
		if _, e2 := q.Get(e.ID); errors.Is(e2, ErrNotFound) {
			err = errors.Join(err, q.drop(chunks))
		} // else the commit may have reached the disk: the chunks stay for it
		return err
	}
	q.held += e.Size
	return nil
}

func (q *Queue) drop(chunks envelope.Chunks) error {
	for d := range chunks {
		if err := q.blobs.Delete(d); err != nil {
			return err
		}
	}
	return nil
}

// admit checks the chain and the room before anything is written.
func (q *Queue) admit(s *envelope.Sealed) (*envelope.SignedManifest, error) {
	m, err := envelope.ParseManifest(s.Manifest)
	if err != nil {
		return nil, err
	}
	next, previous, _, err := q.Head()
	if err != nil {
		return nil, err
	}
	if m.Dossier != s.ID || m.Sequence != next || m.Previous != previous {
		return nil, ErrSequence
	}
	switch _, err := q.Get(s.ID); {
	case err == nil || errors.Is(err, ErrRecord):
		return nil, ErrExists
	case !errors.Is(err, ErrNotFound):
		return nil, err
	}
	if q.opt.Quota > 0 && q.held+m.Size() > q.opt.Quota {
		return nil, fmt.Errorf("%w (quota of %d bytes)", ErrFull, q.opt.Quota)
	}
	free, _, err := q.free(q.dir)
	if err != nil {
		return nil, fmt.Errorf("queue: free space: %w", err)
	}
	if free < uint64(m.Size())+reserve {
		return nil, fmt.Errorf("%w (%d bytes free)", ErrFull, free)
	}
	return m, nil
}

// commit adds the entry and moves the head in one transaction.
func (q *Queue) commit(e Entry) error {
	return q.update(func(tx *bbolt.Tx) error {
		h, err := readHead(tx)
		if err != nil {
			return err
		}
		h.Sequence, h.Digest = e.Sequence, e.Digest
		if err := writeHead(tx, h); err != nil {
			return err
		}
		return putEntry(tx, e)
	})
}

func putEntry(tx *bbolt.Tx, e Entry) error {
	record, err := frame(e.ID[:], e)
	if err != nil {
		return err
	}
	return tx.Bucket(bucketEntries).Put(e.ID[:], record)
}

// Room says whether there is room to capture another dossier: the error is
// ErrFull. It asks for more than Put does, so that what was captured is stored.
func (q *Queue) Room() error {
	free, total, err := q.free(q.dir)
	if err != nil {
		return fmt.Errorf("queue: free space: %w", err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if float64(free) < float64(total)*q.opt.MinFree || q.opt.Quota > 0 && q.held >= q.opt.Quota {
		return ErrFull
	}
	return nil
}

// Get returns one entry; the errors are ErrNotFound and ErrRecord.
func (q *Queue) Get(id uuid.UUID) (e Entry, err error) {
	err = q.db.View(func(tx *bbolt.Tx) error {
		record := tx.Bucket(bucketEntries).Get(id[:])
		if record == nil {
			return ErrNotFound
		}
		return unframe(id[:], record, &e)
	})
	return e, err
}
