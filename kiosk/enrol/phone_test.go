package enrol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/journal"
	"github.com/tram-station/tram/offline/inquiry"
	"github.com/tram-station/tram/reader/verdict"
)

func phoneIs(state string) func(Snapshot) bool {
	return func(s Snapshot) bool { return s.Phone.State == state && !s.Phone.Busy }
}

// toPhone plays up to the phone's step, ready to send a message.
func toPhone(t testing.TB, s *Station) {
	t.Helper()
	i := step(t, CmdRegisterCheck)
	play(t, s, 0, i)
	if _, err := s.Do(t.Context(), moves[i].command(i)); err != nil {
		t.Fatal(err)
	}
	await(t, s, "ready", func(snap Snapshot) bool { return snap.Step == StepPhone && snap.Phone.State == phoneReady })
}

// sendCode sends a message and waits for it.
func sendCode(t testing.TB, s *Station) {
	t.Helper()
	must(t, s, CmdPhoneSend, nil)
	await(t, s, "a message", phoneIs(phoneSent))
}

func TestPhoneIsVerified(t *testing.T) {
	b, c := onlineBench(t)
	s := b.open(t)
	toPhone(t, s)
	refusedWith(t, s, cmd(CmdPhoneCode, CodeArgs{rightCode}), "no-code")
	sendCode(t, s)
	snap := s.Snapshot()
	if len(c.sentTo) != 1 || c.sentTo[0] != testPhone || snap.Phone.Expires.IsZero() || snap.Phone.ResendAt.IsZero() || snap.Step != StepPhone {
		t.Fatalf("sent to %v, %+v", c.sentTo, snap.Phone)
	}
	refusedWith(t, s, cmd(CmdPhoneSend, nil), "code-wait")
	for _, bad := range []OTP{"12345", "1234567", "12a456", "", "１２３４５６"} {
		refusedWith(t, s, cmd(CmdPhoneCode, CodeArgs{bad}), "bad-code")
	}
	must(t, s, CmdPhoneCode, CodeArgs{"000000"})
	snap = await(t, s, "a wrong code", func(snap Snapshot) bool { return snap.Phone.Tries == 1 && !snap.Phone.Busy })
	if snap.Phone.State != phoneSent || snap.Phone.Words != phoneWrong || snap.Step != StepPhone {
		t.Fatalf("%+v", snap.Phone)
	}
	must(t, s, CmdPhoneCode, CodeArgs{" 428 571 "})
	snap = await(t, s, "verified", phoneIs(phoneVerified))
	if snap.Step != StepPortrait || checkNamed(t, snap, checkOTP).Outcome != verdict.Passed {
		t.Fatalf("step %s", snap.Step)
	}
	refusedWith(t, s, cmd(CmdPhoneSend, nil), "phone-verified")
	refusedWith(t, s, cmd(CmdPhoneSkip, ReasonArgs{"phone-absent"}), "phone-verified")
	play(t, s, step(t, CmdPortraitStart), len(moves))
	person := sectionJSON(t, b.outbox.dossiers[0], sectionPerson)
	if check := person["phone_check"].(map[string]any); person["phone_otp"] != "passed" || check["unique"] != "passed" || check["at"] == nil || check["tries"] != 2.0 {
		t.Errorf("person section %v", person)
	}
}

// TestPhoneChanged: what was verified is one number, of one citizen.
func TestPhoneChanged(t *testing.T) {
	b, c := onlineBench(t)
	s := b.open(t)
	toPhone(t, s)
	sendCode(t, s)
	must(t, s, CmdPhoneCode, CodeArgs{rightCode})
	await(t, s, "verified", phoneIs(phoneVerified))
	must(t, s, CmdConfirmPerson, PersonArgs{Phone: testPhone, Email: "thu@example.vn"}) // the control: the same number
	if got := s.Snapshot().Phone.State; got != phoneVerified {
		t.Fatalf("the same number is %s", got)
	}
	must(t, s, CmdConfirmPerson, PersonArgs{Phone: "0987654321"})
	snap := await(t, s, "ready anew", phoneIs(phoneReady))
	if snap.Step != StepPhone || len(c.phones) != 2 || c.phones[1].Phone != "0987654321" {
		t.Fatalf("in step %s, asked %v", snap.Step, c.phones)
	}
	refusedWith(t, s, cmd(CmdPhoneCode, CodeArgs{rightCode}), "no-code")
}

