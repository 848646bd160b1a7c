package enrol

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/inquiry"
	"github.com/tram-station/tram/reader/verdict"
)

// waitOf gives the rules another wait for a supervisor, in seconds, and no
// sample.
func waitOf(t testing.TB, b *bench, seconds int) {
	t.Helper()
	pack, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	x := *pack.Exceptions
	x.WaitS, x.SamplePercent = seconds, 0
	pack.Exceptions = &x
	b.cfg.Rules = pack
}

// failedChip is a bench whose card fails a check.
func failedChip(t testing.TB, wait int) (*bench, *fakeCentral) {
	t.Helper()
	b, c := onlineBench(t)
	b.chip.report.Checks[1] = verdict.Check{Name: "sod-hashes", Outcome: verdict.Failed, Reason: words("DG2 khác SOD", "DG2 differs from the SOD")}
	waitOf(t, b, wait)
	return b, c
}

func needIs(id, state string) func(Snapshot) bool {
	return func(s Snapshot) bool {
		return slices.ContainsFunc(s.Exceptions, func(v NeedView) bool { return v.ID == id && v.State == state })
	}
}

// toSign plays up to the signature, with a reason for what failed.
func toSign(t testing.TB, s *Station) {
	t.Helper()
	playOnline(t, s, step(t, CmdSign))
	await(t, s, "the register", registerDone(3))
	for _, i := range s.Snapshot().Issues {
		must(t, s, CmdAcknowledge, AcknowledgeArgs{i.Code, "đã xem và ghi nhận"})
	}
}

func approving(e inquiry.Exception) inquiry.Approval {
	return inquiry.Approval{ID: e.ID, State: inquiry.Approved, Dossier: e.Dossier, Code: e.Code, Reason: "proof", Supervisor: "central-7", At: time.Now(), Signed: []byte("signed")}
}

func refusing(e inquiry.Exception) inquiry.Approval {
	a := approving(e)
	a.State, a.Reason, a.Words = inquiry.Refused, "retry", "Chụp lại"
	return a
}

