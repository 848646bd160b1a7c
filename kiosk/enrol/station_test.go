package enrol

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/journal"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/verdict"
)

func TestWholeEnrolment(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, dir)
	s := b.open(t)
	snap := play(t, s, 0, len(moves))
	r := snap.Receipt
	if r == nil || r.Initials != "N.V.T." || r.Number != "••••••••0001" || !r.Virtual || r.State != "sealed" {
		t.Fatalf("receipt %+v", r)
	}
	if len(snap.Person.Fields) != 0 || snap.Person.Phone != "" {
		t.Fatal("personal data are still readable after sealing")
	}
	if len(b.outbox.dossiers) != 1 {
		t.Fatalf("%d dossiers submitted, want 1", len(b.outbox.dossiers))
	}
	d := b.outbox.dossiers[0]
	if d.ID.String() != r.ID || d.Kind != "citizen-level2" || d.Officer != "officer-1" || !d.Virtual || d.ID.Version() != 7 {
		t.Fatalf("dossier %s %s %s virtual %v", d.ID, d.Kind, d.Officer, d.Virtual)
	}
	if d.Masked != "N.V.T. ••••••••0001" {
		t.Errorf("masked %q", d.Masked)
	}
	sections := map[string][]byte{}
	for _, x := range d.Sections {
		sections[x.Name] = x.Bytes
	}
	checkSections(t, s.codec, sections)
	s.SetQueueState(r.ID, "custody")
	await(t, s, "custody", func(s Snapshot) bool { return s.Receipt != nil && s.Receipt.State == "custody" })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = newBench(t, dir).open(t)
	if got := s.Snapshot(); got.Step != StepDone || got.Receipt.State != "custody" || got.Receipt.ID != r.ID {
		t.Fatalf("after a restart: step %s, receipt %+v", got.Step, got.Receipt)
	}
	if _, err := s.Do(t.Context(), Command{ID: "end", Name: CmdFinish}); err != nil {
		t.Fatal(err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Fatalf("left in the journal's folder: %v", files)
	}
}

func checkSections(t *testing.T, c codec, sections map[string][]byte) {
	t.Helper()
	var e evidence
	var p portraitSection
	var f printsSection
	for name, into := range map[string]any{"evidence": &e, "portrait": &p, "prints": &f} {
		if err := c.dec.Unmarshal(sections[name], into); err != nil {
			t.Fatalf("section %s: %v", name, err)
		}
	}
	if len(e.Files) != 2 || e.Access != "pace-can" || !e.Virtual || len(e.Devices) != 3 || e.Times.SignedBy != "officer-1" {
		t.Errorf("evidence: %d files, access %s, virtual %v, %d devices", len(e.Files), e.Access, e.Virtual, len(e.Devices))
	}
	outcome := map[string]string{}
	for _, x := range e.Checks {
		outcome[x.Name] = x.Outcome
	}
	for name, want := range map[string]string{"sod-hashes": "passed", "chain": "inconclusive", "cross-check": "passed",
		"register": "not done", "phone-otp": "not done", "face-match": "passed"} {
		if outcome[name] != want {
			t.Errorf("check %s: %q, want %q", name, outcome[name], want)
		}
	}
	if len(p.JPEG) == 0 || p.Liveness != notAssessed || p.Manual {
		t.Errorf("portrait: %d bytes, liveness %q, manual %v", len(p.JPEG), p.Liveness, p.Manual)
	}
	if len(f.Prints) != 1 || f.Prints[0].DPI != 500 || f.Prints[0].Finger != biometrics.RightIndex ||
		len(f.Exceptions) != 1 || f.Exceptions[0].Reason != "injured" {
		t.Errorf("prints: %d, exceptions %+v", len(f.Prints), f.Exceptions)
	}
	for name, want := range map[string]string{"person": `"value":"Phường Mới","source":"officer"`, "consent": `"consent":false`,
		"documents": `[{"type":"driving-licence","number":"010123456789","original_seen":true}]`} {
		if !strings.Contains(string(sections[name]), want) {
			t.Errorf("section %s lacks %s: %s", name, want, sections[name])
		}
	}
	if strings.Contains(string(sections["person"]), "Kinh") {
		t.Error("ethnicity is in the person's section")
	}
}

