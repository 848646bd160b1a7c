package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/tram-station/tram/offline/blob"
	"github.com/tram-station/tram/offline/envelope"
)

// Files is a gateway.ChunkStore on files: what was put lies in one folder until
// a dossier that names it is committed, and in another from then on.
type Files struct {
	staged, kept *blob.Store
	room         *room
}

// OpenFiles uses the folder, made when it is not there. What an older gateway
// kept there counts as kept.
func OpenFiles(dir string) (*Files, error) {
	kept, err := blob.Open(dir, true)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	staged, err := blob.Open(filepath.Join(filepath.Dir(dir), filepath.Base(dir)+"-staged"), true)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := errors.Join(kept.SweepTemp(), staged.SweepTemp()); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return &Files{staged: staged, kept: kept, room: newRoom(dir)}, nil
}

// Ready returns blob.ErrFull while the disk has no room for chunks.
func (f *Files) Ready() error { return f.room.check(1) }

// Put stages chunks, durably, but for those that are kept already.
func (f *Files) Put(chunks envelope.Chunks) error {
	if err := f.Ready(); err != nil {
		return err
	}
	fresh := envelope.Chunks{}
	for d, b := range chunks {
		if err := d.Check(b); err != nil {
			return err
		}
		if _, err := f.kept.Chunk(d); err != nil {
			fresh[d] = b
		}
	}
	return f.staged.Put(fresh)
}

// Size returns a stored chunk's length.
func (f *Files) Size(d envelope.Digest) (int64, error) {
	n, err := f.kept.Size(d)
	if errors.Is(err, envelope.ErrNoChunk) {
		return f.staged.Size(d)
	}
	return n, err
}

// Chunk returns a stored chunk, checked.
func (f *Files) Chunk(d envelope.Digest) ([]byte, error) {
	b, err := f.kept.Chunk(d)
	if err != nil {
		if b, serr := f.staged.Chunk(d); serr == nil {
			return b, nil
		} else if errors.Is(err, envelope.ErrNoChunk) {
			return nil, serr
		}
	}
	return b, err
}

// Keep moves staged chunks to the kept ones.
func (f *Files) Keep(digests ...envelope.Digest) error { return f.kept.Take(f.staged, digests...) }

// Sweep drops what was staged before the time.
func (f *Files) Sweep(before time.Time) (int, error) { return f.staged.SweepOld(before) }

// Delete removes chunks, staged or kept.
func (f *Files) Delete(digests ...envelope.Digest) error {
	return errors.Join(f.staged.Delete(digests...), f.kept.Delete(digests...))
}