// flaggedEvidence reads the exceptions and flags out of a dossier.
func flaggedEvidence(t testing.TB, b *bench) (e evidence) {
	t.Helper()
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	all := append(slices.Clone(b.outbox.dossiers), b.outbox.held...)
	if err := c.dec.Unmarshal(sectionOf(t, all[len(all)-1], sectionEvidence), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestExceptionElsewhere: a supervisor at the central decides, and the signed
// decision goes into the dossier. No name and no whole number is said there.
func TestExceptionElsewhere(t *testing.T) {
	b, c := failedChip(t, 60)
	s := b.open(t)
	toSign(t, s)
	v := s.Snapshot().Exceptions
	if i := slices.IndexFunc(v, func(v NeedView) bool { return v.ID == chipException }); i < 0 || v[i].State != exceptOpen || v[i].SecondsLeft < 1 || v[i].SecondsLeft > 60 || v[i].Code != rules.ExceptChip {
		t.Fatalf("%+v", v)
	}
	refusedWith(t, s, cmd(CmdSign, nil), "exception-waits")
	refusedWith(t, s, cmd(CmdExceptionAsk, ExceptionArgs{"chip", "because"}), "bad-reason")
	refusedWith(t, s, cmd(CmdExceptionAsk, ExceptionArgs{"face", "seen"}), "no-such-exception")
	must(t, s, CmdExceptionAsk, ExceptionArgs{"chip", "proof"})
	refusedWith(t, s, cmd(CmdExceptionAsk, ExceptionArgs{"chip", "proof"}), "exception-asked")
	await(t, s, "asked", needIs("chip", exceptAsked))
	refusedWith(t, s, cmd(CmdSign, nil), "exception-waits")
	c.change(func(c *fakeCentral) { c.approval = approving })
	await(t, s, "approved", needIs("chip", exceptApproved))
	e := c.asked[0]
	if said := fmt.Sprintf("%+v", struct{ inquiry.Exception }{e}); e.Dossier.String() != s.Snapshot().ID || e.Code != rules.ExceptChip || e.Reason != "proof" || e.Officer != "officer-1" || !inquiry.Masked(e.Masked) || said == "" {
		t.Errorf("asked %+v", e)
	}
	play(t, s, step(t, CmdSign), len(moves))
	got := flaggedEvidence(t, b)
	i := slices.IndexFunc(got.Excepts, func(x evidenceException) bool { return x.ID == "chip" })
	if x := got.Excepts[i]; x.State != exceptApproved || !x.Decided.Remote || string(x.Decided.Signed) != "signed" || x.Decided.By != "central-7" || !slices.Contains(got.Flags, rules.ExceptChip) || slices.Contains(got.Flags, rules.ReviewPending) {
		t.Errorf("evidence %+v %v", x, got.Flags)
	}
	if len(b.outbox.held) != 0 {
		t.Error("held although it was decided")
	}
}

// TestExceptionHere: the supervisor at the station, who is a second person.
func TestExceptionHere(t *testing.T) {
	b, _ := failedChip(t, 60)
	s := b.open(t)
	toSign(t, s)
	for _, c := range []struct {
		args ExceptionApproveArgs
		code string
	}{
		{ExceptionApproveArgs{ID: "chip", Reason: "seen"}, "bad-args"},
		{ExceptionApproveArgs{ID: "chip", Reason: "seen", Supervisor: "officer-1"}, "own-approval"},
		{ExceptionApproveArgs{ID: "chip", Reason: "tired", Supervisor: "supervisor-1"}, "bad-reason"},
		{ExceptionApproveArgs{ID: "chip", Reason: "seen", Supervisor: "supervisor-1", Picture: "x"}, "photo-changed"},
		{ExceptionApproveArgs{ID: "none", Reason: "seen", Supervisor: "supervisor-1"}, "no-such-exception"},
	} {
		refusedWith(t, s, cmd(CmdExceptionApprove, c.args), c.code)
	}
	must(t, s, CmdExceptionApprove, ExceptionApproveArgs{ID: "chip", Reason: "seen", Supervisor: "supervisor-1"})
	refusedWith(t, s, cmd(CmdExceptionApprove, ExceptionApproveArgs{ID: "chip", Reason: "seen", Supervisor: "supervisor-2"}), "exception-settled")
	play(t, s, step(t, CmdSign), len(moves))
	if x := flaggedEvidence(t, b).Excepts[0]; x.ID != "chip" || x.Decided == nil || x.Decided.By != "supervisor-1" || x.Decided.Remote || x.Decided.Reason != "seen" {
		t.Errorf("evidence %+v", x)
	}
	if !slices.Contains(b.outbox.said(), "supervisor-1 exception-approved chip seen") {
		t.Errorf("acts %v", b.outbox.said())
	}
}

// TestExceptionPending: without a decision the enrolment goes on, after the wait
// or at once where nobody can be asked; the dossier is held where the
// supervisor's key is there, and says so where it is not.
func TestExceptionPending(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*bench, *fakeCentral)
		ask  bool
		why  string
		held bool
	}{
		"nobody decides":  {func(*bench, *fakeCentral) {}, true, nobodyDecided, false},
		"nobody is asked": {func(*bench, *fakeCentral) {}, false, nobodyDecided, false},
		"offline":         {func(_ *bench, c *fakeCentral) { c.askErr = inquiry.ErrOffline }, true, noLine, false},
		"no desk":         {func(_ *bench, c *fakeCentral) { c.askErr = inquiry.ErrUnavailable }, true, noService, false},
		"held":            {func(b *bench, _ *fakeCentral) { b.cfg.Supervisor = testReviewer }, false, nobodyDecided, true},
		"forgotten, at last": {func(_ *bench, c *fakeCentral) {
			c.approval = func(e inquiry.Exception) inquiry.Approval { a := approving(e); a.Dossier = uuid.New(); return a }
		}, true, nobodyDecided, false},
	} {
		t.Run(name, func(t *testing.T) {
			wait := 1
			if c.why != nobodyDecided {
				wait = 60 // the control: it does not last that long
			}
			b, central := failedChip(t, wait)
			c.set(b, central)
			s := b.open(t)
			toSign(t, s)
			if c.ask {
				_, _ = s.Do(t.Context(), cmd(CmdExceptionAsk, ExceptionArgs{"chip", "seen"}))
			}
			snap := await(t, s, "pending", needIs("chip", exceptPending))
			v := snap.Exceptions[slices.IndexFunc(snap.Exceptions, func(v NeedView) bool { return v.ID == "chip" })]
			if v.Why != c.why || v.SecondsLeft != 0 {
				t.Errorf("%+v", v)
			}
			snap = play(t, s, step(t, CmdSign), len(moves))
			if held := len(b.outbox.held) == 1; held != c.held || slices.Contains(snap.Receipt.Review, rules.ReviewPending) != c.held {
				t.Errorf("held %v, receipt %+v", held, snap.Receipt)
			}
			if !slices.Contains(snap.Receipt.Flags, rules.ReviewPending) || snap.Receipt.Words.VI != "Chờ duyệt ngoại lệ" {
				t.Errorf("receipt %+v", snap.Receipt)
			}
			if got := flaggedEvidence(t, b); !slices.Contains(got.Flags, rules.ReviewPending) || got.Excepts[0].State != exceptPending || got.Excepts[0].Why != c.why {
				t.Errorf("evidence %v %+v", got.Flags, got.Excepts)
			}
		})
	}
}

