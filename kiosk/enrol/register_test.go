package enrol

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/iso19794"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/inquiry"
	"github.com/tram-station/tram/reader/verdict"
)

// templating is a portraiter that can make templates, too.
type templating struct{ *fakePortraiter }

func (templating) Template(context.Context, *Portrait) (face.Template, error) {
	return face.Template{Model: "fake", Vector: []float32{1, 2, 3}}, nil
}

// onlineBench is a station that reaches a central.
func onlineBench(t testing.TB) (*bench, *fakeCentral) {
	t.Helper()
	b, c := newBench(t, t.TempDir()), newCentral()
	b.cfg.Central, b.cfg.Portraiter = c, templating{b.portraiter}
	return b, c
}

// skipPhone goes past the phone's step, where the enrolment stands in it.
func skipPhone(t testing.TB, s *Station) {
	t.Helper()
	await(t, s, "the phone's step", func(snap Snapshot) bool { return snap.Step != StepRegister && snap.Phone.State != phoneAsking })
	if s.Snapshot().Step == StepPhone {
		must(t, s, CmdPhoneSkip, ReasonArgs{Reason: "phone-absent"})
	}
}

// playOnline plays a whole enrolment up to a move, and skips the phone.
func playOnline(t testing.TB, s *Station, to int) {
	t.Helper()
	i := step(t, CmdRegisterCheck)
	play(t, s, 0, i)
	if _, err := s.Do(t.Context(), moves[i].command(i)); err != nil {
		t.Fatal(err)
	}
	skipPhone(t, s)
	play(t, s, i+1, to)
}

func registerDone(kinds int) func(Snapshot) bool {
	return func(s Snapshot) bool { return s.Register.State == "done" && len(s.Register.Checks) == kinds }
}

func checkNamed(t testing.TB, s Snapshot, name string) verdict.Check {
	t.Helper()
	for _, c := range s.Checks {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no check %s", name)
	return verdict.Check{}
}

// TestRegisterIsAskedInTheBackground: the data at once, the face and the
// fingers by themselves, each of them once; all of it in the dossier.
func TestRegisterIsAskedInTheBackground(t *testing.T) {
	b, c := onlineBench(t)
	s := b.open(t)
	playOnline(t, s, step(t, CmdSign))
	snap := await(t, s, "three answers", registerDone(3))
	if got := c.kinds(); !slices.Equal(got, []inquiry.Kind{inquiry.Data, inquiry.Face, inquiry.Fingers}) {
		t.Fatalf("asked %v", got)
	}
	for _, name := range []string{"register", "register-face", "register-fingers"} {
		if got := checkNamed(t, snap, name); got.Outcome != verdict.Passed {
			t.Errorf("%+v", got)
		}
	}
	data, prints := c.questions[0], c.questions[2]
	if data.Number != testNumber || data.Fields["name"] != testName || data.Fields["birth"] != "1990-02-14" || data.Fields["residence"] != "Phường Mới" || data.Fields["number"] != "" {
		t.Errorf("the question %+v", data.Fields)
	}
	if f := c.questions[1].Face; f == nil || f.Model != "fake" || len(f.Vector) != 3 {
		t.Errorf("the template %+v", f)
	}
	if r, err := iso19794.ParseMinutiae(prints.Fingers); err != nil || len(r.Views) != 1 || r.Views[0].Position != byte(biometrics.RightIndex) || len(r.Views[0].Minutiae) == 0 {
		t.Errorf("the minutiae %+v %v", r, err)
	}
	play(t, s, step(t, CmdSign), len(moves))
	person := sectionJSON(t, b.outbox.dossiers[0], sectionPerson)
	if person["register"] != "passed" || len(person["register_checks"].([]any)) != 3 || person["register_checks"].([]any)[2].(map[string]any)["outcome"] != "passed" {
		t.Errorf("person section %v", person)
	}
}

// TestRegisterOffline: no answer is a check that was not done, and stops nobody.
func TestRegisterOffline(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		code string
	}{
		"offline": {inquiry.ErrOffline, noLine}, "unavailable": {inquiry.ErrUnavailable, noService},
		"rate": {&inquiry.RateError{After: time.Minute}, askedTooOften}, "question": {inquiry.ErrQuestion, notTaken},
		"other": {errors.New("x"), noLine},
	} {
		t.Run(name, func(t *testing.T) {
			b, central := onlineBench(t)
			central.err = c.err
			s := b.open(t)
			playOnline(t, s, step(t, CmdPortraitStart))
			snap := await(t, s, "an answer", registerDone(1))
			if got := snap.Register.Checks[0]; got.Outcome != outcomeNotDone || got.Code != c.code || got.Words.VI == "" {
				t.Errorf("%+v", got)
			}
			if got := checkNamed(t, snap, "register"); got.Outcome != verdict.NotDone || !strings.HasPrefix(got.Reason.VI, "Chưa đối chiếu") {
				t.Errorf("%+v", got)
			}
			if len(snap.Issues) != 0 {
				t.Errorf("issues %+v", snap.Issues)
			}
		})
	}
}

