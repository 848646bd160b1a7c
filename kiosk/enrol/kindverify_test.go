package enrol

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/inquiry"
	"github.com/tram-station/tram/reader/verdict"
)

// TestVerifiedCardLeavesNothing: the checks are shown, the act is logged, and
// neither a journal nor a draft nor a dossier is left.
func TestVerifiedCardLeavesNothing(t *testing.T) {
	b := newBench(t, t.TempDir())
	number := numberFor(yearsAgo(3))
	b.chip.report = cardOf(t, number, childName, yearsAgo(3)) // whoever's: nobody is enrolled
	s := b.open(t)
	must(t, s, CmdBegin, BeginArgs{Kind: "verify"})
	must(t, s, CmdNotice, nil)
	must(t, s, CmdScan, ScanArgs{Number: number})
	snap := await(t, s, "verified", at(StepDone))
	if len(snap.Checks) < 4 || value(snap.Person.Fields, fieldName) != childName || snap.Receipt != nil || len(snap.Issues) != 0 {
		t.Fatalf("shown: %d checks, %+v, %+v", len(snap.Checks), snap.Person, snap.Issues)
	}
	if files, _ := os.ReadDir(b.cfg.JournalDir); len(files) != 0 {
		t.Errorf("left on the disk: %v", files)
	}
	if len(b.outbox.drafts) != 0 || len(b.outbox.dossiers) != 0 {
		t.Errorf("%d drafts, %d dossiers", len(b.outbox.drafts), len(b.outbox.dossiers))
	}
	said := strings.Join(b.outbox.said(), "\n")
	if !strings.Contains(said, "officer-1 card-verified access=passed") || strings.Contains(said, childName) || strings.Contains(said, number) {
		t.Errorf("audit: %s", said)
	}
	must(t, s, CmdFinish, nil)
	if snap := s.Snapshot(); snap.Step != StepIdle || len(snap.Person.Fields) != 0 || strings.Contains(strings.Join(b.outbox.said(), "\n"), "cancelled") {
		t.Errorf("after finish: step %s, %+v", snap.Step, b.outbox.said())
	}
	// The control: an enrolment leaves a journal and a draft.
	must(t, s, CmdBegin, nil)
	if files, _ := os.ReadDir(b.cfg.JournalDir); len(files) != 1 || len(b.outbox.drafts) != 1 {
		t.Errorf("the control: %v, %d drafts", files, len(b.outbox.drafts))
	}
}

// TestVerifyIsResumed where the power was cut before the card was read, and asks
// for no room in the queue.
func TestVerifyIsResumed(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	must(t, s, CmdBegin, BeginArgs{Kind: "verify"})
	must(t, s, CmdNotice, nil)
	s = reopened(t, b, s)
	if snap := s.Snapshot(); snap.Step != StepCard || snap.Kind.Code != "verify" || len(b.outbox.drafts) != 0 {
		t.Fatalf("step %s, kind %+v", snap.Step, snap.Kind)
	}
	must(t, s, CmdScan, ScanArgs{Number: testNumber})
	await(t, s, "verified", at(StepDone))
	must(t, s, CmdBegin, BeginArgs{Kind: "verify"}) // the next card, without a finish
	await(t, s, "again", at(StepNotice))
	must(t, s, CmdCancel, nil)
}

// centralOf answers with the day's appointments.
type centralOf struct {
	Central
	list []inquiry.Appointment
	err  error
}

func (c *centralOf) Appointments(context.Context, time.Time) ([]inquiry.Appointment, error) {
	return c.list, c.err
}

