package queue

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// lockFile takes the lock that bbolt takes of an open database, without waiting.
func lockFile(f *os.File) error {
	const end = 1<<32 - 1 // the byte that bbolt locks
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_FAIL_IMMEDIATELY|windows.LOCKFILE_EXCLUSIVE_LOCK,
		0, 1, 0, &windows.Overlapped{Offset: end, OffsetHigh: end})
}

// mapFile reads the file.
func mapFile(f *os.File, size int) (b []byte, unmap func(), err error) {
	b = make([]byte, size)
	if _, err := f.ReadAt(b, 0); err != nil {
		return nil, nil, fmt.Errorf("queue: read: %w", err)
	}
	return b, func() {}, nil
}
