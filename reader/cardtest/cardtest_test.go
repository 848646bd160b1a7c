package cardtest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/tram-station/tram/reader/apdu"
)

func TestVirtualSlot(t *testing.T) {
	Run(t, func(_ *testing.T, chip apdu.Processor) (apdu.Slot, func(), func()) {
		s := &apdu.VirtualSlot{}
		return s, s.Pull, func() { s.Put(chip) }
	})
}

// faultVariable tells a child process which faulty slot it has to test.
const faultVariable = "TRAM_CARDTEST_FAULT"

// faults names each faulty slot and the test of the suite that must fail on
// it.
var faults = map[string]string{
	"hides a lost card":         "PulledWhileIdle",
	"hides an empty response":   "AnswersNothing",
	"makes errors of refusals":  "RefusalIsNoError",
	"keeps the chip's state":    "InsertResets",
	"does not wait":             "InsertWaits",
	"ignores the caller's wish": "CancelledTransmit",
	"cuts long responses":       "LongBodies",
}

// TestSuiteFails is the control: the suite must fail on every faulty slot, and
// in the test that is about its fault.
func TestSuiteFails(t *testing.T) {
	for fault, test := range faults {
		t.Run(fault, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestFaultySlot$/^"+test+"$", "-test.timeout=1m")
			cmd.Env = append(os.Environ(), faultVariable+"="+fault)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: TestFaultySlot/"+test) {
				t.Errorf("%s passes on a slot that %s:\n%s", test, fault, out)
			}
		})
	}
}

// TestFaultySlot is run by [TestSuiteFails] in a process of its own.
func TestFaultySlot(t *testing.T) {
	fault := os.Getenv(faultVariable)
	if fault == "" {
		return
	}
	Run(t, func(_ *testing.T, chip apdu.Processor) (apdu.Slot, func(), func()) {
		s := &apdu.VirtualSlot{}
		if fault == "keeps the chip's state" {
			chip = noReset{chip}
		}
		return &faulty{s, fault}, s.Pull, func() { s.Put(chip) }
	})
}

type noReset struct{ apdu.Processor }

func (noReset) Reset() {}

type faulty struct {
	*apdu.VirtualSlot
	fault string
}

func (f *faulty) Insert(ctx context.Context) (apdu.Card, error) {
	if f.fault == "does not wait" {
		return nil, errors.New("no card")
	}
	c, err := f.VirtualSlot.Insert(ctx)
	if err != nil {
		return nil, err
	}
	return &faultyCard{c, f.fault}, nil
}

type faultyCard struct {
	apdu.Card
	fault string
}

func (c *faultyCard) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if c.fault == "ignores the caller's wish" {
		ctx = context.WithoutCancel(ctx)
	}
	r, err := c.Card.Transmit(ctx, command)
	switch {
	case c.fault == "hides a lost card" && errors.Is(err, apdu.ErrCardLost):
		return []byte{0x6F, 0x00}, nil
	case c.fault == "hides an empty response" && errors.Is(err, apdu.ErrCardLost):
		return nil, nil
	case c.fault == "makes errors of refusals" && err == nil && len(r) == 2 && r[0] == 0x6A:
		return nil, errors.New("refused")
	case c.fault == "cuts long responses" && len(r) > 258:
		return r[:258], nil
	}
	return r, err
}
