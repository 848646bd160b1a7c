package enrol

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/journal"
	"github.com/tram-station/tram/reader/verdict"
)

// behindReceipt stands behind the receipt of a child whose guardian can go on.
func behindReceipt(t *testing.T) (*bench, *Station, string) {
	t.Helper()
	b, s := standing(t, "child", StepDone)
	snap := s.Snapshot()
	if snap.Household == nil {
		t.Fatal("nobody to forget")
	}
	return b, s, snap.ID
}

// TestGuardianLeavesWithTheOfficer: whoever else sits down, or nobody, finds no
// guardian, also on the disk; the officer who verified him does.
func TestGuardianLeavesWithTheOfficer(t *testing.T) {
	for who, stays := range map[string]bool{"officer-1": true, "officer-2": false, "": false} {
		b, s, id := behindReceipt(t)
		gone, cancel := context.WithCancel(t.Context())
		cancel() // the page was closed at once
		s.Attend(gone, who)
		if (s.Snapshot().Household != nil) != stays {
			t.Errorf("with %q at the counter: %+v", who, s.Snapshot().Household)
		}
		_ = s.Close()
		s = b.open(t)
		if got := s.Snapshot(); (got.Household != nil) != stays || got.Receipt == nil || got.Receipt.ID != id {
			t.Errorf("with %q, after a restart: %+v, receipt %+v", who, got.Household, got.Receipt)
		}
		_, err := s.Do(t.Context(), cmd(CmdBegin, BeginArgs{After: id}))
		if got := saidBy(err).Code; (got == "no-family") == stays {
			t.Errorf("with %q the next child: %q", who, got)
		}
		_ = s.Close()
	}
}

