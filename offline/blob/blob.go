// Package blob keeps sealed chunks as files named by their digest: durable when
// Put returns, checked on every read.
package blob

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tram-station/tram/offline/envelope"
)

// ErrFull says that the disk leaves no room.
var ErrFull = errors.New("blob: the disk is full: connect the network so that dossiers go out, or free space")

// ErrLocked says that another process holds a folder.
var ErrLocked = errors.New("blob: the folder is in use by another process")

const (
	tempSuffix = ".tmp"
	// parallelSyncs lets the file system gather several fsyncs in one journal
	// commit.
	parallelSyncs = 4
)

// Store keeps chunks as files named by their digest. What Put was given is
// durable when it returns. It is safe for concurrent use.
type Store struct {
	dir string
	fan bool
	// write is os.File.Write; tests put a failing disk in its place.
	write func(f *os.File, b []byte) (int, error)
}

// Open uses the folder, made when it is not there. A fanned store spreads
// its files over 256 folders, for stores of many thousands.
func Open(dir string, fanned bool) (*Store, error) {
	b := &Store{dir: dir, fan: fanned, write: (*os.File).Write}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	if fanned {
		for i := range 256 {
			if err := os.MkdirAll(filepath.Join(dir, fmt.Sprintf("%02x", i)), 0o700); err != nil {
				return nil, fmt.Errorf("blob: %w", err)
			}
		}
	}
	if err := errors.Join(envelope.SyncDir(dir), envelope.SyncDir(filepath.Dir(dir))); err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	return b, nil
}

func (b *Store) folder(d envelope.Digest) string {
	if b.fan {
		return filepath.Join(b.dir, d.String()[:2])
	}
	return b.dir
}

func (b *Store) path(d envelope.Digest) string { return filepath.Join(b.folder(d), d.String()) }

// Put stores the chunks: each in a temporary file, fsync, rename, and then one
// fsync a folder. The error is ErrFull when the disk is, ErrDigest when bytes
// and name differ; then nothing of the call is to be relied on.
func (b *Store) Put(chunks envelope.Chunks) error {
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

func (b *Store) put(d envelope.Digest, bytes []byte) (err error) {
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
func (b *Store) Chunk(d envelope.Digest) ([]byte, error) {
	path := b.path(d)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, envelope.ErrNoChunk
	}
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	if info.Size() > envelope.ChunkSize {
		return nil, envelope.ErrDigest
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	if err := d.Check(raw); err != nil {
		return nil, err
	}
	return raw, nil
}

// Size returns the length of a stored chunk without reading it; the error is
// envelope.ErrNoChunk when it is not there.
func (b *Store) Size(d envelope.Digest) (int64, error) {
	info, err := os.Stat(b.path(d))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, envelope.ErrNoChunk
	}
	if err != nil {
		return 0, fmt.Errorf("blob: %w", err)
	}
	return info.Size(), nil
}

// Delete removes chunks; one that is not there is no error. It need not be
// durable: a sweep takes what comes back after a power cut.
func (b *Store) Delete(digests ...envelope.Digest) error {
	var errs []error
	for _, d := range digests {
		if err := os.Remove(b.path(d)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("blob: %w", err))
		}
	}
	return errors.Join(errs...)
}

// diskError names a full disk as such; nil stays nil.
func diskError(what string, err error) error {
	if err == nil {
		return nil
	}
	if IsFull(err) {
		return fmt.Errorf("%w (%s: %w)", ErrFull, what, err)
	}
	return fmt.Errorf("blob: %s: %w", what, err)
}

// each calls fn for every chunk file; temporary files go to temp.
func (b *Store) each(fn func(d envelope.Digest, size int64) error, temp func(path string) error) error {
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
func (b *Store) SweepTemp() error {
	return b.each(func(envelope.Digest, int64) error { return nil }, os.Remove)
}

// Take moves chunks from another store of the same file system into this one and
// is durable when it returns. One that is here already stays; the error is
// envelope.ErrNoChunk when one is in neither.
func (b *Store) Take(from *Store, digests ...envelope.Digest) error {
	folders := map[string]bool{}
	for _, d := range digests {
		err := os.Rename(from.path(d), b.path(d))
		if errors.Is(err, fs.ErrNotExist) {
			_, err = b.Size(d)
		}
		if err != nil {
			return diskError("keep chunk", err)
		}
		folders[b.folder(d)] = true
	}
	for dir := range folders {
		if err := envelope.SyncDir(dir); err != nil {
			return diskError("sync folder", err)
		}
	}
	return nil
}

// SweepOld removes the chunks that were put before the time.
func (b *Store) SweepOld(before time.Time) (dropped int, err error) {
	err = b.each(func(d envelope.Digest, _ int64) error {
		info, err := os.Stat(b.path(d))
		if err != nil || !info.ModTime().Before(before) {
			return err
		}
		dropped++
		return b.Delete(d)
	}, func(string) error { return nil })
	return dropped, err
}
