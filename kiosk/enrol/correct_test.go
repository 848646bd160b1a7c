package enrol

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/queue"
)

var corrected = uuid.MustParse("0193a5b2-7c1e-7aaa-8bbb-0123456789ab")

// asking is a bench whose outbox has a dossier of the citizen with a number, of
// which the central wants a section anew.
func asking(t testing.TB, dir, number, section string) *bench {
	t.Helper()
	b := newBench(t, dir)
	b.outbox.known = map[string]offline.Status{number: {ID: corrected, State: offline.FixNeeded,
		Fix: &queue.Fix{Section: section, Reason: "blurred", Words: "Ảnh bị nhòe", Deadline: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}}}
	return b
}

var correctArgs = CorrectArgs{Dossier: corrected.String()}

// corrections are the moves of each section's correction.
var corrections = map[string][]move{
	sectionEvidence: {
		{CmdCorrect, correctArgs, at(StepCard)},
		{CmdScan, ScanArgs{Text: testQR}, at(StepSign)},
	},
	sectionPerson: {
		{CmdCorrect, correctArgs, at(StepCard)},
		{CmdScan, ScanArgs{Text: testQR}, at(StepPerson)},
		{CmdConfirmPerson, PersonArgs{Phone: testPhone}, at(StepSign)},
	},
	sectionPortrait: {
		{CmdCorrect, correctArgs, at(StepCard)},
		{CmdScan, ScanArgs{Text: testQR}, at(StepPortrait)},
		{CmdPortraitStart, nil, compared},
		{CmdPortraitAccept, nil, at(StepSign)},
	},
	sectionPrints: {
		{CmdCorrect, correctArgs, at(StepCard)},
		{CmdScan, ScanArgs{Text: testQR}, at(StepFingers)},
		{CmdFingersStart, FingerArgs{Finger: int(biometrics.RightIndex)}, fingerIs(biometrics.RightIndex, "done")},
		{CmdFingersStart, FingerArgs{Finger: int(biometrics.LeftIndex)}, at(StepSign)},
	},
}

var sealing = []move{{CmdSign, nil, at(StepSeal)}, {CmdSeal, nil, at(StepDone)}}

func playMoves(t testing.TB, s *Station, list []move) {
	t.Helper()
	for i, m := range list {
		if _, err := s.Do(t.Context(), Command{ID: m.name + string(rune('a'+i)), Name: m.name, Args: marshal(t, m.args), Officer: "officer-1"}); err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
		await(t, s, m.name, m.until)
	}
}

