//go:build !windows

package journal

import (
	"errors"
	"os"
)

func ignoreUnsupported(err error) error { return err }

// private reports whether only the owner can use the file.
func private(fi os.FileInfo) bool { return fi.Mode().Perm()&0o077 == 0 }

// replaceFile moves a file over another, whose salt is wiped once it is no
// longer the one that counts.
func replaceFile(from, to string) error {
	old, err := os.OpenFile(to, os.O_WRONLY, 0)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	err = os.Rename(from, to)
	if old == nil {
		return err
	}
	if err == nil {
		wipe(old)
	}
	return errors.Join(err, old.Close())
}
