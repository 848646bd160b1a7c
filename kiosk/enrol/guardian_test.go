package enrol

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/verdict"
)

// TestGuardianRefuses: who may not stand beside a child is told why.
func TestGuardianRefuses(t *testing.T) {
	change := func(f func(a *GuardianArgs)) GuardianArgs {
		a := fathersPaper
		f(&a)
		return a
	}
	typedGuardian := func(number string, years int) GuardianArgs {
		return change(func(a *GuardianArgs) {
			a.Reason = "thẻ không đọc được"
			a.Fields = map[string]string{"number": number, "name": guardianName, "birth": yearsAgo(years).Format(isoDate)}
		})
	}
	b, s := standing(t, "child", StepGuardian)
	const officers = "001085000099"
	s.cfg.OwnCard = func(officer, number string) bool { return officer == "officer-1" && number == officers }
	for what, x := range map[string]struct {
		args any
		code string
	}{
		"no card read":      {fathersPaper, "guardian-unscanned"},
		"no relation":       {change(func(a *GuardianArgs) { a.Relation = "neighbour" }), "bad-relation"},
		"another paper":     {change(func(a *GuardianArgs) { a.Paper.Type = "passport" }), "bad-paper"},
		"a copy":            {change(func(a *GuardianArgs) { a.Paper.OriginalSeen = false }), "original-unseen"},
		"no reason":         {change(func(a *GuardianArgs) { a.Fields = map[string]string{"number": guardianNumber} }), "bad-reason"},
		"no birth":          {change(func(a *GuardianArgs) { a.Reason = "thẻ hỏng chip" }), "guardian-unknown"},
		"seventeen":         {typedGuardian(guardianNumber, 17), "guardian-too-young"},
		"the officer":       {typedGuardian(officers, 40), "guardian-is-officer"},
		"an unknown word":   {map[string]any{"relation": "father", "age": 40}, "bad-args"},
		"a field of nobody": {change(func(a *GuardianArgs) { a.Reason, a.Fields = "thẻ hỏng chip", map[string]string{"x": "y"} }), "bad-identity"},
	} {
		t.Run(what, func(t *testing.T) { refusedWith(t, s, cmd(CmdGuardian, x.args), x.code) })
	}
	b.chip.lay(cardOf(t, guardianNumber, guardianName, yearsAgo(17)))
	must(t, s, CmdGuardianScan, ScanArgs{Number: guardianNumber})
	await(t, s, "a young guardian", func(s Snapshot) bool { return s.Guardian.Chip.State == "done" })
	refusedWith(t, s, cmd(CmdGuardian, fathersPaper), "guardian-too-young")
	refusedWith(t, s, cmd(CmdGuardian, typedGuardian(guardianNumber, 40)), "bad-args") // the chip has said it
	// The control: another guardian's card, in the same step.
	guarded(t, b, s)
	if snap := s.Snapshot(); snap.Step != StepCard || !snap.Guardian.Confirmed || value(snap.Guardian.Fields, fieldNumber) != guardianNumber {
		t.Fatalf("step %s, %+v", snap.Step, snap.Guardian)
	}
	// Another guardian came after all: what was said of the first is forgotten.
	must(t, s, CmdGuardianScan, ScanArgs{Number: guardianNumber})
	if snap := s.Snapshot(); snap.Step != StepGuardian || snap.Guardian.Confirmed {
		t.Fatalf("step %s, %+v", snap.Step, snap.Guardian)
	}
	await(t, s, "the other guardian", func(s Snapshot) bool { return s.Guardian.Chip.State == "done" })
	must(t, s, CmdGuardian, fathersPaper)
}

// TestSameCardTwice: the guardian's card that is left on the reader is not taken
// for the child's.
func TestSameCardTwice(t *testing.T) {
	b, s := standing(t, "child", StepCard)
	must(t, s, CmdScan, ScanArgs{Number: childNumber}) // the guardian's card still lies there
	snap := await(t, s, "refused", func(s Snapshot) bool { return s.Chip.State == "failed" })
	if snap.Error == nil || snap.Error.Code != "same-person" || snap.Step != StepCard || snap.Person.Confirmed {
		t.Fatalf("step %s, error %+v", snap.Step, snap.Error)
	}
	s = reopened(t, b, s)
	childsCard(11)(t, b, s)
	if snap := s.Snapshot(); snap.Step != StepPerson || snap.Error != nil || value(snap.Person.Fields, fieldNumber) != numberFor(yearsAgo(11)) {
		t.Fatalf("step %s, error %+v", snap.Step, snap.Error)
	}
	a := fathersPaper
	refusedWith(t, s, cmd(CmdRequest, RequestArgs{}), "wrong-step")
	a.Relation = "mother" // can be mended while nobody has signed
	must(t, s, CmdGuardian, a)
	if got := s.Snapshot(); got.Guardian.Relation != "mother" || got.Step != StepPerson {
		t.Errorf("%+v in step %s", got.Guardian, got.Step)
	}
}