func marshal(t testing.TB, v any) json.RawMessage {
	t.Helper()
	if v == nil {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCorrectionOfEachSection: only the card and what was asked for are taken
// again, and the dossier says whose it replaces.
func TestCorrectionOfEachSection(t *testing.T) {
	for section, list := range corrections {
		t.Run(section, func(t *testing.T) {
			b := asking(t, t.TempDir(), testNumber, section)
			s := b.open(t)
			playMoves(t, s, list)
			snap := s.Snapshot()
			if c := snap.Corrects; c == nil || c.Section != section || c.Words != "Ảnh bị nhòe" || c.Dossier != corrected.String() {
				t.Fatalf("the page is told %+v", c)
			}
			if len(snap.Steps) != len(recaptured[section])+3 {
				t.Errorf("%d steps: %+v", len(snap.Steps), snap.Steps)
			}
			if kind := b.outbox.drafts[uuid.MustParse(snap.ID)]; kind != KindCorrection {
				t.Errorf("draft of kind %q", kind)
			}
			playMoves(t, s, sealing)
			if len(b.outbox.dossiers) != 1 {
				t.Fatalf("%d dossiers", len(b.outbox.dossiers))
			}
			d := b.outbox.dossiers[0]
			var names []string
			for _, x := range d.Sections {
				names = append(names, x.Name)
			}
			want := slices.Compact([]string{sectionEvidence, section})
			if !slices.Equal(names, want) || d.Corrects != corrected || d.Section != section || d.Kind != KindCorrection || d.Lookup != testNumber || d.Initials != "N.V.T." {
				t.Errorf("sections %v of %s %s, kind %s, %q", names, d.Corrects, d.Section, d.Kind, d.Initials)
			}
			if d.ID == corrected || d.Officer != "officer-1" {
				t.Errorf("dossier %s by %q", d.ID, d.Officer)
			}
			if _, opened := b.camera.counts(); opened > 0 && section != sectionPortrait {
				t.Error("the camera was opened for nothing")
			}
		})
	}
}

// TestCorrectionOfAnotherCitizen: another's card is refused in clear words, and
// the right one is taken after it. The control is the same card where the
// dossier is its own citizen's.
func TestCorrectionOfAnotherCitizen(t *testing.T) {
	b := asking(t, t.TempDir(), "001190990002", sectionPortrait)
	s := b.open(t)
	must(t, s, CmdCorrect, correctArgs)
	must(t, s, CmdScan, ScanArgs{Text: testQR})
	snap := await(t, s, "the refusal", func(s Snapshot) bool { return s.Chip.State == "failed" })
	if snap.Step != StepCard || snap.Error == nil || snap.Error.Code != "other-citizen" || snap.Error.Next.VI == "" {
		t.Fatalf("step %s, error %+v", snap.Step, snap.Error)
	}
	refusedWith(t, s, cmd(CmdPortraitStart, nil), "wrong-step")
	if len(snap.Person.Fields) > 0 && slices.ContainsFunc(snap.Person.Fields, func(f Field) bool { return f.Chip != "" }) {
		t.Error("the other citizen's chip was kept")
	}
	if said := strings.Join(b.outbox.said(), "; "); !strings.Contains(said, "card-refused other-citizen") {
		t.Errorf("the log: %s", said)
	}
	b.outbox.books.Lock()
	b.outbox.known = asking(t, "", testNumber, sectionPortrait).outbox.known
	b.outbox.books.Unlock()
	must(t, s, CmdScan, ScanArgs{Text: testQR})
	await(t, s, "the control", at(StepPortrait))
}

// TestCorrectionWithoutIndex: where the outbox can not be asked, the card is
// not taken for the citizen's.
func TestCorrectionWithoutIndex(t *testing.T) {
	b := asking(t, t.TempDir(), testNumber, sectionPortrait)
	s := b.open(t)
	must(t, s, CmdCorrect, correctArgs)
	b.outbox.blind = errors.New("the database is closed")
	must(t, s, CmdScan, ScanArgs{Text: testQR})
	snap := await(t, s, "the refusal", func(s Snapshot) bool { return s.Chip.State == "failed" })
	if snap.Error == nil || snap.Error.Code != "outbox-unread" {
		t.Fatalf("error %+v", snap.Error)
	}
}

func TestCorrectionIsRefused(t *testing.T) {
	for code, change := range map[string]func(*offline.Status){
		"no-dossier":    func(d *offline.Status) { d.ID = uuid.New() },
		"nothing-asked": func(d *offline.Status) { d.State, d.Fix = offline.Custody, nil },
		"corrected":     func(d *offline.Status) { d.Corrected = uuid.New() },
		"fix-elsewhere": func(d *offline.Status) { d.Fix.Section = sectionConsent },
	} {
		b := asking(t, t.TempDir(), testNumber, sectionPortrait)
		d := b.outbox.known[testNumber]
		change(&d)
		b.outbox.known[testNumber] = d
		s := b.open(t)
		refusedWith(t, s, cmd(CmdCorrect, correctArgs), code)
		if s.Snapshot().Step != StepIdle || len(b.outbox.drafts) != 0 {
			t.Errorf("%s: step %s, drafts %v", code, s.Snapshot().Step, b.outbox.drafts)
		}
	}
	s := asking(t, t.TempDir(), testNumber, sectionPortrait).open(t)
	refusedWith(t, s, cmd(CmdCorrect, CorrectArgs{Dossier: "x"}), "bad-args")
	must(t, s, CmdCorrect, correctArgs) // the control
	refusedWith(t, s, cmd(CmdCorrect, correctArgs), "wrong-step")
}

// TestCorrectionTakesNothingElse: at its end no section is open but the one
// that was asked for.
func TestCorrectionTakesNothingElse(t *testing.T) {
	b := asking(t, t.TempDir(), testNumber, sectionEvidence)
	s := b.open(t)
	playMoves(t, s, corrections[sectionEvidence])
	for name, args := range map[string]any{
		CmdConfirmPerson: PersonArgs{Phone: testPhone}, CmdPortraitRetake: nil, CmdFingersStart: FingerArgs{Finger: 2},
		CmdFingerException: FingerArgs{Finger: 2, Reason: "missing"}, CmdFingerCamera: CameraArgs{On: true},
		CmdDocuments: DocumentsArgs{}, CmdConsent: ConsentArgs{Registration: true},
	} {
		refusedWith(t, s, cmd(name, args), "wrong-step")
	}
}

// TestCorrectionAfterACrash: after each move of each section the station comes
// back in the same step, about the same dossier, and ends the same.
func TestCorrectionAfterACrash(t *testing.T) {
	for section, list := range corrections {
		for n := 1; n <= len(list); n++ {
			dir := t.TempDir()
			s := asking(t, dir, testNumber, section).open(t)
			playMoves(t, s, list[:n])
			before := comparable(s.Snapshot())
			_ = s.Close() // nothing is written on the way out: the journal is what a cut would leave
			b := asking(t, dir, testNumber, section)
			s = b.open(t)
			if n > 1 {
				await(t, s, "the same step", at(before.Step))
			}
			after := comparable(s.Snapshot())
			if before.Step != after.Step || *before.Corrects != *after.Corrects || before.ID != after.ID {
				t.Fatalf("%s after %d moves: step %s, %+v; before %s", section, n, after.Step, after.Corrects, before.Step)
			}
			if n == 1 { // the control: another's card is still refused
				b.outbox.known = asking(t, "", "001190990002", section).outbox.known
				must(t, s, CmdScan, ScanArgs{Text: testQR})
				await(t, s, "the refusal", func(s Snapshot) bool { return s.Error != nil && s.Error.Code == "other-citizen" })
				b.outbox.known = asking(t, "", testNumber, section).outbox.known
			}
			playMoves(t, s, append(slices.Clone(list[n:]), sealing...))
			if d := b.outbox.dossiers[0]; d.Corrects != corrected || d.Section != section {
				t.Fatalf("%s: corrects %s %s", section, d.Corrects, d.Section)
			}
			_ = s.Close()
		}
	}
}
