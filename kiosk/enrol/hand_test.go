package enrol

import (
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/rules"
)

// twoHands is a station with exceptions of a finger of each hand, each of which
// wants a picture.
func twoHands(t *testing.T) (*bench, *Station) {
	t.Helper()
	b := newBench(t, t.TempDir())
	s := b.open(t)
	play(t, s, 0, step(t, CmdFingersStart))
	for _, f := range []int{7, 2} {
		must(t, s, CmdFingerException, FingerArgs{Finger: f, Reason: "missing"})
	}
	return b, s
}

// taking waits until the camera is about to take a finger's picture.
func takingHand(t *testing.T, s *Station, f biometrics.Finger) {
	t.Helper()
	await(t, s, "taking", func(s Snapshot) bool { return s.Prints.Hand == HandView{handTaking, f} })
}

func hasPhoto(s Snapshot, f biometrics.Finger) bool {
	for _, v := range s.Fingers {
		if v.Finger == f {
			return v.Exception != nil && v.Exception.Photo
		}
	}
	return false
}

// TestPictureStaysWithItsFinger: another finger's picture is asked for while the
// first is being taken.
func TestPictureStaysWithItsFinger(t *testing.T) {
	b, s := twoHands(t)
	hold := make(chan struct{})
	b.camera.stall(hold)
	must(t, s, CmdFingerPhoto, FingerArgs{Finger: 7})
	takingHand(t, s, 7)
	for range settleFrames - 1 { // the next frame is the picture
		hold <- struct{}{}
	}
	_, before := b.camera.counts()
	must(t, s, CmdFingerPhoto, FingerArgs{Finger: 2})
	b.camera.turn(1)
	b.camera.stall(nil)
	close(hold)
	snap := await(t, s, "a picture", photographed)
	if hasPhoto(snap, 7) || !hasPhoto(snap, 2) {
		t.Errorf("7: %v, 2: %v", hasPhoto(snap, 7), hasPhoto(snap, 2))
	}
	if _, opened := b.camera.counts(); opened != before+1 {
		t.Errorf("the camera was opened %d times more, so the picture is the first finger's", opened-before)
	}
}

// TestUnwantedPictureIsDropped: a picture of a finger that is no longer wanted
// is nobody's.
func TestUnwantedPictureIsDropped(t *testing.T) {
	r, st := tenFingers(t, rules.Single), newState()
	for _, e := range []event{
		{Kind: CmdFingerException, Finger: 7, Reason: "missing"},
		{Kind: CmdFingerException, Finger: 2, Reason: "missing"},
		{Kind: CmdFingerPhoto, Finger: 7},
		{Kind: CmdFingerPhoto, Finger: 2},
		{Kind: evPhoto, Finger: 7, Photo: &handPhoto{JPEG: []byte{1}}},
	} {
		st.apply(&e, r)
	}
	if st.exceptions[7].photo != nil || st.exceptions[2].photo != nil || st.wantPhoto != 2 {
		t.Errorf("%+v, wanted %d", st.exceptions, st.wantPhoto)
	}
}

// TestShownHandIsTaken: the camera that shows the hand takes the picture too.
func TestShownHandIsTaken(t *testing.T) {
	b, s := twoHands(t)
	must(t, s, CmdFingerCamera, CameraArgs{On: true})
	await(t, s, "live", func(s Snapshot) bool { return s.Prints.Hand.State == handLive })
	_, before := b.camera.counts()
	must(t, s, CmdFingerPhoto, FingerArgs{Finger: 2})
	snap := await(t, s, "a picture", photographed)
	if _, opened := b.camera.counts(); opened != before || !hasPhoto(snap, 2) || hasPhoto(snap, 7) {
		t.Errorf("opened again: %v; of 2: %v, of 7: %v", opened != before, hasPhoto(snap, 2), hasPhoto(snap, 7))
	}
}

// TestPictureCalledOff: a wanted picture can be withdrawn, on the page or by
// capturing a finger, and the reader is free again.
func TestPictureCalledOff(t *testing.T) {
	for name, off := range map[string]func(*Station){
		"camera off": func(s *Station) { must(t, s, CmdFingerCamera, CameraArgs{}) },
		"taken back": func(s *Station) { must(t, s, CmdFingersStart, FingerArgs{Finger: 7}) },
	} {
		t.Run(name, func(t *testing.T) {
			b, s := twoHands(t)
			hold := make(chan struct{})
			b.camera.stall(hold)
			must(t, s, CmdFingerPhoto, FingerArgs{Finger: 7})
			takingHand(t, s, 7)
			off(s)
			must(t, s, CmdFingersStart, FingerArgs{Finger: 3})
			await(t, s, "captured meanwhile", fingerIs(3, fingerDone))
			if snap := s.Snapshot(); snap.Prints.Hand.State != handOff || hasPhoto(snap, 7) {
				t.Errorf("hand %+v, a picture: %v", snap.Prints.Hand, hasPhoto(snap, 7))
			}
			_ = s.Close()
			close(hold)
			s = b.open(t) // the withdrawal is journalled
			if snap := s.Snapshot(); snap.Prints.Hand.State != handOff || snap.Camera.Wanted {
				t.Errorf("after a restart: hand %+v", snap.Prints.Hand)
			}
		})
	}
}

// TestNoPictureByItself: after a power cut while the hand was photographed no
// picture is taken until the officer asks again.
func TestNoPictureByItself(t *testing.T) {
	dir := t.TempDir()
	n := step(t, CmdFingerPhoto)
	cmd, lines := startChild(t, dir, n+1, "hand")
	before := ready(t, lines)
	kill(t, cmd)
	b := crashBench(t, dir)
	s := b.open(t)
	if got := s.Snapshot(); got.ID != before.ID || before.ID == "" || got.Prints.Hand.State != handOff || got.Camera.Wanted {
		t.Fatalf("enrolment %q, want %q; hand %+v", got.ID, before.ID, got.Prints.Hand)
	}
	time.Sleep(20 * time.Millisecond) // a camera would be open by now
	if _, opened := b.camera.counts(); opened != 0 {
		t.Fatal("the camera was opened")
	}
	must(t, s, CmdFingerPhoto, FingerArgs{Finger: 7})
	await(t, s, "the picture", photographed)
	play(t, s, n+1, len(moves))
	sameDossiers(t, b.cfg.Outbox.(fileOutbox))
}
