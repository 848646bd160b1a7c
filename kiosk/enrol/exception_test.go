package enrol

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/rules"
)

// TestExceptionIsProven: first the picture, then a second person, who has seen
// this very picture.
func TestExceptionIsProven(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	play(t, s, 0, step(t, CmdFingerException))
	left := int(biometrics.LeftIndex)
	photo, approve := FingerArgs{Finger: left}, ApproveArgs{left, "supervisor-1", handMark}
	refusedWith(t, s, cmd(CmdFingerPhoto, photo), "no-exception")
	refusedWith(t, s, cmd(CmdFingerApprove, approve), "no-exception")
	refusedWith(t, s, cmd(CmdFingerCamera, CameraArgs{On: true}), "no-exception")
	refusedWith(t, s, cmd(CmdFingerException, FingerArgs{Finger: left, Reason: "tired"}), "bad-reason")
	must(t, s, CmdFingerException, FingerArgs{Finger: left, Reason: "missing"})
	x := fingerOf(t, s.Snapshot(), biometrics.LeftIndex).Exception
	if x == nil || !x.WantsPhoto || !x.WantsSupervisor || x.Code != "missing" || x.Reason.VI == "" {
		t.Fatalf("exception %+v", x)
	}
	refusedWith(t, s, cmd(CmdFingerApprove, approve), "photo-first")
	must(t, s, CmdFingerPhoto, photo)
	await(t, s, "the picture", photographed)
	first, _, _ := s.Image("exception-7")
	refusedWith(t, s, cmd(CmdFingerApprove, ApproveArgs{left, "officer-1", handMark}), "own-approval")
	refusedWith(t, s, cmd(CmdFingerApprove, ApproveArgs{left, "", handMark}), "bad-args")
	refusedWith(t, s, cmd(CmdFingerApprove, ApproveArgs{99, "supervisor-1", handMark}), "bad-finger")
	if got := s.Snapshot().Step; got != StepFingers {
		t.Fatalf("unproven, and in step %s", got)
	}
	must(t, s, CmdFingerApprove, approve)
	await(t, s, "the next step", at(StepDocuments))
	// Another picture is not approved; another reason has no picture.
	must(t, s, CmdFingerPhoto, photo)
	snap := await(t, s, "taken again", func(s Snapshot) bool { return s.Step == StepFingers && photographed(s) })
	x = fingerOf(t, snap, biometrics.LeftIndex).Exception
	if again, _, ok := s.Image("exception-7"); !ok || len(first) == 0 || len(again) == 0 || x.Supervisor != "" || !x.WantsSupervisor || x.WantsPhoto {
		t.Fatalf("after another picture: %+v", x)
	}
	must(t, s, CmdFingerException, FingerArgs{Finger: left, Reason: "worn"})
	if x = fingerOf(t, s.Snapshot(), biometrics.LeftIndex).Exception; !x.WantsPhoto || x.Photo {
		t.Fatalf("after another reason: %+v", x)
	}
	// The finger is there after all.
	must(t, s, CmdFingersStart, FingerArgs{Finger: left})
	snap = await(t, s, "captured", at(StepDocuments))
	if v := fingerOf(t, snap, biometrics.LeftIndex); v.Exception != nil || v.State != fingerDone {
		t.Errorf("captured: %+v", v)
	}
}

// TestHandIsShownFirst: the officer sees the hand, takes the picture, takes it
// again, and the camera is given back.
func TestHandIsShownFirst(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	play(t, s, 0, step(t, CmdFingerPhoto))
	for n := range 2 {
		must(t, s, CmdFingerCamera, CameraArgs{On: true})
		await(t, s, "live", func(s Snapshot) bool { return s.Prints.Hand.State == handLive && s.Camera.Wanted })
		if pic, _ := s.Preview(t.Context(), 0); n == 0 && len(pic) == 0 {
			eventually(t, "a preview", func() bool { pic, _ := s.Preview(t.Context(), 0); return len(pic) > 0 })
		}
		must(t, s, CmdFingerPhoto, FingerArgs{Finger: 7})
		await(t, s, "taken", photographed)
	}
	must(t, s, CmdFingerCamera, CameraArgs{On: true})
	await(t, s, "live", func(s Snapshot) bool { return s.Prints.Hand.State == handLive })
	must(t, s, CmdFingerCamera, CameraArgs{})
	await(t, s, "off", func(s Snapshot) bool { return s.Prints.Hand.State == handOff && !s.Camera.Wanted })
	eventually(t, "closed", func() bool { open, _ := b.camera.counts(); return open == 0 })
	play(t, s, step(t, CmdFingerApprove), len(moves))
}

// TestNobodyWatchesTheHand: the page was closed, and did not say so.
func TestNobodyWatchesTheHand(t *testing.T) {
	var ahead atomic.Int64
	b := newBench(t, t.TempDir())
	b.cfg.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	s := b.open(t)
	play(t, s, 0, step(t, CmdFingerPhoto))
	must(t, s, CmdFingerCamera, CameraArgs{On: true})
	await(t, s, "live", func(s Snapshot) bool { return s.Prints.Hand.State == handLive })
	ahead.Store(int64(2 * unwatched))
	await(t, s, "off", func(s Snapshot) bool { return s.Prints.Hand.State == handOff })
	eventually(t, "closed", func() bool { open, _ := b.camera.counts(); return open == 0 })
}

