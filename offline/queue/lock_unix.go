//go:build !windows

package queue

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// lockFile takes the lock that bbolt takes of an open database, without waiting.
func lockFile(f *os.File) error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}

// mapFile shows the file as memory, read only. A page of it that cannot be read
// is a fault: see debug.SetPanicOnFault.
func mapFile(f *os.File, size int) (b []byte, unmap func(), err error) {
	b, err = unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, fmt.Errorf("queue: map: %w", err)
	}
	return b, func() { _ = unix.Munmap(b) }, nil // mapped above
}
