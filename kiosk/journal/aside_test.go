package journal

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"
)

// TestAsidesAreNamed: the error and the list name the file that was set aside.
// The control is a sound journal.
func TestAsidesAreNamed(t *testing.T) {
	dir := t.TempDir()
	data, ends := written(t, dir, 3)
	if names := Asides(dir); names != nil {
		t.Fatalf("a sound one is named: %q", names)
	}
	bad := bytes.Clone(data)
	bad[ends[0]+20] ^= 1
	_, err := reopen(t, dir, bad)
	names := Asides(dir)
	if len(names) != 1 || !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), names[0]) {
		t.Fatalf("%q in %v", names, err)
	}
	if err := restore(dir, data); err != nil {
		t.Fatal(err)
	}
	j, _, err := Open(dir, testKey, rand.Reader, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	name, err := j.SetAside(time.Now())
	if all := Asides(dir); err != nil || len(all) != 2 || all[1] != name {
		t.Fatalf("%q, %q, %v", name, all, err)
	}
}

// TestTornIsCounted: what was cut off is told, and a sound journal has none.
func TestTornIsCounted(t *testing.T) {
	dir := t.TempDir()
	data, ends := written(t, dir, 3)
	for cut, want := range map[int64]int64{int64(len(data)): 0, ends[1] + 7: 7, ends[1]: 0} {
		if err := restore(dir, data[:cut]); err != nil {
			t.Fatal(err)
		}
		j, _, err := Open(dir, testKey, rand.Reader, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if j.Torn() != want {
			t.Errorf("cut at %d: %d bytes torn, want %d", cut, j.Torn(), want)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
