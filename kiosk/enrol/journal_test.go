package enrol

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

	"github.com/google/uuid"

	"github.com/tram-station/tram/biometrics"
)

var testKey = bytes.Repeat([]byte{7}, journalKeyLen)

// written makes a journal of n records and returns its bytes and the offsets
// at which records end.
func written(t testing.TB, dir string, n int) (data []byte, ends []int64) {
	t.Helper()
	j, err := createJournal(dir, testKey, rand.Reader, nil, recordOf(0))
	if err != nil {
		t.Fatal(err)
	}
	ends = append(ends, j.size)
	for i := 1; i < n; i++ {
		if err := j.append(recordOf(i)); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, j.size)
	}
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	data, err = os.ReadFile(filepath.Join(dir, journalName))
	if err != nil {
		t.Fatal(err)
	}
	return data, ends
}

func recordOf(i int) []byte {
	return []byte(strings.Repeat(fmt.Sprintf("Nguyễn Văn Thử %d ", i), 5+i))
}

func reopen(t testing.TB, dir string, data []byte) (records [][]byte, err error) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, journalName), data, 0o600); err != nil {
		t.Fatal(err)
	}
	j, records, err := openJournal(dir, testKey, rand.Reader, time.Now())
	if j != nil {
		defer j.close()
		if err := j.append([]byte("goes on")); err != nil {
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
	fi, _ := os.Stat(filepath.Join(dir, journalName))
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
		if !errors.Is(err, ErrJournalCorrupt) && !errors.Is(err, ErrJournalKey) {
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
		if records, err := reopen(t, t.TempDir(), bad); !errors.Is(err, ErrJournalCorrupt) {
			t.Errorf("a record %s: %d records, %v", name, len(records), err)
		}
	}
}

func TestJournalOfAnotherKey(t *testing.T) {
	dir := t.TempDir()
	written(t, dir, 2)
	_, _, err := openJournal(dir, bytes.Repeat([]byte{8}, journalKeyLen), rand.Reader, time.Now())
	if !errors.Is(err, ErrJournalKey) {
		t.Fatalf("%v, want ErrJournalKey", err)
	}
}

func TestEraseLeavesNothingReadable(t *testing.T) {
	dir := t.TempDir()
	j, err := createJournal(dir, testKey, rand.Reader, nil, recordOf(0))
	if err != nil {
		t.Fatal(err)
	}
	// Another name for the same file shows what stays on the disk.
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Link(j.path, link); err != nil {
		t.Skip("no hard links here:", err)
	}
	if err := j.erase(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(link)
	if err != nil || !allZero(b[:headerSize]) {
		t.Fatalf("the salt is still there: %v", err)
	}
	// A cut between wiping and removing is finished at the next start.
	j2, records, err := openJournal(dir, testKey, rand.Reader, time.Now())
	if j2 != nil || records != nil || err != nil {
		t.Fatalf("after erase: %v %d %v", j2, len(records), err)
	}
	if err := os.WriteFile(filepath.Join(dir, journalName), b, 0o600); err != nil {
		t.Fatal(err)
	}
	if j2, _, err = openJournal(dir, testKey, rand.Reader, time.Now()); j2 != nil || err != nil {
		t.Fatalf("half erased: %v, %v", j2, err)
	}
	if _, err := os.Stat(filepath.Join(dir, journalName)); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("half erased and left lying")
	}
}

// TestReplaceIsAllOrNothing: a journal that never got into place is dropped,
// and one that did leaves nothing readable of the old one.
func TestReplaceIsAllOrNothing(t *testing.T) {
	dir := t.TempDir()
	data, _ := written(t, dir, 2)
	path := filepath.Join(dir, journalName)
	if err := os.WriteFile(path+".new", data[:50], 0o600); err != nil {
		t.Fatal(err)
	}
	old, records, err := openJournal(dir, testKey, rand.Reader, time.Now())
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
	j, err := createJournal(dir, testKey, rand.Reader, old, recordOf(9))
	if err != nil {
		t.Fatal(err)
	}
	if err := j.append(recordOf(10)); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(link); err != nil || !allZero(b[:headerSize]) {
		t.Fatalf("the old salt is still there: %v", err)
	}
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	_, records, err = openJournal(dir, testKey, rand.Reader, time.Now())
	if err != nil || len(records) != 2 || !bytes.Equal(records[0], recordOf(9)) {
		t.Fatalf("%d records, %v", len(records), err)
	}
}

func TestFailedAppendChangesNothing(t *testing.T) {
	dir := t.TempDir()
	j, err := createJournal(dir, testKey, rand.Reader, nil, recordOf(0))
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left on device")
	j.sync = func(*os.File) error { return full }
	if err := j.append(recordOf(1)); !errors.Is(err, full) {
		t.Fatalf("%v", err)
	}
	j.sync = (*os.File).Sync
	if err := j.append(recordOf(2)); err != nil {
		t.Fatal(err)
	}
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	_, records, err := openJournal(dir, testKey, rand.Reader, time.Now())
	if err != nil || len(records) != 2 || !bytes.Equal(records[1], recordOf(2)) {
		t.Fatalf("%d records, %v", len(records), err)
	}
}

func TestLoadKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "journal.key")
	a, err := LoadKey(path)
	if err != nil || len(a) != journalKeyLen || allZero(a) {
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
	f.Add([]byte(journalMagic))
	f.Add(make([]byte, headerSize))
	known := map[string]bool{}
	for i := range 3 {
		known[string(recordOf(i))] = true
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		records, err := (&journal{}).replay(b, testKey)
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

// FuzzEvent: a record that decodes folds and projects without a panic,
// whatever came before it.
func FuzzEvent(f *testing.F) {
	c, err := newCodec()
	if err != nil {
		f.Fatal(err)
	}
	rules, err := DefaultRules()
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range seedEvents(f) {
		b, err := c.enc.Marshal(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := c.event(b)
		if err != nil {
			return
		}
		again, err := c.enc.Marshal(e)
		if err != nil {
			t.Fatalf("decoded, but does not encode: %v", err)
		}
		if _, err := c.event(again); err != nil {
			t.Fatalf("encoded, but does not decode: %v", err)
		}
		s := &Station{cfg: newBench(t, "").cfg, pack: rules, rules: rules, st: newState()}
		s.cfg.Now = time.Now
		s.st.apply(&e, rules)
		s.st.apply(&e, rules)
		s.project()
	})
}

func seedEvents(t testing.TB) []event {
	p := capturedPrint{Finger: 2, PNG: []byte{1}, DPI: 500}
	return []event{
		{Kind: CmdBegin, Command: "1", At: time.Now(), Officer: "officer-1"},
		{Kind: CmdCorrect, Command: "1", At: time.Now(), Corrects: &correction{Dossier: uuid.Nil, Section: sectionPortrait}},
		{Kind: CmdScan, Scan: &scanned{Source: "qr", CAN: "990001", Fields: map[string]string{"name": testName}}},
		{Kind: evChip, Chip: testReport(t), Elapsed: time.Second},
		{Kind: CmdFingersStart, Unit: "13"},
		{Kind: evReader, Reader: &readerTakes{Device: biometrics.Device{Name: "reader"}}},
		{Kind: evTaken, Taking: &taking{Unit: "2", Prints: []capturedPrint{p}}},
		{Kind: evTaken, Taking: &taking{Unit: "13", Problem: slapCount, Records: [][]byte{{1}}}},
		{Kind: evCompared, Compared: &comparedPrints{Serial: 1, Clashes: []clash{{repeated, 2, 7, 99, withFlat}}, Cards: []cardPrint{{2, 3, false}}}},
		{Kind: CmdFingerException, Finger: 5, Reason: "missing", Officer: "officer-1"},
		{Kind: CmdFingerPhoto, Finger: 5},
		{Kind: CmdFingerCamera, Command: "2"},
		{Kind: evPhoto, Finger: 5, Photo: &handPhoto{JPEG: []byte{1}}},
		{Kind: CmdFingerApprove, Finger: 5, Supervisor: "supervisor-1"},
		{Kind: evPortrait, Portrait: &Portrait{JPEG: []byte{1}, Width: 3, Height: 4}},
		{Kind: CmdDocuments, Documents: []Document{{"tax-code", "0123456789", true}}},
		{Kind: CmdConsent, Consent: &ConsentArgs{Registration: true, Documents: []bool{true}}},
		{Kind: evSubmitted, Done: &finished{Receipt: Receipt{ID: "x"}}},
	}
}

// BenchmarkAppend seals and syncs one print's worth of bytes.
func BenchmarkAppend(b *testing.B) {
	j, err := createJournal(b.TempDir(), testKey, rand.Reader, nil)
	if err != nil {
		b.Fatal(err)
	}
	record := make([]byte, 100<<10)
	b.SetBytes(int64(len(record)))
	for b.Loop() {
		j.size = int64(headerSize) // stay in one place: the size is not the point
		if err := j.append(record); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReplay opens a journal of two megabytes.
func BenchmarkReplay(b *testing.B) {
	j, err := createJournal(b.TempDir(), testKey, rand.Reader, nil)
	if err != nil {
		b.Fatal(err)
	}
	for range 20 {
		if err := j.append(make([]byte, 100<<10)); err != nil {
			b.Fatal(err)
		}
	}
	data, err := os.ReadFile(j.path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := (&journal{}).replay(data, testKey); err != nil {
			b.Fatal(err)
		}
	}
}
