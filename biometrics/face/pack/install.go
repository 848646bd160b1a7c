package pack

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// ErrInstalled says that a pack of this name and version is there with other
// content.
var ErrInstalled = errors.New("another pack of this name and version is installed: its publisher has to give it a new version")

// staging begins the names of folders that a pack is put together in.
const staging = ".install-"

// stale is how old the folder of an installation is that was cut off.
const stale = 24 * time.Hour

// Options say how a pack is installed.
type Options struct {
	// Signers, when there are any, are the keys of whom one must have signed
	// the pack.
	Signers []ed25519.PublicKey
	// Try, when there is one, has the last word on the pack before it moves to
	// its place, say whether its models run here.
	Try func(*Pack) error
	// Now is the clock; nil for the machine's.
	Now func() time.Time
}

// Install puts the pack in src, a folder, .tar.gz or .zip, as name@version into
// the folder into. Manifest and signature are looked at before anything else
// is unpacked; the whole pack is verified in a folder beside its place, is on
// the disk before it moves there, and moves at once: never is there half a
// pack. An archive may have one folder around the pack. A pack that is there
// already is left as it is; one that is damaged is replaced.
//
// The errors are those of [Open], [ErrArchive], [ErrUnsigned], [ErrSignature]
// and [ErrInstalled].
func Install(src, into string, opt Options) (*Pack, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	s, err := openSource(src)
	if err != nil {
		return nil, err
	}
	p, err := install(s, into, opt)
	if err := errors.Join(err, s.Close()); err != nil {
		return nil, fmt.Errorf("install %s: %w", src, err)
	}
	return p, nil
}

func install(s source, into string, opt Options) (*Pack, error) {
	p, top, err := survey(s)
	if err != nil {
		return nil, err
	}
	if err := p.allowed(opt.Signers); err != nil {
		return nil, err
	}
	p.dir = filepath.Join(into, p.manifest.ID())
	if done, err := p.installed(); done != nil || err != nil {
		return done, err
	}
	if err := os.MkdirAll(into, 0o755); err != nil {
		return nil, err
	}
	sweep(into, opt.Now().Add(-stale))
	dir, err := os.MkdirTemp(into, staging)
	if err != nil {
		return nil, err
	}
	err = p.stage(s, top, dir)
	if err == nil && opt.Try != nil {
		staged := *p
		staged.dir = dir
		err = opt.Try(&staged)
	}
	if err == nil {
		err = replace(dir, p.dir)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return p, nil
}

// survey reads manifest and signature of a source, and where in it they are,
// and holds its other files against the manifest.
func survey(s source) (p *Pack, top string, err error) {
	seen := map[string]bool{}
	found := map[string][]byte{}
	err = s.walk(func(name string, r io.Reader) error {
		if seen[name] {
			return fmt.Errorf("%w: %q stands there twice", ErrArchive, name)
		}
		seen[name] = true
		limit := map[string]int64{manifestFile: MaxManifest, signatureFile: maxSignature}[path.Base(name)]
		if limit == 0 || strings.Count(name, "/") > 1 {
			return nil
		}
		b, err := io.ReadAll(io.LimitReader(r, limit+1))
		if err == nil && int64(len(b)) > limit {
			err = ErrTooLarge
		}
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrArchive, name, err)
		}
		found[name] = b
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	if top, err = topFolder(found); err != nil {
		return nil, "", err
	}
	p = &Pack{raw: found[path.Join(top, manifestFile)], signature: found[path.Join(top, signatureFile)]}
	if p.manifest, err = ParseManifest(p.raw); err != nil {
		return nil, "", err
	}
	want := map[string]bool{path.Join(top, manifestFile): true, path.Join(top, signatureFile): true}
	for name := range p.manifest.files() {
		if name = path.Join(top, name); !seen[name] {
			return nil, "", fmt.Errorf("%w: %s is missing", ErrArchive, name)
		}
		want[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		if !want[name] {
			return nil, "", fmt.Errorf("%w: its manifest does not name %s: list it under texts, or leave it out", ErrArchive, name)
		}
	}
	return p, top, nil
}

// topFolder is the folder of the one manifest: "." or one below it.
func topFolder(found map[string][]byte) (string, error) {
	var tops []string
	for name := range found {
		if path.Base(name) == manifestFile {
			tops = append(tops, path.Dir(name))
		}
	}
	if len(tops) == 0 {
		return "", fmt.Errorf("%w: %w: it has no %s", ErrArchive, ErrNoPack, manifestFile)
	}
	if slices.Contains(tops, ".") {
		return ".", nil
	}
	if len(tops) > 1 {
		return "", fmt.Errorf("%w: more than one %s", ErrArchive, manifestFile)
	}
	return tops[0], nil
}

// installed looks at what is in the pack's place: this pack, whole; another,
// which is an error; or nothing that could be used.
func (p *Pack) installed() (*Pack, error) {
	there, root, err := read(p.dir)
	whole := err == nil
	if whole {
		whole = there.verify(root) == nil
		if err := root.Close(); err != nil {
			return nil, err
		}
		if !bytes.Equal(there.raw, p.raw) {
			return nil, fmt.Errorf("pack %s in %s: %w", p, p.dir, ErrInstalled)
		}
	}
	if !whole || !bytes.Equal(there.signature, p.signature) {
		return nil, nil
	}
	return there, nil
}

// stage puts the pack together in dir and verifies it there.
func (p *Pack) stage(s source, top, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	err = p.copy(s, top, root)
	if err == nil {
		err = p.verify(root)
	}
	if err == nil {
		err = syncFolders(root)
	}
	if err == nil {
		err = root.Chmod(".", 0o755)
	}
	return errors.Join(err, root.Close())
}

func (p *Pack) copy(s source, top string, root *os.Root) error {
	prefix := ""
	if top != "." {
		prefix = top + "/"
	}
	left := int64(MaxPack)
	files := p.manifest.files()
	err := s.walk(func(name string, r io.Reader) error {
		name, ok := strings.CutPrefix(name, prefix)
		if _, named := files[name]; !ok || !named {
			return nil
		}
		n, err := create(root, name, io.LimitReader(r, min(left, MaxFile)+1))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if left -= n; n > MaxFile || left < 0 {
			return fmt.Errorf("%s: %w", name, ErrTooLarge)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if p.Signed() {
		if _, err := create(root, signatureFile, bytes.NewReader(p.signature)); err != nil {
			return err
		}
	}
	_, err = create(root, manifestFile, bytes.NewReader(p.raw))
	return err
}

// create writes a new file through to the disk.
func create(root *os.Root, name string, r io.Reader) (int64, error) {
	name = filepath.FromSlash(name)
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return 0, err
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	return n, errors.Join(err, f.Close())
}

// replace moves dir to place. What is there is no pack and goes.
func replace(dir, place string) error {
	old := dir + "-old"
	err := os.Rename(place, old)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(dir, place); err != nil {
		return err
	}
	return errors.Join(syncFolder(filepath.Dir(place)), os.RemoveAll(old))
}

// sweep removes what installations left that were cut off before the time. A
// failure costs disk space and nothing else.
func sweep(into string, before time.Time) {
	entries, err := os.ReadDir(into)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), staging) && info.ModTime().Before(before) {
			_ = os.RemoveAll(filepath.Join(into, e.Name()))
		}
	}
}

// syncFolders writes the folders of the pack through to the disk.
func syncFolders(root *os.Root) error {
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return syncFolder(filepath.Join(root.Name(), name))
	})
}

// syncFolder writes a folder's entries through to the disk, where the system
// knows such a thing.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
