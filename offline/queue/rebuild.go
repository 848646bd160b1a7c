package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
)

// Codes of the acts that say that the index was damaged.
const (
	// ActRebuilt says that the index was built anew from what could be read.
	ActRebuilt = "index-rebuilt"
	// ActTorn says that one of the two meta pages was damaged, by a power cut or
	// otherwise: what was stored last may have been taken back.
	ActTorn = "index-torn"
)

// maxAsides bounds the damaged indexes of one millisecond.
const maxAsides = 100

var keyMending = []byte("mending")

// mending stands in an index from the moment that it takes the damaged one's
// place until the files of the dossiers have been asked too: a start that is
// interrupted goes on with it.
type mending struct {
	What  string `cbor:"1,keyasint"` // the code of the act
	Why   string `cbor:"2,keyasint"`
	Aside string `cbor:"3,keyasint"` // the damaged one, "" for none
	Found int    `cbor:"4,keyasint"` // dossiers that it still named
}

// rebuild sets the index aside and puts one in its place that holds every record
// that can still be read; p is nil where there is nothing to read. The lock of
// the old one is held.
func (q *Queue) rebuild(p *pages, why error) error {
	var f found
	if p != nil {
		p.salvage(f.take)
	}
	m := mending{What: ActRebuilt, Why: why.Error()}
	for _, entries := range f.entries {
		m.Found += len(entries)
	}
	var err error
	if m.Aside, err = q.setAside(); err != nil {
		return fmt.Errorf("%w: %w", ErrIndex, err)
	}
	fresh := q.indexPath() + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("queue: %w", err)
	}
	db, err := bbolt.Open(fresh, 0o600, q.boltOptions())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrIndex, diskError("build", err))
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		if err := makeBuckets(tx); err != nil {
			return err
		}
		if err := f.write(tx); err != nil {
			return err
		}
		return putMending(tx, m)
	})
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("%w: %w", ErrIndex, diskError("build", err))
	}
	if err := errors.Join(os.Rename(fresh, q.indexPath()), envelope.SyncDir(q.dir)); err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	return nil
}

