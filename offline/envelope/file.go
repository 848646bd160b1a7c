package envelope

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// maxSecretFile is far above any key file; it keeps a wrong path from being
// read into memory whole.
const maxSecretFile = 64 << 10

// ErrKeyReadable says that others may read a key file.
var ErrKeyReadable = errors.New("envelope: others may read this key: run chmod 600 on it, and replace the key if they did")

// SaveFile writes a file of the exchange (a key, a pairing) so that a power
// cut leaves the old file or the new one, never a torn one.
func SaveFile(path string, data []byte, perm fs.FileMode) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("envelope: save %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name())
			err = fmt.Errorf("envelope: save %s: %w", path, err)
		}
	}()
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Chmod(perm)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err = os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// SyncDir makes a folder's entries durable. Windows has no such call and
// orders its metadata by itself.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func saveSecret(path string, data []byte) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("envelope: %s: %w", path, fs.ErrExist)
	}
	return SaveFile(path, data, 0o600)
}

func loadSecret(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("envelope: %w", err)
	}
	if info.Size() > maxSecretFile {
		return nil, fmt.Errorf("envelope: %s is no key file: %d bytes", path, info.Size())
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: %w", path, ErrKeyReadable)
	}
	return os.ReadFile(path)
}
