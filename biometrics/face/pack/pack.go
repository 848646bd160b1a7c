// Package pack reads, checks, chooses and installs model packs: folders with
// the models that find, judge and compare faces, and a manifest.json that says
// what each is for, where it is from, under which licence, and which SHA-256
// its file has. An authority puts its own certified models into one.
package pack

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The files of a pack that its manifest does not name.
const (
	manifestFile  = "manifest.json"
	signatureFile = "manifest.sig"
)

// MaxFile is the largest file of a pack, in bytes.
const MaxFile = 512 << 20

// Errors of packs.
var (
	// ErrNoPack says that a folder holds no pack.
	ErrNoPack = errors.New("no model pack")
	// ErrNoRole says that a pack has no model for a role.
	ErrNoRole = errors.New("the pack has no such model")
	// ErrChecksum says that a file of a pack is not the one that its manifest names.
	ErrChecksum = errors.New("not the file that the manifest names: install the pack again")
	// ErrTooLarge says that a file is larger than a pack may have.
	ErrTooLarge = errors.New("larger than a model pack may be")
)

// Pack is a folder of models whose files were found to be those of its
// manifest.
type Pack struct {
	dir       string
	raw       []byte // manifest.json as it stands
	signature []byte // nil when there is none
	manifest  Manifest
}

// Open reads the pack in dir and verifies the SHA-256 of every file. The error
// is [ErrNoPack], [ErrManifest], [ErrChecksum], [ErrTooLarge] or of the disk.
func Open(dir string) (*Pack, error) {
	p, root, err := read(dir)
	if err != nil {
		return nil, err
	}
	err = p.verify(root)
	if err := errors.Join(err, root.Close()); err != nil {
		return nil, err
	}
	return p, nil
}

// read reads the manifest in dir and leaves the folder open. No file is read
// but through the root, which no symbolic link leads out of.
func read(dir string) (*Pack, *os.Root, error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, fmt.Errorf("%w in %s", ErrNoPack, dir)
	}
	if err != nil {
		return nil, nil, err
	}
	p := &Pack{dir: dir}
	p.raw, err = readFile(root, manifestFile, MaxManifest)
	if errors.Is(err, os.ErrNotExist) {
		err = fmt.Errorf("%w in %s: it has no %s", ErrNoPack, dir, manifestFile)
	}
	if err == nil {
		p.manifest, err = ParseManifest(p.raw)
	}
	if err == nil {
		p.signature, err = readFile(root, signatureFile, maxSignature)
		if errors.Is(err, os.ErrNotExist) {
			err = nil
		}
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("pack in %s: %w", dir, err), root.Close())
	}
	return p, root, nil
}

// verify holds every file against the manifest.
func (p *Pack) verify(root *os.Root) error {
	for name, sum := range p.manifest.files() {
		if err := verifyFile(root, name, sum); err != nil {
			return fmt.Errorf("pack %s in %s: %s: %w", p, p.dir, name, err)
		}
	}
	return nil
}

func verifyFile(root *os.Root, name, sum string) error {
	f, err := openFile(root, name)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("missing: %w", ErrChecksum)
	}
	if err != nil {
		return err
	}
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(f, MaxFile+1))
	switch err = errors.Join(err, f.Close()); {
	case err != nil:
		return err
	case n > MaxFile:
		return ErrTooLarge
	case hex.EncodeToString(h.Sum(nil)) != sum:
		return ErrChecksum
	}
	return nil
}

// openFile opens a regular file: a pipe would never end.
func openFile(root *os.Root, name string) (*os.File, error) {
	name = filepath.FromSlash(name)
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file: %w", name, ErrChecksum)
	}
	return root.Open(name)
}

// readFile reads a file of at most limit bytes.
func readFile(root *os.Root, name string, limit int64) ([]byte, error) {
	f, err := openFile(root, name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if info, err := f.Stat(); err == nil && info.Size() <= limit {
		b.Grow(int(info.Size()) + bytes.MinRead) // one allocation: a model is large
	}
	_, err = io.Copy(&b, io.LimitReader(f, limit+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if int64(b.Len()) > limit {
		return nil, fmt.Errorf("%s: %w", name, ErrTooLarge)
	}
	return b.Bytes(), nil
}

// Manifest returns what the pack says of itself.
func (p *Pack) Manifest() Manifest { return p.manifest }

// Dir is the folder of the pack.
func (p *Pack) Dir() string { return p.dir }

// String names the pack: "default 1.0.0".
func (p *Pack) String() string { return p.manifest.Name + " " + p.manifest.Version }

// Model returns the model for a role and the bytes of its file, which are those
// of the manifest even if the file changed since [Open]; [ErrNoRole],
// [ErrChecksum], [ErrTooLarge] or an error of the disk otherwise.
func (p *Pack) Model(r Role) (Model, []byte, error) {
	for _, m := range p.manifest.Models {
		if m.Role != r {
			continue
		}
		b, err := p.bytes(m)
		if err != nil {
			return Model{}, nil, fmt.Errorf("pack %s in %s: %s: %w", p, p.dir, m.File, err)
		}
		return m, b, nil
	}
	return Model{}, nil, fmt.Errorf("%s in pack %s: %w", r, p, ErrNoRole)
}

func (p *Pack) bytes(m Model) ([]byte, error) {
	root, err := os.OpenRoot(p.dir)
	if err != nil {
		return nil, err
	}
	b, err := readFile(root, m.File, MaxFile)
	if err := errors.Join(err, root.Close()); err != nil {
		return nil, err
	}
	if digest(b) != m.SHA256 {
		return nil, ErrChecksum
	}
	return b, nil
}

// digest is the SHA-256 of b in hexadecimal.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
