package enrol

import (
	"crypto/rand"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/journal"
	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/queue"
)

// TestKindsAreCorrected: a section of each kind's dossier is taken anew by what
// says who it is there, and by its own step.
func TestKindsAreCorrected(t *testing.T) {
	for _, x := range []struct {
		script, dossier, section, number string
		steps                            []Step
		sections                         []string
		code                             string
	}{
		{"foreigner", "foreigner-level2", sectionIdentity, "L898902C3", []Step{StepIdentity, StepSign, StepSeal}, []string{sectionEvidence, sectionIdentity}, ""},
		{"foreigner", "foreigner-level2", sectionPortrait, "L898902C3", []Step{StepIdentity, StepPortrait, StepSign, StepSeal}, []string{sectionEvidence, sectionPortrait, sectionIdentity}, ""},
		{"child", "child-level2", sectionGuardian, numberFor(yearsAgo(11)), []Step{StepGuardian, StepCard, StepSign, StepSeal}, []string{sectionEvidence, sectionGuardian}, ""},
		{"lock", "lock-request", sectionRequest, testNumber, []Step{StepCard, StepRequest, StepSign, StepSeal}, []string{sectionEvidence, sectionRequest}, ""},
		{"citizen", "citizen-level2", sectionGuardian, testNumber, nil, nil, "fix-elsewhere"},
	} {
		t.Run(x.script+" "+x.section, func(t *testing.T) {
			k := kindScripts[x.script]
			b := k.bench(t, t.TempDir())
			b.outbox.known = map[string]offline.Status{x.number: {ID: corrected, Kind: x.dossier, State: offline.FixNeeded,
				Fix: &queue.Fix{Section: x.section, Reason: "document", Words: "Thiếu trang", Deadline: time.Now().Add(time.Hour)}}}
			s := b.open(t)
			if x.code != "" {
				refusedWith(t, s, cmd(CmdCorrect, correctArgs), x.code)
				return
			}
			must(t, s, CmdCorrect, correctArgs)
			var steps []Step
			for _, v := range s.Snapshot().Steps {
				steps = append(steps, v.Name)
			}
			if !slices.Equal(steps, x.steps) {
				t.Fatalf("takes %v, want %v", steps, x.steps)
			}
			if steps[0] == StepIdentity { // the control: another traveller
				a := foreigner(t)
				a.MRZ = passport(t, func(d *mrz.Data) { d.Number = "X1234567" })
				refusedWith(t, s, cmd(CmdIdentity, a), "other-citizen")
			}
			s = reopened(t, b, s)
			k.carry(t, b, s, StepDone, nil)
			var names []string
			for _, part := range b.outbox.dossiers[0].Sections {
				names = append(names, part.Name)
			}
			if d := b.outbox.dossiers[0]; !slices.Equal(names, x.sections) || d.Kind != KindCorrection || d.Section != x.section || d.Corrects != corrected {
				t.Errorf("%s of %s: %v", d.Kind, d.Section, names)
			}
		})
	}
}

// TestJournalFromBeforeTheKinds: an enrolment that an earlier version began,
// under a pack that knew no kinds, goes on to its receipt.
func TestJournalFromBeforeTheKinds(t *testing.T) {
	pack, err := os.ReadFile("../rules/testdata/vn-level2-2026-09-28.4.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, t.TempDir())
	b.cfg.StationKind = "immigration" // whatever the station has become
	id := uuid.Must(uuid.NewV7())
	var records [][]byte
	for _, m := range []map[string]any{
		{"kind": CmdBegin, "command": "1", "at": time.Now(), "officer": "officer-1", "id": id, "rules": "vn-level2-2026-09-28.4", "pack": pack},
		{"kind": CmdNotice, "command": "2", "at": time.Now(), "officer": "officer-1"},
	} {
		raw, err := c.enc.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, raw)
	}
	j, err := journal.Create(b.cfg.JournalDir, journalKey, rand.Reader, nil, records...)
	if err != nil {
		t.Fatal(err)
	}
	_ = j.Close()
	s := b.open(t)
	if snap := s.Snapshot(); snap.Step != StepCard || snap.ID != id.String() || snap.Kind == nil || snap.Kind.Code != "citizen" {
		t.Fatalf("step %s, kind %+v, error %+v", snap.Step, snap.Kind, snap.Error)
	}
	kindScript{}.carry(t, b, s, StepDone, nil)
	if d := b.outbox.dossiers[0]; d.ID != id || d.Kind != "citizen-level2" || len(d.Sections) != len(plainSections) {
		t.Errorf("%s: %d sections", d.Kind, len(d.Sections))
	}
}
