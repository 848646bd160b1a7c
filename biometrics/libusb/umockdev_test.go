//go:build libusb && realparts

package libusb

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// These tests go through the real libusb-1.0, on a bus that umockdev makes.
// They need the Debian packages umockdev, libumockdev-dev and gcc, and fail
// without. The mock is there for child processes only, so each test runs this
// test program again, on the bus, with the environment below set.
const envInside = "TRAM_TEST_ON_BUS"

// listenerLeft is the last word of a umockdev of before September 2024, Debian
// 12's among them: it ends itself when a listener closes its socket at the
// moment of a plug event (umockdev pull request 254). All there is to do is to
// begin anew.
const listenerLeft = "uevent_sender sendmsg_one: sendmsg failed: Connection refused"

// inside runs one test of this program behind a command that sets the bus up.
func inside(t *testing.T, test string, wrapper ...string) string {
	t.Helper()
	var out []byte
	var err error
	for range 3 {
		cmd := exec.Command(wrapper[0], append(slices.Clone(wrapper[1:]), os.Args[0], "-test.v", "-test.count=1", "-test.timeout=300s", "-test.run=^"+test+"$")...)
		cmd.Env = append(os.Environ(), envInside+"="+test)
		cmd.WaitDelay = 10 * time.Second
		if out, err = cmd.CombinedOutput(); err == nil || !bytes.Contains(out, []byte(listenerLeft)) {
			break
		}
		t.Log(listenerLeft)
	}
	if err != nil {
		t.Errorf("%s: %v (needs the packages umockdev, libumockdev-dev, gcc)\n%s", wrapper[0], err, out)
	}
	return string(out)
}

// onBus ends a test that was not started on its bus.
func onBus(t *testing.T, test string) {
	t.Helper()
	if os.Getenv(envInside) != test {
		t.Skip("runs inside another test")
	}
}

// TestRecordingThroughLibusb: the recorded reader again, now through libusb.
func TestRecordingThroughLibusb(t *testing.T) {
	dir := recording(t)
	f, err := os.Open(filepath.Join(dir, "device"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	first, err := bufio.NewReader(f).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	node := "/sys" + strings.TrimSpace(strings.TrimPrefix(first, "P: "))
	out := inside(t, "TestInsideRecording", "umockdev-run",
		"-d", filepath.Join(dir, "device"), "-p", node+"="+filepath.Join(dir, "capture.pcapng"), "--")
	if !strings.Contains(out, "--- PASS: TestInsideRecording") {
		t.Errorf("the inner test did not pass:\n%s", out)
	}
}

func TestInsideRecording(t *testing.T) {
	onBus(t, "TestInsideRecording")
	u, m, err := dialURU(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := capturedFrom(t, u, recordedSeed) // closes it
	if n := different(t, p.Image, expected(t)); n != 0 {
		t.Errorf("%d pixels differ", n)
	}
	if m.product != 0x000a {
		t.Errorf("model %+v", m)
	}
}
