package blob_test

import (
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/tram-station/tram/offline/blob"
	"github.com/tram-station/tram/offline/envelope"
)

// A file that is there already, and may be somebody's only copy, is whole at
// every moment of a second Put of the same chunks, whatever fails: its name never
// stands for bytes that are not durable, and nothing removes it.
func TestSameFileTwice(t *testing.T) {
	body := []byte("sealed, invented")
	d := envelope.Sum(body)
	put := func(f *blob.Files) (envelope.Digest, error) {
		return f.Put(envelope.Chunks{d: body}, []envelope.Digest{d}, []int{len(body)}, nil)
	}
	for _, broken := range []string{"", "sync", "rename", "folder"} {
		f, err := blob.OpenFiles(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		name, err := put(f)
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		step := func(what string) error {
			order = append(order, what)
			if what == broken {
				return errors.New("the disk is ill")
			}
			return nil
		}
		real := f.Disk
		f.Disk.Sync = func(file *os.File) error { return errors.Join(step("sync"), real.Sync(file)) }
		f.Disk.SyncDir = func(dir string) error { return errors.Join(step("folder"), real.SyncDir(dir)) }
		f.Disk.Rename = func(from, to string) error {
			if err := step("rename"); err != nil {
				return err
			}
			return real.Rename(from, to)
		}
		if _, err := put(f); (err == nil) != (broken == "") {
			t.Errorf("%q broken: %v", broken, err)
		}
		if r := slices.Index(order, "rename"); r >= 0 && !slices.Contains(order[:r], "sync") {
			t.Errorf("%q broken: the name was given before the bytes were durable: %v", broken, order)
		}
		if b, err := f.ReadAt(name, 0, len(body)); err != nil || d.Check(b) != nil {
			t.Errorf("%q broken: the first file is gone: %v", broken, err)
		}
	}
}
