package blob

import (
	"os"

	"golang.org/x/sys/unix"
)

// startWriting asks the system to begin with what is written so far. It promises
// nothing: Sync does.
func startWriting(f *os.File) {
	_ = unix.SyncFileRange(int(f.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WRITE)
}
