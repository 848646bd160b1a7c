package pack

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestBomb: what unpacks to more than a pack is refused, even if nobody reads
// it; with a limit that holds it, it passes. The real limit takes too long.
func TestBomb(t *testing.T) {
	const size = 8 << 20
	f, err := os.Create(filepath.Join(t.TempDir(), "bomb.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := gzip.NewWriter(f)
	w := tar.NewWriter(z)
	err = w.WriteHeader(&tar.Header{Name: "zeros", Size: size, Typeflag: tar.TypeReg})
	if err == nil {
		_, err = w.Write(make([]byte, size))
	}
	if err := errors.Join(err, w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	ignore := func(string, io.Reader) error { return nil }
	if err := (tarball{f, size / 2}).walk(ignore); !errors.Is(err, ErrArchive) {
		t.Errorf("over the limit: %v", err)
	}
	if err := (tarball{f, size}).walk(ignore); err != nil {
		t.Errorf("within the limit: %v", err)
	}
}
