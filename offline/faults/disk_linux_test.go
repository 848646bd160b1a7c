//go:build realparts

package faults_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/tram-station/tram/offline/faults"
)

// cuts is how many cuts a promise of the disk is tried with.
const cuts = 20

func mount(t *testing.T, d *faults.Disk) string {
	t.Helper()
	dir := t.TempDir()
	if err := d.Mount(dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Unmount() })
	return dir
}

// powerCut takes the power and gives it back.
func powerCut(t *testing.T, d *faults.Disk, seed uint64) {
	t.Helper()
	d.Cut()
	if err := d.Unmount(); err != nil {
		t.Fatal(err)
	}
	if err := d.Restart(seed); err != nil {
		t.Fatal(err)
	}
}

// keep writes a file the careful way, or leaves out a step.
func keep(t *testing.T, dir, name string, content []byte, sync, syncDir bool) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, name+".tmp"))
	must(t, err)
	_, err = f.Write(content)
	must(t, err)
	if sync {
		must(t, f.Sync())
	}
	must(t, f.Close())
	must(t, os.Rename(filepath.Join(dir, name+".tmp"), filepath.Join(dir, name)))
	if syncDir {
		fsyncDir(t, dir)
	}
}

func fsyncDir(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Open(dir)
	must(t, err)
	must(t, f.Sync())
	must(t, f.Close())
}

// What was synced survives every cut; what was not is lost or torn in some.
func TestPowerCut(t *testing.T) {
	content := bytes.Repeat([]byte("tram"), 5000)
	for _, mode := range []faults.Mode{faults.Strict, faults.Journal} {
		var gone, torn, whole, bare int
		for seed := range uint64(cuts) {
			d := faults.NewDisk(mode)
			dir := mount(t, d)
			keep(t, dir, "bare", content, false, false)
			keep(t, dir, "content", content, false, true)
			keep(t, dir, "careful", content, true, true)
			if raw, err := os.ReadFile(filepath.Join(dir, "bare")); err != nil || !bytes.Equal(raw, content) {
				t.Fatalf("before the cut: %d bytes, %v", len(raw), err)
			}
			powerCut(t, d, seed)
			out := t.TempDir()
			must(t, d.Export(out))
			if raw, err := os.ReadFile(filepath.Join(out, "careful")); err != nil || !bytes.Equal(raw, content) {
				t.Fatalf("seed %d: what was synced is gone: %d bytes, %v", seed, len(raw), err)
			}
			if _, err := os.Stat(filepath.Join(out, "bare")); err == nil {
				bare++
			}
			switch raw, err := os.ReadFile(filepath.Join(out, "content")); {
			case err != nil:
				gone++
			case bytes.Equal(raw, content):
				whole++
			default:
				torn++
			}
		}
		t.Logf("mode %d: content unsynced: %d gone, %d torn, %d whole; name unsynced: %d there", mode, gone, torn, whole, bare)
		if torn == 0 || whole == 0 || gone != 0 {
			t.Errorf("mode %d: %d gone, %d torn, %d whole in %d cuts", mode, gone, torn, whole, cuts)
		}
		// A later fsync of the folder takes the earlier rename along.
		if bare != cuts {
			t.Errorf("mode %d: a name before an fsync of its folder is there %d times of %d", mode, bare, cuts)
		}
	}
}

// A rename without fsync of its folder vanishes in some cuts; in a journal an
// fsync of another file keeps it.
func TestRenameWithoutSync(t *testing.T) {
	for _, x := range []struct {
		mode  faults.Mode
		later bool
		all   bool
	}{{faults.Strict, false, false}, {faults.Strict, true, false}, {faults.Journal, false, false}, {faults.Journal, true, true}} {
		there := 0
		for seed := range uint64(cuts) {
			d := faults.NewDisk(x.mode)
			dir := mount(t, d)
			must(t, os.Mkdir(filepath.Join(dir, "other"), 0o700))
			keep(t, dir, "blob", []byte("content"), true, false)
			if x.later {
				keep(t, filepath.Join(dir, "other"), "later", nil, true, false)
			}
			powerCut(t, d, seed)
			out := t.TempDir()
			must(t, d.Export(out))
			if raw, err := os.ReadFile(filepath.Join(out, "blob")); err == nil {
				there++
				if string(raw) != "content" {
					t.Fatalf("a synced file reads %q", raw)
				}
			}
		}
		if there == 0 || (there == cuts) != x.all {
			t.Errorf("mode %d, later fsync %t: there %d times of %d", x.mode, x.later, there, cuts)
		}
	}
}