// setAside gives the damaged index a second name, under which it stays when the
// new one takes its place.
func (q *Queue) setAside() (name string, err error) {
	if _, err := os.Stat(q.indexPath()); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	at := timeOf(q.opt.Clock().Wall).Format("20060102T150405Z")
	for i := range maxAsides {
		name = fmt.Sprintf("%s.%s-%d%s", indexName, at, i, asideSuffix)
		if err = os.Link(q.indexPath(), filepath.Join(q.dir, name)); !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	if err != nil { // a disk that knows no second names
		err = os.Rename(q.indexPath(), filepath.Join(q.dir, name))
	}
	if err != nil {
		return "", fmt.Errorf("set aside: %w", err)
	}
	return name, nil
}

func putMending(tx *bbolt.Tx, m mending) error {
	record, err := frame(keyMending, m)
	if err != nil {
		return err
	}
	return tx.Bucket(bucketMeta).Put(keyMending, record)
}

// mend ends what rebuild began: dossiers whose files say that they wait come back
// into the index, files that say nothing are set aside, and the audit log says
// that it was so.
func (q *Queue) mend() error {
	var m mending
	var record []byte
	if err := q.view(func(tx *bbolt.Tx) error {
		if record = tx.Bucket(bucketMeta).Get(keyMending); record == nil {
			return nil
		}
		return unframe(keyMending, record, &m)
	}); err != nil || record == nil {
		return err
	}
	back, unknown, err := q.untold()
	if err != nil {
		return err
	}
	var came int
	err = q.update(func(tx *bbolt.Tx) (err error) {
		var doubled []envelope.Digest
		if came, doubled, err = takeBack(tx, back); err != nil {
			return err
		}
		unknown = append(unknown, doubled...)
		if err := tx.Bucket(bucketMeta).Delete(keyMending); err != nil {
			return err
		}
		at, err := q.now(tx, q.opt.Clock())
		if err != nil {
			return err
		}
		_, err = audit.Append(tx, audit.Act{At: at, Who: audit.Station, What: m.What, Detail: fmt.Sprintf(
			"%d dossiers found, %d from their files, %d files of no dossier; set aside as %q; %s", m.Found, came, len(unknown), m.Aside, m.Why)})
		return err
	})
	if err != nil {
		return err
	}
	q.rebuilt = m.What == ActRebuilt
	for _, d := range unknown {
		if err := q.files.SetAside(d); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	words := "queue: the index was damaged and is built anew; look at the list, run tram queue verify, and tell support"
	if m.What == ActTorn {
		words = "queue: the index was not closed properly; what was stored last may have been taken back"
	}
	q.opt.Log.Error(words, "why", m.Why, "found", m.Found, "from_files", came, "files_set_aside", len(unknown), "aside", m.Aside)
	return nil
}

// Rebuilt says that Open built the index anew: the newest act was ActRebuilt then.
func (q *Queue) Rebuilt() bool { return q.rebuilt }

// untold reads the files that no record names.
func (q *Queue) untold() (back []Entry, unknown []envelope.Digest, err error) {
	err = q.files.Each(func(d envelope.Digest) error {
		if wanted, err := q.wanted(d); err != nil || wanted {
			return err
		}
		e, err := q.tailOf(d)
		if err != nil {
			unknown = append(unknown, d)
			return nil //nolint:nilerr // set aside and counted
		}
		back = append(back, e)
		return nil
	})
	return back, unknown, err
}

// takeBack puts entries into the index that it has lost. doubled are the files of
// those whose number in the chain another has. An entry that is in custody, or
// whose held copy ended, stays as it is: its file is swept.
func takeBack(tx *bbolt.Tx, back []Entry) (came int, doubled []envelope.Digest, err error) {
	h, err := readHead(tx)
	if err != nil {
		return 0, nil, err
	}
	taken := map[uint64]uuid.UUID{}
	entries, _ := readAll(tx, bucketEntries)
	for _, e := range entries {
		taken[e.Sequence] = e.ID
	}
	for _, e := range back {
		bucket := e.bucket()
		if tx.Bucket(bucketEntries).Get(e.ID[:]) != nil || tx.Bucket(bucket).Get(e.ID[:]) != nil {
			continue
		}
		e.Steps, e.Receipt = nil, nil
		e.step(Sealed, envelope.Clock{Wall: e.Enqueued})
		if string(bucket) == string(bucketEntries) {
			if _, ok := taken[e.Sequence]; ok {
				doubled = append(doubled, e.Blob)
				continue
			}
			taken[e.Sequence] = e.ID
			if err := tx.Bucket(bucketDrafts).Delete(e.ID[:]); err != nil {
				return 0, nil, err
			}
			if e.Sequence > h.Sequence {
				h.Sequence, h.Digest = e.Sequence, e.Digest
			}
		}
		if err := putEntry(tx, bucket, e); err != nil {
			return 0, nil, err
		}
		came++
	}
	return came, doubled, writeHead(tx, h)
}

// openedTwice says that the file that was opened is no longer the index: another
// process has built it anew meanwhile.
func (q *Queue) openedTwice(opened *os.File) bool {
	a, err := opened.Stat()
	b, berr := os.Stat(q.indexPath())
	return err != nil || berr != nil || !os.SameFile(a, b)
}

// boltOptions are those of every index. The list of free pages is stored with
// every commit (NoFreelistSync false): to find it anew a start would read every
// page of the file and build the list, and the walk could not tell a lost page
// from a free one.
func (q *Queue) boltOptions() *bbolt.Options {
	return &bbolt.Options{
		Timeout: lockWait, FreelistType: bbolt.FreelistMapType, NoSync: q.opt.NoSync, NoGrowSync: q.opt.NoSync,
	}
}