// TestGuardianLeavesAFullDisk: nobody goes on with him although the disk keeps
// him for a while, and it forgets him as soon as it can.
func TestGuardianLeavesAFullDisk(t *testing.T) {
	b, s, id := behindReceipt(t)
	if err := os.Chmod(b.cfg.JournalDir, 0o500); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 { // root writes everywhere: take the folder away
		if err := os.Rename(b.cfg.JournalDir, b.cfg.JournalDir+".away"); err != nil {
			t.Fatal(err)
		}
	}
	s.Attend(t.Context(), "")
	refusedWith(t, s, cmd(CmdBegin, BeginArgs{After: id}), "no-family")
	kept := func() bool {
		done := make(chan bool, 1)
		s.send(t.Context(), func() { done <- s.st.done.Household != nil })
		return <-done
	}
	if !kept() {
		t.Fatal("the control: the disk was not full")
	}
	if os.Geteuid() == 0 {
		if err := os.Rename(b.cfg.JournalDir+".away", b.cfg.JournalDir); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(b.cfg.JournalDir, 0o700); err != nil {
		t.Fatal(err)
	}
	eventually(t, "forgotten", func() bool { return !kept() })
	if got := s.Snapshot(); got.Receipt == nil || got.Receipt.ID != id {
		t.Errorf("the receipt went along: %+v", got.Receipt)
	}
}

// TestHandOverForgetsTheGuardian: who takes the next child over has to verify the
// guardian, and a guardian whom another officer verified goes on no further.
func TestHandOverForgetsTheGuardian(t *testing.T) {
	takeOver := func(t *testing.T, s *Station) {
		t.Helper()
		c := cmd(CmdHandOver, nil)
		c.Officer = "officer-2"
		if _, err := s.Do(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	b, s, id := behindReceipt(t)
	must(t, s, CmdBegin, BeginArgs{After: id})
	must(t, s, CmdNotice, nil)
	if !s.Snapshot().Guardian.Carried {
		t.Fatal("the control: he was not carried over")
	}
	takeOver(t, s)
	s = reopened(t, b, s)
	if g := s.Snapshot().Guardian; g.Carried || len(g.Fields) != 0 {
		t.Fatalf("after the hand-over: %+v", g)
	}
	refusedWith(t, s, cmd(CmdGuardian, fathersPaper), "guardian-unscanned")
	guarded(t, b, s)
	if s.Snapshot().Step != StepCard {
		t.Errorf("in step %s", s.Snapshot().Step)
	}
	_ = s.Close()

	k := kindScripts["child"]
	b, s = standing(t, "child", StepCard)
	takeOver(t, s)
	k.carry(t, b, s, StepDone, nil)
	if h := s.Snapshot().Household; h != nil {
		t.Errorf("verified by another officer, and carried on: %+v", h)
	}
}

// TestGuardiansEthnicityAndReligion are journalled no more than the citizen's.
func TestGuardiansEthnicityAndReligion(t *testing.T) {
	const ethnicity, religion = "Dân tộc Mẫu", "Tôn giáo Mẫu"
	b, s := standing(t, "child", StepGuardian)
	r := cardOf(t, guardianNumber, guardianName, yearsAgo(40))
	r.Document.VN.Ethnicity, r.Document.VN.Religion = ethnicity, religion
	r.Document.VN.Fields = map[int][]string{1: {guardianNumber}, dg13Ethnicity: {ethnicity}, dg13Religion: {religion}}
	b.chip.lay(r)
	must(t, s, CmdGuardianScan, ScanArgs{Number: guardianNumber})
	await(t, s, "the guardian's chip", func(s Snapshot) bool { return s.Guardian.Chip.State == "done" })
	_ = s.Close()
	j, records, err := journal.Open(b.cfg.JournalDir, journalKey, rand.Reader, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	_ = j.Close()
	chips := 0
	for _, raw := range records {
		e, err := s.codec.event(raw)
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == evGuardianChip {
			chips++
			if vn := e.Chip.Document.VN; vn.Number != guardianNumber || vn.Fields[1] == nil {
				t.Errorf("the rest went too: %+v", vn)
			}
		}
		if strings.Contains(string(raw), ethnicity) || strings.Contains(string(raw), religion) {
			t.Errorf("%q keeps them", e.Kind)
		}
	}
	// The control: the report as it came from the reader has both.
	raw, err := s.codec.enc.Marshal(event{Kind: evGuardianChip, Chip: r})
	if err != nil || chips != 1 || !strings.Contains(string(raw), ethnicity) || !strings.Contains(string(raw), religion) {
		t.Errorf("%d chips, %v", chips, err)
	}
}

// TestReasonsGoWithTheGuardian: what was said of one card is not taken for what
// is to be said of another.
func TestReasonsGoWithTheGuardian(t *testing.T) {
	b, s := standing(t, "child", StepGuardian)
	failing := func(number string) {
		r := cardOf(t, number, guardianName, yearsAgo(40))
		r.Checks[1] = verdict.Check{Name: "sod-hashes", Outcome: verdict.Failed, Reason: words("DG2 khác SOD", "DG2 differs from the SOD")}
		b.chip.lay(r)
		must(t, s, CmdGuardianScan, ScanArgs{Number: number})
		await(t, s, "the guardian's chip", func(s Snapshot) bool { return s.Guardian.Chip.State == "done" })
	}
	const code = "check:guardian/sod-hashes"
	failing(guardianNumber)
	must(t, s, CmdAcknowledge, AcknowledgeArgs{Code: code, Reason: "đã đối chiếu giấy khai sinh"})
	must(t, s, CmdGuardian, fathersPaper)
	if hasIssue(s.Snapshot(), code) {
		t.Fatal("the control: the reason was not taken")
	}
	failing("001085000033")
	if !hasIssue(s.Snapshot(), code) {
		t.Error("another card's failure has a reason already")
	}
}

// TestNobodyDecidesOnTheirOwnWard: an officer who takes over, and a supervisor,
// may not be the guardian.
func TestNobodyDecidesOnTheirOwnWard(t *testing.T) {
	k := kindScripts["child"]
	b := k.bench(t, t.TempDir())
	b.cfg.OwnCard = func(who, number string) bool { return who == "officer-2" && number == guardianNumber }
	s := b.open(t)
	must(t, s, CmdBegin, k.begin)
	k.carry(t, b, s, StepCard, nil)
	approves := func(who string) *Problem {
		done := make(chan *Problem, 1)
		s.send(t.Context(), func() { done <- s.mayApprove(who) })
		return <-done
	}
	if p := approves("supervisor-1"); p != nil || len(s.Snapshot().Issues) != 0 {
		t.Fatalf("the control: %+v, %+v", p, s.Snapshot().Issues)
	}
	if p := approves("officer-2"); p == nil || p.Code != "supervisor-is-guardian" {
		t.Errorf("approves: %+v", p)
	}
	c := cmd(CmdHandOver, nil)
	c.Officer = "officer-2"
	snap, err := s.Do(t.Context(), c)
	if err != nil || finalIssue(snap.Issues) != "guardian-is-officer" {
		t.Errorf("takes over: %v, %+v", err, snap.Issues)
	}
}

// TestGuardiansPrintIsReadLikeTheCitizens: also typed, and with how it came.
func TestGuardiansPrintIsReadLikeTheCitizens(t *testing.T) {
	b, s := standing(t, "child", StepGuardian)
	b.chip.lay(cardOf(t, guardianNumber, guardianName, yearsAgo(40)))
	fields := map[string]string{"number": guardianNumber, "name": guardianName, "birth": yearsAgo(40).Format(isoDate)}
	refusedWith(t, s, cmd(CmdGuardianScan, ScanArgs{Number: guardianNumber, Fields: fields}), "bad-args")
	refusedWith(t, s, cmd(CmdGuardianScan, ScanArgs{Birth: "850101", Fields: fields}), "bad-args")
	must(t, s, CmdGuardianScan, ScanArgs{Fields: fields, Via: ViaKeyboard})
	await(t, s, "the guardian's chip", func(s Snapshot) bool { return s.Guardian.Chip.State == "done" })
	must(t, s, CmdGuardian, fathersPaper)
}
