package places

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func imported(t *testing.T, date string, files ...[]byte) *List {
	t.Helper()
	units, shape, err := Parse(files...)
	if err != nil {
		t.Fatal(err)
	}
	l, err := Build(Of(date, shape, files...), units, Counts{2, 3})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestInstall: several versions lie side by side, the newest that can be used is
// in use, and a damaged one is named instead of being used.
func TestInstall(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "places")
	if l, bad, err := Open(dir); err != nil || len(bad) != 0 || l.Version() != EmbeddedVersion {
		t.Fatalf("nothing installed: %v, %v", bad, err)
	}
	older, newer := imported(t, "2026-01-01", []byte(openAPI)), imported(t, "2026-07-25", []byte(database))
	for _, l := range []*List{newer, older} {
		if err := Install(dir, l); err != nil {
			t.Fatal(err)
		}
	}
	if err := Install(dir, newer); !errors.Is(err, ErrInstalled) {
		t.Errorf("a second time: %v", err)
	}
	l, bad, err := Open(dir)
	if err != nil || len(bad) != 0 || l.Source() != newer.Source() || !slices.Equal(l.Units(), newer.Units()) {
		t.Fatalf("in use %+v, %v, %v", l.Source(), bad, err)
	}
	if all, bad := Installed(dir); len(all) != 2 || all[1].Version() != older.Version() || len(bad) != 0 {
		t.Errorf("%d installed, %v", len(all), bad)
	}
	path := filepath.Join(dir, newer.Version(), listFile)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"a name changed": bytes.Replace(good, []byte("Thử"), []byte("Thờ"), 1),
		"cut":            good[:len(good)/2],
		"another's":      bytes.Replace(good, []byte(newer.Version()), []byte(older.Version()), 1),
		"more behind":    append(bytes.Clone(good), '1'),
		"empty":          {},
	} {
		if bytes.Equal(b, good) {
			t.Fatalf("%s: nothing is changed", name)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		l, bad, err := Open(dir)
		if err != nil || l.Version() != older.Version() || len(bad) != 1 || !errors.Is(bad[0], ErrDamaged) {
			t.Errorf("%s: in use %s, %v, %v", name, l.Version(), bad, err)
		}
	}
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if l, bad, _ := Open(dir); l.Version() != newer.Version() || len(bad) != 0 {
		t.Error("the control is not used")
	}
	// An import that a power cut ended before the file was there.
	if err := os.Mkdir(filepath.Join(dir, "2027-01-01-00000000"), 0o700); err != nil {
		t.Fatal(err)
	}
	if l, bad, _ := Open(dir); l.Version() != newer.Version() || len(bad) != 0 {
		t.Error("an import that was not finished is in use")
	}
}

// FuzzStored: an installed list is refused, or it is whole and writes the same
// file again.
func FuzzStored(f *testing.F) {
	dir := f.TempDir()
	units, shape, err := Parse([]byte(database))
	if err != nil {
		f.Fatal(err)
	}
	l, err := Build(Of("2026-07-25", shape, []byte(database)), units, Counts{2, 3})
	if err != nil {
		f.Fatal(err)
	}
	if err := Install(dir, l); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(dir, l.Version(), listFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"source":{},"digest":"","units":[]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := parseStored(b)
		if err != nil {
			return
		}
		for _, u := range l.Units() {
			if _, ok := l.Unit(u.Province); !ok || u.Label == "" {
				t.Fatalf("unit %+v", u)
			}
		}
		l.Search(string(b[:min(len(b), 50)]), 5)
	})
}

// BenchmarkOpen is what the list costs a station's start.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	l := list(b)
	if err := Install(dir, l); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if l, bad, err := Open(dir); err != nil || len(bad) != 0 || len(l.units) != len(l.index) {
			b.Fatal(bad, err)
		}
	}
}
