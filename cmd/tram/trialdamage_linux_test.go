//go:build realparts

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tram-station/tram/kiosk/journal"
	"github.com/tram-station/tram/reader/chip"
)

// damage is what happened to a file of the station while it was off.
type damage struct {
	name string
	file string // below the station's folder
	do   func(b []byte) []byte
	// found: the damage must be found and named; one of a page that nothing
	// uses may be without effect.
	found bool
	// costs names what may be lost: "" nothing, "enrolment" the unfinished one,
	// "step" its last step.
	costs string
	short bool // is tried in the short form too
}

// flip changes one bit at a share of the file.
func flip(share float64) func([]byte) []byte {
	return func(b []byte) []byte {
		b[int(share*float64(len(b)-1))] ^= 0x10
		return b
	}
}

// zeroed wipes a page.
func zeroed(page int) func([]byte) []byte {
	const size = 4096
	return func(b []byte) []byte {
		at := min(page*size, max(0, len(b)-size))
		clear(b[at:min(at+size, len(b))])
		return b
	}
}

// shortened cuts the file to a share of its length.
func shortened(share float64) func([]byte) []byte {
	return func(b []byte) []byte { return b[:int(share*float64(len(b)))] }
}

// damages lists what is tried: the journal, and the index, which holds the state
// of the queue and the audit log.
func damages() []damage {
	index, log := filepath.Join("queue", "index.db"), filepath.Join("journal", journal.Name)
	return []damage{
		{"control", log, func(b []byte) []byte { return b }, false, "", true},
		{"journal: a bit of the header", log, flip(0), true, "enrolment", false},
		{"journal: a bit in the middle", log, flip(0.5), true, "enrolment", true},
		{"journal: a bit of the last record", log, flip(1), true, "step", true},
		{"journal: cut in the middle", log, shortened(0.5), true, "step", false},
		{"journal: a page of zeros", log, zeroed(1), true, "enrolment", false},
		{"journal: emptied", log, shortened(0), true, "enrolment", false},
		{"index: a bit of the first page", index, flip(0.0001), false, "", false},
		{"index: both first pages of zeros", index, func(b []byte) []byte { return zeroed(1)(zeroed(0)(b)) }, true, "", true},
		{"index: a page of zeros", index, zeroed(3), false, "", false},
		{"index: all pages from the fourth on of zeros", index, func(b []byte) []byte { clear(b[3*4096:]); return b }, true, "", false},
		{"index: cut in the middle", index, shortened(0.5), true, "", true},
		{"index: emptied", index, shortened(0), true, "", false},
	}
}

// TestTrialDamaged damages the files of a station that was cut off in the middle
// of an enrolment, with one dossier delivered and one waiting. It starts, says
// which file was hit, and loses nothing that was acknowledged without a word.
func TestTrialDamaged(t *testing.T) {
	x := newTrial(t)
	card := x.issue(t, chip.ProfileCCCD, chip.FaultNone)
	x.put(t, card)
	delivered := x.officer("").enrol(t, nil)
	x.gateway.kill()
	waiting := x.officer("").run(t, "done", nil).text("id")
	x.must(t, "finish", nil)
	before := x.officer("").run(t, "documents", nil)
	x.daemon.kill()
	x.take(t)
	base := t.TempDir()
	copyTree(t, x.path("station"), filepath.Join(base, "station"))
	found := 0
	tried := 0
	for _, d := range damages() {
		if !d.short && os.Getenv(envSoak) == "" {
			continue
		}
		tried++
		t.Run(d.name, func(t *testing.T) {
			if err := os.RemoveAll(x.path("station")); err != nil {
				t.Fatal(err)
			}
			copyTree(t, filepath.Join(base, "station"), x.path("station"))
			b, err := os.ReadFile(x.path("station", d.file))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(x.path("station", d.file), d.do(b), 0o600); err != nil {
				t.Fatal(err)
			}
			if x.damaged(t, d, before, delivered, waiting) {
				found++
			}
		})
	}
	if found < 2*tried/3 {
		t.Errorf("of %d damages only %d were found", tried, found)
	}
}

// damaged starts the station on what is left of its folder and looks for what is
// gone, and for the words about it.
func (x *trial) damaged(t *testing.T, d damage, before shot, delivered, waiting string) (found bool) {
	t.Helper()
	said := len(x.logged(t))
	x.startDaemon(t)
	x.signIn(t)
	s := x.now(t)
	x.daemon.stop(t)
	log := x.logged(t)[said:]
	var named []string
	for _, line := range strings.Split(log, "\n") {
		if (strings.Contains(line, `"ERROR"`) || strings.Contains(line, `"WARN"`)) &&
			(strings.Contains(line, filepath.Base(d.file)) || strings.Contains(line, "aside")) {
			named = append(named, line)
		}
	}
	doctor := tramProgram(t, "doctor", "--json", "--data", x.path("station"), "--scanner", "virtual", "--camera", filmPath())
	told := strings.Contains(doctor.stdout, ".aside")
	shown := s.text("error", "code") == "journal-aside" || len(s.list("notices")) > 0
	found = len(named) > 0
	t.Logf("log names it %v, doctor %v, page %v: error %s notices %v", found, told, shown, s.text("error", "code"), s.at("notices"))
	if d.found && !found {
		t.Errorf("the damage was not named: %s", log)
	}
	x.accounts(t, d, s, before, delivered, waiting, shown, found)
	if kept, err := filepath.Glob(x.path("station", filepath.Dir(d.file), "*.aside")); err != nil || len(kept) > 0 && !told {
		t.Errorf("the doctor does not tell of %v: %v", kept, err)
	}
	return found
}

// accounts compares what is there with what was acknowledged.
func (x *trial) accounts(t *testing.T, d damage, s, before shot, delivered, waiting string, shown, found bool) {
	t.Helper()
	switch {
	case s.text("id") == before.text("id") && s.step() == before.step():
		if d.name == "control" && (shown || found) {
			t.Errorf("the control complains: %v", s.at("error"))
		}
	case d.costs == "":
		t.Errorf("the enrolment was in step %s, is in %s", before.step(), s.step())
	case !shown:
		t.Errorf("the enrolment went from step %s to %s without a word", before.step(), s.step())
	}
	var states []queued
	q := tramProgram(t, "queue", "ls", "--json", "--data", x.path("station"))
	for line := range strings.Lines(q.stdout) {
		var one queued
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		states = append(states, one)
	}
	for name, id := range map[string]string{"delivered": delivered, "waiting": waiting} {
		there := false
		for _, one := range states {
			there = there || one.ID == id
		}
		if !there && !found {
			t.Errorf("the %s dossier is gone without a word", name)
		}
		if !there && name == "waiting" {
			t.Errorf("the dossier that waits is gone: %s", q.stdout)
		}
	}
	audit := tramProgram(t, "audit", "verify", "--json", "--data", x.path("station"))
	if audit.code != exitGood && !found {
		t.Errorf("the audit log is not whole, and the start said nothing: %s", audit.stdout)
	}
	if d.name == "index: emptied" && (audit.code != exitVerification || !strings.Contains(audit.stdout, `"anew"`)) {
		t.Errorf("the log lost all its acts, and verify exits %d: %s", audit.code, audit.stdout)
	}
	t.Logf("%d dossiers; audit verify exits %d: %s", len(states), audit.code, audit.stdout)
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "cp", "-a", from, to).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
