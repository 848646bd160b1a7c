package enrol

import (
	"slices"
	"testing"
	"time"

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
		{"issuance without a card", "citizen-issuance", sectionFamily, testNumber, []Step{StepIdentity, StepCard, StepFamily, StepSign, StepSeal}, []string{sectionEvidence, sectionIdentity, sectionFamily}, ""},
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
			if x.script == "foreigner" { // the control: another traveller
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
