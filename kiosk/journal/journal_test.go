package journal

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var testKey = bytes.Repeat([]byte{7}, KeySize)

// written makes a journal of n records and returns its bytes and the offsets
// at which records end.
func written(t testing.TB, dir string, n int) (data []byte, ends []int64) {
	t.Helper()
	j, err := Create(dir, testKey, rand.Reader, nil, recordOf(0))
	if err != nil {
		t.Fatal(err)
	}
	ends = append(ends, j.size)
	for i := 1; i < n; i++ {
		if err := j.Append(recordOf(i)); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, j.size)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	data, err = os.ReadFile(filepath.Join(dir, Name))
	if err != nil {
		t.Fatal(err)
	}
	return data, ends
}

func recordOf(i int) []byte {
	return []byte(strings.Repeat(fmt.Sprintf("Nguyễn Văn Thử %d ", i), 5+i))
}

func restore(dir string, data []byte) error {
	return os.WriteFile(filepath.Join(dir, Name), data, 0o600)
}

func reopen(t testing.TB, dir string, data []byte) (records [][]byte, err error) {
	t.Helper()
	if err := restore(dir, data); err != nil {
		t.Fatal(err)
	}
	j, records, err := Open(dir, testKey, rand.Reader, time.Now())
	if j != nil {
		defer j.Close()
		if err := j.Append([]byte("goes on")); err != nil {
			t.Fatalf("append after replay: %v", err)
		}
	}
	return records, err
}

func TestJournalReplays(t *testing.T) {
	dir := t.TempDir()
	data, _ := written(t, dir, 5)
	if bytes.Contains(data, []byte("Thử")) {
		t.Fatal("the journal is readable")
	}
	fi, _ := os.Stat(filepath.Join(dir, Name))
	if fi.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v", fi.Mode())
	}
	records, err := reopen(t, dir, data)
	if err != nil || len(records) != 5 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	for i, r := range records {
		if !bytes.Equal(r, recordOf(i)) {
			t.Fatalf("record %d differs", i)
		}
	}
}

// TestTornTail cuts the journal at every byte: what was complete is there,
// and the journal goes on.
func TestTornTail(t *testing.T) {
	dir := t.TempDir()
	data, ends := written(t, dir, 4)
	for cut := int(ends[0]); cut <= len(data); cut++ {
		want := 0
		for _, e := range ends {
			if int64(cut) >= e {
				want++
			}
		}
		for _, tail := range [][]byte{nil, make([]byte, 100)} { // a grown file may end in zeros
			records, err := reopen(t, t.TempDir(), append(bytes.Clone(data[:cut]), tail...))
			if want < len(ends) && len(tail) > 0 && allZero(data[cut:ends[want]]) {
				continue // the cut took zeros away, and the tail gives them back
			}
			if err != nil && len(tail) == 0 || err == nil && len(records) != want {
				t.Fatalf("cut at %d: %d records, want %d: %v", cut, len(records), want, err)
			}
		}
	}
}

// TestDamageIsNamed flips every byte before the last record: never a wrong
// record, never a silent loss, and the file is still there.
func TestDamageIsNamed(t *testing.T) {
	src := t.TempDir()
	data, ends := written(t, src, 4)
	for i := 0; i < int(ends[2]); i++ {
		bad := bytes.Clone(data)
		bad[i] ^= 0x40
		dir := t.TempDir()
		records, err := reopen(t, dir, bad)
		if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrKey) {
			t.Fatalf("byte %d: %d records, %v", i, len(records), err)
		}
		kept, _ := filepath.Glob(filepath.Join(dir, "*.aside"))
		if len(kept) != 1 {
			t.Fatalf("byte %d: set aside %v", i, kept)
		}
		if b, _ := os.ReadFile(kept[0]); !bytes.Equal(b, bad) {
			t.Fatalf("byte %d: the file set aside was changed", i)
		}
	}
}

func TestRecordsAreChained(t *testing.T) {
	data, ends := written(t, t.TempDir(), 4)
	other, _ := written(t, t.TempDir(), 4)
	without := append(bytes.Clone(data[:ends[0]]), data[ends[1]:]...)
	foreign := append(append(bytes.Clone(data[:ends[0]]), other[ends[0]:ends[1]]...), data[ends[1]:]...)
	for name, bad := range map[string][]byte{"dropped": without, "of another file": foreign} {
		if records, err := reopen(t, t.TempDir(), bad); !errors.Is(err, ErrCorrupt) {
			t.Errorf("a record %s: %d records, %v", name, len(records), err)
		}
	}
}

func TestJournalOfAnotherKey(t *testing.T) {
	dir := t.TempDir()
	written(t, dir, 2)
	_, _, err := Open(dir, bytes.Repeat([]byte{8}, KeySize), rand.Reader, time.Now())
	if !errors.Is(err, ErrKey) {
		t.Fatalf("%v, want ErrKey", err)
	}
}

