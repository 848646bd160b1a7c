package enrol

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/offline/dossier"
)

func TestCameraIsWarmedAtCardDown(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	play(t, s, 0, step(t, CmdScan))
	if _, opened := b.camera.counts(); opened != 0 {
		t.Fatal("the camera runs before there is a card")
	}
	must(t, s, CmdScan, ScanArgs{Text: testQR})
	eventually(t, "the camera is warm", func() bool { open, _ := b.camera.counts(); return open == 1 })
	play(t, s, step(t, CmdConfirmPerson), step(t, CmdFingersStart))
	eventually(t, "the camera is given back", func() bool { open, _ := b.camera.counts(); return open == 0 })
	if _, opened := b.camera.counts(); opened != 1 {
		t.Fatalf("opened %d times", opened)
	}
}

func TestManualPortrait(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.portraiter.never.Store(true)
	s := b.open(t)
	play(t, s, 0, step(t, CmdPortraitStart))
	refusedWith(t, s, cmd(CmdPortraitManual, ReasonArgs{"disability"}), "not-live")
	must(t, s, CmdPortraitStart, nil)
	live := await(t, s, "live", func(s Snapshot) bool { return s.Portrait.State == "live" })
	if live.Portrait.Guidance.VI != "Lại gần hơn" || !live.Portrait.Virtual {
		t.Fatalf("guidance %+v", live.Portrait)
	}
	refusedWith(t, s, cmd(CmdPortraitManual, ReasonArgs{"x"}), "bad-reason")
	refusedWith(t, s, cmd(CmdPortraitManual, ReasonArgs{}), "bad-reason")
	must(t, s, CmdPortraitManual, ReasonArgs{"disability"})
	snap := await(t, s, "portrait", compared)
	if !snap.Portrait.Manual || snap.Portrait.Reason != "disability" || len(snap.Portrait.Failed) != 2 {
		t.Fatalf("portrait %+v", snap.Portrait)
	}
	if _, mediaType, ok := s.Image("portrait"); !ok || mediaType != "image/jpeg" {
		t.Fatal("no picture of the portrait")
	}
}

func TestRetakeGoesBackAndForward(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	play(t, s, 0, step(t, CmdSign))
	must(t, s, CmdPortraitRetake, nil)
	await(t, s, "retaken", compared)
	must(t, s, CmdPortraitAccept, nil)
	snap := await(t, s, "accepted", func(s Snapshot) bool { return s.Step == StepSign && s.Portrait.State == "done" })
	if snap.Portrait.Tries != 2 {
		t.Fatalf("%d tries, want 2", snap.Portrait.Tries)
	}
	play(t, s, step(t, CmdSign), len(moves))
}

func TestCameraComesBack(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.camera.errs = []error{biometrics.ErrNoDevice, biometrics.ErrNoDevice}
	b.portraiter.errs = []error{errors.New("unplugged in the middle")}
	b.cfg.RetryDelay = 20 * time.Millisecond
	s := b.open(t)
	play(t, s, 0, step(t, CmdScan)+1)
	await(t, s, "shown", func(s Snapshot) bool { return s.Error != nil && s.Error.Code == "no-camera" })
	await(t, s, "gone", func(s Snapshot) bool { return s.Error == nil })
	snap := play(t, s, step(t, CmdConfirmPerson), step(t, CmdFingersStart))
	if snap.Error != nil {
		t.Fatalf("still shown: %+v", snap.Error)
	}
}

func TestCameraTroublesAreToldApart(t *testing.T) {
	for code, err := range map[string]error{"no-camera": biometrics.ErrNoDevice, "no-judge": fmt.Errorf("portrait: %w: of a model", face.ErrJudge)} {
		b := newBench(t, t.TempDir())
		b.portraiter.errs = []error{err}
		b.cfg.RetryDelay = 30 * time.Millisecond
		s := b.open(t)
		play(t, s, 0, step(t, CmdPortraitStart))
		must(t, s, CmdPortraitStart, nil)
		await(t, s, code, func(s Snapshot) bool { return s.Error != nil && s.Error.Code == code })
		if snap := await(t, s, "taken", func(s Snapshot) bool { return s.Portrait.State == "taken" }); snap.Error != nil {
			t.Errorf("%s: still shown", code)
		}
	}
}

