package enrol

import (
	"slices"
	"testing"

	"github.com/tram-station/tram/biometrics"
)

// TestHandOver: the enrolment goes on under the new officer in the same step,
// also over a restart; who signs it is the dossier's officer, and all who worked
// at it stand in the evidence and the audit log.
func TestHandOver(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	play(t, s, 0, step(t, CmdPortraitStart))
	before := s.Snapshot()
	refusedWith(t, s, cmd(CmdHandOver, nil), "own-enrolment")
	over := cmd(CmdHandOver, nil)
	over.Officer = ""
	refusedWith(t, s, over, "no-officer")
	over = cmd(CmdHandOver, nil)
	over.Officer = "officer-2"
	after, err := s.Do(t.Context(), over)
	if err != nil || after.Step != before.Step || after.ID != before.ID || after.Officer != "officer-2" ||
		!slices.Equal(after.Officers, []string{"officer-1", "officer-2"}) {
		t.Fatalf("handed over: %v, %s %q %q", err, after.Step, after.Officer, after.Officers)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = b.open(t)
	if again := s.Snapshot(); !again.Resumed || again.Step != before.Step || !slices.Equal(again.Officers, after.Officers) {
		t.Fatalf("after a restart: %s %q", again.Step, again.Officers)
	}
	sign := step(t, CmdSign)
	play(t, s, step(t, CmdPortraitStart), sign)
	signs := cmd(CmdSign, nil)
	signs.Officer = "officer-2"
	if _, err := s.Do(t.Context(), signs); err != nil {
		t.Fatal(err)
	}
	play(t, s, sign+1, len(moves))
	d := b.outbox.dossiers[0]
	if d.Officer != "officer-2" {
		t.Errorf("signed by %q", d.Officer)
	}
	var e evidence
	if err := s.codec.dec.Unmarshal(d.Sections[0].Bytes, &e); err != nil {
		t.Fatal(err)
	}
	if len(e.Handed) != 1 || e.Handed[0].From != "officer-1" || e.Handed[0].To != "officer-2" || e.Handed[0].At.IsZero() {
		t.Errorf("evidence %+v", e.Handed)
	}
	if !slices.ContainsFunc(b.outbox.acts, func(a Act) bool {
		return a.Who == "officer-2" && a.What == actHandedOver && a.Detail == "from officer-1" && a.Dossier == d.ID
	}) {
		t.Errorf("audit log: %+v", b.outbox.acts)
	}
}

// TestOfficerIsCitizen: nobody enrols themself, also not by handing it over; for
// everybody else the same card is no issue.
func TestOfficerIsCitizen(t *testing.T) {
	b := newBench(t, t.TempDir())
	owner := "officer-9"
	b.cfg.OwnCard = func(officer, number string) bool { return officer == owner && number == testNumber }
	s := b.open(t)
	play(t, s, 0, step(t, CmdConfirmPerson))
	own := func(s Snapshot) bool {
		return slices.ContainsFunc(s.Issues, func(i Issue) bool { return i.Code == "officer-is-citizen" && i.Final })
	}
	if own(s.Snapshot()) || !s.Snapshot().Person.Ready {
		t.Fatal("somebody else's card is the officer's") // the control
	}
	take := func(who string) Snapshot {
		t.Helper()
		over := cmd(CmdHandOver, nil)
		over.Officer = who
		snap, err := s.Do(t.Context(), over)
		if err != nil {
			t.Fatal(err)
		}
		return snap
	}
	if snap := take("officer-9"); !own(snap) || snap.Person.Ready {
		t.Errorf("the own card: %+v", snap.Issues)
	}
	refusedWith(t, s, cmd(CmdConfirmPerson, PersonArgs{Phone: testPhone}), "officer-is-citizen")
	refusedWith(t, s, cmd(CmdAcknowledge, AcknowledgeArgs{Code: "officer-is-citizen", Reason: "chính tôi làm hồ sơ"}), "unknown-issue")
	if snap := take("officer-2"); !own(snap) {
		t.Error("handing it over washed it")
	}
}

// TestSupervisorIsCitizen: nor does anybody approve for themself, or what they
// worked at.
func TestSupervisorIsCitizen(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.cfg.OwnCard = func(officer, number string) bool { return officer == "supervisor-9" && number == testNumber }
	s := b.open(t)
	play(t, s, 0, step(t, CmdFingerException))
	left := int(biometrics.LeftIndex)
	must(t, s, CmdFingerException, FingerArgs{Finger: left, Reason: "missing"})
	must(t, s, CmdFingerPhoto, FingerArgs{Finger: left})
	await(t, s, "the picture", photographed)
	refusedWith(t, s, cmd(CmdFingerApprove, ApproveArgs{left, "supervisor-9", handMark}), "supervisor-is-citizen")
	for _, who := range []string{"supervisor-3", "officer-1"} { // supervisor-3 worked at it
		over := cmd(CmdHandOver, nil)
		over.Officer = who
		if _, err := s.Do(t.Context(), over); err != nil {
			t.Fatal(err)
		}
	}
	refusedWith(t, s, cmd(CmdFingerApprove, ApproveArgs{left, "supervisor-3", handMark}), "own-approval")
	must(t, s, CmdFingerApprove, ApproveArgs{left, "supervisor-1", handMark}) // the control
}
