//go:build !windows

package blob

import (
	"os"

	"golang.org/x/sys/unix"
)

// Lock holds a folder by a file in it until that is closed or the process ends.
// The error is ErrLocked when another holds it.
func Lock(path string) (*os.File, error) {
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
