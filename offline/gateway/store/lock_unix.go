//go:build !windows

package store

import (
	"os"

	"golang.org/x/sys/unix"
)

// lock holds the folder until the file is closed or the process ends.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		_ = f.Close()
		return nil, ErrLocked
	}
	return f, nil
}
