package queue

import (
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/envelope"
)

// TestFullInEachPhase fills the disk at every step of Put: nothing of the
// dossier stays, nothing else is touched, and with room again it goes in.
func TestFullInEachPhase(t *testing.T) {
	enospc := &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	for name, fill := range map[string]func(q *Queue){
		"write": func(q *Queue) {
			q.files.Disk.Write = func(f *os.File, b []byte) (int, error) {
				n, _ := f.Write(b[:len(b)/2])
				return n, enospc
			}
		},
		"sync":        func(q *Queue) { q.files.Disk.Sync = func(*os.File) error { return enospc } },
		"rename":      func(q *Queue) { q.files.Disk.Rename = func(string, string) error { return enospc } },
		"sync folder": func(q *Queue) { q.files.Disk.SyncDir = func(string) error { return enospc } },
	} {
		t.Run(name, func(t *testing.T) {
			q, s := open(t, t.TempDir()), newSealer(t)
			kept := s.put(t, q, 1000)
			disk := q.files.Disk
			fill(q)
			e, sealed, err := s.seal(q, 300<<10)
			if err != nil {
				t.Fatal(err)
			}
			if err := q.Put(t.Context(), e, sealed); !errors.Is(err, ErrFull) {
				t.Fatalf("%v, want ErrFull", err)
			}
			if r := verify(t, q); r.Waiting != 1 || r.Orphans != 0 || len(r.Problems) > 0 || blobFiles(t, q) != 1 {
				t.Errorf("after a full disk: %+v, %d files", r, blobFiles(t, q))
			}
			if err := settleAt(q, kept, central); err != nil {
				t.Errorf("settle while full: %v", err)
			}
			q.files.Disk = disk // control: it was the disk
			if err := q.Put(t.Context(), e, sealed); err != nil {
				t.Errorf("with room again: %v", err)
			}
		})
	}
}

// Rows that are damaged are made anew at the next start, and no file of a
// waiting dossier is swept for it.
func TestDamagedRowsAreMadeAnew(t *testing.T) {
	for _, bucket := range [][]byte{bucketWaiting, bucketBlobs} {
		t.Run(string(bucket), func(t *testing.T) {
			dir := t.TempDir()
			q, s := open(t, dir), newSealer(t)
			for range 3 {
				s.put(t, q, 1000)
			}
			spoil(t, q, bucket)
			if r := verify(t, q); len(r.Problems) == 0 {
				t.Error("Verify does not see it")
			}
			if err := q.Close(); err != nil {
				t.Fatal(err)
			}
			q = open(t, dir)
			waiting, err := q.Waiting()
			if err != nil || len(waiting) != 3 {
				t.Errorf("%d wait, %v, want 3", len(waiting), err)
			}
			if r := verify(t, q); len(r.Problems) != 0 || r.Orphans != 0 || r.Waiting != 3 {
				t.Errorf("%+v", r)
			}
		})
	}
}

