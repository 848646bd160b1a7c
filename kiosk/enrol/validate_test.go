package enrol

import (
	"testing"

	"github.com/tram-station/tram/kiosk/rules"
)

// TestFindingsBeforeTheSignature: what the central would turn down is an issue
// while the citizen is there, without a network, and no reason helps; put right,
// the officer signs.
func TestFindingsBeforeTheSignature(t *testing.T) {
	b := newBench(t, t.TempDir())
	pack, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	pack.Signature = true
	b.cfg.Rules = pack
	s := b.open(t)
	play(t, s, 0, step(t, CmdDocuments))
	must(t, s, CmdDependants, DependantsArgs{[]Dependant{{Relation: "child", Name: "Nguyễn Thị Mẫu"}}}) // no paper shows it
	must(t, s, CmdDocumentsDone, nil)
	if hasIssue(s.Snapshot(), "central:signature-missing") {
		t.Error("it is said before the citizen was asked")
	}
	must(t, s, CmdConsent, ConsentArgs{Registration: true, Documents: []bool{}})
	snap := s.Snapshot()
	if snap.Step != StepSign || !hasIssue(snap, "central:signature-missing") || !hasIssue(snap, "central:dependant:child") || len(snap.Issues) != 2 {
		t.Fatalf("step %s, %+v", snap.Step, snap.Issues)
	}
	for _, i := range snap.Issues {
		if i.Section == "" || i.Words.VI == "" || i.Next.VI == "" || i.Final {
			t.Errorf("%+v", i)
		}
	}
	refusedWith(t, s, cmd(CmdSign, nil), "open-issues")
	refusedWith(t, s, cmd(CmdAcknowledge, AcknowledgeArgs{Code: "central:signature-missing", Reason: "công dân vội"}), "not-excused")
	must(t, s, CmdDependants, DependantsArgs{})
	must(t, s, CmdConsent, ConsentArgs{Registration: true, Documents: []bool{}, Signed: SignedPaper})
	if snap = s.Snapshot(); len(snap.Issues) != 0 {
		t.Fatalf("%+v", snap.Issues)
	}
	play(t, s, step(t, CmdSign), len(moves))
	if len(b.outbox.dossiers) != 1 {
		t.Error("no dossier")
	}
}

// TestPlainEnrolmentHasNoFinding: the embedded pack's own flow is not stopped.
func TestPlainEnrolmentHasNoFinding(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	play(t, s, 0, step(t, CmdSign))
	if issues := s.Snapshot().Issues; len(issues) != 0 {
		t.Fatalf("%+v", issues)
	}
	// The control: with a phone of no form it would be turned down.
	_ = s.Close() // its owner has left
	s.st.person.Phone = "1"
	if _, _, issues := s.judged(); len(issues) != 1 || issues[0].Code != "central:phone-format" {
		t.Errorf("%+v", issues)
	}
}

// TestReceiptSaysTheDay: by the rules' working days, and no more of the citizen.
func TestReceiptSaysTheDay(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	r := play(t, s, 0, len(moves)).Receipt
	pack, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	one, _ := pack.For("")
	want, sure := one.Due(r.Sealed)
	if r.Due != want.Format(isoDate) || r.DueSure != sure || r.Form != "TK01" || r.Due <= r.Sealed.In(hanoi).Format(isoDate) {
		t.Errorf("%+v, want %s", r, want)
	}
	if told := b.outbox.dossiers[0].Promise; told.Day != r.Due || told.Sure != sure || told.Days != pack.WorkingDays || told.Form != "TK01" {
		t.Errorf("the index is told %+v", told)
	}
	_ = s.Close()
	if again := b.open(t).Snapshot().Receipt; again.Due != r.Due || again.Form != r.Form {
		t.Errorf("after a restart %+v", again)
	}
}
