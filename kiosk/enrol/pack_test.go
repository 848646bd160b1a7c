package enrol

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/journal"
	"github.com/tram-station/tram/kiosk/rules"
)

// TestRulesOfTheBeginning: an enrolment keeps its rules, also where the station
// comes back with others; the next one begins under those.
func TestRulesOfTheBeginning(t *testing.T) {
	b := newBench(t, t.TempDir())
	first := tenFingers(t, rules.Single)
	first.Fingers = rules.Fingers{2, 7}
	b.cfg.Rules = first
	s := b.open(t)
	play(t, s, 0, step(t, CmdFingerPhoto))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	second := tenFingers(t, rules.Single)
	second.Version, second.Fingers, second.FingerReasons = "another", rules.Fingers{2}, second.FingerReasons[:1]
	b.cfg.Rules = second
	s = b.open(t)
	snap := s.Snapshot()
	if x := fingerOf(t, snap, 7).Exception; snap.Rules.Version != first.Version || !x.WantsPhoto || !x.WantsSupervisor || x.Reason.VI == "" {
		t.Fatalf("under %q: %+v", snap.Rules.Version, x)
	}
	play(t, s, step(t, CmdFingerPhoto), len(moves))
	if d := b.outbox.dossiers[0]; d.Kind != first.Kind {
		t.Errorf("kind %q", d.Kind)
	}
	must(t, s, CmdFinish, nil)
	must(t, s, CmdBegin, nil)
	if got := s.Snapshot().Rules.Version; got != second.Version {
		t.Errorf("the next one is under %q", got)
	}
}

// TestJournalOfAnotherVersion: one that this version reads goes on; any other is
// kept, and the officer is told who can finish it.
func TestJournalOfAnotherVersion(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	r := tenFingers(t, rules.Single)
	begun := map[string]any{"kind": CmdBegin, "at": time.Now(), "officer": "officer-1", "id": uuid.New(), "rules": r.Version}
	elsewhere := map[string]any{"kind": CmdBegin, "at": time.Now(), "id": uuid.New(), "rules": "another"}
	for name, x := range map[string]struct {
		records []map[string]any
		goesOn  bool
	}{
		"without its rules": {[]map[string]any{begun}, true},
		"under other rules": {[]map[string]any{elsewhere}, false},
		"an old finger":     {[]map[string]any{begun, {"kind": CmdFingersStart, "at": time.Now(), "finger": 2}}, false},
		"an old print":      {[]map[string]any{begun, {"kind": "print", "at": time.Now(), "print": map[string]any{}}}, false},
	} {
		dir := t.TempDir()
		var records [][]byte
		for _, m := range x.records {
			b, err := c.enc.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			records = append(records, b)
		}
		j, err := journal.Create(dir, journalKey, rand.Reader, nil, records...)
		if err != nil {
			t.Fatal(err)
		}
		_ = j.Close()
		before, _ := os.ReadFile(filepath.Join(dir, journal.Name))
		snap := newBench(t, dir).open(t).Snapshot()
		if x.goesOn {
			if snap.Step != StepNotice || snap.Error != nil {
				t.Errorf("%s: step %s, error %+v", name, snap.Step, snap.Error)
			}
			continue
		}
		kept, _ := filepath.Glob(filepath.Join(dir, "*.aside"))
		if snap.Step != StepIdle || snap.Error == nil || snap.Error.Code != "journal-version" || len(kept) != 1 {
			t.Fatalf("%s: step %s, error %+v, kept %v", name, snap.Step, snap.Error, kept)
		}
		if after, err := os.ReadFile(kept[0]); err != nil || string(after) != string(before) {
			t.Errorf("%s: what was set aside has changed: %v", name, err)
		}
	}
}