// spoil flips a bit in the first record of a bucket.
func spoil(t testing.TB, q *Queue, bucket []byte) {
	t.Helper()
	err := q.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		key, record := b.Cursor().First()
		record = slices.Clone(record)
		record[len(record)-1] ^= 1
		return b.Put(slices.Clone(key), record)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A bit that flips in a file of sealed bytes, wherever, costs that dossier and
// no other, and is seen by the read that would have sent it.
func TestFlippedBitInFile(t *testing.T) {
	dir := t.TempDir()
	q, s := open(t, dir), newSealer(t)
	var all []Entry
	for range 4 {
		all = append(all, s.put(t, q, 300<<10))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 40 {
		hurt := all[random.IntN(len(all))]
		path := q.files.Path(hurt.Blob)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		flip(t, path, random.IntN(int(hurt.Size)))
		for _, e := range all {
			if err := readThrough(q, e); (err != nil) != (e.ID == hurt.ID) {
				t.Fatalf("round %d: %s read with %v; %s is hurt", round, e.ID, err, hurt.ID)
			}
		}
		r := verify(t, q)
		if len(r.Problems) != 1 || r.Problems[0].ID != hurt.ID {
			t.Fatalf("round %d: %+v", round, r.Problems)
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil { // control: whole again
			t.Fatal(err)
		}
		if r := verify(t, q); len(r.Problems) != 0 {
			t.Fatalf("round %d, control: %+v", round, r.Problems)
		}
	}
}

func readThrough(q *Queue, e Entry) error {
	digests, _, err := e.Chunks()
	if err != nil {
		return err
	}
	source := q.Source(e)
	for _, d := range digests {
		if _, err := source.Chunk(d); err != nil {
			return err
		}
	}
	return nil
}

// A broken page hides an entry without any bad checksum: its file is no orphan
// to be swept as long as the chain has a hole.
func TestHiddenEntryKeepsItsFile(t *testing.T) {
	dir := t.TempDir()
	q, s := open(t, dir), newSealer(t)
	var all []Entry
	for range 3 {
		all = append(all, s.put(t, q, 1000))
	}
	if err := q.update(func(tx *bbolt.Tx) error { return removeEntry(tx, bucketEntries, all[1]) }); err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = open(t, dir)
	if n := blobFiles(t, q); n != 3 {
		t.Errorf("%d files, want all 3: one is of a dossier that the index lost", n)
	}
	// Control: with the entry back, a file of nobody is swept.
	if err := q.update(func(tx *bbolt.Tx) error { return putEntry(tx, bucketEntries, all[1]) }); err != nil {
		t.Fatal(err)
	}
	orphan := envelope.Sum([]byte("nobody's"))
	if err := os.WriteFile(q.files.Path(orphan), []byte("nobody's"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = open(t, dir)
	if n := blobFiles(t, q); n != 3 {
		t.Errorf("control: %d files, want 3", n)
	}
}

// A chain with a manifest missing, or doubled under another number, is seen.
func TestVerifyFindsGaps(t *testing.T) {
	q, s := open(t, t.TempDir()), newSealer(t)
	for range 4 {
		s.put(t, q, 10)
	}
	if r := verify(t, q); len(r.Problems) != 0 {
		t.Fatalf("control: %+v", r.Problems)
	}
	entries, _, err := q.List()
	if err != nil {
		t.Fatal(err)
	}
	if err := q.update(func(tx *bbolt.Tx) error { return removeEntry(tx, bucketEntries, entries[1]) }); err != nil {
		t.Fatal(err)
	}
	if r := verify(t, q); len(r.Problems) != 1 || r.Orphans != 1 {
		t.Errorf("one of four taken out: %+v", r)
	}
	err = q.update(func(tx *bbolt.Tx) error {
		return writeHead(tx, head{Sequence: 9, Digest: envelope.Digest{1}})
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := verify(t, q); len(r.Problems) == 0 {
		t.Error("the end of the chain is elsewhere, and nobody says so")
	}
}

// The ballast is what a receipt is written with on a disk that is full to the
// last block.
func TestBallast(t *testing.T) {
	q := open(t, t.TempDir())
	if info, err := os.Stat(q.ballast.path); err != nil || info.Size() != ballastSize {
		t.Fatalf("no ballast at the start: %v", err)
	}
	tries := 0
	full := func(*bbolt.Tx) error {
		if tries++; tries == 1 {
			return &os.PathError{Op: "write", Path: "index.db", Err: syscall.ENOSPC}
		}
		return nil
	}
	if err := q.update(full); err != nil || tries != 2 {
		t.Errorf("%d tries, %v", tries, err)
	}
	tries = 0
	if err := q.update(full); !errors.Is(err, ErrFull) || tries != 1 {
		t.Errorf("control, without ballast: %d tries, %v", tries, err)
	}
	q.restock()
	if _, err := os.Stat(q.ballast.path); err != nil {
		t.Error(err)
	}
}
