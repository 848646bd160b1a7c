package store

import (
	"fmt"
	"sync"
	"time"

	"github.com/tram-station/tram/offline/blob"
)

// A disk that is quite full stops JetStream for good, so nothing is taken
// before it comes to that. What is left then is for what was begun: the ledger
// may use three quarters of what the chunks leave.
const (
	reserveBytes = 256 << 20
	reservePart  = 50 // of the disk, where that is less: 2 %
	ledgerPart   = 4  // of the reserve stays free of the ledger, too
	roomEvery    = time.Second
)

// room watches the free space of a folder's disk. The nil room is endless.
type room struct {
	dir  string
	free func(dir string) (free, total uint64, err error)

	mu          sync.Mutex
	at          time.Time
	left, total uint64
	err         error
}

func newRoom(dir string) *room { return &room{dir: dir, free: blob.FreeSpace} }

// check returns blob.ErrFull when less than a part of the reserve is free. It
// asks the system once a second at most.
func (r *room) check(part uint64) error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at.IsZero() || time.Since(r.at) >= roomEvery {
		r.left, r.total, r.err = r.free(r.dir)
		r.at = time.Now()
	}
	if r.err != nil {
		return fmt.Errorf("store: free space: %w", r.err)
	}
	if r.left < min(reserveBytes, r.total/reservePart)/part {
		return fmt.Errorf("%w (%d MiB of %d are free)", blob.ErrFull, r.left>>20, r.total>>20)
	}
	return nil
}
