package enrol

import (
	"slices"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/offline/inquiry"
	"github.com/tram-station/tram/reader/verdict"
)

// TestWorth is the truth table: the gravest item decides.
func TestWorth(t *testing.T) {
	for _, c := range []struct {
		outcomes string
		refused  bool
		want     string
	}{
		{"passed passed", false, worthFull},
		{"passed approved", false, worthFull},
		{"passed not-done", false, worthCentral},
		{"passed inconclusive", false, worthCentral},
		{"passed not-supported", false, worthCentral},
		{"not-done pending", false, worthSupervisor},
		{"not-done failed", false, worthSupervisor},
		{"pending missing", false, worthNotEnough},
		{"missing passed", false, worthNotEnough},
		{"passed passed", true, worthNotEnough},
		{"", false, worthFull},
	} {
		var items []AssuranceItem
		for _, o := range strings.Fields(c.outcomes) {
			items = append(items, AssuranceItem{Outcome: o})
		}
		if got := worthOf(items, c.refused); got != c.want {
			t.Errorf("%q: %s, want %s", c.outcomes, got, c.want)
		}
		if w := worthWords[c.want]; w.VI == "" || w.EN == "" {
			t.Errorf("%s has no words", c.want)
		}
	}
}

// outcomes of the meter, by name.
func outcomes(v *AssuranceView) map[string]string {
	out := map[string]string{}
	for _, i := range v.Items {
		out[i.Name] = i.Outcome
	}
	return out
}

// TestAssuranceIsLive: from the first step it says what is missing, and at the
// end what the dossier is worth.
func TestAssuranceIsLive(t *testing.T) {
	proven := func(b *bench) {
		b.chip.report.Checks = []verdict.Check{{Name: "sod-hashes", Outcome: verdict.Passed}, {Name: "chain", Outcome: verdict.Passed},
			{Name: "chip-authentication", Outcome: verdict.Passed}}
	}
	for name, c := range map[string]struct {
		set   func(*bench, *fakeCentral)
		worth string
		item  string
		is    string
	}{
		"all of it":   {func(b *bench, _ *fakeCentral) { proven(b) }, worthFull, "chip", itemPassed},
		"no trust":    {func(*bench, *fakeCentral) {}, worthCentral, "chip", itemInconclusive},
		"no register": {func(b *bench, c *fakeCentral) { proven(b); c.err = inquiry.ErrOffline }, worthCentral, "register", itemNotDone},
		"chip failed": {func(b *bench, _ *fakeCentral) { proven(b); b.chip.report.Checks[0].Outcome = verdict.Failed }, worthSupervisor, "chip", itemFailed},
	} {
		t.Run(name, func(t *testing.T) {
			b, central := onlineBench(t)
			waitOf(t, b, 60)
			c.set(b, central)
			s := b.open(t)
			must(t, s, CmdBegin, nil)
			v := s.Snapshot().Assurance
			if v.Worth != worthNotEnough || slices.ContainsFunc(v.Items, func(i AssuranceItem) bool { return i.Outcome != itemMissing || i.Missing.VI == "" }) {
				t.Fatalf("at first %+v", v)
			}
			must(t, s, CmdNotice, nil)
			play(t, s, step(t, CmdScan), step(t, CmdRegisterCheck))
			must(t, s, CmdRegisterCheck, nil)
			await(t, s, "the phone", func(snap Snapshot) bool { return snap.Phone.State != phoneAsking && snap.Step != StepRegister })
			if s.Snapshot().Phone.State == phoneReady {
				sendCode(t, s)
				must(t, s, CmdPhoneCode, CodeArgs{rightCode})
				await(t, s, "verified", phoneIs(phoneVerified))
			}
			play(t, s, step(t, CmdPortraitStart), step(t, CmdFingerException))
			must(t, s, CmdFingersStart, FingerArgs{Finger: int(biometrics.LeftIndex)})
			await(t, s, "both fingers", at(StepDocuments))
			play(t, s, step(t, CmdDocuments), step(t, CmdSign))
			for _, i := range s.Snapshot().Issues {
				must(t, s, CmdAcknowledge, AcknowledgeArgs{i.Code, "đã xem và ghi nhận"})
			}
			snap := await(t, s, "all answers", func(snap Snapshot) bool { return snap.Register.State == "done" })
			if v := snap.Assurance; v.Worth != c.worth || outcomes(v)[c.item] != c.is {
				t.Errorf("%s, %v", v.Worth, outcomes(v))
			}
		})
	}
}
