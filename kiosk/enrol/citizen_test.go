package enrol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/journal"
	"github.com/tram-station/tram/offline/inquiry"
)

// own is a command of the citizen's screen, of the present enrolment.
func own(s *Station, name string, args any) Command {
	c := cmd(name, args)
	c.Citizen = s.Snapshot().ID
	return c
}

func mustOwn(t testing.TB, s *Station, name string, args any) Snapshot {
	t.Helper()
	snap, err := s.Do(t.Context(), own(s, name, args))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return snap
}

const otherPhone = "0987654321"

// TestCitizenLeadsTheirShare: the citizen reads the notice, types the number and
// the code, agrees and signs; the officer does the rest.
func TestCitizenLeadsTheirShare(t *testing.T) {
	b, c := onlineBench(t)
	s := b.open(t)
	screen := func(want string) {
		t.Helper()
		if got := CitizenScreen(s.Snapshot()); got != want {
			t.Fatalf("the screen shows %s, want %s", got, want)
		}
	}
	screen(ScreenBlank)
	play(t, s, 0, 1)
	screen(ScreenNotice)
	mustOwn(t, s, CmdNotice, nil)
	screen(ScreenCard)
	play(t, s, 2, step(t, CmdConfirmPerson))
	screen(ScreenPhone)
	for args, code := range map[CitizenPhoneArgs]string{{Phone: "12"}: "bad-phone", {}: "bad-phone", {Phone: otherPhone, Email: "no"}: "bad-email"} {
		refusedWith(t, s, own(s, CmdCitizenPhone, args), code)
	}
	mustOwn(t, s, CmdCitizenPhone, CitizenPhoneArgs{Phone: testPhone})
	screen(ScreenPerson)
	snap := mustOwn(t, s, CmdCitizenPhone, CitizenPhoneArgs{Phone: "+84 987.654.321", Email: " thu@example.vn "}) // they correct it
	if p := snap.Citizen; p == nil || p.Phone != otherPhone || p.Email != "thu@example.vn" || p.At.IsZero() || snap.Person.Confirmed || snap.Person.Phone != "" {
		t.Fatalf("%+v, %+v", p, snap.Person)
	}
	must(t, s, CmdConfirmPerson, PersonArgs{})
	if p := s.Snapshot().Person; p.Phone != otherPhone || p.Email != "thu@example.vn" {
		t.Fatalf("confirmed %+v", p)
	}
	screen(ScreenWait)
	must(t, s, CmdRegisterCheck, nil)
	await(t, s, "ready", phoneIs(phoneReady))
	screen(ScreenOTP)
	mustOwn(t, s, CmdPhoneSend, nil)
	await(t, s, "a message", phoneIs(phoneSent))
	mustOwn(t, s, CmdPhoneCode, CodeArgs{rightCode})
	await(t, s, "verified", phoneIs(phoneVerified))
	screen(ScreenPortrait)
	play(t, s, step(t, CmdPortraitStart), step(t, CmdDocuments))
	screen(ScreenWait)
	play(t, s, step(t, CmdDocuments), step(t, CmdConsent))
	screen(ScreenConsent)
	name, err := s.SignOnScreen(t.Context(), s.Snapshot().ID, "officer-1", testJPEG(60, 20), 60, 20)
	if err != nil {
		t.Fatal(err)
	}
	all := ConsentArgs{Registration: true, Documents: []bool{true, true}, Signature: name}
	refusedWith(t, s, own(s, CmdConsent, all), "consent-text") // what was shown has to be said
	all.Text = s.Snapshot().ConsentText.SHA256
	snap = mustOwn(t, s, CmdConsent, all)
	screen(ScreenWait)
	if snap.Step != StepSign || snap.Consent.Signed != SignedScreen || snap.Consent.Signature != name {
		t.Fatalf("step %s, %+v", snap.Step, snap.Consent)
	}
	mustOwn(t, s, CmdConsentWithdraw, WithdrawArgs{What: ConsentDocument, Index: 1})
	play(t, s, step(t, CmdSign), len(moves))
	screen(ScreenStatus)
	if len(c.sentTo) != 1 || c.sentTo[0] != otherPhone {
		t.Errorf("messages to %v", c.sentTo)
	}
	checkOwnShare(t, b)
}

