package enrol

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/journal"
)

func TestDamagedJournalIsShown(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, dir)
	s := b.open(t)
	play(t, s, 0, 3)
	_ = s.Close()
	path := dir + "/" + journal.Name
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s = newBench(t, dir).open(t)
	snap := s.Snapshot()
	if snap.Step != StepIdle || snap.Error == nil || snap.Error.Code != "journal-aside" {
		t.Fatalf("step %s, error %+v", snap.Step, snap.Error)
	}
	must(t, s, CmdBegin, nil)
	if s.Snapshot().Error != nil {
		t.Fatal("the note of the old journal stands over the new enrolment")
	}
}

// TestTornJournalIsShown: a last record that is not whole is dropped, and the
// officer hears of it until the next command. The control is the whole journal.
func TestTornJournalIsShown(t *testing.T) {
	for cut, want := range map[int]int{0: 0, 3: 1} {
		dir := t.TempDir()
		s := newBench(t, dir).open(t)
		play(t, s, 0, 2)
		_ = s.Close()
		path := filepath.Join(dir, journal.Name)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data[:len(data)-cut], 0o600); err != nil {
			t.Fatal(err)
		}
		s = newBench(t, dir).open(t)
		snap := s.Snapshot()
		if len(snap.Notices) != want || want == 1 && (snap.Notices[0].Code != "journal-torn" || snap.Step != StepNotice) {
			t.Fatalf("%d bytes cut: step %s, notices %+v", cut, snap.Step, snap.Notices)
		}
		if want == 1 {
			must(t, s, CmdNotice, nil)
		}
		if len(s.Snapshot().Notices) != 0 {
			t.Error("the note stands after the officer went on")
		}
	}
}

// TestForeignJournalIsSetAside: sealed with the right key, but not by this
// program's events.
func TestForeignJournalIsSetAside(t *testing.T) {
	for name, record := range map[string][]byte{"no event": {0xFF}, "no beginning": notice(t)} {
		dir := t.TempDir()
		j, err := journal.Create(dir, journalKey, rand.Reader, nil, record)
		if err != nil {
			t.Fatal(err)
		}
		_ = j.Close()
		snap := newBench(t, dir).open(t).Snapshot()
		if snap.Step != StepIdle || snap.Error == nil || snap.Error.Code != "journal-version" {
			t.Errorf("%s: step %s, error %+v", name, snap.Step, snap.Error)
		}
		if kept, _ := filepath.Glob(filepath.Join(dir, "*.aside")); len(kept) != 1 {
			t.Errorf("%s: set aside %v", name, kept)
		}
	}
}

func notice(t *testing.T) []byte {
	t.Helper()
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.enc.Marshal(event{Kind: CmdNotice, At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestJournalThatCanNotBeSetAsideStopsTheStart: it must not be overwritten.
func TestJournalThatCanNotBeSetAsideStopsTheStart(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, journal.Name), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(newBench(t, dir).cfg); err == nil {
		t.Fatal("opened over something that is no journal")
	}
}
