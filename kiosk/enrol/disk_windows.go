package enrol

import "os"

// ignoreUnsupported: Windows can not sync a folder; NTFS journals renames.
func ignoreUnsupported(error) error { return nil }

// private: on Windows the folder's access list decides, not the mode bits.
func private(os.FileInfo) bool { return true }