// TestPendingIsStillDecided: the supervisor's word is taken until the officer
// signs.
func TestPendingIsStillDecided(t *testing.T) {
	b, c := failedChip(t, 1)
	s := b.open(t)
	toSign(t, s)
	_, _ = s.Do(t.Context(), cmd(CmdExceptionAsk, ExceptionArgs{"chip", "seen"}))
	await(t, s, "pending", needIs("chip", exceptPending))
	c.change(func(c *fakeCentral) { c.approval = approving })
	await(t, s, "approved late", needIs("chip", exceptApproved))
}

// TestRefusedIsNoDeadEnd: it is captured again, or a supervisor here decides.
func TestRefusedIsNoDeadEnd(t *testing.T) {
	b, c := failedChip(t, 60)
	c.approval = refusing
	s := b.open(t)
	toSign(t, s)
	must(t, s, CmdExceptionAsk, ExceptionArgs{"chip", "seen"})
	snap := await(t, s, "refused", needIs("chip", exceptRefused))
	if v := snap.Exceptions[0]; v.Why != "retry" || v.Next.VI == "" || v.By != "central-7" {
		t.Errorf("%+v", v)
	}
	refusedWith(t, s, cmd(CmdSign, nil), "exception-refused")
	refusedWith(t, s, cmd(CmdExceptionAsk, ExceptionArgs{"chip", "seen"}), "exception-refused")
	must(t, s, CmdExceptionApprove, ExceptionApproveArgs{ID: "chip", Reason: "seen", Supervisor: "supervisor-1"})
	must(t, s, CmdSign, nil)
}