// Overwritten content may be of both times, but only at the border of sectors.
func TestTornSectors(t *testing.T) {
	const size = 16 * 512
	torn := 0
	for seed := range uint64(cuts) {
		d := faults.NewDisk(faults.Strict)
		dir := mount(t, d)
		keep(t, dir, "index", bytes.Repeat([]byte{'a'}, size), true, true)
		f, err := os.OpenFile(filepath.Join(dir, "index"), os.O_WRONLY, 0)
		must(t, err)
		_, err = f.Write(bytes.Repeat([]byte{'b'}, size))
		must(t, err)
		must(t, f.Close())
		powerCut(t, d, seed)
		out := t.TempDir()
		must(t, d.Export(out))
		raw, err := os.ReadFile(filepath.Join(out, "index"))
		must(t, err)
		for at := 0; at < size; at += 512 {
			if s := raw[at : at+512]; bytes.Count(s, s[:1]) != 512 {
				t.Fatalf("seed %d: a sector is torn", seed)
			}
		}
		if bytes.Contains(raw, []byte("a")) && bytes.Contains(raw, []byte("b")) {
			torn++
		}
	}
	if torn == 0 {
		t.Error("no cut tore a file")
	}
}

// After the cut nothing reaches the disk; O_SYNC syncs by itself.
func TestDead(t *testing.T) {
	d := faults.NewDisk(faults.Strict)
	dir := mount(t, d)
	synced, err := os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_SYNC, 0o600)
	must(t, err)
	fsyncDir(t, dir)
	_, err = synced.WriteString("first")
	must(t, err)
	must(t, synced.Close())
	f, err := os.OpenFile(filepath.Join(dir, "log"), os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	d.CutAfter(2)
	_, err = f.WriteString("second")
	must(t, err)
	if err := f.Sync(); !errors.Is(err, syscall.EIO) || !d.Dead() {
		t.Errorf("a sync at the moment of the cut: %v", err)
	}
	if _, err := f.WriteString("third"); !errors.Is(err, syscall.EIO) {
		t.Errorf("a write without power: %v", err)
	}
	_ = f.Close()
	if err := d.Restart(1); err == nil {
		t.Error("restarted while mounted")
	}
	powerCut(t, d, 1)
	dir = mount(t, d)
	if raw, err := os.ReadFile(filepath.Join(dir, "log")); err != nil || !bytes.HasPrefix(raw, []byte("first")) || bytes.Contains(raw, []byte("third")) {
		t.Errorf("%q, %v", raw, err)
	}
}

func TestFullAndFailing(t *testing.T) {
	d := faults.NewDisk(faults.Strict)
	dir := mount(t, d)
	d.Limit(1 << 20)
	big := filepath.Join(dir, "big")
	if err := os.WriteFile(big, make([]byte, 2<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("over the limit: %v", err)
	}
	var st syscall.Statfs_t
	must(t, syscall.Statfs(dir, &st))
	if free := int64(st.Bavail) * st.Bsize; free != 1<<20-d.Used() {
		t.Errorf("%d free, %d used of %d", free, d.Used(), 1<<20)
	}
	must(t, os.Remove(big))
	if d.Used() != 0 {
		t.Errorf("%d used after the removal", d.Used())
	}
	must(t, os.WriteFile(big, make([]byte, 1000), 0o600))
	must(t, os.Truncate(big, 10))
	keep(t, dir, "big", make([]byte, 20), true, true) // over the old one
	if d.Used() != 20 {
		t.Errorf("%d used, want 20", d.Used())
	}
	d.Fail(func(op faults.Op) syscall.Errno {
		if op.Kind == "rename" && op.Name == "to" {
			return syscall.ENOSPC
		}
		return 0
	})
	if err := os.Rename(big, filepath.Join(dir, "to")); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a rename that was to fail: %v", err)
	}
	d.Fail(nil)
	must(t, os.Rename(big, filepath.Join(dir, "to")))
}

