package queue

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/blob"
	"github.com/tram-station/tram/offline/envelope"
)

// stocked is a queue with settled, waiting, held and carried dossiers.
func stocked(t testing.TB, dir string) (waiting []uuid.UUID) {
	t.Helper()
	q, s := open(t, dir), newSealer(t)
	for range 6 {
		if err := settleAt(q, s.put(t, q, 1000), central); err != nil {
			t.Fatal(err)
		}
	}
	for range 6 {
		waiting = append(waiting, s.put(t, q, 1000).ID)
	}
	e, sealed, err := s.seal(q, 100)
	if err == nil {
		err = q.Hold(t.Context(), e, sealed)
	}
	if err != nil {
		t.Fatal(err)
	}
	other := newSealer(t)
	if _, sealed, err = other.seal(q, 100); err == nil {
		err = q.Carry(t.Context(), sealed, "tram-thu-002")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	return waiting
}

// An index that is cut off, zeroed or gone comes back from the dossiers' files:
// what waits is sent on, the chain goes on, and everybody is told.
func TestIndexGone(t *testing.T) {
	for name, harm := range map[string]func(path string) error{
		"missing": os.Remove,
		"empty":   func(path string) error { return os.Truncate(path, 0) },
		"short":   func(path string) error { return os.Truncate(path, 5000) },
		"zeros": func(path string) error {
			raw, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(path, make([]byte, len(raw)), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			ids := stocked(t, dir)
			path := filepath.Join(dir, indexName)
			if err := harm(path); err != nil {
				t.Fatal(err)
			}
			q := open(t, dir)
			waiting, err := q.Waiting()
			if err != nil || len(waiting) != len(ids) {
				t.Fatalf("%d wait, %v, want %d", len(waiting), err, len(ids))
			}
			for i, e := range waiting {
				if err := readThrough(q, e); err != nil || e.ID != ids[i] || e.State != Sealed {
					t.Errorf("%d: %s %s, %v", i, e.ID, e.State, err)
				}
			}
			held, _ := q.Held()
			carried, _ := q.Carried()
			if len(held) != 1 || len(carried) != 1 || carried[0].Station != "tram-thu-002" {
				t.Errorf("%d held, %d carried", len(held), len(carried))
			}
			h, err := q.Head()
			last := waiting[len(waiting)-1]
			if err != nil || h.Sequence != last.Sequence+1 || h.Previous != last.Digest {
				t.Errorf("the chain goes on at %d, %v", h.Sequence, err)
			}
			newSealer(t).put(t, q, 1000)
			if !acted(t, q, ActRebuilt) {
				t.Error("the audit log does not say so")
			}
			if r := verify(t, q); len(r.Aside) != 1 && name != "missing" {
				t.Errorf("set aside: %v", r.Aside)
			}
		})
	}
}

func acted(t testing.TB, q *Queue, code string) (found bool) {
	t.Helper()
	err := q.Audit(func(tx *bbolt.Tx) error {
		return audit.Each(tx, 0, func(_ uint64, a audit.Act) error { found = found || a.What == code; return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Control: files of an earlier version say nothing behind their chunks. They
// cannot come back with the index, and are kept.
func TestIndexGoneWithoutTails(t *testing.T) {
	dir := t.TempDir()
	ids := stocked(t, dir)
	blobs, err := filepath.Glob(filepath.Join(dir, "blobs", "*"))
	if err != nil || len(blobs) != len(ids)+2 {
		t.Fatal(len(blobs), err)
	}
	for _, path := range blobs {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, raw[:len(raw)-1], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(dir, indexName)); err != nil {
		t.Fatal(err)
	}
	q := open(t, dir)
	if waiting, err := q.Waiting(); err != nil || len(waiting) != 0 {
		t.Errorf("%d wait, %v", len(waiting), err)
	}
	kept, err := filepath.Glob(filepath.Join(dir, "blobs", "*"+asideSuffix))
	if err != nil || len(kept) != len(blobs) {
		t.Errorf("%d of %d files kept, %v", len(kept), len(blobs), err)
	}
}

// A meta page that is damaged takes the last commit back: the dossier of that
// commit comes back by its file.
func TestTornMeta(t *testing.T) {
	dir, copied := t.TempDir(), t.TempDir()
	q, s := open(t, dir), newSealer(t)
	s.put(t, q, 1000)
	last := s.put(t, q, 1000)
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(copied, indexName)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := openPages(raw, 4096)
	if err != nil {
		t.Fatal(err)
	}
	at := int(p.meta.tx%2) * p.size
	raw[at+headerSize+20] ^= 4
	if older, err := openPages(raw, 4096); err != nil || !older.torn || older.meta.tx != p.meta.tx-1 {
		t.Fatalf("control: the flip took no commit back: %v", err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	q = open(t, copied)
	if e, err := q.Get(last.ID); err != nil || readThrough(q, e) != nil {
		t.Errorf("the last dossier: %v", err)
	}
	if r := verify(t, q); len(r.Problems) != 0 || !acted(t, q, ActTorn) {
		t.Errorf("%+v", r)
	}
	s.put(t, q, 1000)
}

// Killed between file and index: nothing was acknowledged, and the next start
// sweeps the file. When the index is lost as well it may come back, once.
func TestKilledBeforeTheIndex(t *testing.T) {
	for _, lost := range []bool{false, true} {
		t.Run(fmt.Sprint("index lost ", lost), func(t *testing.T) {
			dir := t.TempDir()
			q, s := open(t, dir), newSealer(t)
			s.put(t, q, 1000)
			e, sealed, err := s.seal(q, 1000)
			if err != nil {
				t.Fatal(err)
			}
			m, err := envelope.ParseManifest(sealed.Manifest)
			if err != nil {
				t.Fatal(err)
			}
			killed := errors.New("killed")
			err = q.store(t.Context(), &e, sealed, m, func(tx *bbolt.Tx, e Entry) error {
				if err := os.Link(q.files.Path(e.Blob), filepath.Join(dir, "kept")); err != nil {
					return err
				}
				return killed
			})
			if !errors.Is(err, killed) {
				t.Fatal(err)
			}
			if err := errors.Join(os.Rename(filepath.Join(dir, "kept"), q.files.Path(e.Blob)), q.Close()); err != nil {
				t.Fatal(err)
			}
			want := 1
			if lost {
				want = 2
				if err := os.Remove(filepath.Join(dir, indexName)); err != nil {
					t.Fatal(err)
				}
			}
			q = open(t, dir)
			waiting, err := q.Waiting()
			if err != nil || len(waiting) != want || blobFiles(t, q) != want {
				t.Errorf("%d wait, %d files, %v, want %d", len(waiting), blobFiles(t, q), err, want)
			}
			if r := verify(t, q); len(r.Problems) != 0 {
				t.Errorf("%+v", r.Problems)
			}
		})
	}
}

// Each bit of the structure of each page, one at a time: the walk finds it, or
// bbolt reads the index as before, but for one record; and what the walk finds
// costs one record at the most.
func TestEveryBitOfStructure(t *testing.T) {
	dir := t.TempDir()
	ids := stocked(t, dir)
	raw, err := os.ReadFile(filepath.Join(dir, indexName))
	if err != nil {
		t.Fatal(err)
	}
	p, err := openPages(raw, 4096)
	if err == nil {
		err = p.walk()
	}
	if err != nil {
		t.Fatalf("control: the whole index: %v", err)
	}
	dossiers, used, found := len(ids)+6, p.live(), 0
	for id := 2; id < int(p.meta.high); id++ {
		g := readPage(raw[id*p.size:])
		if !used[id] || g.id != uint64(id) {
			continue
		}
		end := headerSize + elementSize*min(g.count, 24)
		for bit := id % 3; bit < end*8; bit += 3 {
			hurt := bytes.Clone(raw)
			hurt[id*p.size+bit/8] ^= 1 << (bit % 8)
			var f lostOrFound
			if f.read(hurt); f.whole {
				continue
			}
			found++
			if f.entries < dossiers-1 || f.heads == 0 {
				t.Errorf("page %d of type %d, bit %d: %d of %d dossiers, %d heads", id, g.flags, bit, f.entries, dossiers, f.heads)
			}
		}
	}
	if found == 0 {
		t.Error("control: no flip was found")
	}
	t.Logf("%d flips found", found)
}

type lostOrFound struct {
	whole          bool
	entries, heads int
}

func (l *lostOrFound) read(raw []byte) {
	p, err := openPages(raw, 4096)
	if err == nil && p.walk() == nil {
		l.whole = true
		return
	}
	var f found
	p.salvage(f.take)
	l.entries, l.heads = len(f.entries[string(bucketEntries)]), f.heads
}

// FuzzWalk: whatever the bytes, walk and salvage end, and read nothing outside.
func FuzzWalk(f *testing.F) {
	dir := f.TempDir()
	stocked(f, dir)
	raw, err := os.ReadFile(filepath.Join(dir, indexName))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw[:16<<10])
	f.Add(raw[:100])
	f.Add(bytes.Repeat([]byte("rubbish "), 2048))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := openPages(raw, 4096)
		if err == nil {
			_ = p.walk()
		}
		var f found
		p.salvage(f.take)
	})
}

// FuzzMutatedIndex changes a real index: what the walk passes bbolt reads to its
// end, with no complaint of its own check, and what it does not pass is salvaged.
func FuzzMutatedIndex(f *testing.F) {
	dir := f.TempDir()
	stocked(f, dir)
	real, err := os.ReadFile(filepath.Join(dir, indexName))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(4096*2), byte(1), uint32(4096*3+20), byte(8))
	f.Add(uint32(4096*4+10), byte(1), uint32(math.MaxUint32), byte(0))
	f.Fuzz(func(t *testing.T, at uint32, xor byte, at2 uint32, xor2 byte) {
		raw := bytes.Clone(real)
		raw[int(at)%len(raw)] ^= xor
		raw[int(at2)%len(raw)] ^= xor2
		p, err := openPages(raw, 4096)
		if err == nil {
			err = p.walk()
		}
		if err != nil {
			var f found
			p.salvage(f.take)
			return
		}
		path := filepath.Join(t.TempDir(), indexName)
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true, ReadOnly: true})
		if err != nil {
			t.Fatalf("the walk passed, bbolt does not open: %v", err)
		}
		defer db.Close()
		err = db.View(func(tx *bbolt.Tx) error {
			for err := range tx.Check() {
				t.Errorf("the walk passed, bbolt finds: %v", err)
			}
			return tx.ForEach(func(_ []byte, b *bbolt.Bucket) error {
				return b.ForEach(func(k, v []byte) error { _ = string(k) + string(v); return nil })
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzTail: what is behind the chunks is whole and the file's own, or nothing.
func FuzzTail(f *testing.F) {
	dir := f.TempDir()
	q, s := open(f, dir), newSealer(f)
	e := s.put(f, q, 1000)
	raw, size, err := q.files.Tail(e.Blob)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(raw[:20])
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := parseTail(e.Blob, raw, size)
		if err == nil && (got.ID != e.ID || got.Digest != e.Digest) {
			t.Fatal("another dossier's tail")
		}
		if err != nil && !errors.Is(err, blob.ErrTail) {
			t.Fatal(err)
		}
	})
}

// A damaged tail costs nothing as long as the index is whole, and Verify says so.
func TestFlippedBitInTail(t *testing.T) {
	q, s := open(t, t.TempDir()), newSealer(t)
	e := s.put(t, q, 1000)
	flip(t, q.files.Path(e.Blob), int(e.Size)+30)
	if err := readThrough(q, e); err != nil {
		t.Error(err)
	}
	r := verify(t, q)
	if len(r.Problems) != 1 || r.Problems[0].ID != e.ID || !strings.Contains(r.Problems[0].What, "tail") {
		t.Errorf("%+v", r.Problems)
	}
	if _, err := q.tailOf(envelope.Digest{1}); !errors.Is(err, envelope.ErrNoChunk) && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