// TestNoCameraForTheHand: it is waited for, and the step goes on by itself.
func TestNoCameraForTheHand(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.cfg.RetryDelay = 20 * time.Millisecond
	s := b.open(t)
	play(t, s, 0, step(t, CmdFingerPhoto))
	b.camera.mu.Lock()
	b.camera.errs = []error{biometrics.ErrNoDevice, biometrics.ErrNoDevice}
	b.camera.mu.Unlock()
	must(t, s, CmdFingerPhoto, FingerArgs{Finger: 7})
	await(t, s, "shown", func(s Snapshot) bool { return s.Error != nil && s.Error.Code == "no-camera" })
	if snap := await(t, s, "taken", photographed); snap.Error != nil {
		t.Errorf("still shown: %+v", snap.Error)
	}
}

// TestHandBeforeTheReader: there is one live picture; a capture that runs waits
// for the hand's, and goes on by itself.
func TestHandBeforeTheReader(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	play(t, s, 0, step(t, CmdFingersStart))
	must(t, s, CmdFingerException, FingerArgs{Finger: 7, Reason: "worn"})
	var once sync.Once
	b.scanner.absent.Store(true)
	must(t, s, CmdFingersStart, FingerArgs{Finger: 2})
	await(t, s, "waits for the finger", func(s Snapshot) bool { return s.Prints.Reader != "" })
	must(t, s, CmdFingerCamera, CameraArgs{On: true})
	await(t, s, "live", func(s Snapshot) bool {
		if s.Prints.Hand.State == handLive {
			once.Do(func() { b.scanner.absent.Store(false) })
		}
		return s.Prints.Hand.State == handLive
	})
	if v := fingerOf(t, s.Snapshot(), 2); v.State != fingerActive || v.Tries != 0 {
		t.Errorf("while the hand is shown: %+v", v)
	}
	must(t, s, CmdFingerPhoto, FingerArgs{Finger: 7})
	await(t, s, "captured afterwards", fingerIs(2, fingerDone))
}

// TestApprovedAsSeen: a supervisor signs for the picture that was looked at, and
// for no other.
func TestApprovedAsSeen(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	play(t, s, 0, step(t, CmdFingerPhoto))
	exceptionOf := func(snap Snapshot) *ExceptionView { return fingerOf(t, snap, 7).Exception }
	if x := exceptionOf(s.Snapshot()); x.Picture != "" || !x.Approved.IsZero() {
		t.Fatalf("before the picture: %+v", x)
	}
	must(t, s, CmdFingerPhoto, FingerArgs{Finger: 7})
	seen := exceptionOf(await(t, s, "the picture", photographed)).Picture
	b.camera.turn(1)
	must(t, s, CmdFingerPhoto, FingerArgs{Finger: 7})
	now := exceptionOf(await(t, s, "another", func(s Snapshot) bool { return photographed(s) && exceptionOf(s).Picture != seen })).Picture
	for _, mark := range []string{seen, "", now + "0"} {
		refusedWith(t, s, cmd(CmdFingerApprove, ApproveArgs{7, "supervisor-1", mark}), "photo-changed")
	}
	must(t, s, CmdFingerApprove, ApproveArgs{7, "supervisor-1", now})
	if x := exceptionOf(s.Snapshot()); x.Supervisor != "supervisor-1" || x.Approved.Before(x.At) || x.Approved.Equal(x.At) {
		t.Errorf("signed: %+v", x)
	}
}

// TestApprovedWithoutPicture: a reason that wants none is approved as it is.
func TestApprovedWithoutPicture(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.cfg.Rules = tenFingers(t, rules.Single)
	b.cfg.Rules.Finger("worn").Photo = false
	s := b.open(t)
	play(t, s, 0, step(t, CmdFingersStart))
	must(t, s, CmdFingerException, FingerArgs{Finger: 7, Reason: "worn"})
	refusedWith(t, s, cmd(CmdFingerApprove, ApproveArgs{7, "supervisor-1", handMark}), "photo-changed")
	must(t, s, CmdFingerApprove, ApproveArgs{7, "supervisor-1", ""})
}

// TestPictureOfPrint: the mark of a kept print changes with it, and good says
// what the rules say.
func TestPictureOfPrint(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.scanner.poor = 3
	s := b.open(t)
	play(t, s, 0, step(t, CmdFingersStart))
	must(t, s, CmdFingersStart, FingerArgs{Finger: 2})
	weak := fingerOf(t, await(t, s, "a weak print", func(s Snapshot) bool {
		return fingerIs(2, fingerDone)(s) && s.Prints.Units[0].State == fingerDone
	}), 2)
	must(t, s, CmdFingersStart, FingerArgs{Finger: 2})
	good := fingerOf(t, await(t, s, "a good print", fingerIs(2, fingerDone)), 2)
	if weak.Good || !good.Good || weak.Picture == "" || good.Picture == "" || weak.Picture == good.Picture {
		t.Errorf("weak %v %q, good %v %q", weak.Good, weak.Picture, good.Good, good.Picture)
	}
	if v := fingerOf(t, s.Snapshot(), 7); v.Good || v.Picture != "" {
		t.Errorf("without a print: %+v", v)
	}
}