// TestChildAges: the kind's own bounds, and the way for others.
func TestChildAges(t *testing.T) {
	for years, code := range map[int]string{5: "under-6", 6: "", 13: "", 14: "too-old"} {
		b, s := standing(t, "child", StepCard)
		childsCard(years)(t, b, s)
		if got := finalIssue(s.Snapshot().Issues); got != code {
			t.Errorf("at %d: %q, want %q", years, got, code)
		}
		_ = s.Close()
	}
}

// TestGuardiansChecks: what fails of the guardian's card stands before the
// signature like the citizen's own, and goes along.
func TestGuardiansChecks(t *testing.T) {
	k := kindScripts["child"]
	k.own = maps.Clone(k.own)
	k.own[StepGuardian] = func(t *testing.T, b *bench, s *Station) {
		r := cardOf(t, guardianNumber, guardianName, yearsAgo(40))
		r.Checks[1] = verdict.Check{Name: "sod-hashes", Outcome: verdict.Failed, Reason: words("DG2 khác SOD", "DG2 differs from the SOD")}
		r.Document.VN.ExpiryDate = yearsAgo(1)
		b.chip.lay(r)
		must(t, s, CmdGuardianScan, ScanArgs{Number: guardianNumber})
		await(t, s, "the guardian's chip", func(s Snapshot) bool { return s.Guardian.Chip.State == "done" })
		must(t, s, CmdAcknowledge, AcknowledgeArgs{Code: guardianExpired, Reason: "đã xem hộ chiếu còn hạn"})
		must(t, s, CmdGuardian, fathersPaper)
	}
	k.own[StepSign] = func(t *testing.T, _ *bench, s *Station) {
		refusedWith(t, s, cmd(CmdSign, nil), "open-issues")
		must(t, s, CmdAcknowledge, AcknowledgeArgs{Code: "check:guardian/sod-hashes", Reason: "đã đối chiếu giấy khai sinh"})
		must(t, s, CmdSign, nil)
	}
	b := k.bench(t, t.TempDir())
	s := b.open(t)
	must(t, s, CmdBegin, k.begin)
	k.carry(t, b, s, StepDone, nil)
	var g guardianSection
	if err := s.codec.dec.Unmarshal(section(t, b, sectionGuardian), &g); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, c := range g.Checks {
		if c.Outcome == verdict.Failed.String() && c.Name == "guardian/sod-hashes" {
			failed++
		}
	}
	if failed != 1 || g.Relation != "father" || len(g.Files) != 2 || len(g.Linked) != 0 || g.Family.String() != s.Snapshot().ID {
		t.Errorf("%+v", g)
	}
}

