package enrol

import (
	"fmt"
	"testing"

	"github.com/tram-station/tram/biometrics"
)

// TestApproverTakesOver: an approval ends where its supervisor takes the
// enrolment over, and the citizen is not trapped by that.
func TestApproverTakesOver(t *testing.T) {
	b, _ := failedChip(t, 1)
	s := b.open(t)
	toSign(t, s)
	must(t, s, CmdExceptionApprove, ExceptionApproveArgs{ID: "chip", Reason: "seen", Supervisor: "supervisor-1"})
	over := func(who string) Snapshot {
		t.Helper()
		c := cmd(CmdHandOver, nil)
		c.Officer = who
		snap, err := s.Do(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return snap
	}
	if snap := over("officer-2"); !needIs("chip", exceptApproved)(snap) { // the control
		t.Fatalf("another officer: %+v", snap.Exceptions)
	}
	if snap := over("supervisor-1"); needIs("chip", exceptApproved)(snap) {
		t.Errorf("the own enrolment is approved: %+v", snap.Exceptions)
	}
	await(t, s, "the end of the wait", needIs("chip", exceptPending))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = b.open(t)
	if snap := s.Snapshot(); !needIs("chip", exceptPending)(snap) {
		t.Errorf("after a restart: %+v", snap.Exceptions)
	}
	await(t, s, "the finger's too", at(StepSign)) // which the same supervisor had approved
	signs := cmd(CmdSign, nil)
	signs.Officer = "supervisor-1"
	if _, err := s.Do(t.Context(), signs); err != nil {
		t.Error(err)
	}
}

// TestApprovedFingerAndTakenOver: the same for a finger, whose step opens again
// until the wait is over.
func TestApprovedFingerAndTakenOver(t *testing.T) {
	b, _ := onlineBench(t)
	waitOf(t, b, 1)
	s := b.open(t)
	playOnline(t, s, step(t, CmdFingerApprove)+1)
	id := fmt.Sprintf("finger-%d", biometrics.LeftIndex)
	if snap := s.Snapshot(); !needIs(id, exceptApproved)(snap) || snap.Step == StepFingers { // the control
		t.Fatalf("approved: %s %+v", snap.Step, snap.Exceptions)
	}
	c := cmd(CmdHandOver, nil)
	c.Officer = "supervisor-1"
	if snap, err := s.Do(t.Context(), c); err != nil || needIs(id, exceptApproved)(snap) {
		t.Errorf("the own enrolment is approved: %v %+v", err, snap.Exceptions)
	}
	await(t, s, "the end of the wait", func(s Snapshot) bool { return needIs(id, exceptPending)(s) && s.Step != StepFingers })
}
