//go:build libusb && realparts

package libusb

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/testdata"
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

// envTape names the recording that an inner test replays: "real", "own" or another of its own.
const envTape = "TRAM_TEST_TAPE"

// replayedOnBus runs an inner test on the bus of a recording.
func replayedOnBus(t *testing.T, test, tape string, args ...string) {
	t.Helper()
	t.Setenv(envTape, tape)
	out := inside(t, test, append([]string{"umockdev-run"}, append(args, "--")...)...)
	if !strings.Contains(out, "--- PASS: "+test) {
		t.Errorf("the inner test did not pass:\n%s", out)
	}
}

// node reads the first line of a device's description, "P: " and its place.
func node(t *testing.T, device string) string {
	t.Helper()
	b, err := os.ReadFile(device)
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return "/sys" + strings.TrimSpace(strings.TrimPrefix(line, "P: "))
}

// own writes a file of a recording that is made here.
func own(t *testing.T, name string, b []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestRecordingThroughLibusb: the recorded reader again, now through libusb.
func TestRecordingThroughLibusb(t *testing.T) {
	device := filepath.Join(recording(t), "device")
	replayedOnBus(t, "TestInsideRecording", "real", "-d", device, "-p", node(t, device)+"="+filepath.Join(recording(t), "capture.pcapng"))
}

func TestOwnRecordingThroughLibusb(t *testing.T) {
	device := own(t, "device", []byte(ownStanza(0x05ba, 0x000a, ownURU)))
	tape := own(t, "capture.pcapng", marshalRecording(ownSession(lines(), false)))
	replayedOnBus(t, "TestInsideRecording", "own", "-d", device, "-p", node(t, device)+"="+tape)
}

// TestOwnChallengeThroughLibusb: a Microsoft reader, which wants its challenge
// answered.
func TestOwnChallengeThroughLibusb(t *testing.T) {
	device := own(t, "device", []byte(ownStanza(0x045e, 0x00ca, ownMicrosoft)))
	tape := own(t, "capture.pcapng", marshalRecording(ownSession(lines(), true)))
	replayedOnBus(t, "TestInsideRecording", "microsoft", "-d", device, "-p", node(t, device)+"="+tape)
}

func TestInsideRecording(t *testing.T) {
	onBus(t, "TestInsideRecording")
	want, seed, is := asSent(lines(), true), ownSeeds, uru4500
	switch os.Getenv(envTape) {
	case "real":
		want, seed = expected(t), recordedSeed
	case "microsoft":
		want, is = turn(want), microsoftV2
	}
	u, m, err := dialURU(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := capturedFrom(t, u, is, seed) // closes it
	if n := different(t, p.Image, want); n != 0 {
		t.Errorf("%d pixels differ", n)
	}
	if m.product != is.product {
		t.Errorf("model %+v", m)
	}
}

// TestPressThroughLibusb: the recorded NB-1010-U.
func TestPressThroughLibusb(t *testing.T) {
	dir := testdata.Shared(t, "data", "fingerprints", "recordings", "nb1010")
	replayedOnBus(t, "TestInsidePress", "real", "-d", filepath.Join(dir, "device"),
		"-i", "/dev/bus/usb/001/003="+filepath.Join(dir, "capture.ioctl"))
}

func TestOwnPressThroughLibusb(t *testing.T) {
	device := own(t, "device", []byte(ownStanza(0x298d, 0x1010, ownPress)))
	for tape, fault := range map[string]string{"own": "", "flipped": "flip"} {
		file := own(t, "capture.ioctl", []byte(ownPressTape(pressPicture(), fault)))
		replayedOnBus(t, "TestInsidePress", tape, "-d", device, "-i", "/dev/bus/usb/001/007="+file)
	}
}

func TestInsidePress(t *testing.T) {
	onBus(t, "TestInsidePress")
	want := pressPicture()
	if os.Getenv(envTape) == "real" {
		want = pictureIn(t, testdata.Shared(t, "data", "fingerprints", "recordings", "nb1010", "capture.png"))
	}
	r, err := OpenNB1010(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := pressedFrom(t, r)
	wrong := 0
	if os.Getenv(envTape) == "flipped" {
		wrong = 1
	}
	if n := different(t, p.Image, want); n != wrong {
		t.Errorf("%d pixels differ, want %d", n, wrong)
	}
	if p.DPI != 385 || p.Device.Driver != "libusb/nb1010" {
		t.Errorf("%d dpi, %+v", p.DPI, p.Device)
	}
}
