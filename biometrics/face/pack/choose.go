package pack

import (
	"cmp"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Found is a folder that holds a pack, or what should be one.
type Found struct {
	Dir  string
	Pack *Pack // nil when it could not be read
	Err  error
}

// List opens and verifies the packs in folders: a folder that has a manifest
// is one itself, of another each sub-folder should be one. Folders that are not
// there hold none. Packs come by name, the highest version first, the broken
// ones last.
func List(dirs ...string) []Found {
	var list []Found
	for _, dir := range packFolders(dirs...) {
		p, err := Open(dir)
		list = append(list, Found{dir, p, err})
	}
	slices.SortStableFunc(list, func(a, b Found) int {
		if a.Pack == nil || b.Pack == nil {
			return cmp.Or(order(a.Pack == nil, b.Pack == nil), cmp.Compare(a.Dir, b.Dir))
		}
		return cmp.Or(cmp.Compare(a.Pack.manifest.Name, b.Pack.manifest.Name),
			CompareVersions(b.Pack.manifest.Version, a.Pack.manifest.Version), cmp.Compare(a.Dir, b.Dir))
	})
	return list
}

// order puts false before true.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// packFolders lists where packs should be.
func packFolders(dirs ...string) []string {
	var list []string
	for _, dir := range dirs {
		if dir == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, manifestFile)); err == nil {
			list = append(list, dir)
			continue
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
				list = append(list, filepath.Join(dir, e.Name()))
			}
		}
	}
	return list
}

// CompareVersions orders versions: by their numbers from left to right, one
// with a suffix ("1.2.0-rc1") before the one without; what follows a + does
// not count.
func CompareVersions(a, b string) int {
	a, _, _ = strings.Cut(a, "+")
	b, _, _ = strings.Cut(b, "+")
	a, suffixA, preA := strings.Cut(a, "-")
	b, suffixB, preB := strings.Cut(b, "-")
	return cmp.Or(compareParts(a, b), order(!preA, !preB), compareParts(suffixA, suffixB))
}

func compareParts(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(a, b string) int {
		if number(a) && number(b) {
			a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
			return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
		}
		return cmp.Compare(a, b)
	})
}

func number(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// Candidates are the packs that a station could use.
type Candidates struct {
	// Named is what the operator asked for: a folder, or the name or
	// name@version of one of the packs below; "" for nothing.
	Named string
	// Installed is the folder that packs are installed into.
	Installed string
	// Shipped is the folder of the packs that came with the program; "" for
	// none. They need no signature: who can change them can change the program.
	Shipped string
	// Signers, when there are any, are the keys of whom one must have signed
	// every other pack.
	Signers []ed25519.PublicKey
}

// Choice is the pack that a station uses.
type Choice struct {
	Pack   *Pack
	Why    string  // for people
	Passed []Found // would have been chosen before, but are broken or not signed
}

// The reasons for a choice.
const (
	whyNamed     = "it was asked for"
	whyInstalled = "it is the newest that was installed"
	whyDefault   = "it came with the program"
)

// defaultFolder is the pack below Shipped that is used where no other is.
const defaultFolder = "default"

// Choose picks the pack that was asked for and no other; else the newest that
// is installed; else the default among those shipped. The newest is the highest version of the name
// that something was installed of last: versions of different names say nothing
// of each other. Where there is none, the error is [ErrNoPack]; where the named
// or default one is broken, it says how. Choice.Passed is set in any case.
func Choose(c Candidates) (Choice, error) {
	if c.Named != "" {
		p, err := c.named()
		if err != nil {
			return Choice{}, fmt.Errorf("model pack %s: %w", c.Named, err)
		}
		return Choice{Pack: p, Why: whyNamed}, nil
	}
	order, passed := c.newest()
	choice := Choice{Passed: passed}
	for _, f := range order {
		p, err := Open(f.Dir)
		if err == nil {
			choice.Pack, choice.Why = p, whyInstalled
			return choice, nil
		}
		choice.Passed = append(choice.Passed, Found{Dir: f.Dir, Err: err})
	}
	if c.Shipped == "" {
		return choice, fmt.Errorf("%w is installed", ErrNoPack)
	}
	p, err := Open(filepath.Join(c.Shipped, defaultFolder))
	if err != nil {
		return choice, err
	}
	choice.Pack, choice.Why = p, whyDefault
	return choice, nil
}

// named opens what was asked for.
func (c Candidates) named() (*Pack, error) {
	if _, err := os.Stat(filepath.Join(c.Named, manifestFile)); err == nil {
		return c.open(c.Named)
	}
	order, passed := c.newest()
	for _, f := range order {
		if f.Pack.is(c.Named) {
			return c.open(f.Dir)
		}
	}
	for _, f := range passed {
		if f.Pack != nil && f.Pack.is(c.Named) || filepath.Base(f.Dir) == c.Named {
			return nil, f.Err
		}
	}
	for _, f := range List(c.Shipped) {
		if f.Pack != nil && f.Pack.is(c.Named) {
			return f.Pack, nil
		}
	}
	return nil, fmt.Errorf("%w of this name, and no such folder: `tram models ls` lists the packs", ErrNoPack)
}

// open opens a pack that may have to be signed.
func (c Candidates) open(dir string) (*Pack, error) {
	p, err := Open(dir)
	if err == nil && !c.shipped(dir) {
		err = p.allowed(c.Signers)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// shipped reports whether a pack's folder came with the program.
func (c Candidates) shipped(dir string) bool {
	return c.Shipped != "" && filepath.Dir(filepath.Clean(dir)) == filepath.Clean(c.Shipped)
}

// List is [List] of all candidates, whatever is asked for. A pack without the
// signature that it must have comes with the error.
func (c Candidates) List() []Found {
	list := List(c.Installed, c.Shipped)
	for i, f := range list {
		if f.Err == nil && !c.shipped(f.Dir) {
			list[i].Err = f.Pack.allowed(c.Signers)
		}
	}
	return list
}

// is reports whether the pack has this name, or name@version.
func (p *Pack) is(name string) bool { return name == p.manifest.Name || name == p.manifest.ID() }

// newest lists the installed packs in the order of choice, with their files
// not verified yet, and those that are out already.
func (c Candidates) newest() (order, passed []Found) {
	latest := map[string]time.Time{} // by name
	for _, dir := range packFolders(c.Installed) {
		p, when, err := glance(dir)
		if err == nil {
			err = p.allowed(c.Signers)
		}
		if err != nil {
			passed = append(passed, Found{dir, p, err})
			continue
		}
		order = append(order, Found{Dir: dir, Pack: p})
		if name := p.manifest.Name; when.After(latest[name]) {
			latest[name] = when
		}
	}
	slices.SortStableFunc(order, func(a, b Found) int {
		a1, b1 := a.Pack.manifest, b.Pack.manifest
		return cmp.Or(latest[b1.Name].Compare(latest[a1.Name]), cmp.Compare(a1.Name, b1.Name), CompareVersions(b1.Version, a1.Version))
	})
	return order, passed
}

// glance reads a manifest and when it was installed.
func glance(dir string) (*Pack, time.Time, error) {
	p, root, err := read(dir)
	if err != nil {
		return nil, time.Time{}, err
	}
	info, err := root.Stat(manifestFile)
	if err := errors.Join(err, root.Close()); err != nil {
		return nil, time.Time{}, err
	}
	return p, info.ModTime(), nil
}