// world is the disk and a plain folder, doing the same.
type world struct {
	t     *testing.T
	rng   *rand.Rand
	roots [2]string
}

// both does fn in both and wants the same outcome.
func (w *world) both(what string, fn func(root string) error) {
	w.t.Helper()
	a, b := fn(w.roots[0]), fn(w.roots[1])
	var ea, eb syscall.Errno
	errors.As(a, &ea)
	errors.As(b, &eb)
	if (a == nil) != (b == nil) || ea != eb {
		w.t.Fatalf("%s: %v on the disk, %v in a plain folder", what, a, b)
	}
}

func (w *world) name() string {
	dir := []string{"", "d0", "d1", "d0/e"}[w.rng.IntN(4)]
	return filepath.Join(dir, fmt.Sprintf("f%d", w.rng.IntN(6)))
}

func (w *world) step() {
	name, other := w.name(), w.name()
	at, content := w.rng.Int64N(9000), bytes.Repeat([]byte{byte(w.rng.IntN(256))}, w.rng.IntN(9000))
	switch op := w.rng.IntN(9); op {
	case 0, 1:
		w.both("write", func(r string) error { return os.WriteFile(filepath.Join(r, name), content, 0o600) })
	case 2, 3:
		flags := []int{os.O_WRONLY, os.O_RDWR | os.O_CREATE, os.O_WRONLY | os.O_SYNC}[w.rng.IntN(3)]
		w.both("write at", func(r string) error {
			f, err := os.OpenFile(filepath.Join(r, name), flags, 0o600)
			if err != nil {
				return err
			}
			_, err = f.WriteAt(content, at)
			return errors.Join(err, f.Sync(), f.Close())
		})
	case 4:
		w.both("rename", func(r string) error { return os.Rename(filepath.Join(r, name), filepath.Join(r, other)) })
	case 5:
		w.both("remove", func(r string) error { return os.Remove(filepath.Join(r, name)) })
	case 6:
		w.both("truncate", func(r string) error { return os.Truncate(filepath.Join(r, name), at) })
	case 7:
		w.both("append", func(r string) error {
			f, err := os.OpenFile(filepath.Join(r, name), os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.Write(content)
			return errors.Join(err, f.Close())
		})
	case 8:
		dir := []string{"d0", "d1", "d0/e"}[w.rng.IntN(3)]
		if w.rng.IntN(3) == 0 {
			w.both("rmdir", func(r string) error { return os.Remove(filepath.Join(r, dir)) })
		} else {
			w.both("mkdir", func(r string) error { return os.Mkdir(filepath.Join(r, dir), 0o700) })
		}
	}
}

// Programs see the same on the disk as in a plain folder, before a cut and, when
// all was synced, after it.
func TestLikeAPlainFolder(t *testing.T) {
	for seed := range uint64(2) {
		d := faults.NewDisk(faults.Strict)
		w := &world{t: t, rng: rand.New(rand.NewPCG(seed, 7)), roots: [2]string{mount(t, d), t.TempDir()}}
		for range 500 {
			w.step()
		}
		same(t, tree(t, w.roots[0]), tree(t, w.roots[1]))
		d.Sync()
		powerCut(t, d, seed)
		same(t, tree(t, mount(t, d)), tree(t, w.roots[1]))
	}
}

func tree(t *testing.T, root string) []string {
	t.Helper()
	var all []string
	must(t, filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		line := rel + "/"
		if !e.IsDir() {
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			line = fmt.Sprintf("%s %x", rel, raw)
		}
		all = append(all, line)
		return nil
	}))
	slices.Sort(all)
	return all
}

func same(t *testing.T, a, b []string) {
	t.Helper()
	if !slices.Equal(a, b) {
		t.Fatalf("%d and %d files differ", len(a), len(b))
	}
	if len(a) < 5 {
		t.Fatalf("only %d files: the test showed little", len(a))
	}
}