func TestCommandsAreIdempotent(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	play(t, s, 0, step(t, CmdConfirmPerson)+1)
	before := s.Snapshot()
	for i := range step(t, CmdConfirmPerson) + 1 {
		if _, err := s.Do(t.Context(), moves[i].command(i)); err != nil {
			t.Fatalf("%s again: %v", moves[i].name, err)
		}
	}
	after := s.Snapshot()
	if after.ID != before.ID || after.Step != before.Step || b.chip.reads != 1 {
		t.Fatalf("repeats changed the enrolment: %s → %s, %d reads", before.Step, after.Step, b.chip.reads)
	}
	// The control: another ID is another command, and out of step here.
	if _, err := s.Do(t.Context(), Command{ID: "other", Name: CmdNotice}); !errors.Is(err, ErrWrongStep) {
		t.Fatalf("a new notice: %v, want ErrWrongStep", err)
	}
	if _, err := s.Do(t.Context(), Command{ID: "move-1", Name: CmdCancel}); !errors.Is(err, ErrWrongStep) {
		t.Fatalf("an ID used for another command: %v, want ErrWrongStep", err)
	}
}

// TestEveryCommandInEveryStep holds the station against the table.
func TestEveryCommandInEveryStep(t *testing.T) {
	for n := 0; n <= len(moves); n++ {
		b := newBench(t, t.TempDir())
		s := b.open(t)
		now := play(t, s, 0, n).Step
		for name, steps := range allowed {
			if slices.Contains(steps, now) {
				continue
			}
			_, err := s.Do(t.Context(), Command{ID: "x-" + name, Name: name, Officer: "officer-1"})
			var refused *CommandError
			if !errors.As(err, &refused) || !errors.Is(err, ErrWrongStep) || refused.Problem.Words.VI == "" {
				t.Errorf("%s in step %s: %v", name, now, err)
			}
			if got := s.Snapshot().Step; got != now {
				t.Fatalf("%s moved the enrolment from %s to %s", name, now, got)
			}
		}
		_ = s.Close()
	}
}

func TestWrongKeyWaitsForAnotherScan(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.chip.errs = []error{fmt.Errorf("read: %w", access.ErrWrongKey)}
	s := b.open(t)
	play(t, s, 0, step(t, CmdScan))
	must(t, s, CmdScan, ScanArgs{CAN: "111111"})
	snap := await(t, s, "wrong key", func(s Snapshot) bool { return s.Chip.State == "failed" })
	if snap.Error == nil || snap.Error.Code != "wrong-key" || snap.Step != StepCard || snap.Chip.Tries != 1 {
		t.Fatalf("error %+v in step %s", snap.Error, snap.Step)
	}
	must(t, s, CmdScan, ScanArgs{QR: testQR})
	snap = await(t, s, "right key", func(s Snapshot) bool { return s.Chip.State == "done" })
	if snap.Error != nil || b.chip.reads != 2 {
		t.Fatalf("error %+v after %d reads", snap.Error, b.chip.reads)
	}
	if _, err := s.Do(t.Context(), cmd(CmdScan, ScanArgs{QR: testQR})); !errors.Is(err, ErrRefused) {
		t.Fatalf("a scan after the chip was read: %v", err)
	}
}

func TestLostCardIsWaitedFor(t *testing.T) {
	for code, err := range map[string]error{"card-lost": apdu.ErrCardLost, "no-reader": apdu.ErrNoReader, "chip-error": errors.New("lying length")} {
		b := newBench(t, t.TempDir())
		b.chip.errs = []error{err, err}
		b.cfg.RetryDelay = 20 * time.Millisecond
		s := b.open(t)
		play(t, s, 0, step(t, CmdScan))
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
		seen := s.Watch(ctx)
		must(t, s, CmdScan, ScanArgs{Number: testNumber})
		shown := false
		for snap := range seen {
			shown = shown || snap.Error != nil && snap.Error.Code == code
			if snap.Chip.State == "done" {
				if snap.Error != nil {
					t.Errorf("%s: still shown: %+v", code, snap.Error)
				}
				break
			}
		}
		cancel()
		if !shown || b.chip.reads != 3 {
			t.Errorf("%s: shown %v after %d reads, want 3", code, shown, b.chip.reads)
		}
		_ = s.Close()
	}
}

func TestChipErrorsEnd(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.chip.errs = slices.Repeat([]error{errors.New("lying length")}, 10)
	s := b.open(t)
	play(t, s, 0, step(t, CmdScan))
	must(t, s, CmdScan, ScanArgs{Number: testNumber})
	snap := await(t, s, "give up", func(s Snapshot) bool { return s.Error != nil && s.Error.Code == "chip-unreadable" })
	if b.chip.reads != maxChipErrors || snap.Chip.State != "failed" {
		t.Fatalf("%d reads, state %s", b.chip.reads, snap.Chip.State)
	}
}

