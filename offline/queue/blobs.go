package queue

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/tram-station/tram/offline/envelope"
)

const (
	tempSuffix = ".tmp"
	// parallelSyncs lets the file system gather several fsyncs in one journal
	// commit.
	parallelSyncs = 4
)

// Blobs keeps chunks as files named by their digest. What Put was given is
// durable when it returns. It is safe for concurrent use.
type Blobs struct {
	dir string
	fan bool
	// write is os.File.Write; tests put a failing disk in its place.
	write func(f *os.File, b []byte) (int, error)
}

// OpenBlobs uses the folder, made when it is not there. A fanned store spreads
// its files over 256 folders, for stores of many thousands.
func OpenBlobs(dir string, fanned bool) (*Blobs, error) {
	b := &Blobs{dir: dir, fan: fanned, write: (*os.File).Write}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	if fanned {
		for i := range 256 {
			if err := os.MkdirAll(filepath.Join(dir, fmt.Sprintf("%02x", i)), 0o700); err != nil {
				return nil, fmt.Errorf("queue: %w", err)
			}
		}
	}
	if err := errors.Join(envelope.SyncDir(dir), envelope.SyncDir(filepath.Dir(dir))); err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	return b, nil
}

func (b *Blobs) folder(d envelope.Digest) string {
	if b.fan {
		return filepath.Join(b.dir, d.String()[:2])
	}
	return b.dir
}

func (b *Blobs) path(d envelope.Digest) string { return filepath.Join(b.folder(d), d.String()) }

// Put stores the chunks: each in a temporary file, fsync, rename, and then one
// fsync a folder. The error is ErrFull when the disk is, ErrDigest when bytes
// and name differ; then nothing of the call is to be relied on.
func (b *Blobs) Put(chunks envelope.Chunks) error {
	var g errgroup.Group
	g.SetLimit(parallelSyncs)
	folders := map[string]bool{}
	for d, bytes := range chunks {
		folders[b.folder(d)] = true
		g.Go(func() error { return b.put(d, bytes) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for dir := range folders {
		if err := envelope.SyncDir(dir); err != nil {
			return diskError("sync folder", err)
		}
	}
	return nil
}

func (b *Blobs) put(d envelope.Digest, bytes []byte) (err error) {
	if err := d.Check(bytes); err != nil {
		return err
	}
	if _, err := b.Chunk(d); err == nil {
		return nil // whole already; a damaged copy is written anew
	}
	name := b.path(d) + "-" + rand.Text() + tempSuffix
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return diskError("create", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(name) // a sweep takes what stays behind
			err = diskError("store chunk", err)
		}
	}()
	_, err = b.write(f, bytes)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(name, b.path(d))
}

// Chunk reads a chunk and checks it: the error is envelope.ErrNoChunk when it
// is not there, envelope.ErrDigest when it is damaged.
func (b *Blobs) Chunk(d envelope.Digest) ([]byte, error) {
	path := b.path(d)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, envelope.ErrNoChunk
	}
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	if info.Size() > envelope.ChunkSize {
		return nil, envelope.ErrDigest
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	if err := d.Check(raw); err != nil {
		return nil, err
	}
	return raw, nil
}

// Size returns the length of a stored chunk without reading it; the error is
// envelope.ErrNoChunk when it is not there.
func (b *Blobs) Size(d envelope.Digest) (int64, error) {
	info, err := os.Stat(b.path(d))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, envelope.ErrNoChunk
	}
	if err != nil {
		return 0, fmt.Errorf("queue: %w", err)
	}
	return info.Size(), nil
}

// Delete removes chunks; one that is not there is no error. It need not be
// durable: a sweep takes what comes back after a power cut.
func (b *Blobs) Delete(digests ...envelope.Digest) error {
	var errs []error
	for _, d := range digests {
		if err := os.Remove(b.path(d)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("queue: %w", err))
		}
	}
	return errors.Join(errs...)
}

// each calls fn for every chunk file; temporary files go to temp.
func (b *Blobs) each(fn func(d envelope.Digest, size int64) error, temp func(path string) error) error {
	return filepath.WalkDir(b.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if strings.HasSuffix(path, tempSuffix) {
			return temp(path)
		}
		d, notOurs := envelope.ParseDigest(e.Name())
		info, err := e.Info()
		if err == nil && notOurs == nil {
			err = fn(d, info.Size())
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = nil // settled under way
		}
		return err
	})
}

// SweepTemp removes what an interrupted Put left. Nothing may be putting.
func (b *Blobs) SweepTemp() error {
	return b.each(func(envelope.Digest, int64) error { return nil }, os.Remove)
}
