package queue

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/envelope"
)

// sealer seals invented dossiers along a queue's chain.
type sealer struct {
	key *envelope.Signer
	to  []*envelope.Recipient
}

func newSealer(t testing.TB) sealer {
	t.Helper()
	key, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	id, err := envelope.GenerateIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return sealer{key, []*envelope.Recipient{id.Recipient()}}
}

func (s sealer) seal(q *Queue, size int) (Entry, *envelope.Sealed, error) {
	h, err := q.Head()
	if err != nil {
		return Entry{}, nil, err
	}
	id := uuid.Must(uuid.NewV7())
	sealed, err := envelope.Seal(s.key, s.to, envelope.Draft{
		ID: id, Station: "tram-thu-001", Sequence: h.Sequence, Previous: h.Previous,
		Parts: []envelope.Part{{Name: "a", Bytes: make([]byte, size)}},
	})
	return Entry{ID: id, Enqueued: 1, Masked: "N.V.T."}, sealed, err
}

func (s sealer) put(t testing.TB, q *Queue, size int) Entry {
	t.Helper()
	e, sealed, err := s.seal(q, size)
	if err == nil {
		err = q.Put(t.Context(), e, sealed)
	}
	if err != nil {
		t.Fatal(err)
	}
	if e, err = q.Get(e.ID); err != nil {
		t.Fatal(err)
	}
	return e
}

func open(t testing.TB, dir string) *Queue {
	t.Helper()
	q, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	return q
}