// TestFingerGoesOnWithoutASupervisor: after the wait the step is done; another
// picture is another exception.
func TestFingerGoesOnWithoutASupervisor(t *testing.T) {
	b, _ := onlineBench(t)
	waitOf(t, b, 1)
	s := b.open(t)
	playOnline(t, s, step(t, CmdFingerPhoto)+1)
	if got := s.Snapshot().Step; got != StepFingers {
		t.Fatalf("at once in %s", got) // the control
	}
	id := fmt.Sprintf("finger-%d", biometrics.LeftIndex)
	await(t, s, "going on", at(StepDocuments))
	if !needIs(id, exceptPending)(s.Snapshot()) {
		t.Fatalf("%+v", s.Snapshot().Exceptions)
	}
	b.camera.turn(3)
	must(t, s, CmdFingerPhoto, FingerArgs{Finger: int(biometrics.LeftIndex)})
	await(t, s, "another picture", func(snap Snapshot) bool { return photographed(snap) && needIs(id, exceptOpen)(snap) })
	if got := s.Snapshot().Step; got != StepFingers {
		t.Errorf("nobody has seen the new picture, and in %s", got)
	}
	x := fingerOf(t, s.Snapshot(), biometrics.LeftIndex).Exception
	must(t, s, CmdExceptionApprove, ExceptionApproveArgs{ID: id, Reason: "seen", Supervisor: "supervisor-1", Picture: x.Picture})
	await(t, s, "approved", at(StepDocuments))
	if x := fingerOf(t, s.Snapshot(), biometrics.LeftIndex).Exception; x.Supervisor != "supervisor-1" || x.WantsSupervisor {
		t.Errorf("%+v", x)
	}
}

// TestRegisterException: data that do not fit need a supervisor, and other data
// another one.
func TestRegisterException(t *testing.T) {
	b, c := onlineBench(t)
	waitOf(t, b, 60)
	c.answers[inquiry.Data] = inquiry.Answer{Outcome: inquiry.Fail, Fields: []inquiry.Field{{Name: "name", Outcome: inquiry.Fail}}}
	s := b.open(t)
	toSign(t, s)
	must(t, s, CmdExceptionApprove, ExceptionApproveArgs{ID: "register", Reason: "proof", Supervisor: "supervisor-1"})
	must(t, s, CmdConfirmPerson, PersonArgs{Phone: testPhone, Corrections: map[string]string{"residence": "Phường Khác"}})
	await(t, s, "other data", needIs("register", exceptOpen))
}

// TestInconclusiveIsNoException: for want of a trust list there is one notice on
// the station, no exception and no issue. The control is a check that failed.
func TestInconclusiveIsNoException(t *testing.T) {
	b, _ := onlineBench(t)
	s := b.open(t)
	snap := play(t, s, 0, step(t, CmdConfirmPerson))
	if o := checkNamed(t, snap, "chain").Outcome; o != verdict.Inconclusive || len(snap.Issues) != 0 || len(snap.Exceptions) != 0 {
		t.Fatalf("chain %s, issues %+v, exceptions %+v", o, snap.Issues, snap.Exceptions)
	}
	trust := func(snap Snapshot) (n int) {
		for _, p := range snap.Notices {
			if p.Code == "no-trust" {
				n++
			}
		}
		return n
	}
	if trust(snap) != 1 {
		t.Errorf("notices %+v", snap.Notices)
	}
	must(t, s, CmdCancel, nil)
	if trust(s.Snapshot()) != 1 {
		t.Errorf("between two enrolments: %+v", s.Snapshot().Notices)
	}
	b, _ = failedChip(t, 60)
	b.chip.report.Checks = b.chip.report.Checks[:3]
	snap = play(t, b.open(t), 0, step(t, CmdConfirmPerson))
	if trust(snap) != 0 || len(snap.Issues) != 1 || len(snap.Exceptions) != 1 {
		t.Errorf("the control: %+v %+v %+v", snap.Notices, snap.Issues, snap.Exceptions)
	}
}