// TestAppointments: the list is masked, opens the kind, and the card has to be
// that of who made the appointment.
func TestAppointments(t *testing.T) {
	b := newBench(t, t.TempDir())
	central := &centralOf{list: []inquiry.Appointment{
		{At: time.Now(), Number: testNumber, Name: testName, Kind: "citizen"},
		{At: time.Now(), Number: childNumber, Name: childName, Kind: "verify"},
	}}
	b.cfg.Central = central
	s := b.open(t)
	list, err := s.Appointments(t.Context())
	if err != nil || len(list) != 2 || list[0].ID == list[1].ID || list[0].Number != "••••••••0001" || list[0].Initials != "N.V.T." {
		t.Fatalf("%+v, %v", list, err)
	}
	refusedWith(t, s, cmd(CmdBegin, BeginArgs{Appointment: uuid.NewString()}), "no-appointment")
	must(t, s, CmdBegin, BeginArgs{Appointment: list[1].ID})
	if k := s.Snapshot().Kind.Code; k != "verify" {
		t.Errorf("begun as %q", k)
	}
	must(t, s, CmdCancel, nil)
	for _, own := range []bool{true, false} {
		if _, err := s.Appointments(t.Context()); err != nil { // a restart forgets the list
			t.Fatal(err)
		}
		must(t, s, CmdBegin, BeginArgs{Kind: "citizen", Appointment: list[map[bool]int{true: 0, false: 1}[own]].ID})
		must(t, s, CmdNotice, nil)
		s = reopened(t, b, s)
		must(t, s, CmdScan, ScanArgs{Text: testQR})
		snap := await(t, s, "the chip", func(s Snapshot) bool { return s.Chip.State == "done" })
		if n := len(snap.Issues); own != (n == 0) || !own && snap.Issues[0].Code != appointmentOther {
			t.Errorf("own %v: %+v", own, snap.Issues)
		}
		if !own {
			must(t, s, CmdAcknowledge, AcknowledgeArgs{Code: appointmentOther, Reason: "người thân đến thay lượt"})
		}
		if !s.Snapshot().Person.Ready {
			t.Error("not ready")
		}
		must(t, s, CmdCancel, nil)
	}
	for code, err := range map[string]error{"appointments-offline": inquiry.ErrOffline, "appointments-none": inquiry.ErrUnavailable} {
		central.err = err
		if _, err := s.Appointments(t.Context()); saidBy(err).Code != code {
			t.Errorf("%v, want %s", err, code)
		}
	}
	central.err = nil
	s.cfg.Central = nil
	if _, err := s.Appointments(t.Context()); saidBy(err).Code != "appointments-none" {
		t.Errorf("without a central: %v", err)
	}
}

// TestNothingIsAttachedToAVerifiedCard: there is no journal any more that could
// take it.
func TestNothingIsAttachedToAVerifiedCard(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	must(t, s, CmdBegin, BeginArgs{Kind: "verify"})
	must(t, s, CmdNotice, nil)
	attached(t, s, PageIdentity, 30) // the control: while the card is read
	must(t, s, CmdScan, ScanArgs{Number: testNumber})
	await(t, s, "verified", at(StepDone))
	attachRefused(t, s, PageIdentity, testJPEG(31, 20), 31, 20, "wrong-step")
	must(t, s, CmdFinish, nil)
}

// TestVerifiedCardThatFailed: nobody has to decide on a card that is only looked
// at, however long its checks are shown, and the next citizen is taken as ever.
func TestVerifiedCardThatFailed(t *testing.T) {
	b := newBench(t, t.TempDir())
	pack := kindPack(t)
	pack.Exceptions.WaitS = 1
	b.cfg.Rules = pack
	b.chip.report.Checks[1] = verdict.Check{Name: "sod-hashes", Outcome: verdict.Failed, Reason: words("DG2 khác SOD", "DG2 differs from the SOD")}
	s := b.open(t)
	must(t, s, CmdBegin, BeginArgs{Kind: "verify"})
	must(t, s, CmdNotice, nil)
	must(t, s, CmdScan, ScanArgs{Number: testNumber})
	snap := await(t, s, "verified", at(StepDone))
	if len(snap.Exceptions) != 0 || len(snap.Issues) != 1 {
		t.Errorf("%+v, issues %+v", snap.Exceptions, snap.Issues)
	}
	time.Sleep(1500 * time.Millisecond) // the wait for a supervisor, had there been one
	must(t, s, CmdFingerCamera, CameraArgs{})
	must(t, s, CmdBegin, nil)
	// The control: the same card makes an enrolment wait for somebody.
	must(t, s, CmdNotice, nil)
	must(t, s, CmdScan, ScanArgs{Number: testNumber})
	await(t, s, "the exception", func(s Snapshot) bool { return len(s.Exceptions) == 1 })
	must(t, s, CmdCancel, nil)
}
