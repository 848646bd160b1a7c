package enrol

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/reader/verdict"
)

// TestActsOfAnEnrolment: every act is in the log with its officer, its code is
// in the table, and nothing of the citizen is in it.
func TestActsOfAnEnrolment(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	play(t, s, 0, len(moves))
	said := b.outbox.said()
	for _, want := range []string{
		"officer-1 enrolment-begun", "officer-1 notice-heard", "officer-1 card-scanned qr",
		"station card-read access=passed sod-hashes=passed sod-signature=passed chain=inconclusive",
		"officer-1 person-confirmed residence", "officer-1 register-checked", "station portrait-taken",
		"officer-1 portrait-accepted", "station prints-taken 2", "officer-1 finger-excepted 7 injured", "station hand-photographed 7",
		"supervisor-1 exception-approved 7", "officer-1 documents-listed 2", "officer-1 consent-given",
		"officer-1 reviewed-signed", "officer-1 seal-ordered",
	} {
		if !slices.Contains(said, want) {
			t.Errorf("no %q in %q", want, said)
		}
	}
	for _, a := range b.outbox.acts {
		if _, ok := ActWords(a.What); !ok {
			t.Errorf("act %q is not in the table", a.What)
		}
		if a.Dossier == uuid.Nil {
			t.Errorf("act %q of no dossier", a.What)
		}
		for _, secret := range []string{testNumber, "001090", "Thử", "Nguyễn", testPhone, "Phường", "example.vn", "010123456789"} {
			if strings.Contains(a.Detail+a.Masked+a.Who, secret) {
				t.Errorf("act %q says %q", a.What, secret)
			}
		}
	}
	if last := b.outbox.acts[len(b.outbox.acts)-1]; last.Masked != "••••••••0001" {
		t.Errorf("masked %q", last.Masked)
	}
}

func TestActsHaveWords(t *testing.T) {
	for code, w := range actWords {
		if w.VI == "" || w.EN == "" || code != strings.ToLower(code) {
			t.Errorf("act %q: %+v", code, w)
		}
	}
}

// TestFailedVerificationIsNamed; the control is the enrolment above.
func TestFailedVerificationIsNamed(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.chip.report.Checks[1].Outcome = verdict.Failed
	s := b.open(t)
	play(t, s, 0, step(t, CmdScan)+1)
	if said := b.outbox.said(); !slices.Contains(said, "station verification-failed sod-hashes") {
		t.Errorf("the log: %q", said)
	}
}

// ofLog are the notices about the audit log.
func ofLog(s Snapshot) []Problem {
	return slices.DeleteFunc(slices.Clone(s.Notices), func(p Problem) bool { return p.Code != "unlogged" })
}

// TestDeafLogStopsNothing: the enrolment goes on, the page says what is wrong,
// and no longer once the log works again.
func TestDeafLogStopsNothing(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.outbox.deaf = errors.New("no space left")
	s := b.open(t)
	snap := play(t, s, 0, step(t, CmdConfirmPerson))
	if len(ofLog(snap)) != 1 || snap.Step != StepPerson {
		t.Fatalf("step %s, notices %+v", snap.Step, snap.Notices)
	}
	b.outbox.books.Lock()
	b.outbox.deaf = nil
	b.outbox.books.Unlock()
	if snap = play(t, s, step(t, CmdConfirmPerson), step(t, CmdConfirmPerson)+1); len(ofLog(snap)) != 0 {
		t.Errorf("notices %+v", snap.Notices)
	}
}

// TestDraftAndCancel: an enrolment is noted while it is under way, also after a
// restart, and no longer when it was called off.
func TestDraftAndCancel(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, dir)
	s := b.open(t)
	snap := play(t, s, 0, 2)
	id := uuid.MustParse(snap.ID)
	if b.outbox.drafts[id] != "citizen-level2" {
		t.Fatalf("drafts %v", b.outbox.drafts)
	}
	_ = s.Close()
	b = newBench(t, dir)
	s = b.open(t)
	if b.outbox.drafts[id] == "" || !slices.Contains(b.outbox.said(), "station enrolment-resumed") {
		t.Fatalf("after a restart: drafts %v, log %q", b.outbox.drafts, b.outbox.said())
	}
	must(t, s, CmdCancel, nil)
	if said := b.outbox.said(); len(b.outbox.drafts) != 0 || !strings.HasSuffix(said[len(said)-1], "enrolment-cancelled card") {
		t.Errorf("after the cancel: drafts %v, log %q", b.outbox.drafts, said)
	}
	must(t, s, CmdCancel, nil) // nothing is open: nothing is logged
	if said := b.outbox.said(); strings.Count(strings.Join(said, " "), "cancelled") != 1 {
		t.Errorf("log %q", said)
	}
}

// TestSealedByAnEarlierVersion: the outbox has the enrolment in another form; the
// station is not held up by it. The control is any other refusal, which is tried
// again.
func TestSealedByAnEarlierVersion(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.outbox.errs = []error{errors.New("the disk is full"), offline.ErrOtherContent}
	s := b.open(t)
	if r := play(t, s, 0, len(moves)).Receipt; r == nil || len(b.outbox.dossiers) != 0 || len(b.outbox.errs) != 0 {
		t.Errorf("receipt %+v, %d dossiers, %d refusals left", r, len(b.outbox.dossiers), len(b.outbox.errs))
	}
}

// TestNoRoomNoEnrolment: it is said before the citizen gives anything.
func TestNoRoomNoEnrolment(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.outbox.full = offline.ErrFull
	s := b.open(t)
	refusedWith(t, s, cmd(CmdBegin, nil), "no-room")
	if s.Snapshot().Step != StepIdle {
		t.Fatalf("step %s", s.Snapshot().Step)
	}
	b.outbox.full = errors.New("unknown") // no reason to turn anybody away
	must(t, s, CmdBegin, nil)
}

// TestRulesThatArrive: the present enrolment keeps its own, the page says that
// others wait, and the next begins under them.
func TestRulesThatArrive(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	own := play(t, s, 0, 2).Rules.Version
	raw, _ := json.Marshal(s.pack)
	next, err := rules.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	next.Version = "of the central"
	s.SetRules(next)
	s.SetRules(next) // again: nothing new
	snap := s.Snapshot()
	if snap.Rules.Version != own || len(snap.Notices) != 1 || snap.Notices[0].Code != "rules-wait" {
		t.Fatalf("under %q, notices %+v", snap.Rules.Version, snap.Notices)
	}
	must(t, s, CmdCancel, nil)
	if snap = s.Snapshot(); snap.Rules.Version != next.Version || len(snap.Notices) != 0 {
		t.Errorf("then under %q, notices %+v", snap.Rules.Version, snap.Notices)
	}
	must(t, s, CmdBegin, nil)
	if got := s.Snapshot().Rules.Version; got != next.Version {
		t.Errorf("the next one is under %q", got)
	}
	if n := strings.Count(strings.Join(b.outbox.said(), ";"), "settings rules of the central"); n != 1 {
		t.Errorf("logged %d times", n)
	}
}