// TestHousehold: a guardian who was verified once stands beside the next child,
// with a dossier of its own, until the time is over, the officer changes or the
// receipt is finished.
func TestHousehold(t *testing.T) {
	k := kindScripts["child"]
	b := k.bench(t, t.TempDir())
	now := time.Now()
	b.cfg.Now = func() time.Time { return now }
	s := b.open(t)
	must(t, s, CmdBegin, k.begin)
	k.carry(t, b, s, StepDone, nil)
	first := s.Snapshot()
	if h := first.Household; h == nil || h.After != first.ID || !h.Until.Equal(now.Add(time.Hour)) {
		t.Fatalf("behind the receipt: %+v", h)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = b.open(t) // also after a restart
	other := cmd(CmdBegin, BeginArgs{After: first.ID})
	other.Officer = "officer-2"
	refusedWith(t, s, other, "no-family")
	refusedWith(t, s, cmd(CmdBegin, BeginArgs{After: "another"}), "no-family")
	refusedWith(t, s, cmd(CmdBegin, BeginArgs{Kind: "citizen", After: first.ID}), "no-family")
	must(t, s, CmdBegin, BeginArgs{After: first.ID})
	snap := s.Snapshot()
	if snap.Kind.Code != "child" || !snap.Guardian.Carried || snap.Guardian.Confirmed || value(snap.Guardian.Fields, fieldNumber) != guardianNumber {
		t.Fatalf("the second: %+v", snap.Guardian)
	}
	must(t, s, CmdNotice, nil)
	s = reopened(t, b, s)
	refusedWith(t, s, cmd(CmdGuardianScan, ScanArgs{Number: guardianNumber}), "already-read")
	k2 := k
	k2.own = maps.Clone(k.own)
	k2.own[StepGuardian] = func(t *testing.T, _ *bench, s *Station) { must(t, s, CmdGuardian, fathersPaper) }
	k2.own[StepCard] = func(t *testing.T, b *bench, s *Station) {
		b.chip.lay(cardOf(t, "001218000012", "Nguyễn Văn Em", yearsAgo(8)))
		usual[StepCard](t, b, s)
	}
	reads := b.chip.reads
	k2.carry(t, b, s, StepDone, nil)
	if b.chip.reads != reads+1 {
		t.Errorf("%d cards were read for the second child", b.chip.reads-reads)
	}
	var g guardianSection
	if err := s.codec.dec.Unmarshal(section(t, b, sectionGuardian), &g); err != nil {
		t.Fatal(err)
	}
	if len(b.outbox.dossiers) != 2 || g.Family.String() != first.ID || len(g.Linked) != 1 || g.Linked[0].String() != first.ID || len(g.Files) != 2 {
		t.Errorf("%d dossiers, family %s, linked %v", len(b.outbox.dossiers), g.Family, g.Linked)
	}
	forgotten(t, b, s, func() { now = now.Add(2 * time.Hour) })
}

// forgotten lets the time pass: nothing of the guardian is left, also on the
// disk.
func forgotten(t *testing.T, b *bench, s *Station, pass func()) {
	t.Helper()
	id := s.Snapshot().ID
	if s.Snapshot().Household == nil {
		t.Fatal("nothing to forget")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	pass()
	s = b.open(t)
	await(t, s, "forgotten", func(s Snapshot) bool { return s.Household == nil })
	eventually(t, "off the disk", func() bool {
		done := make(chan bool, 1)
		s.send(t.Context(), func() { done <- s.st.done.Household == nil })
		return <-done
	})
	if got := s.Snapshot(); got.Step != StepDone || got.Receipt == nil || got.Receipt.ID != id {
		t.Errorf("the receipt went along: %+v", got.Receipt)
	}
	refusedWith(t, s, cmd(CmdBegin, BeginArgs{After: id}), "no-family")
	must(t, s, CmdFinish, nil)
}

// TestFinishForgetsTheGuardian at once.
func TestFinishForgetsTheGuardian(t *testing.T) {
	_, s := standing(t, "child", StepDone)
	id := s.Snapshot().ID
	must(t, s, CmdFinish, nil)
	refusedWith(t, s, cmd(CmdBegin, BeginArgs{Kind: "child", After: id}), "no-family")
	if st := s.Snapshot(); st.Household != nil || st.Guardian != nil {
		t.Errorf("%+v %+v", st.Household, st.Guardian)
	}
}

// TestGuardiansCardFails: a wrong key, a lost card and another try.
func TestGuardiansCardFails(t *testing.T) {
	b, s := standing(t, "child", StepGuardian)
	b.chip.errs = []error{access.ErrWrongKey}
	b.chip.lay(cardOf(t, guardianNumber, guardianName, yearsAgo(40)))
	must(t, s, CmdGuardianScan, ScanArgs{CAN: "111111"})
	snap := await(t, s, "refused", func(s Snapshot) bool { return s.Guardian.Chip.State == "failed" })
	if snap.Error == nil || snap.Error.Code != "wrong-key" || snap.Chip.State != "idle" {
		t.Fatalf("error %+v, the citizen's chip is %q", snap.Error, snap.Chip.State)
	}
	s = reopened(t, b, s)
	guarded(t, b, s)
	if got := s.Snapshot(); got.Error != nil || got.Step != StepCard {
		t.Fatalf("step %s, %+v", got.Step, got.Error)
	}
	if said := strings.Join(b.outbox.said(), "\n"); !strings.Contains(said, "guardian-confirmed father") || strings.Contains(said, guardianName) {
		t.Errorf("audit: %s", said)
	}
}
