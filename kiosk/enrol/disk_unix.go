//go:build !windows

package enrol

import "os"

func ignoreUnsupported(err error) error { return err }

// private reports whether only the owner can use the file.
func private(fi os.FileInfo) bool { return fi.Mode().Perm()&0o077 == 0 }