func TestFailedCheckNeedsAReason(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.chip.report.Checks[1] = verdict.Check{Name: "sod-hashes", Outcome: verdict.Failed, Reason: words("DG2 khác SOD", "DG2 differs from the SOD")}
	s := b.open(t)
	snap := play(t, s, 0, step(t, CmdSign))
	if len(snap.Issues) != 1 || snap.Issues[0].Code != "check:sod-hashes" || snap.Issues[0].Words.VI != "DG2 khác SOD" {
		t.Fatalf("issues %+v", snap.Issues)
	}
	refusedWith(t, s, cmd(CmdSign, nil), "open-issues")
	refusedWith(t, s, cmd(CmdAcknowledge, AcknowledgeArgs{Code: "check:sod-hashes", Reason: " "}), "bad-reason")
	refusedWith(t, s, cmd(CmdAcknowledge, AcknowledgeArgs{Code: "check:chain", Reason: "đã xem kỹ"}), "unknown-issue")
	must(t, s, CmdAcknowledge, AcknowledgeArgs{Code: "check:sod-hashes", Reason: "chip cũ, đã đối chiếu thẻ"})
	refusedWith(t, s, cmd(CmdSign, nil), "exception-waits")
	must(t, s, CmdExceptionAsk, ExceptionArgs{ID: "chip"}) // there is nobody to ask
	await(t, s, "pending", needIs("chip", exceptPending))
	play(t, s, step(t, CmdSign), len(moves))
	var e evidence
	if err := s.codec.dec.Unmarshal(b.outbox.dossiers[0].Sections[0].Bytes, &e); err != nil {
		t.Fatal(err)
	}
	if len(e.Issues) != 1 || e.Issues[0].Reason != "chip cũ, đã đối chiếu thẻ" || e.Issues[0].Reviewed {
		t.Fatalf("the exception is not in the dossier: %+v", e.Issues)
	}
}

func TestConflictIsListed(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.chip.report.Document.VN.Name = "Nguyễn Văn Khác"
	s := b.open(t)
	snap := play(t, s, 0, step(t, CmdConfirmPerson))
	i := slices.IndexFunc(snap.Person.Fields, func(f Field) bool { return f.Name == "name" })
	if f := snap.Person.Fields[i]; !f.Conflict || f.Value != "Nguyễn Văn Khác" || f.Print != testName || f.Source != "chip" {
		t.Fatalf("name %+v", f)
	}
	if len(snap.Issues) != 1 || snap.Issues[0].Code != "conflict:name" {
		t.Fatalf("issues %+v", snap.Issues)
	}
	c := snap.Checks[slices.IndexFunc(snap.Checks, func(c verdict.Check) bool { return c.Name == "cross-check" })]
	if c.Outcome != verdict.Failed {
		t.Fatalf("cross-check %v", c.Outcome)
	}
}

func TestRulesRefuse(t *testing.T) {
	for code, change := range map[string]func(*bench){
		"under-14": func(b *bench) { b.chip.report.Document.VN.BirthDate = time.Now().AddDate(-13, 0, 0) },
		"expired":  func(b *bench) { b.chip.report.Document.VN.ExpiryDate = time.Now().AddDate(0, 0, -3) },
	} {
		b := newBench(t, t.TempDir())
		change(b)
		s := b.open(t)
		play(t, s, 0, step(t, CmdScan)-0)
		must(t, s, CmdScan, ScanArgs{Number: testNumber})
		snap := await(t, s, "chip", func(s Snapshot) bool { return s.Chip.State == "done" })
		if snap.Person.Ready || finalIssue(snap.Issues) != code {
			t.Errorf("%s: ready %v, issues %+v", code, snap.Person.Ready, snap.Issues)
		}
		refusedWith(t, s, cmd(CmdConfirmPerson, PersonArgs{Phone: testPhone}), code)
		refusedWith(t, s, cmd(CmdAcknowledge, AcknowledgeArgs{Code: code, Reason: "xin cho qua"}), "unknown-issue")
		_ = s.Close()
	}
}

