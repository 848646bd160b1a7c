package store_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
)

// kind is one ChunkStore under the suite.
type kind struct {
	open func(t *testing.T) gateway.ChunkStore
	// damage flips a bit of a kept chunk under the store's feet.
	damage func(t *testing.T, c gateway.ChunkStore, d envelope.Digest)
}

func kinds() map[string]kind {
	return map[string]kind{
		"files": {
			open: func(t *testing.T) gateway.ChunkStore {
				t.Helper()
				f, err := store.OpenFiles(filepath.Join(t.TempDir(), "chunks"))
				if err != nil {
					t.Fatal(err)
				}
				return &onDisk{f, t}
			},
			damage: func(t *testing.T, c gateway.ChunkStore, d envelope.Digest) { c.(*onDisk).damage(d) },
		},
		"jetstream": {
			open: func(t *testing.T) gateway.ChunkStore {
				t.Helper()
				j := embedded(t, t.TempDir())
				c, err := j.OpenChunks(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return c
			},
			damage: func(t *testing.T, c gateway.ChunkStore, d envelope.Digest) {
				t.Helper()
				if err := c.(*store.Chunks).Damage(d); err != nil {
					t.Fatal(err)
				}
			},
		},
	}
}

// onDisk knows where the files lie.
type onDisk struct {
	*store.Files
	t *testing.T
}

func (o *onDisk) damage(d envelope.Digest) {
	o.t.Helper()
	paths, err := filepath.Glob(filepath.Join(filepath.Dir(o.t.TempDir()), "*", "chunks", "*", d.String()))
	if err != nil || len(paths) != 1 {
		o.t.Fatalf("%d files of the chunk, %v", len(paths), err)
	}
	raw, err := os.ReadFile(paths[0])
	if err != nil {
		o.t.Fatal(err)
	}
	raw[len(raw)/2] ^= 1
	if err := os.WriteFile(paths[0], raw, 0o600); err != nil {
		o.t.Fatal(err)
	}
}

// chunk makes n bytes that start with a word.
func chunk(word string, n int) (envelope.Digest, []byte) {
	b := append([]byte(word), make([]byte, n)...)[:max(n, len(word))]
	return envelope.Sum(b), b
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Both stores behave the same.
func TestChunkStores(t *testing.T) {
	for name, k := range kinds() {
		t.Run(name+"/life", func(t *testing.T) { chunkLife(t, k.open(t)) })
		t.Run(name+"/sweep", func(t *testing.T) { chunkSweep(t, k.open(t)) })
		t.Run(name+"/damage", func(t *testing.T) { chunkDamage(t, k, k.open(t)) })
		t.Run(name+"/together", func(t *testing.T) { chunksTogether(t, k.open(t)) })
	}
}

func has(t *testing.T, c gateway.ChunkStore, d envelope.Digest, want []byte) {
	t.Helper()
	n, err := c.Size(d)
	if err != nil || n != int64(len(want)) {
		t.Errorf("size %d, %v, want %d", n, err, len(want))
	}
	if b, err := c.Chunk(d); err != nil || !bytes.Equal(b, want) {
		t.Errorf("chunk of %d bytes, %v", len(b), err)
	}
}

func hasNot(t *testing.T, c gateway.ChunkStore, d envelope.Digest) {
	t.Helper()
	if _, err := c.Size(d); !errors.Is(err, envelope.ErrNoChunk) {
		t.Errorf("size: %v", err)
	}
	if _, err := c.Chunk(d); !errors.Is(err, envelope.ErrNoChunk) {
		t.Errorf("chunk: %v", err)
	}
}

func chunkLife(t *testing.T, c gateway.ChunkStore) {
	d, b := chunk("full", envelope.ChunkSize)
	small, s := chunk("s", 1)
	hasNot(t, c, d)
	if err := c.Keep(d); !errors.Is(err, envelope.ErrNoChunk) {
		t.Errorf("keeping what is not there: %v", err)
	}
	must(t, c.Put(envelope.Chunks{d: b, small: s}))
	has(t, c, d, b)
	has(t, c, small, s)
	must(t, c.Put(envelope.Chunks{d: b})) // again
	must(t, c.Keep(d))
	must(t, c.Keep(d, small)) // again
	has(t, c, d, b)
	must(t, c.Put(envelope.Chunks{d: b})) // after it was kept
	has(t, c, d, b)
	if err := c.Put(envelope.Chunks{small: b}); !errors.Is(err, envelope.ErrDigest) {
		t.Errorf("bytes under another's name: %v", err)
	}
	has(t, c, small, s)
	must(t, c.Delete(d, d))
	hasNot(t, c, d)
	must(t, c.Put(envelope.Chunks{d: b}))
	has(t, c, d, b)
}

func chunkSweep(t *testing.T, c gateway.ChunkStore) {
	kept, k := chunk("kept", 100)
	old, o := chunk("old", 100)
	young, y := chunk("young", 100)
	must(t, c.Put(envelope.Chunks{kept: k}))
	must(t, c.Put(envelope.Chunks{old: o}))
	must(t, c.Keep(kept))
	if n, err := c.Sweep(time.Now().Add(-time.Hour)); err != nil || n != 0 {
		t.Errorf("nothing is that old: %d, %v", n, err)
	}
	time.Sleep(30 * time.Millisecond) // the clock of files ticks in milliseconds
	border := time.Now()
	time.Sleep(30 * time.Millisecond)
	must(t, c.Put(envelope.Chunks{young: y}))
	if n, err := c.Sweep(border); err != nil || n != 1 {
		t.Errorf("swept %d, %v, want 1", n, err)
	}
	hasNot(t, c, old)
	has(t, c, young, y)
	has(t, c, kept, k)
	if n, err := c.Sweep(time.Now().Add(time.Hour)); err != nil || n != 1 {
		t.Errorf("swept %d, %v, want 1", n, err)
	}
	hasNot(t, c, young)
	has(t, c, kept, k)
	if err := c.Keep(young); !errors.Is(err, envelope.ErrNoChunk) {
		t.Errorf("keeping what was swept: %v", err)
	}
	if n, err := c.Sweep(time.Now().Add(time.Hour)); err != nil || n != 0 {
		t.Errorf("swept %d of nothing, %v", n, err)
	}
}

func chunkDamage(t *testing.T, k kind, c gateway.ChunkStore) {
	d, b := chunk("damaged", 1000)
	other, o := chunk("other", 1000)
	must(t, c.Put(envelope.Chunks{d: b, other: o}))
	must(t, c.Keep(d, other))
	has(t, c, d, b) // control: before the damage
	k.damage(t, c, d)
	if got, err := c.Chunk(d); !errors.Is(err, envelope.ErrDigest) || got != nil {
		t.Errorf("a damaged chunk: %d bytes, %v", len(got), err)
	}
	has(t, c, other, o)
	must(t, c.Put(envelope.Chunks{d: b})) // the station sends it again
	has(t, c, d, b)
	must(t, c.Keep(d))
	_, err := c.Sweep(time.Now().Add(time.Hour))
	must(t, err)
	has(t, c, d, b)
}

func chunksTogether(t *testing.T, c gateway.ChunkStore) {
	const writers, each = 8, 12
	var wait sync.WaitGroup
	for range writers {
		wait.Go(func() {
			for i := range each {
				d, b := chunk("chunk", 1000+i)
				if err := c.Put(envelope.Chunks{d: b}); err != nil {
					t.Error(err)
				}
				if err := c.Keep(d); err != nil {
					t.Error(err)
				}
				if got, err := c.Chunk(d); err != nil || !bytes.Equal(got, b) {
					t.Errorf("chunk %d: %v", i, err)
				}
			}
		})
	}
	wait.Wait()
}

// What a gateway kept before there was staging lies in the folder as it is, and
// no sweep touches it.
func TestFilesOfAnOlderGateway(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "chunks")
	d, b := chunk("old", 1000)
	must(t, os.MkdirAll(filepath.Join(dir, d.String()[:2]), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, d.String()[:2], d.String()), b, 0o600))
	f, err := store.OpenFiles(dir)
	must(t, err)
	has(t, f, d, b)
	if n, err := f.Sweep(time.Now().Add(time.Hour)); err != nil || n != 0 {
		t.Errorf("swept %d, %v", n, err)
	}
	must(t, f.Keep(d))
	has(t, f, d, b)
}