func TestEraseLeavesNothingReadable(t *testing.T) {
	dir := t.TempDir()
	j, err := Create(dir, testKey, rand.Reader, nil, recordOf(0))
	if err != nil {
		t.Fatal(err)
	}
	// Another name for the same file shows what stays on the disk.
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Link(j.path, link); err != nil {
		t.Skip("no hard links here:", err)
	}
	if err := j.Erase(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(link)
	if err != nil || !allZero(b[:headerSize]) {
		t.Fatalf("the salt is still there: %v", err)
	}
	// A cut between wiping and removing is finished at the next start.
	j2, records, err := Open(dir, testKey, rand.Reader, time.Now())
	if j2 != nil || records != nil || err != nil {
		t.Fatalf("after erase: %v %d %v", j2, len(records), err)
	}
	if err := os.WriteFile(filepath.Join(dir, Name), b, 0o600); err != nil {
		t.Fatal(err)
	}
	if j2, _, err = Open(dir, testKey, rand.Reader, time.Now()); j2 != nil || err != nil {
		t.Fatalf("half erased: %v, %v", j2, err)
	}
	if _, err := os.Stat(filepath.Join(dir, Name)); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("half erased and left lying")
	}
}

// TestReplaceIsAllOrNothing: a journal that never got into place is dropped,
// and one that did leaves nothing readable of the old one.
func TestReplaceIsAllOrNothing(t *testing.T) {
	dir := t.TempDir()
	data, _ := written(t, dir, 2)
	path := filepath.Join(dir, Name)
	if err := os.WriteFile(path+".new", data[:50], 0o600); err != nil {
		t.Fatal(err)
	}
	old, records, err := Open(dir, testKey, rand.Reader, time.Now())
	if err != nil || len(records) != 2 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	if _, err := os.Stat(path + ".new"); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("the half-written journal is still there")
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Link(path, link); err != nil {
		t.Skip("no hard links here:", err)
	}
	j, err := Create(dir, testKey, rand.Reader, old, recordOf(9))
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Append(recordOf(10)); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(link); err != nil || !allZero(b[:headerSize]) {
		t.Fatalf("the old salt is still there: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	_, records, err = Open(dir, testKey, rand.Reader, time.Now())
	if err != nil || len(records) != 2 || !bytes.Equal(records[0], recordOf(9)) {
		t.Fatalf("%d records, %v", len(records), err)
	}
}

func TestFailedAppendChangesNothing(t *testing.T) {
	dir := t.TempDir()
	j, err := Create(dir, testKey, rand.Reader, nil, recordOf(0))
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left on device")
	j.Sync = func(*os.File) error { return full }
	if err := j.Append(recordOf(1)); !errors.Is(err, full) {
		t.Fatalf("%v", err)
	}
	j.Sync = (*os.File).Sync
	if err := j.Append(recordOf(2)); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	_, records, err := Open(dir, testKey, rand.Reader, time.Now())
	if err != nil || len(records) != 2 || !bytes.Equal(records[1], recordOf(2)) {
		t.Fatalf("%d records, %v", len(records), err)
	}
}

func TestLoadKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "journal.key")
	a, err := LoadKey(path)
	if err != nil || len(a) != KeySize || allZero(a) {
		t.Fatalf("%d bytes, %v", len(a), err)
	}
	if b, err := LoadKey(path); err != nil || !bytes.Equal(a, b) {
		t.Fatalf("the second run has another key: %v", err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKey(path); err == nil {
		t.Fatal("a key that others can read was accepted")
	}
}

// FuzzJournal: no file makes the replay panic, and what replays was written by
// someone who has the key.
func FuzzJournal(f *testing.F) {
	data, ends := written(f, f.TempDir(), 3)
	f.Add(data)
	f.Add(data[:ends[1]+5])
	f.Add([]byte(magic))
	f.Add(make([]byte, headerSize))
	known := map[string]bool{}
	for i := range 3 {
		known[string(recordOf(i))] = true
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		records, err := (&File{}).replay(b, testKey)
		if err != nil && records != nil {
			t.Fatal("records beside an error")
		}
		for _, r := range records {
			if !known[string(r)] {
				t.Fatalf("a record that nobody wrote: %q", r)
			}
		}
	})
}

// BenchmarkAppend seals and syncs one print's worth of bytes.
func BenchmarkAppend(b *testing.B) {
	j, err := Create(b.TempDir(), testKey, rand.Reader, nil)
	if err != nil {
		b.Fatal(err)
	}
	record := make([]byte, 100<<10)
	b.SetBytes(int64(len(record)))
	for b.Loop() {
		j.size = int64(headerSize) // stay in one place: the size is not the point
		if err := j.Append(record); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReplay opens a journal of two megabytes.
func BenchmarkReplay(b *testing.B) {
	j, err := Create(b.TempDir(), testKey, rand.Reader, nil)
	if err != nil {
		b.Fatal(err)
	}
	for range 20 {
		if err := j.Append(make([]byte, 100<<10)); err != nil {
			b.Fatal(err)
		}
	}
	data, err := os.ReadFile(j.path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := (&File{}).replay(data, testKey); err != nil {
			b.Fatal(err)
		}
	}
}