// checkOwnShare: the dossier and the audit log say what was done on the
// citizen's screen.
func checkOwnShare(t *testing.T, b *bench) {
	t.Helper()
	d := b.outbox.dossiers[0]
	if check := sectionJSON(t, d, sectionPerson)["phone_check"].(map[string]any); check["typed_by_citizen"] != true || check["otp"] != "passed" {
		t.Errorf("phone %v", check)
	}
	agreed := sectionJSON(t, d, sectionConsent)
	if back := agreed["withdrawn"].([]any); agreed["own_screen"] != true || agreed["text_shown"] != true || len(back) != 1 || back[0].(map[string]any)["own_screen"] != true {
		t.Errorf("consent %v", agreed)
	}
	said := b.outbox.said()
	for _, want := range []string{"officer-1 notice-heard citizen-screen", "officer-1 citizen-phone", "officer-1 consent-given citizen-screen",
		"officer-1 consent-withdrawn registration", "officer-1 reviewed-signed"} {
		if found := slices.Contains(said, want); found == strings.Contains(want, "registration") {
			t.Errorf("audit log: %q is %v in %q", want, found, said)
		}
	}
	if text := strings.Join(said, "\n"); strings.Contains(text, otherPhone) || !strings.Contains(text, "consent-withdrawn document citizen-screen") {
		t.Errorf("audit log %s", text)
	}
}

// TestCitizenSendsOnlyTheirOwn: no command of the officer's comes from the
// citizen's screen, and none outside of its screen; and the officer does not
// speak for the citizen.
func TestCitizenSendsOnlyTheirOwn(t *testing.T) {
	for n := 0; n <= len(moves); n++ {
		s := newBench(t, t.TempDir()).open(t)
		now := play(t, s, 0, n)
		screen := CitizenScreen(now)
		names := []string{CmdCitizenPhone, "nothing"}
		for name := range allowed {
			names = append(names, name)
		}
		for _, name := range names {
			code := "wrong-step"
			switch on, theirs := citizenCommands[name]; {
			case now.ID == "":
				code = "other-enrolment"
			case !theirs:
				code = "unknown-command"
			case slices.Contains(on, screen) && (name != CmdConsentWithdraw || now.Step == StepConsent || now.Step == StepSign):
				continue
			}
			c := cmd(name, nil)
			if c.Citizen = now.ID; now.ID == "" {
				c.Citizen = "0193a5b2-7c1e-7aaa-8bbb-0123456789ab"
			}
			refusedWith(t, s, c, code)
		}
		refusedWith(t, s, cmd(CmdCitizenPhone, CitizenPhoneArgs{Phone: testPhone}), "unknown-command")
		if got := s.Snapshot(); got.Step != now.Step || got.Citizen != nil {
			t.Fatalf("behind %d moves: %s, %+v", n, got.Step, got.Citizen)
		}
	}
}

// TestNothingReachesTheNextCitizen: what the first one typed is refused, whenever
// it comes, also as a repetition and also while the second one's enrolment begins.
func TestNothingReachesTheNextCitizen(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	play(t, s, 0, step(t, CmdConfirmPerson))
	first := s.Snapshot().ID
	taken := own(s, CmdCitizenPhone, CitizenPhoneArgs{Phone: otherPhone})
	if _, err := s.Do(t.Context(), taken); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Do(t.Context(), taken); err != nil { // the control: a repetition is one
		t.Fatal(err)
	}
	var typing sync.WaitGroup
	stop := make(chan struct{})
	for i := range 4 {
		typing.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				c := cmd(CmdCitizenPhone, CitizenPhoneArgs{Phone: otherPhone})
				c.ID, c.Citizen = fmt.Sprintf("late-%d-%d", i, n), first
				_, _ = s.Do(t.Context(), c)
			}
		})
	}
	must(t, s, CmdCancel, nil)
	for i, m := range moves[:step(t, CmdConfirmPerson)] {
		c := m.command(i)
		c.ID = "second-" + c.ID
		if _, err := s.Do(t.Context(), c); err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
		await(t, s, m.name, m.until)
	}
	close(stop)
	typing.Wait()
	snap := s.Snapshot()
	if snap.ID == first || snap.Citizen != nil || CitizenScreen(snap) != ScreenPhone {
		t.Fatalf("the second citizen has %+v", snap.Citizen)
	}
	refusedWith(t, s, taken, "other-enrolment")
	if _, err := s.SignOnScreen(t.Context(), first, "officer-1", testJPEG(60, 20), 60, 20); err == nil {
		t.Error("the first citizen's signature was taken")
	}
	must(t, s, CmdConfirmPerson, PersonArgs{Phone: testPhone})
	if got := s.Snapshot().Person.Phone; got != testPhone {
		t.Errorf("the second citizen has %s", got)
	}
}

