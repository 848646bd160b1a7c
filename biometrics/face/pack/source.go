package pack

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Limits of what a pack is installed from.
const (
	// MaxPack is how much an archive and what is in it may have, in bytes.
	MaxPack = 2 << 30
	// maxEntries bounds files and folders of an archive.
	maxEntries = 128
	// maxDirectory bounds what is read to list a zip archive: its directory
	// is held in memory.
	maxDirectory = 1 << 20
)

// ErrArchive says that something is not an archive of a pack.
var ErrArchive = errors.New("not a model pack that can be installed")

// source is a folder or an archive that may be hostile.
type source interface {
	// walk hands out each file by its slash-separated path. It refuses links,
	// devices and paths that lead out.
	walk(visit func(name string, r io.Reader) error) error
	io.Closer
}

// openSource opens a folder, a .zip or a .tar.gz, by what it is and not by
// what it is called.
func openSource(path string) (source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		root, err := os.OpenRoot(path)
		if err != nil {
			return nil, err
		}
		return folder{root}, nil
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w: neither folder nor file", path, ErrArchive)
	}
	if info.Size() > MaxPack {
		return nil, fmt.Errorf("%s: %w", path, ErrTooLarge)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	var magic [4]byte
	n, _ := io.ReadFull(f, magic[:])
	var s source
	switch {
	case bytes.HasPrefix(magic[:n], []byte{0x1f, 0x8b}):
		return tarball{f, MaxPack}, nil
	case bytes.HasPrefix(magic[:n], []byte("PK")):
		s, err = openZip(f, info.Size())
	default:
		err = fmt.Errorf("%w: give a folder, a .tar.gz or a .zip", ErrArchive)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return s, nil
}

// entryName is the path of an archive's entry, "" for its top folder.
func entryName(name string) (string, error) {
	clean := strings.TrimSuffix(strings.TrimPrefix(name, "./"), "/")
	if clean == "" || clean == "." {
		return "", nil
	}
	if !fs.ValidPath(clean) || strings.Contains(clean, `\`) || !filepath.IsLocal(filepath.FromSlash(clean)) {
		return "", fmt.Errorf("%w: %q leads out of it", ErrArchive, name)
	}
	return clean, nil
}

type folder struct{ root *os.Root }

func (f folder) Close() error { return f.root.Close() }

func (f folder) walk(visit func(string, io.Reader) error) error {
	entries := 0
	return fs.WalkDir(f.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entries++; entries > maxEntries {
			return fmt.Errorf("%w: more than %d files", ErrArchive, maxEntries)
		}
		if d.IsDir() {
			return nil
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("%w: %s is a link or no file", ErrArchive, name)
		}
		file, err := openFile(f.root, name)
		if err != nil {
			return err
		}
		return errors.Join(visit(name, file), file.Close())
	})
}

type zipped struct {
	*zip.Reader
	f *os.File
}

// openZip lists the archive.
func openZip(f *os.File, size int64) (source, error) {
	b := &budget{f, maxDirectory}
	r, err := zip.NewReader(b, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	b.left = -1
	if len(r.File) > maxEntries {
		return nil, fmt.Errorf("%w: more than %d files", ErrArchive, maxEntries)
	}
	return zipped{r, f}, nil
}

func (z zipped) Close() error { return z.f.Close() }

func (z zipped) walk(visit func(string, io.Reader) error) error {
	for _, e := range z.File {
		name, err := entryName(e.Name)
		if err != nil {
			return err
		}
		if e.Mode().IsDir() {
			continue
		}
		if !e.Mode().IsRegular() || name == "" {
			return fmt.Errorf("%w: %q is a link or no file", ErrArchive, e.Name)
		}
		r, err := e.Open()
		if err != nil {
			return fmt.Errorf("%w: %q: %w", ErrArchive, e.Name, err)
		}
		if err := errors.Join(visit(name, r), r.Close()); err != nil {
			return err
		}
	}
	return nil
}

// budget bounds what is read of a file; a negative one is none.
type budget struct {
	r    io.ReaderAt
	left int64
}

// ReadAt reads as long as there is budget.
func (b *budget) ReadAt(p []byte, at int64) (int, error) {
	if b.left >= 0 {
		if b.left -= int64(len(p)); b.left < 0 {
			b.left = 0
			return 0, fmt.Errorf("its directory is longer than %d bytes", maxDirectory)
		}
	}
	return b.r.ReadAt(p, at)
}

// tarball is a .tar.gz of which at most limit bytes of content are unpacked.
type tarball struct {
	f     *os.File
	limit int64
}

func (t tarball) Close() error { return t.f.Close() }

func (t tarball) walk(visit func(string, io.Reader) error) error {
	if _, err := t.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	z, err := gzip.NewReader(bufio.NewReader(t.f))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrArchive, err)
	}
	defer func() { _ = z.Close() }() // frees nothing that could fail
	// The limit holds for what is skipped, too. Headers and padding of so few
	// entries are within the reserve.
	r := tar.NewReader(io.LimitReader(z, t.limit+maxDirectory))
	for entries := 0; ; entries++ {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrArchive, err)
		}
		if entries >= maxEntries {
			return fmt.Errorf("%w: more than %d files", ErrArchive, maxEntries)
		}
		name, err := entryName(h.Name)
		if err != nil {
			return err
		}
		switch h.Typeflag {
		case tar.TypeDir, tar.TypeXGlobalHeader: // git archive writes the latter
		case tar.TypeReg:
			if name == "" {
				return fmt.Errorf("%w: a file without a name", ErrArchive)
			}
			if err := visit(name, r); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%w: %q is a link or no file", ErrArchive, h.Name)
		}
	}
}
