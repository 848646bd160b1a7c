package enrol

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
)

// TestNumberOfACard: what names the citizen by itself needs no chip; a CAN does.
func TestNumberOfACard(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	zone := b.chip.report.Document.MRZ.Zone
	for name, x := range map[string]struct {
		text  string
		reads int
	}{"number": {testNumber, 0}, "code": {testQR, 0}, "zone": {zone, 0}, "CAN": {"990001", 1}} {
		before := b.chip.reads
		got, err := s.Number(t.Context(), x.text)
		if err != nil || got != testNumber || b.chip.reads-before != x.reads {
			t.Errorf("%s: %q, %v, %d reads", name, got, err, b.chip.reads-before)
		}
	}
	if snap := s.Snapshot(); snap.Step != StepIdle || len(snap.Person.Fields) != 0 {
		t.Errorf("step %s, fields %v", snap.Step, snap.Person.Fields)
	}
}

func numberRefused(t *testing.T, s *Station, text, code string) {
	t.Helper()
	_, err := s.Number(t.Context(), text)
	var refused *CommandError
	if !errors.As(err, &refused) || refused.Problem.Code != code || refused.Problem.Words.VI == "" {
		t.Errorf("%q: %v, want %s", text, err, code)
	}
}

func TestNumberIsRefused(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	numberRefused(t, s, "hello", "bad-scan")
	b.chip.errs = []error{access.ErrWrongKey}
	numberRefused(t, s, "990001", reader.Explain(access.ErrWrongKey).Code)
	play(t, s, 0, 2)
	numberRefused(t, s, "990001", "wrong-step") // the chip is the enrolment's
	if got, err := s.Number(t.Context(), testQR); err != nil || got != testNumber {
		t.Errorf("the print, meanwhile: %q, %v", got, err)
	}
}

// TestNumberMakesWay: an enrolment that begins does not wait for a look-up.
func TestNumberMakesWay(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.chip.hold = make(chan struct{})
	s := b.open(t)
	asked := make(chan error, 1)
	go func() {
		_, err := s.Number(context.WithoutCancel(t.Context()), "990001")
		asked <- err
	}()
	eventually(t, "the chip is read", func() bool {
		b.chip.mu.Lock()
		defer b.chip.mu.Unlock()
		return b.chip.reads == 1
	})
	must(t, s, CmdBegin, nil)
	select {
	case err := <-asked:
		if !errors.Is(err, ErrWrongStep) {
			t.Errorf("the look-up: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the look-up still holds the chip")
	}
	close(b.chip.hold)
	must(t, s, CmdNotice, nil)
	must(t, s, CmdScan, ScanArgs{Text: testQR})
	await(t, s, "the chip", func(s Snapshot) bool { return s.Chip.State == "done" })
}
