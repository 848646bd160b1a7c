package blob

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/tram-station/tram/offline/envelope"
)

// checkAhead is how many chunks may wait for their check.
const checkAhead = 16

// Files keeps whole dossiers, one file each: all chunks one after the other,
// named by the [Name] of its chunks. One file is one fsync, which is most of the
// price of keeping a dossier. It is safe for concurrent use.
type Files struct {
	dir string
	// Disk is the disk; tests put a failing one in its place before the first Put.
	Disk Disk
}

// Disk is what Put does to a disk, step by step.
type Disk struct {
	Write   func(f *os.File, b []byte) (int, error)
	Sync    func(f *os.File) error
	Rename  func(from, to string) error
	SyncDir func(dir string) error
}

// Durable is the disk as it should be used.
func Durable() Disk {
	return Disk{Write: (*os.File).Write, Sync: (*os.File).Sync, Rename: os.Rename, SyncDir: envelope.SyncDir}
}

// Unsynced leaves out every fsync: the control of the power-cut tests, which has
// to lose.
func Unsynced() Disk {
	d := Durable()
	d.Sync, d.SyncDir = func(*os.File) error { return nil }, func(string) error { return nil }
	return d
}

// OpenFiles uses the folder, made when it is not there.
func OpenFiles(dir string) (*Files, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	if err := errors.Join(envelope.SyncDir(dir), envelope.SyncDir(filepath.Dir(dir))); err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	return &Files{dir: dir, Disk: Durable()}, nil
}

// Name is what the file of these chunks is called: the SHA-256 of their digests,
// one after the other, which stand for every byte of it.
func Name(chunks []envelope.Digest) envelope.Digest {
	h := sha256.New()
	for _, d := range chunks {
		_, _ = h.Write(d[:]) // never fails
	}
	return envelope.Digest(h.Sum(nil))
}

// Path is where the file of the digest lies.
func (f *Files) Path(d envelope.Digest) string { return filepath.Join(f.dir, d.String()) }

// Put stores the chunks of the source in this order as one file, and the tail, if
// any, behind them: see Tail. It is durable when Put returns. The errors are ErrFull, those of the source, and
// envelope.ErrDigest when a chunk has another length; then nothing stays but
// what a Sweep removes.
//
// A new file gets its name before it is synced: who names it elsewhere does so
// after Put, so that a torn file is nobody's, and a journal that makes the bytes
// durable takes the name with them. The sync of the folder, which promises it,
// is then almost free. One that is there already may be somebody's: that name is
// given to durable bytes only, and an error leaves the file.
func (f *Files) Put(from envelope.Source, chunks []envelope.Digest, lengths []int, tail []byte) (d envelope.Digest, err error) {
	name := filepath.Join(f.dir, rand.Text()+tempSuffix)
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return d, diskError("create", err)
	}
	defer func() {
		_ = file.Close() // closed already, or of no use
		if err != nil && name != "" {
			_ = os.Remove(name) // a sweep takes what stays behind
		}
	}()
	if err := f.fill(file, from, chunks, lengths); err != nil {
		return d, err
	}
	if len(tail) > 0 {
		if _, err := f.Disk.Write(file, frameTail(tail)); err != nil {
			return d, diskError("write", err)
		}
	}
	d = Name(chunks)
	_, serr := os.Lstat(f.Path(d))
	fresh := errors.Is(serr, fs.ErrNotExist)
	first := !fresh || runtime.GOOS == "windows" // where an open file keeps its name
	if first {
		if err := errors.Join(f.Disk.Sync(file), file.Close()); err != nil {
			return d, diskError("sync", err)
		}
	}
	if err := f.Disk.Rename(name, f.Path(d)); err != nil {
		return d, diskError("rename", err)
	}
	if name = f.Path(d); !fresh {
		name = ""
	}
	if !first {
		if err := errors.Join(f.Disk.Sync(file), file.Close()); err != nil {
			return d, diskError("sync", err)
		}
	}
	return d, diskError("sync folder", f.Disk.SyncDir(f.dir))
}