// TestWiredScanner: a scanner of the station itself gets no answer; the page
// shows its refusals until the next scan.
func TestWiredScanner(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	if err := s.Scan(t.Context(), testQR); !errors.Is(err, ErrWrongStep) || s.Snapshot().Error != nil {
		t.Fatalf("with nobody there: %v, %+v", err, s.Snapshot().Error)
	}
	play(t, s, 0, step(t, CmdScan))
	for code, text := range map[string]string{"bad-scan": "https://example.vn/", "broken-scan": testQR[:50]} {
		if err := s.Scan(t.Context(), text); !errors.Is(err, ErrRefused) {
			t.Fatalf("%s: %v", code, err)
		}
		await(t, s, code, func(s Snapshot) bool { return s.Error != nil && s.Error.Code == code && s.Step == StepCard })
	}
	if err := s.Scan(t.Context(), testQR); err != nil {
		t.Fatal(err)
	}
	snap := await(t, s, "read", func(s Snapshot) bool { return s.Chip.State == "done" })
	if snap.Error != nil || snap.Step != StepPerson {
		t.Fatalf("after the card: step %s, %+v", snap.Step, snap.Error)
	}
}

func TestArgumentsAreChecked(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	play(t, s, 0, step(t, CmdConfirmPerson))
	for code, a := range map[string]PersonArgs{
		"bad-phone":      {Phone: "12345"},
		"bad-email":      {Phone: testPhone, Email: "a@b@c"},
		"bad-correction": {Phone: testPhone, Corrections: map[string]string{"birth": "1980-01-01"}},
	} {
		refusedWith(t, s, cmd(CmdConfirmPerson, a), code)
	}
	refusedWith(t, s, Command{ID: "u", Name: CmdConfirmPerson, Args: json.RawMessage(`{"phone":"0912345678","x":1}`)}, "bad-args")
	play(t, s, step(t, CmdConfirmPerson), step(t, CmdFingersStart))
	refusedWith(t, s, cmd(CmdFingersStart, FingerArgs{Finger: 11}), "bad-finger")
	refusedWith(t, s, cmd(CmdFingerException, FingerArgs{Finger: 2, Reason: "lazy"}), "bad-reason")
	play(t, s, step(t, CmdFingersStart), step(t, CmdDocuments))
	refusedWith(t, s, cmd(CmdDocuments, DocumentsArgs{Documents: []Document{{Type: "tax-code", Number: "12", OriginalSeen: true}}}), "bad-document")
	refusedWith(t, s, cmd(CmdDocuments, DocumentsArgs{Documents: []Document{{Type: "tax-code", Number: "0123456787", OriginalSeen: false}}}), "original-unseen")
	play(t, s, step(t, CmdDocuments), step(t, CmdConsent))
	refusedWith(t, s, cmd(CmdConsent, ConsentArgs{Documents: []bool{true, true}}), "no-consent")
	refusedWith(t, s, cmd(CmdConsent, ConsentArgs{Registration: true, Documents: []bool{true}}), "consent-mismatch")
}

func TestCancelErases(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, dir)
	b.portraiter.never.Store(true)
	s := b.open(t)
	play(t, s, 0, step(t, CmdPortraitStart))
	must(t, s, CmdPortraitStart, nil)
	await(t, s, "live", func(s Snapshot) bool { return s.Portrait.State == "live" })
	if _, n := s.Preview(t.Context(), 0); n == 0 {
		t.Fatal("no preview while live")
	}
	must(t, s, CmdCancel, nil)
	await(t, s, "idle", func(s Snapshot) bool { return s.Step == StepIdle })
	if _, err := os.Stat(filepath.Join(dir, journal.Name)); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the journal is still there: %v", err)
	}
	if _, _, ok := s.Image("dg2"); ok {
		t.Fatal("a picture outlived its enrolment")
	}
	if _, n := s.Preview(t.Context(), 0); n != 0 {
		t.Fatal("the preview outlived its enrolment")
	}
	// The next citizen finds the devices free.
	b.portraiter.never.Store(false)
	must(t, s, CmdBegin, nil)
	play(t, s, 1, step(t, CmdPortraitStart))
}

func cmd(name string, args any) Command {
	m := move{name: name, args: args}
	c := m.command(0)
	c.ID = fmt.Sprintf("%s-%d", name, time.Now().UnixNano())
	return c
}

func must(t testing.TB, s *Station, name string, args any) {
	t.Helper()
	if _, err := s.Do(t.Context(), cmd(name, args)); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func refusedWith(t *testing.T, s *Station, c Command, code string) {
	t.Helper()
	_, err := s.Do(t.Context(), c)
	var refused *CommandError
	if !errors.As(err, &refused) || refused.Problem.Code != code {
		t.Errorf("%s: %v, want %s", c.Name, err, code)
	}
}