func TestPhoneTaken(t *testing.T) {
	b, c := onlineBench(t)
	c.phone = inquiry.Fail
	s := b.open(t)
	play(t, s, 0, step(t, CmdRegisterCheck))
	must(t, s, CmdRegisterCheck, nil)
	snap := await(t, s, "taken", phoneIs(phoneTaken))
	if snap.Step != StepPhone || checkNamed(t, snap, checkUnique).Outcome != verdict.Failed {
		t.Fatalf("step %s", snap.Step)
	}
	refusedWith(t, s, cmd(CmdPhoneSend, nil), "phone-taken")
	refusedWith(t, s, cmd(CmdPhoneSkip, ReasonArgs{"because"}), "bad-reason")
	must(t, s, CmdPhoneSkip, ReasonArgs{"declined"})
	snap = s.Snapshot()
	if snap.Step != StepPortrait || !slices.ContainsFunc(snap.Issues, func(i Issue) bool { return i.Code == "check:phone-unique" && !i.Acknowledged }) {
		t.Fatalf("step %s, issues %+v", snap.Step, snap.Issues)
	}
}

// TestPhoneOffline: without a central, a line, a messenger or an answer the
// plain flow goes on; the number can still be verified when they are there.
func TestPhoneOffline(t *testing.T) {
	for name, c := range map[string]struct {
		set   func(*fakeCentral)
		why   string
		mends bool
	}{
		"offline":      {func(c *fakeCentral) { c.err = inquiry.ErrOffline }, noLine, true},
		"unavailable":  {func(c *fakeCentral) { c.err = inquiry.ErrUnavailable }, noService, true},
		"no messenger": {func(c *fakeCentral) { c.messages = inquiry.None }, noService, true},
		"slow":         {func(c *fakeCentral) { c.hold = make(chan struct{}) }, codeSlow, false},
	} {
		t.Run(name, func(t *testing.T) {
			b, central := onlineBench(t)
			c.set(central)
			s := b.open(t)
			i := step(t, CmdRegisterCheck)
			play(t, s, 0, i)
			begun := time.Now()
			must(t, s, CmdRegisterCheck, nil)
			snap := await(t, s, "going on", at(StepPortrait))
			if gone := time.Since(begun); gone > 3*time.Second {
				t.Errorf("after %s", gone)
			}
			if snap.Phone.State != phoneNotDone || snap.Phone.Code != c.why || checkNamed(t, snap, checkOTP).Outcome != verdict.NotDone {
				t.Errorf("%+v", snap.Phone)
			}
			if !c.mends {
				return
			}
			central.change(func(c *fakeCentral) { c.err, c.messages = nil, inquiry.Ready })
			sendCode(t, s)
			if got := s.Snapshot().Step; got != StepPortrait {
				t.Errorf("called back to %s", got)
			}
			must(t, s, CmdPhoneCode, CodeArgs{rightCode})
			await(t, s, "verified later", phoneIs(phoneVerified))
		})
	}
	t.Run("no central", func(t *testing.T) {
		s := newBench(t, t.TempDir()).open(t)
		snap := play(t, s, 0, step(t, CmdPortraitStart))
		if snap.Phone.State != phoneNotDone || snap.Phone.Busy {
			t.Errorf("%+v", snap.Phone)
		}
		refusedWith(t, s, cmd(CmdPhoneSend, nil), "phone-offline")
		refusedWith(t, s, cmd(CmdPhoneCode, CodeArgs{rightCode}), "phone-offline")
	})
}

// TestLateAnswerCallsNobodyBack: who has gone on stays there.
func TestLateAnswerCallsNobodyBack(t *testing.T) {
	b, c := onlineBench(t)
	c.hold = make(chan struct{})
	s := b.open(t)
	play(t, s, 0, step(t, CmdRegisterCheck))
	must(t, s, CmdRegisterCheck, nil)
	await(t, s, "slow", at(StepPortrait))
	close(c.hold)
	await(t, s, "the answer", func(Snapshot) bool { c.mu.Lock(); defer c.mu.Unlock(); return len(c.phones) == 1 })
	await(t, s, "all asked", registerDone(1))
	if got := s.Snapshot(); got.Step != StepPortrait || got.Phone.State != phoneNotDone {
		t.Fatalf("called back to %s, %+v", got.Step, got.Phone)
	}
}