func verify(t testing.TB, q *Queue) Report {
	t.Helper()
	r, err := q.Verify()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func blobFiles(t testing.TB, q *Queue) int {
	t.Helper()
	files, err := os.ReadDir(filepath.Join(q.dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

// settleAt settles with a receipt of the central's time.
func settleAt(q *Queue, e Entry, at time.Time) error {
	r := &envelope.Receipt{ID: e.ID, Manifest: e.Digest, LogPosition: 1, Time: at}
	_, err := q.Settle(e.ID, []byte("receipt"), r, envelope.Clock{Wall: at.UnixMilli()})
	return err
}

func TestPutSettleReopen(t *testing.T) {
	dir := t.TempDir()
	q, s := open(t, dir), newSealer(t)
	first, second := s.put(t, q, 600<<10), s.put(t, q, 10)
	if r := verify(t, q); r.Waiting != 2 || len(r.Problems) != 0 || r.Chunks != 6 {
		t.Fatalf("%+v", r)
	}
	at := time.UnixMilli(1_790_000_000_000)
	for range 2 { // settling twice is no error
		if err := settleAt(q, first, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = open(t, dir)
	got, err := q.Get(first.ID)
	if err != nil || got.State != Custody || string(got.Receipt) != "receipt" || len(got.Steps) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	if n := blobFiles(t, q); n != 1 {
		t.Errorf("%d files after one of two was settled, want 1", n)
	}
	h, err := q.Head()
	if err != nil || h.Sequence != 3 || h.Previous != second.Digest || h.Trusted != at.UnixMilli() || h.Audit.Size == 0 {
		t.Errorf("head %+v %v", h, err)
	}
	// Custody is the end.
	if e, err := q.Update(first.ID, func(e *Entry) { e.State = Sealed }); err != nil || e.State != Custody {
		t.Errorf("moved back to %s, %v", e.State, err)
	}
}

func TestPutRefuses(t *testing.T) {
	q, s := open(t, t.TempDir()), newSealer(t)
	first := s.put(t, q, 10)
	_, stale, err := s.seal(q, 10)
	if err != nil {
		t.Fatal(err)
	}
	s.put(t, q, 10)
	before := blobFiles(t, q)
	put := func(e Entry, sealed *envelope.Sealed) error {
		return q.Put(t.Context(), e, sealed)
	}
	if err := put(Entry{ID: stale.ID}, stale); !errors.Is(err, ErrSequence) {
		t.Errorf("a fork of the chain: %v", err)
	}
	h, err := q.Head()
	if err != nil {
		t.Fatal(err)
	}
	again, err := envelope.Seal(s.key, s.to, envelope.Draft{
		ID: first.ID, Station: "x", Sequence: h.Sequence, Previous: h.Previous, Parts: []envelope.Part{{Name: "a"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := put(Entry{ID: first.ID}, again); !errors.Is(err, ErrExists) {
		t.Errorf("the same ID: %v", err)
	}
	if blobFiles(t, q) != before {
		t.Error("a refused dossier left chunks")
	}
}

func TestFull(t *testing.T) {
	for name, fill := range map[string]func(q *Queue){
		"chunk": func(q *Queue) {
			q.files.Disk.Write = func(f *os.File, b []byte) (int, error) {
				n, _ := f.Write(b[:len(b)/2])
				return n, &os.PathError{Op: "write", Path: f.Name(), Err: syscall.ENOSPC}
			}
		},
		"quota":      func(q *Queue) { q.opt.Quota = 50 << 10 }, // used up
		"free space": func(q *Queue) { q.free = func(string) (uint64, uint64, error) { return reserve, 1 << 40, nil } },
	} {
		t.Run(name, func(t *testing.T) {
			q, s := open(t, t.TempDir()), newSealer(t)
			kept := s.put(t, q, 50<<10)
			free, disk := q.free, q.files.Disk
			fill(q)
			e, sealed, err := s.seal(q, 300<<10)
			if err != nil {
				t.Fatal(err)
			}
			if err := q.Put(t.Context(), e, sealed); !errors.Is(err, ErrFull) {
				t.Fatalf("%v, want ErrFull", err)
			}
			if r := verify(t, q); r.Waiting != 1 || len(r.Problems) > 0 || r.Orphans > 0 {
				t.Errorf("after a full disk: %+v", r)
			}
			// Dossiers still go out while the disk is full.
			if err := settleAt(q, kept, time.Now()); err != nil {
				t.Errorf("settle on a full disk: %v", err)
			}
			// Control: the same dossier fits once there is room.
			q.free, q.files.Disk, q.opt.Quota = free, disk, 0
			if err := q.Put(t.Context(), e, sealed); err != nil {
				t.Errorf("with room again: %v", err)
			}
		})
	}
}

func TestRoom(t *testing.T) {
	q := open(t, t.TempDir())
	q.free = func(string) (uint64, uint64, error) { return 49, 1000, nil }
	if err := q.Room(); !errors.Is(err, ErrFull) {
		t.Errorf("4.9%% free: %v", err)
	}
	q.free = func(string) (uint64, uint64, error) { return 51, 1000, nil }
	if err := q.Room(); err != nil {
		t.Errorf("5.1%% free: %v", err)
	}
}

func TestFlippedBit(t *testing.T) {
	dir := t.TempDir()
	q, s := open(t, dir), newSealer(t)
	hurt, whole := s.put(t, q, 300<<10), s.put(t, q, 300<<10)
	digests, _, err := hurt.Chunks()
	if err != nil {
		t.Fatal(err)
	}
	flip(t, q.files.Path(hurt.Blob), 100<<10)
	if _, err := q.Source(hurt).Chunk(digests[1]); !errors.Is(err, envelope.ErrDigest) {
		t.Errorf("read of a flipped chunk: %v", err)
	}
	r := verify(t, q)
	if len(r.Problems) != 1 || r.Problems[0].ID != hurt.ID {
		t.Errorf("problems %+v, want one, of %s", r.Problems, hurt.ID)
	}
	// A flipped bit in the index costs that record and no other.
	key := hurt.ID
	err = q.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketEntries)
		record := append([]byte(nil), b.Get(key[:])...)
		record[len(record)/2] ^= 4
		return b.Put(key[:], record)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = open(t, dir) // the sweep must not take the damaged entry's chunks
	entries, damaged, err := q.List()
	if err != nil || len(entries) != 1 || entries[0].ID != whole.ID || len(damaged) != 1 || damaged[0] != hurt.ID {
		t.Fatalf("%v %v %v", entries, damaged, err)
	}
	if _, err := q.Get(hurt.ID); !errors.Is(err, ErrRecord) {
		t.Errorf("damaged record: %v", err)
	}
	if _, err := os.Stat(q.files.Path(hurt.Blob)); err != nil {
		t.Errorf("the sweep deleted the file of a damaged record: %v", err)
	}
	s.put(t, q, 10) // and the station works on
}

func flip(t testing.TB, path string, at int) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw[at] ^= 1
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOneHeadDamaged(t *testing.T) {
	q, s := open(t, t.TempDir()), newSealer(t)
	s.put(t, q, 10)
	spoil := func(key []byte) {
		err := q.db.Update(func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucketMeta)
			record := append([]byte(nil), b.Get(key)...)
			record[40] ^= 1
			return b.Put(key, record)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	spoil(keyHeads[0])
	if h, err := q.Head(); err != nil || h.Sequence != 2 {
		t.Errorf("one copy damaged: %+v, %v", h, err)
	}
	spoil(keyHeads[1])
	if _, err := q.Head(); !errors.Is(err, ErrRecord) {
		t.Errorf("control, both damaged: %v", err)
	}
	if r := verify(t, q); len(r.Problems) != 1 {
		t.Errorf("%+v", r)
	}
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	q, s := open(t, dir), newSealer(t)
	s.put(t, q, 10)
	orphan := []byte("never named by an index")
	if _, err := q.files.Put(envelope.Chunks{envelope.Sum(orphan): orphan}, []envelope.Digest{envelope.Sum(orphan)}, []int{len(orphan)}, nil); err != nil {
		t.Fatal(err)
	}
	temp := filepath.Join(q.dir, "blobs", "half.tmp")
	if err := os.WriteFile(temp, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := verify(t, q); r.Orphans != 1 {
		t.Errorf("orphans before the sweep: %d", r.Orphans)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = open(t, dir)
	if r := verify(t, q); r.Orphans != 0 || r.Chunks != 2 || len(r.Problems) != 0 {
		t.Errorf("after the sweep: %+v", r)
	}
	if n := blobFiles(t, q); n != 1 {
		t.Errorf("%d files, want 1", n)
	}
}

func TestLockedAndBroken(t *testing.T) {
	dir := t.TempDir()
	q := open(t, dir)
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrLocked) {
		t.Errorf("second open: %v", err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "index.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("rubbish ", 4096)), 0o600); err != nil {
		t.Fatal(err)
	}
	// Nothing of it can be read: it is set aside, and a new one says so.
	q = open(t, dir)
	if r := verify(t, q); len(r.Aside) != 1 || !acted(t, q, ActRebuilt) {
		t.Errorf("a broken index: %+v", r)
	}
}

func FuzzUnframe(f *testing.F) {
	key := []byte("key")
	record, err := frame(key, Entry{ID: uuid.Must(uuid.NewV7()), State: Sealed, Sequence: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(record)
	f.Add(record[:33])
	f.Fuzz(func(t *testing.T, raw []byte) {
		var e Entry
		if unframe(key, raw, &e) != nil {
			return
		}
		again, err := frame(key, e)
		if err != nil || string(again) != string(raw) {
			t.Fatalf("read, write: other bytes (%v)", err)
		}
	})
}

func BenchmarkPut2MB(b *testing.B) {
	q, s := open(b, b.TempDir()), newSealer(b)
	b.SetBytes(2 << 20)
	for b.Loop() {
		b.StopTimer()
		e, sealed, err := s.seal(q, 2<<20)
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := q.Put(b.Context(), e, sealed); err != nil {
			b.Fatal(err)
		}
	}
}