// TestAnotherNumberIsAskedFor where it serves an account already.
func TestAnotherNumberIsAskedFor(t *testing.T) {
	b, c := onlineBench(t)
	c.phone = inquiry.Fail
	s := b.open(t)
	play(t, s, 0, step(t, CmdConfirmPerson))
	mustOwn(t, s, CmdCitizenPhone, CitizenPhoneArgs{Phone: testPhone})
	must(t, s, CmdConfirmPerson, PersonArgs{})
	must(t, s, CmdRegisterCheck, nil)
	snap := await(t, s, "taken", phoneIs(phoneTaken))
	if got := CitizenScreen(snap); got != ScreenPhone {
		t.Fatalf("the screen shows %s", got)
	}
	snap = mustOwn(t, s, CmdCitizenPhone, CitizenPhoneArgs{Phone: otherPhone})
	if got := CitizenScreen(snap); got != ScreenWait || snap.Phone.State != phoneTaken {
		t.Fatalf("the screen shows %s, %s", got, snap.Phone.State)
	}
	c.change(func(c *fakeCentral) { c.phone = inquiry.Pass })
	must(t, s, CmdConfirmPerson, PersonArgs{})
	snap = await(t, s, "ready", phoneIs(phoneReady))
	if got := CitizenScreen(snap); got != ScreenOTP || snap.Person.Phone != otherPhone {
		t.Fatalf("the screen shows %s, %s", got, snap.Person.Phone)
	}
}