// TestPhoneMessages: what the messenger says.
func TestPhoneMessages(t *testing.T) {
	b, c := onlineBench(t)
	s := b.open(t)
	toPhone(t, s)
	c.change(func(c *fakeCentral) { c.sendErr = &inquiry.RateError{After: time.Minute} })
	must(t, s, CmdPhoneSend, nil)
	snap := await(t, s, "too often", func(snap Snapshot) bool { return !snap.Phone.ResendAt.IsZero() })
	if snap.Step != StepPhone || time.Until(snap.Phone.ResendAt) < 50*time.Second {
		t.Fatalf("step %s, %+v", snap.Step, snap.Phone)
	}
	refusedWith(t, s, cmd(CmdPhoneSend, nil), "code-wait")
	must(t, s, CmdConfirmPerson, PersonArgs{Phone: "0987654321"}) // another number has no wait of its own
	await(t, s, "ready", phoneIs(phoneReady))
	c.change(func(c *fakeCentral) { c.sendErr = nil })
	sendCode(t, s)
	for _, o := range []struct {
		outcome inquiry.Outcome
		state   string
	}{{inquiry.Expired, phoneExpired}, {inquiry.Spent, phoneSpent}} {
		c.change(func(c *fakeCentral) { c.outcome = o.outcome })
		must(t, s, CmdPhoneCode, CodeArgs{rightCode})
		await(t, s, o.state, phoneIs(o.state))
	}
	refusedWith(t, s, cmd(CmdPhoneCode, CodeArgs{rightCode}), "no-code")
	if got := s.Snapshot().Step; got != StepPhone {
		t.Fatalf("step %s", got)
	}
}

// TestClockOverACode: a clock that jumps ends no enrolment. What the station
// shows as too old is still for the central to judge.
func TestClockOverACode(t *testing.T) {
	for name, jump := range map[string]time.Duration{"an hour on": time.Hour, "an hour back": -time.Hour, "years back": -20 * 365 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			b, _ := onlineBench(t)
			var off atomic.Int64
			b.cfg.Now = func() time.Time { return time.Now().Add(time.Duration(off.Load())).Round(0) } // a wall clock only
			s := b.open(t)
			toPhone(t, s)
			sendCode(t, s)
			off.Store(int64(jump))
			s.Note(t.Context(), Act{What: ActLookUp})
			s.send(t.Context(), s.publish)
			s.send(t.Context(), func() {}) // behind it
			v := s.Snapshot().Phone
			if left := v.Expires.Sub(b.cfg.Now()); left > 3*time.Minute+time.Second {
				t.Errorf("it is said to be good for %s", left)
			}
			if want := map[bool]string{true: phoneExpired, false: phoneSent}[jump > 0]; v.State != want {
				t.Errorf("%s, want %s", v.State, want)
			}
			must(t, s, CmdPhoneCode, CodeArgs{rightCode})
			await(t, s, "verified", phoneIs(phoneVerified))
		})
	}
}

// TestCodeExpiresByItself: the page hears of it.
func TestCodeExpiresByItself(t *testing.T) {
	b, c := onlineBench(t)
	c.life = time.Second
	s := b.open(t)
	toPhone(t, s)
	sendCode(t, s)
	await(t, s, "expired", phoneIs(phoneExpired))
}

// TestHundredCodesAtOnce: one question at a time, and one verification.
func TestHundredCodesAtOnce(t *testing.T) {
	b, c := onlineBench(t)
	s := b.open(t)
	toPhone(t, s)
	sendCode(t, s)
	var wg sync.WaitGroup
	var sent atomic.Int32
	for i := range 100 {
		wg.Go(func() {
			args, _ := json.Marshal(CodeArgs{OTP(fmt.Sprintf("%06d", i))})
			name := CmdPhoneCode
			if i%10 == 9 {
				name, args = CmdPhoneSend, nil
			}
			if _, err := s.Do(t.Context(), Command{ID: fmt.Sprintf("race-%d", i), Name: name, Args: args, Officer: "officer-1"}); err == nil {
				sent.Add(1)
			}
		})
	}
	wg.Wait()
	snap := await(t, s, "quiet", func(snap Snapshot) bool { return !snap.Phone.Busy })
	if n := int(sent.Load()); n == 0 || snap.Phone.Tries != n || len(c.tried) != n || len(c.sentTo) != 1 {
		t.Fatalf("%d were taken, %d tries, %d asked, %d messages", sent.Load(), snap.Phone.Tries, len(c.tried), len(c.sentTo))
	}
	must(t, s, CmdPhoneCode, CodeArgs{rightCode})
	await(t, s, "verified", phoneIs(phoneVerified))
}

