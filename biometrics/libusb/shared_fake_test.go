//go:build libusb && realparts

package libusb

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/testdata"
)

// envFault is the fault that the other fake reader has.
const envFault = "TRAM_TEST_FAULT"

// sharedFaults are those of the fake reader that stands beside the project, and
// how each ends.
var sharedFaults = map[string]ending{
	"none":           {},
	"unplug-irq":     {err: biometrics.ErrNoDevice, away: true},
	"unplug-bulk":    {err: biometrics.ErrNoDevice, away: true},
	"replug":         {err: biometrics.ErrNoDevice, reopen: true},
	"stall-bulk":     {err: biometrics.ErrNoDevice, reopen: true},
	"proto-bulk":     {err: biometrics.ErrNoDevice, reopen: true},
	"overflow-bulk":  {err: biometrics.ErrNoDevice, reopen: true},
	"short-bulk":     {err: biometrics.ErrBadImage},
	"empty-bulk":     {err: biometrics.ErrBadImage},
	"flip-bulk":      {wrong: 1},
	"lost-power-irq": {},
	"hang-ctrl":      {open: biometrics.ErrNoDevice},
}

// ending is how a fault has to end.
type ending struct {
	open   error // of opening the reader
	err    error // of the first capture
	wrong  int   // pixels of the first capture
	reopen bool  // the next capture needs the reader opened again
	away   bool  // the reader never comes back
}

// TestSharedFaults goes through every fault of tools/fakereader, another
// author's reader behind the real libusb.
func TestSharedFaults(t *testing.T) {
	source := testdata.Shared(t, "tools", "fakereader", "fake.c")
	dir := t.TempDir()
	fake, raw := filepath.Join(dir, "fake"), filepath.Join(dir, "raw")
	compile(t, fake, source, "-w") // its warnings are its own
	var image []byte
	for _, e := range recorded(t) {
		if e.xfer == xferBulk && e.kind == 'C' {
			image = e.data
		}
	}
	if err := os.WriteFile(raw, image, 0o600); err != nil {
		t.Fatal(err)
	}
	for fault := range sharedFaults {
		t.Run(fault, func(t *testing.T) {
			t.Setenv(envFault, fault)
			out := inside(t, "TestInsideSharedFake", "umockdev-wrapper", fake, recording(t), raw, fault, "--")
			if !strings.Contains(out, "--- PASS: TestInsideSharedFake") { // the fake hides the exit code
				t.Errorf("the inner test did not pass:\n%s", out)
			}
		})
	}
}

// compile builds a program that uses umockdev.
func compile(t *testing.T, program, source string, flags ...string) {
	t.Helper()
	library, err := exec.Command("pkg-config", "--cflags", "--libs", "umockdev-1.0").Output()
	if err != nil {
		t.Fatalf("pkg-config umockdev-1.0 (needs the package libumockdev-dev): %v", err)
	}
	args := append(append(flags, "-O1", "-o", program, source), strings.Fields(string(library))...)
	if out, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
		t.Fatalf("compile %s: %v\n%s", source, err, out)
	}
}

func TestInsideSharedFake(t *testing.T) {
	onBus(t, "TestInsideSharedFake")
	want := sharedFaults[os.Getenv(envFault)]
	begun := time.Now()
	r, err := open(t.Context())
	if !errors.Is(err, want.open) {
		t.Fatalf("open: %v, want %v", err, want.open)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("opened after %v", took)
	}
	if want.open != nil {
		return
	}
	sharedCapture(t, r, want.err, want.wrong)
	if want.reopen || want.away {
		sharedCapture(t, r, want.err, 0) // the same until it is opened again
		if err := r.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if want.away {
		for range 100 { // the bus forgets it a moment later
			if _, err = open(t.Context()); err != nil && strings.Contains(err.Error(), "no U.are.U") {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Errorf("unplugged: %v", err)
		return
	}
	if want.reopen {
		if r, err = await(); err != nil {
			t.Fatalf("open again: %v", err)
		}
	}
	sharedCapture(t, r, nil, 0)
	if err := r.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// sharedCapture wants an error, or the recorded picture but for some pixels.
func sharedCapture(t *testing.T, r *Reader, want error, wrong int) {
	t.Helper()
	c, err := r.Capture(t.Context(), biometrics.Request{Finger: biometrics.RightIndex}, nil)
	if !errors.Is(err, want) || (c == nil) == (err == nil) {
		t.Fatalf("capture %v, error %v, want %v", c != nil, err, want)
	}
	if c == nil {
		return
	}
	if n := different(t, c.Prints[0].Image, expected(t)); n != wrong {
		t.Errorf("%d pixels differ, want %d", n, wrong)
	}
}
