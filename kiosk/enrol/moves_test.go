package enrol

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// move is one command of the officer and what shows that it is through.
type move struct {
	name  string
	args  any
	until func(Snapshot) bool
}

// moves is a whole enrolment.
var moves = []move{
	{CmdBegin, nil, at(StepNotice)},
	{CmdNotice, nil, at(StepCard)},
	{CmdScan, ScanArgs{Text: testQR}, func(s Snapshot) bool { return s.Chip.State == "done" }},
	{CmdConfirmPerson, PersonArgs{Phone: testPhone, Email: "thu@example.vn", Corrections: map[string]string{"residence": "Phường Mới"}}, at(StepRegister)},
	{CmdRegisterCheck, nil, at(StepPortrait)},
	{CmdPortraitStart, nil, compared},
	{CmdPortraitAccept, nil, at(StepFingers)},
	{CmdFingersStart, FingerArgs{Finger: int(biometrics.RightIndex)}, fingerIs(biometrics.RightIndex, "done")},
	{CmdFingerException, FingerArgs{Finger: int(biometrics.LeftIndex), Reason: "injured"}, fingerIs(biometrics.LeftIndex, "exception")},
	{CmdFingerPhoto, FingerArgs{Finger: int(biometrics.LeftIndex)}, photographed},
	{CmdFingerApprove, ApproveArgs{int(biometrics.LeftIndex), "supervisor-1", handMark}, at(StepDocuments)},
	{CmdDocuments, DocumentsArgs{Documents: []Document{{Type: "driving-licence", Number: "010123456789", OriginalSeen: true}, {Type: "tax-code", Number: "0123456787", OriginalSeen: true}}}, at(StepConsent)},
	{CmdConsent, ConsentArgs{Registration: true, Documents: []bool{true, false}}, at(StepSign)},
	{CmdSign, nil, at(StepSeal)},
	{CmdSeal, nil, at(StepDone)},
}

// compared: the portrait waits for the officer, and the camera is given back.
func compared(s Snapshot) bool {
	return s.Portrait.State == portraitTaken && !s.Camera.Wanted && s.Portrait.Match != nil &&
		(s.Portrait.Match.State == "done" || s.Portrait.Match.State == "not-done")
}

// photographed: the picture of the hand is there, and the camera is given back.
func photographed(s Snapshot) bool {
	return s.Prints.Hand.State == handOff && !s.Camera.Wanted &&
		slices.ContainsFunc(s.Fingers, func(v FingerView) bool { return v.Exception != nil && v.Exception.Photo })
}

func at(step Step) func(Snapshot) bool { return func(s Snapshot) bool { return s.Step == step } }

func fingerIs(f biometrics.Finger, state string) func(Snapshot) bool {
	return func(s Snapshot) bool {
		return slices.ContainsFunc(s.Fingers, func(v FingerView) bool { return v.Finger == f && v.State == state })
	}
}

func (m move) command(i int) Command {
	c := Command{ID: fmt.Sprintf("move-%d", i), Name: m.name, Officer: "officer-1"}
	if m.args != nil {
		c.Args, _ = json.Marshal(m.args)
	}
	return c
}

// play does moves from…to-1, waiting for each.
func play(t testing.TB, s *Station, from, to int) Snapshot {
	t.Helper()
	for i, m := range moves[from:to] {
		c := m.command(from + i)
		if m.name == CmdFingerApprove { // whatever this bench's camera saw
			x := fingerOf(t, s.Snapshot(), biometrics.LeftIndex).Exception
			c.Args, _ = json.Marshal(ApproveArgs{int(biometrics.LeftIndex), "supervisor-1", x.Picture})
		}
		if _, err := s.Do(t.Context(), c); err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
		await(t, s, m.name, m.until)
	}
	return s.Snapshot()
}

func await(t testing.TB, s *Station, what string, until func(Snapshot) bool) Snapshot {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	for snap := range s.Watch(ctx) {
		if until(snap) {
			return snap
		}
	}
	snap := s.Snapshot()
	t.Fatalf("%s: still in step %s, chip %s, error %+v", what, snap.Step, snap.Chip.State, snap.Error)
	return snap
}

func step(t testing.TB, name string) int {
	t.Helper()
	i := slices.IndexFunc(moves, func(m move) bool { return m.name == name })
	if i < 0 {
		t.Fatalf("no move %s", name)
	}
	return i
}
