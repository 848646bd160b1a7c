package queue

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"

	"github.com/tram-station/tram/offline/envelope"
)

// ballastSize is room for many commits of the index.
const ballastSize = 1 << 20

// ballast is a file that is thrown off when the disk is full to the last block,
// whoever filled it: the receipt that frees a dossier's file has to be written
// first.
type ballast struct{ path string }

// drop makes room; it returns false when there is none to make.
func (b *ballast) drop() bool { return os.Remove(b.path) == nil }

// lay takes the room again. Random bytes take it on a file system that
// compresses, too.
func (b *ballast) lay() error {
	if info, err := os.Stat(b.path); err == nil && info.Size() == ballastSize {
		return nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	bytes := make([]byte, ballastSize)
	_, _ = rand.Read(bytes) // never fails, crypto/rand
	return envelope.SaveFile(b.path, bytes, 0o600)
}

// restock lays the ballast when there is room for it. Without it the queue works
// on.
func (q *Queue) restock() {
	if free, _, err := q.free(q.dir); err != nil || free < reserve {
		return
	}
	if err := q.ballast.lay(); err != nil {
		q.opt.Log.Warn("queue: no room kept for receipts on a full disk", "error", err)
	}
}
