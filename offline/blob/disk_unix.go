//go:build !windows

package blob

import (
	"errors"

	"golang.org/x/sys/unix"
)

// FreeSpace returns the bytes that this user may still write and the size of
// the file system.
func FreeSpace(dir string) (free, total uint64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil
}

// IsFull says that an error is that of a full disk or a full quota.
func IsFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)
}
