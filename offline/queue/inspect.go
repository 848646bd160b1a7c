package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/tram-station/tram/offline/envelope"
)

const (
	indexName   = "index.db"
	asideSuffix = ".aside"
	lockRetry   = 20 * time.Millisecond
)

func (q *Queue) indexPath() string { return filepath.Join(q.dir, indexName) }

// inspect walks through the index before bbolt opens it, and builds it anew where
// it does not hang together: see walk and rebuild. The errors are ErrLocked and
// those of the disk.
func (q *Queue) inspect() error {
	f, err := os.OpenFile(q.indexPath(), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return q.missing()
	}
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	defer func() { _ = f.Close() }() // releases the lock too
	for begun := time.Now(); lockFile(f) != nil; time.Sleep(lockRetry) {
		if time.Since(begun) > lockWait {
			return ErrLocked
		}
	}
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	if info.Size() == 0 {
		return q.missing()
	}
	b, unmap, err := mapFile(f, int(info.Size()))
	if err != nil {
		return err
	}
	defer unmap()
	var p *pages
	err = guard(func() (err error) {
		if p, err = openPages(b, os.Getpagesize()); err == nil {
			err = p.walk()
		}
		return err
	})
	if err != nil {
		return q.rebuild(p, err)
	}
	q.torn = p.torn
	return nil
}

// guard carries out fn; a page that cannot be read is an error and no fault.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer recoverIndex(&err)
	return fn()
}

// missing makes nothing of an index that is not there, unless dossiers are.
func (q *Queue) missing() error {
	there := false
	if err := q.files.Each(func(envelope.Digest) error { there = true; return nil }); err != nil || !there {
		return err
	}
	return q.rebuild(nil, errors.New("index.db is missing or empty"))
}

// walkIndex walks through the index of the open queue; q.mu is held, so that
// nobody writes.
func (q *Queue) walkIndex() error {
	f, err := os.Open(q.indexPath())
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	defer func() { _ = f.Close() }() // read only
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	b, unmap, err := mapFile(f, int(info.Size()))
	if err != nil {
		return err
	}
	defer unmap()
	return guard(func() error {
		p, err := openPages(b, os.Getpagesize())
		if err == nil {
			err = p.walk()
		}
		return err
	})
}

// Asides are the damaged indexes that were set aside in the queue's folder.
func Asides(dir string) []string {
	found, err := filepath.Glob(filepath.Join(dir, indexName+".*"+asideSuffix))
	if err != nil {
		return nil // a folder with a bad pattern in its name only
	}
	for i := range found {
		found[i] = filepath.Base(found[i])
	}
	return found
}
