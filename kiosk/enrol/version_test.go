package enrol

import (
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// TestCommandsOnWhatIsShown: a command for an earlier enrolment than there is
// does nothing; what is only live makes none of them late.
func TestCommandsOnWhatIsShown(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	before := s.Snapshot().Version
	must(t, s, CmdBegin, nil)
	shown := s.Snapshot().Version
	late := cmd(CmdNotice, nil)
	late.IfVersion = before
	refusedWith(t, s, late, "stale")
	late.IfVersion = shown + 100 // of another station, or of a restart
	refusedWith(t, s, late, "stale")
	for range 3 { // a device that shows something
		s.report(t.Context(), func() { s.live.reader = "a reader" })
	}
	await(t, s, "live", func(n Snapshot) bool { return n.Version >= shown+3 })
	if s.Snapshot().Step != StepNotice {
		t.Fatal("a late command was carried out")
	}
	// The control: the same command for what is shown.
	late.IfVersion = shown
	if snap, err := s.Do(t.Context(), late); err != nil || snap.Step != StepCard {
		t.Fatalf("what was shown: %s, %v", snap.Step, err)
	}
	// Its repetition is late too, and still only a repetition.
	if _, err := s.Do(t.Context(), late); err != nil {
		t.Errorf("again: %v", err)
	}
	scan := cmd(CmdScan, ScanArgs{Text: testQR})
	scan.IfVersion = shown
	refusedWith(t, s, scan, "stale")
	scan.IfVersion = s.Snapshot().Version
	if _, err := s.Do(t.Context(), scan); err != nil {
		t.Errorf("the present one: %v", err)
	}
	read := await(t, s, "chip", func(n Snapshot) bool { return n.Chip.State == "done" })
	confirm := cmd(CmdConfirmPerson, PersonArgs{Phone: testPhone})
	confirm.IfVersion = scan.IfVersion // from before the chip was read
	refusedWith(t, s, confirm, "stale")
	confirm.IfVersion = read.Version
	_ = s.Close()
	time.Sleep(100 * time.Millisecond) // versions begin with the clock, a start takes longer
	s = newBench(t, b.cfg.JournalDir).open(t)
	refusedWith(t, s, confirm, "stale") // of before the restart
}

// TestIDsNameOneCommand: an ID that comes back with something else is refused.
func TestIDsNameOneCommand(t *testing.T) {
	s := newBench(t, t.TempDir()).open(t)
	play(t, s, 0, step(t, CmdConfirmPerson)+1)
	first := cmd(CmdConfirmPerson, PersonArgs{Phone: testPhone})
	if _, err := s.Do(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	other := first
	other.Args = marshal(t, PersonArgs{Phone: "0987654321"})
	refusedWith(t, s, other, "id-reused")
	other = first
	other.Name = CmdCancel
	refusedWith(t, s, other, "id-reused")
	if got := s.Snapshot().Person.Phone; got != testPhone {
		t.Errorf("phone %s", got)
	}
	for _, same := range []json.RawMessage{first.Args, json.RawMessage("  " + string(first.Args) + "\n")} { // the control
		again := first
		again.Args = same
		if _, err := s.Do(t.Context(), again); err != nil {
			t.Errorf("%q again: %v", same, err)
		}
	}
}

// TestManyTapsAreOneStep: fifty at once do what one does.
func TestManyTapsAreOneStep(t *testing.T) {
	taps := func(t *testing.T, id func(i int) string) int {
		b := newBench(t, t.TempDir())
		s := b.open(t)
		play(t, s, 0, step(t, CmdConfirmPerson)+1)
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				_, _ = s.Do(t.Context(), Command{ID: id(i), Name: CmdConfirmPerson, Args: marshal(t, PersonArgs{Phone: testPhone}), Officer: "officer-1"})
			})
		}
		all.Wait()
		said := b.outbox.said()
		return len(slices.DeleteFunc(said, func(act string) bool { return act != "officer-1 "+actPerson }))
	}
	one := taps(t, func(int) string { return "one" })
	if one != 1 {
		t.Errorf("confirmed %d times", one)
	}
	if many := taps(t, strconv.Itoa); many != 50 { // the control
		t.Errorf("fifty wishes were done %d times", many)
	}
}