// fill writes the chunks and checks them while it writes.
func (f *Files) fill(file *os.File, from envelope.Source, chunks []envelope.Digest, lengths []int) error {
	type written struct {
		digest envelope.Digest
		bytes  []byte
	}
	ahead := make(chan written, checkAhead)
	var g errgroup.Group
	g.Go(func() (err error) {
		for w := range ahead {
			if cerr := w.digest.Check(w.bytes); cerr != nil && err == nil {
				err = fmt.Errorf("blob: chunk %s: %w", w.digest, cerr)
			}
		}
		return err
	})
	err := func() error {
		defer close(ahead)
		for i, d := range chunks {
			b, err := unchecked(from, d)
			if err != nil {
				return fmt.Errorf("blob: chunk %s: %w", d, err)
			}
			if len(b) != lengths[i] {
				return fmt.Errorf("blob: chunk %s of %d bytes, not %d: %w", d, len(b), lengths[i], envelope.ErrDigest)
			}
			ahead <- written{d, b}
			if _, err := f.Disk.Write(file, b); err != nil {
				return diskError("write", err)
			}
			startWriting(file) // the disk works while the chunks are checked
		}
		return nil
	}()
	return errors.Join(err, g.Wait())
}

// unchecked reads a chunk, without the check where it lies in memory: fill
// checks each once.
func unchecked(from envelope.Source, d envelope.Digest) ([]byte, error) {
	c, ok := from.(envelope.Chunks)
	if !ok {
		return from.Chunk(d)
	}
	if b, ok := c[d]; ok {
		return b, nil
	}
	return nil, envelope.ErrNoChunk
}

// ReadAt reads n bytes of a file from the offset on. The caller checks them
// against the chunk's digest. The error is envelope.ErrNoChunk when the file is
// not there and envelope.ErrDigest when it is too short.
func (f *Files) ReadAt(d envelope.Digest, offset int64, n int) ([]byte, error) {
	file, err := os.Open(f.Path(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, envelope.ErrNoChunk
	}
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	defer func() { _ = file.Close() }() // read only
	b := make([]byte, n)
	switch _, err := file.ReadAt(b, offset); {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("blob: %s is cut off: %w", d, envelope.ErrDigest)
	case err != nil:
		return nil, fmt.Errorf("blob: %w", err)
	}
	return b, nil
}

// Delete removes a file; one that is not there is no error. It need not be
// durable: a sweep takes what comes back after a power cut.
func (f *Files) Delete(d envelope.Digest) error {
	if err := os.Remove(f.Path(d)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("blob: %w", err)
	}
	return nil
}

// Each calls fn with the name of every file, in no order and without touching
// the files themselves: the folder of a station that was offline for long holds
// many.
func (f *Files) Each(fn func(d envelope.Digest) error) error {
	return f.names(func(name string) error {
		if d, err := envelope.ParseDigest(name); err == nil {
			return fn(d)
		}
		return nil
	})
}

// Sweep removes what an interrupted Put left and every file that nobody wants,
// and returns how many of those there were. Nothing may be putting.
func (f *Files) Sweep(wanted func(d envelope.Digest) bool) (orphans int, err error) {
	err = f.names(func(name string) error {
		if strings.HasSuffix(name, tempSuffix) {
			return os.Remove(filepath.Join(f.dir, name))
		}
		d, err := envelope.ParseDigest(name)
		if err != nil || wanted(d) {
			return nil //nolint:nilerr // a file that is not ours stays
		}
		orphans++
		return f.Delete(d)
	})
	return orphans, err
}

func (f *Files) names(fn func(name string) error) error {
	dir, err := os.Open(f.dir)
	if err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	names, err := dir.Readdirnames(-1)
	if err = errors.Join(err, dir.Close()); err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	for _, name := range names {
		if err := fn(name); err != nil {
			return err
		}
	}
	return nil
}