// TestRegisterIsAskedAgain: when the line is back, when the officer says so, and
// when what was asked has changed; not otherwise.
func TestRegisterIsAskedAgain(t *testing.T) {
	b, c := onlineBench(t)
	c.err = inquiry.ErrOffline
	s := b.open(t)
	playOnline(t, s, step(t, CmdPortraitStart))
	await(t, s, "not done", registerDone(1))
	if n := len(c.kinds()); n != 1 {
		t.Fatalf("asked %d times", n) // the control: a silent line is left alone
	}
	must(t, s, CmdRegisterCheck, nil)
	await(t, s, "again", func(snap Snapshot) bool { return len(c.kinds()) == 2 && snap.Register.State == "done" })
	c.change(func(c *fakeCentral) { c.err = nil })
	play(t, s, step(t, CmdPortraitStart), step(t, CmdFingersStart))
	await(t, s, "the face shows that the line is back", registerDone(2))
	await(t, s, "and the data are asked", func(snap Snapshot) bool { return snap.Register.Checks[0].Outcome == "pass" })
	n := len(c.kinds())
	must(t, s, CmdRegisterCheck, nil) // all is answered
	must(t, s, CmdConfirmPerson, PersonArgs{Phone: testPhone, Corrections: map[string]string{"residence": "Phường Khác"}})
	await(t, s, "the new data", func(Snapshot) bool { return len(c.kinds()) == n+1 })
	if q := c.questions[n]; q.Kind != inquiry.Data || q.Fields["residence"] != "Phường Khác" {
		t.Errorf("asked %v", q.Fields)
	}
	must(t, s, CmdPortraitRetake, nil)
	await(t, s, "another portrait", func(Snapshot) bool { k := c.kinds(); return len(k) == n+2 && k[n+1] == inquiry.Face })
}

// TestRegisterFailed: each field that does not fit waits for a reason, and
// another answer takes the reason back.
func TestRegisterFailed(t *testing.T) {
	b, c := onlineBench(t)
	c.answers[inquiry.Data] = inquiry.Answer{Outcome: inquiry.Fail, Fields: []inquiry.Field{{Name: "name", Outcome: inquiry.Fail}, {Name: "birth", Outcome: inquiry.Pass}}}
	s := b.open(t)
	playOnline(t, s, step(t, CmdSign))
	snap := await(t, s, "answers", registerDone(3))
	if len(snap.Issues) != 1 || snap.Issues[0].Code != "register:name" || !strings.Contains(snap.Issues[0].Words.VI, "họ tên") {
		t.Fatalf("issues %+v", snap.Issues)
	}
	refusedWith(t, s, cmd(CmdSign, nil), "open-issues")
	must(t, s, CmdAcknowledge, AcknowledgeArgs{"register:name", "đã xem giấy khai sinh"})
	if !s.Snapshot().Issues[0].Acknowledged {
		t.Fatal("not acknowledged")
	}
	must(t, s, CmdConfirmPerson, PersonArgs{Phone: testPhone, Corrections: map[string]string{"residence": "Phường Khác"}})
	await(t, s, "asked anew", func(snap Snapshot) bool { return len(c.kinds()) == 4 && snap.Register.State == "done" })
	if !slices.ContainsFunc(s.Snapshot().Issues, func(i Issue) bool { return i.Code == "register:name" && !i.Acknowledged }) {
		t.Errorf("a reason outlived what it was given for: %+v", s.Snapshot().Issues)
	}
}

// TestSignWaitsForTheRegister, but never for longer than a question may last.
func TestSignWaitsForTheRegister(t *testing.T) {
	b, c := onlineBench(t)
	s := b.open(t)
	playOnline(t, s, step(t, CmdSign))
	await(t, s, "answers", registerDone(3))
	hold := make(chan struct{})
	c.change(func(c *fakeCentral) { c.hold = hold })
	must(t, s, CmdConfirmPerson, PersonArgs{Phone: testPhone, Corrections: map[string]string{"residence": "Phường Khác"}})
	refusedWith(t, s, cmd(CmdSign, nil), "register-pending")
	close(hold)
	await(t, s, "the answer", func(snap Snapshot) bool { return snap.Register.State == "done" })
	must(t, s, CmdSign, nil)
}

// TestRegisterSilent: a central that never answers is given up by the clock.
func TestRegisterSilent(t *testing.T) {
	if testing.Short() {
		t.Skip("lasts as long as a question may")
	}
	b, c := onlineBench(t)
	c.hold = make(chan struct{})
	s := b.open(t)
	begun := time.Now()
	playOnline(t, s, step(t, CmdPortraitStart))
	if gone := time.Since(begun); gone > 4*time.Second {
		t.Errorf("the officer was kept for %s", gone)
	}
	await(t, s, "given up", registerDone(1))
	if gone := time.Since(begun); gone < 4*time.Second || gone > 30*time.Second {
		t.Errorf("given up after %s", gone)
	}
}

func sectionOf(t testing.TB, d *dossier.Dossier, name string) []byte {
	t.Helper()
	for _, s := range d.Sections {
		if s.Name == name {
			return s.Bytes
		}
	}
	t.Fatalf("no section %s", name)
	return nil
}

func sectionJSON(t testing.TB, d *dossier.Dossier, name string) (out map[string]any) {
	t.Helper()
	if err := json.Unmarshal(sectionOf(t, d, name), &out); err != nil {
		t.Fatal(err)
	}
	return out
}