// TestCodeIsKeptNowhere: not in the journal, the log, the audit log, a snapshot
// or an answer's words. The control is the phone number, which is found in the
// places where it may be.
func TestCodeIsKeptNowhere(t *testing.T) {
	var log lockedBuffer
	b, _ := onlineBench(t)
	b.cfg.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := b.open(t)
	toPhone(t, s)
	sendCode(t, s)
	wrong := "739105"
	var seen bytes.Buffer
	for _, code := range []string{wrong, rightCode, rightCode[:5], rightCode + "0"} {
		args, _ := json.Marshal(map[string]string{"code": code})
		snap, err := s.Do(t.Context(), Command{ID: "code-" + fmt.Sprint(len(code)) + code[:1], Name: CmdPhoneCode, Args: args, Officer: "officer-1"})
		shown, _ := json.Marshal(snap)
		fmt.Fprintf(&seen, "%s %v %+v", shown, err, err)
		await(t, s, "an answer", func(snap Snapshot) bool { return !snap.Phone.Busy })
	}
	await(t, s, "verified", phoneIs(phoneVerified))
	shown, _ := json.Marshal(s.Snapshot())
	fmt.Fprintf(&seen, "%s %v", shown, b.outbox.said())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, records, err := journal.Open(b.cfg.JournalDir, b.cfg.JournalKey, nil, time.Now())
	if err != nil || len(records) < 5 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	plain := string(slices.Concat(records...))
	for _, code := range []string{wrong, rightCode} {
		for place, text := range map[string]string{"journal": plain, "log": log.String(), "snapshot, answers and audit": seen.String()} {
			if strings.Contains(text, code) {
				t.Errorf("the code is in the %s", place)
			}
		}
	}
	if !strings.Contains(plain, testPhone) || !strings.Contains(seen.String(), testPhone) || strings.Contains(log.String(), testPhone) {
		t.Error("the search finds nothing, or too much: the phone belongs into journal and snapshot only")
	}
	if got := fmt.Sprintf("%v %+v %s %#v", OTP(wrong), typedCode{Code: OTP(wrong)}, CodeArgs{OTP(wrong)}, OTP(wrong)); strings.Contains(got, wrong) {
		t.Errorf("printed: %s", got)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestRestartWhileVerifying: the journal, cut after each of its records, goes on
// where it was, and the number can be verified.
func TestRestartWhileVerifying(t *testing.T) {
	b, _ := onlineBench(t)
	s := b.open(t)
	var sizes []int64
	note := func() {
		s.send(t.Context(), func() {
			if n := s.journal.Size(); len(sizes) == 0 || sizes[len(sizes)-1] != n {
				sizes = append(sizes, n)
			}
		})
	}
	toPhone(t, s)
	note()
	sendCode(t, s)
	note()
	must(t, s, CmdPhoneCode, CodeArgs{"000000"})
	await(t, s, "wrong", func(snap Snapshot) bool { return snap.Phone.Tries == 1 })
	note()
	must(t, s, CmdPhoneCode, CodeArgs{rightCode})
	await(t, s, "verified", phoneIs(phoneVerified))
	note()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(b.cfg.JournalDir, journal.Name))
	if err != nil {
		t.Fatal(err)
	}
	for i, size := range sizes {
		cut, c := onlineBench(t)
		if err := os.WriteFile(filepath.Join(cut.cfg.JournalDir, journal.Name), whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		s := cut.open(t)
		want := []string{phoneReady, phoneSent, phoneSent, phoneVerified}[i]
		snap := await(t, s, want, phoneIs(want))
		if snap.Phone.Tries != []int{0, 0, 1, 0}[i] || !snap.Resumed {
			t.Errorf("%d: %+v", i, snap.Phone)
		}
		if want == phoneVerified {
			if snap.Step != StepPortrait || len(c.phones) != 0 {
				t.Errorf("verified and in %s, asked %v", snap.Step, c.phones)
			}
			continue
		}
		if want == phoneSent { // the code of before the restart
			c.change(func(c *fakeCentral) { c.outcome = inquiry.Pass })
			must(t, s, CmdPhoneCode, CodeArgs{rightCode})
		} else {
			sendCode(t, s)
			must(t, s, CmdPhoneCode, CodeArgs{rightCode})
		}
		await(t, s, "verified", phoneIs(phoneVerified))
	}
}