// TestCitizensCodeIsKeptNowhere, and the number only where it belongs.
func TestCitizensCodeIsKeptNowhere(t *testing.T) {
	var log lockedBuffer
	b, _ := onlineBench(t)
	b.cfg.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := b.open(t)
	play(t, s, 0, step(t, CmdConfirmPerson))
	mustOwn(t, s, CmdCitizenPhone, CitizenPhoneArgs{Phone: otherPhone})
	must(t, s, CmdConfirmPerson, PersonArgs{})
	must(t, s, CmdRegisterCheck, nil)
	await(t, s, "ready", phoneIs(phoneReady))
	mustOwn(t, s, CmdPhoneSend, nil)
	await(t, s, "a message", phoneIs(phoneSent))
	var seen bytes.Buffer
	for _, code := range []OTP{"739105", rightCode} {
		c := own(s, CmdPhoneCode, nil)
		c.Args, _ = json.Marshal(map[string]string{"code": string(code)})
		snap, err := s.Do(t.Context(), c)
		shown, _ := json.Marshal(snap)
		fmt.Fprintf(&seen, "%s %v", shown, err)
		await(t, s, "an answer", func(snap Snapshot) bool { return !snap.Phone.Busy })
	}
	shown, _ := json.Marshal(await(t, s, "verified", phoneIs(phoneVerified)))
	audit := strings.Join(b.outbox.said(), "\n")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, records, err := journal.Open(b.cfg.JournalDir, b.cfg.JournalKey, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	plain := string(slices.Concat(records...))
	for place, text := range map[string]string{"journal": plain, "log": log.String(), "audit log": audit, "snapshot": seen.String() + string(shown)} {
		for _, code := range []string{"739105", rightCode} {
			if strings.Contains(text, code) {
				t.Errorf("the code is in the %s", place)
			}
		}
		if may := place == "journal" || place == "snapshot"; strings.Contains(text, otherPhone) != may {
			t.Errorf("the number in the %s: %v", place, !may)
		}
	}
}

// TestCitizensWordSurvivesARestart, and is still done once.
func TestCitizensWordSurvivesARestart(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	play(t, s, 0, step(t, CmdConfirmPerson))
	c := own(s, CmdCitizenPhone, CitizenPhoneArgs{Phone: otherPhone, Email: "thu@example.vn"})
	before, err := s.Do(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	s = reopened(t, b, s)
	after := s.Snapshot()
	if after.Citizen == nil || !after.Citizen.At.Equal(before.Citizen.At) || after.Citizen.Phone != otherPhone || CitizenScreen(after) != ScreenPerson {
		t.Fatalf("%+v, %s", after.Citizen, CitizenScreen(after))
	}
	mustOwn(t, s, CmdCitizenPhone, CitizenPhoneArgs{Phone: testPhone})
	if snap, err := s.Do(t.Context(), c); err != nil || snap.Citizen.Phone != testPhone {
		t.Fatalf("the repetition: %v, %+v", err, snap.Citizen)
	}
	must(t, s, CmdConfirmPerson, PersonArgs{Phone: otherPhone, Email: ""}) // the officer's own word goes first
	if p := s.Snapshot().Person; p.Phone != otherPhone || p.Email != "" {
		t.Errorf("%+v", p)
	}
	stale := own(s, CmdNotice, nil)
	stale.IfVersion = before.Version
	refusedWith(t, s, stale, "stale")
}

// TestKilledBehindTheCitizensWord: what was acknowledged to the citizen is there
// after kill -9.
func TestKilledBehindTheCitizensWord(t *testing.T) {
	dir := t.TempDir()
	child, lines := startChild(t, dir, step(t, CmdConfirmPerson), "citizen")
	before := ready(t, lines)
	kill(t, child)
	s := crashBench(t, dir).open(t)
	after := s.Snapshot()
	if before.Citizen == nil || after.Citizen == nil || after.Citizen.Phone != otherPhone || !after.Citizen.At.Equal(before.Citizen.At) || after.ID != before.ID {
		t.Fatalf("was %+v, is %+v", before.Citizen, after.Citizen)
	}
	must(t, s, CmdConfirmPerson, PersonArgs{})
	if got := s.Snapshot().Person.Phone; got != otherPhone {
		t.Errorf("confirmed %s", got)
	}
}

// TestCitizensRecordIsWhole: one that says nothing is no record.
func TestCitizensRecordIsWhole(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	for said, whole := range map[*CitizenSaid]bool{nil: false, {Phone: testPhone}: true} {
		b, err := c.enc.Marshal(event{Kind: CmdCitizenPhone, Said: said})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.event(b); (err == nil) != whole {
			t.Errorf("%+v: %v", said, err)
		}
	}
}

// TestSignatureOnScreen is taken while its citizen is asked, and at no other
// time.
func TestSignatureOnScreen(t *testing.T) {
	for n := 1; n <= len(moves); n++ {
		s := newBench(t, t.TempDir()).open(t)
		snap := play(t, s, 0, n)
		if _, err := s.SignOnScreen(t.Context(), "0193a5b2-7c1e-7aaa-8bbb-0123456789ab", "officer-1", testJPEG(60, 20), 60, 20); err == nil {
			t.Errorf("in %s the signature of another enrolment was taken", snap.Step)
		}
		name, err := s.SignOnScreen(t.Context(), snap.ID, "officer-1", testJPEG(60, 20), 60, 20)
		if asked := snap.Step == StepConsent; (err == nil) != asked || asked == (name == "") {
			t.Errorf("in %s: %q, %v", snap.Step, name, err)
		}
		if len(s.Snapshot().Pages) > 0 != (err == nil) {
			t.Errorf("in %s: %d pages", snap.Step, len(s.Snapshot().Pages))
		}
	}
}