func TestScannerTroublesAreToldApart(t *testing.T) {
	for code, err := range map[string]error{"no-finger": biometrics.ErrNoFinger, "bad-print": biometrics.ErrBadImage, "no-scanner": biometrics.ErrNoDevice} {
		b := newBench(t, t.TempDir())
		b.scanner.errs = []error{err}
		b.cfg.RetryDelay = 30 * time.Millisecond
		s := b.open(t)
		play(t, s, 0, step(t, CmdFingersStart))
		must(t, s, CmdFingersStart, FingerArgs{Finger: int(biometrics.RightIndex)})
		await(t, s, code, func(s Snapshot) bool { return s.Error != nil && s.Error.Code == code })
		snap := await(t, s, "captured", fingerIs(biometrics.RightIndex, "done"))
		if snap.Error != nil {
			t.Errorf("%s: still shown", code)
		}
		want := 1
		if code == "no-scanner" { // opened anew
			want = 2
		}
		if _, opened := b.scanner.counts(); opened != want {
			t.Errorf("%s: opened %d times, want %d", code, opened, want)
		}
		must(t, s, CmdCancel, nil)
		eventually(t, "the scanner is given back", func() bool { open, _ := b.scanner.counts(); return open == 0 })
		_ = s.Close()
	}
}

func TestPoorPrintsAreTriedAgain(t *testing.T) {
	for poor, want := range map[int]int{0: 1, 1: 2, 9: 3} { // never more than three tries
		b := newBench(t, t.TempDir())
		b.scanner.poor = poor
		s := b.open(t)
		play(t, s, 0, step(t, CmdFingersStart)+1)
		v := s.Snapshot().Fingers[0]
		if v.Tries != want || v.State != "done" || v.Quality == nil || (v.Quality.Score >= s.rules.FingerQuality) != (poor < 3) {
			t.Errorf("%d poor prints: %+v, quality %+v", poor, v, v.Quality)
		}
		_ = s.Close()
	}
}

// TestDiskFullKeepsTheResult: a print that was given is not asked for again
// because the disk was full for a moment.
func TestDiskFullKeepsTheResult(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	play(t, s, 0, step(t, CmdFingersStart))
	var full atomic.Bool
	appends := 0
	s.journal.Sync = func(f *os.File) error {
		if appends++; appends == 2 { // the command goes through, the result does not
			full.Store(true)
		}
		if full.Load() {
			return errors.New("no space left on device")
		}
		return f.Sync()
	}
	must(t, s, CmdFingersStart, FingerArgs{Finger: int(biometrics.RightIndex)})
	await(t, s, "disk", func(s Snapshot) bool { return s.Error != nil && s.Error.Code == "disk" })
	full.Store(false)
	snap := await(t, s, "kept", fingerIs(biometrics.RightIndex, "done"))
	if snap.Error != nil || snap.Fingers[0].Tries != 1 {
		t.Fatalf("error %+v, %d tries", snap.Error, snap.Fingers[0].Tries)
	}
}

func TestDiskFullRefusesCommands(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	play(t, s, 0, 1)
	failing := true
	s.journal.Sync = func(f *os.File) error {
		if failing {
			return errors.New("no space left on device")
		}
		return f.Sync()
	}
	before := s.Snapshot()
	c := moves[1].command(1)
	if _, err := s.Do(t.Context(), c); !errors.Is(err, ErrDisk) {
		t.Fatalf("%v, want ErrDisk", err)
	}
	if got := s.Snapshot(); got.Step != before.Step {
		t.Fatalf("the step changed to %s without a record", got.Step)
	}
	failing = false
	if snap, err := s.Do(t.Context(), c); err != nil || snap.Step != StepCard {
		t.Fatalf("the same command with room again: %s, %v", snap.Step, err)
	}
}

