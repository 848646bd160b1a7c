package blob

import (
	"errors"

	"golang.org/x/sys/windows"
)

// FreeSpace returns the bytes that this user may still write and the size of
// the volume.
func FreeSpace(dir string) (free, total uint64, err error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, 0, err
	}
	err = windows.GetDiskFreeSpaceEx(name, &free, &total, nil)
	return free, total, err
}

// IsFull says that an error is that of a full disk or a full quota.
func IsFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}
