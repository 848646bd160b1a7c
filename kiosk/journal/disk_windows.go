package journal

import "os"

// ignoreUnsupported: Windows can not sync a folder; NTFS journals renames.
func ignoreUnsupported(error) error { return nil }

// private: on Windows the folder's access list decides, not the mode bits.
func private(os.FileInfo) bool { return true }

// replaceFile moves a file over another. An open file can not be replaced
// here, so the old one is wiped first. A power cut in between costs no
// citizen's data: a journal is only replaced when its dossier is in the outbox.
func replaceFile(from, to string) error {
	if old, err := os.OpenFile(to, os.O_WRONLY, 0); err == nil {
		wipe(old)
		if err := old.Close(); err != nil {
			return err
		}
	}
	return os.Rename(from, to)
}
