package blob

import (
	"os"

	"golang.org/x/sys/windows"
)

// Lock holds a folder by a file in it until that is closed or the process ends.
// The error is ErrLocked when another holds it.
func Lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = windows.LockFileEx(windows.Handle(f.Fd()),
		windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{})
	if err != nil {
		_ = f.Close()
		return nil, ErrLocked
	}
	return f, nil
}