func TestOutboxIsTriedAgain(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.outbox.errs = []error{errors.New("disk"), errors.New("disk")}
	s := b.open(t)
	play(t, s, 0, len(moves))
	if len(b.outbox.dossiers) != 1 {
		t.Fatalf("%d dossiers", len(b.outbox.dossiers))
	}
}

// TestFastGateway: custody is told before the station has noted the hand-over.
func TestFastGateway(t *testing.T) {
	b := newBench(t, t.TempDir())
	fast := &fastOutbox{}
	b.cfg.Outbox = fast
	s := b.open(t)
	fast.tell = s.SetQueueState
	if r := play(t, s, 0, len(moves)).Receipt; r.State != "custody" {
		t.Fatalf("state %q, want custody", r.State)
	}
	must(t, s, CmdNew, nil)
	s.SetQueueState("another", "refused")
	if snap := s.Snapshot(); snap.Step != StepNotice || snap.Receipt != nil {
		t.Fatalf("the next enrolment begins with %+v", snap.Receipt)
	}
}

// fastOutbox has custody before Submit returns.
type fastOutbox struct {
	fakeBooks
	tell func(id, state string)
}

func (o *fastOutbox) Submit(_ context.Context, d *dossier.Dossier) error {
	o.tell(d.ID.String(), "sealed")
	o.tell(d.ID.String(), "custody")
	return nil
}

// TestCutAfterSubmit: the outbox has the dossier, the station has not noted it
// yet. The second hand-over is the same to the byte.
func TestCutAfterSubmit(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, dir)
	cut := &cutOutbox{got: make(chan struct{})}
	b.cfg.Outbox = cut
	s := b.open(t)
	play(t, s, 0, step(t, CmdSeal))
	must(t, s, CmdSeal, nil)
	<-cut.got
	_ = s.Close()
	second := newBench(t, dir)
	s = second.open(t)
	await(t, s, "done", at(StepDone))
	a, _ := json.Marshal(cut.dossier)
	c, _ := json.Marshal(second.outbox.dossiers[0])
	if !bytes.Equal(a, c) {
		t.Fatal("the second hand-over differs from the first")
	}
}

// cutOutbox takes the dossier and never comes back.
type cutOutbox struct {
	fakeBooks
	once    sync.Once
	got     chan struct{}
	dossier *dossier.Dossier
}

func (o *cutOutbox) Submit(ctx context.Context, d *dossier.Dossier) error {
	o.once.Do(func() { o.dossier = d; close(o.got) })
	<-ctx.Done()
	return ctx.Err()
}

// TestCutInTheMiddleOfAReading: what a device was doing begins again by itself.
func TestCutInTheMiddleOfAReading(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, dir)
	b.chip.hold = make(chan struct{})
	s := b.open(t)
	play(t, s, 0, step(t, CmdScan))
	must(t, s, CmdScan, ScanArgs{Text: testQR})
	reading := await(t, s, "reading", func(s Snapshot) bool { return s.Chip.State == "reading" })
	if reading.Chip.Done != 1000 || reading.Chip.Total != 20000 || reading.Step != StepPerson || !reading.Person.Ready {
		t.Fatalf("while reading: step %s, chip %+v", reading.Step, reading.Chip)
	}
	must(t, s, CmdConfirmPerson, PersonArgs{Phone: testPhone})
	_ = s.Close()
	s = newBench(t, dir).open(t)
	snap := await(t, s, "read", func(s Snapshot) bool { return s.Chip.State == "done" })
	if snap.Step != StepRegister || snap.Person.Phone != testPhone {
		t.Fatalf("resumed in %s", snap.Step)
	}
}

func TestClosedStationRefuses(t *testing.T) {
	s := newBench(t, t.TempDir()).open(t)
	ch := s.Watch(t.Context())
	<-ch
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, ok := <-ch; ok {
		t.Fatal("a watcher is left waiting")
	}
	if _, err := s.Do(t.Context(), cmd(CmdBegin, nil)); !errors.Is(err, ErrClosed) {
		t.Fatalf("%v, want ErrClosed", err)
	}
	if _, ok := <-s.Watch(t.Context()); ok {
		t.Fatal("a closed station is watched")
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not in time: %s", what)
}