// TestWaitSurvivesRestartAndClock: the wait is journalled by what began it; a
// restart makes it at most the whole wait again, and a clock that jumps in the
// run changes nothing.
func TestWaitSurvivesRestartAndClock(t *testing.T) {
	for name, jump := range map[string]time.Duration{"none": 0, "years back": -20 * 365 * 24 * time.Hour, "an hour on": time.Hour} {
		t.Run(name, func(t *testing.T) {
			b, _ := failedChip(t, 3)
			var off atomic.Int64
			b.cfg.Now = func() time.Time { return time.Now().Add(time.Duration(off.Load())).Round(0) }
			s := b.open(t)
			play(t, s, 0, step(t, CmdConfirmPerson))
			begun := time.Now()
			off.Store(int64(jump))
			s.send(t.Context(), func() { s.drive(); s.publish() })
			s.send(t.Context(), func() {})
			if v := s.Snapshot().Exceptions; len(v) != 1 || v[0].State != exceptOpen || v[0].SecondsLeft < 1 || v[0].SecondsLeft > 3 {
				t.Fatalf("after the jump: %+v", v)
			}
			if jump < 0 { // and a restart on top of it
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				s, begun = b.open(t), time.Now()
				if v := s.Snapshot().Exceptions; len(v) != 1 || v[0].SecondsLeft > 3 {
					t.Fatalf("after the restart: %+v", v)
				}
			}
			await(t, s, "pending", needIs("chip", exceptPending))
			if gone := time.Since(begun); gone < 2*time.Second || gone > 20*time.Second {
				t.Errorf("after %s", gone)
			}
		})
	}
}

// TestExceptionsAtOnce: of a hundred approvals one counts.
func TestExceptionsAtOnce(t *testing.T) {
	b, c := failedChip(t, 60)
	s := b.open(t)
	toSign(t, s)
	var wg sync.WaitGroup
	var approved, asked atomic.Int32
	for i := range 100 {
		wg.Go(func() {
			name, args := CmdExceptionApprove, any(ExceptionApproveArgs{ID: "chip", Reason: "seen", Supervisor: fmt.Sprintf("supervisor-%d", i)})
			if i%2 == 0 {
				name, args = CmdExceptionAsk, ExceptionArgs{ID: "chip"}
			}
			raw, _ := json.Marshal(args)
			if _, err := s.Do(t.Context(), Command{ID: fmt.Sprintf("race-%d", i), Name: name, Args: raw, Officer: "officer-1"}); err == nil && i%2 == 0 {
				asked.Add(1)
			} else if err == nil {
				approved.Add(1)
			}
		})
	}
	wg.Wait()
	if approved.Load() != 1 || asked.Load() > 1 || len(c.asked) > 1 {
		t.Errorf("%d approvals, %d questions, %d asked", approved.Load(), asked.Load(), len(c.asked))
	}
	must(t, s, CmdSign, nil)
}

// TestSample is drawn once, at the signature, by the rules' share.
func TestSample(t *testing.T) {
	for percent, want := range map[int]bool{0: false, 100: true} {
		b := newBench(t, t.TempDir())
		waitOf(t, b, 60)
		b.cfg.Rules.Exceptions.SamplePercent = percent
		s := b.open(t)
		snap := play(t, s, 0, len(moves))
		if got := slices.Contains(snap.Receipt.Flags, rules.ReviewSample); got != want || len(b.outbox.held) != 0 {
			t.Errorf("%d %%: %+v", percent, snap.Receipt)
		}
		if got := slices.Contains(flaggedEvidence(t, b).Flags, rules.ReviewSample); got != want {
			t.Errorf("%d %%: evidence says %v", percent, got)
		}
		// Held only where the rules hold samples.
		b = newBench(t, t.TempDir())
		waitOf(t, b, 60)
		b.cfg.Supervisor, b.cfg.Rules.Exceptions.SamplePercent = testReviewer, percent
		station := *b.cfg.Rules.Station
		station.Review = []string{rules.ReviewSample}
		b.cfg.Rules.Station = &station
		play(t, b.open(t), 0, len(moves))
		if held := len(b.outbox.held) == 1; held != want {
			t.Errorf("%d %%: held %v", percent, held)
		}
	}
}

// testReviewer is the supervisor to whom dossiers are held.
var testReviewer = func() *envelope.Recipient {
	id, err := envelope.GenerateIdentity()
	if err != nil {
		panic(err)
	}
	return id.Recipient()
}()
