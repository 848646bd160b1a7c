package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// pseudoTerminal returns the far end of a serial line and the name of the near one.
func pseudoTerminal(t *testing.T) (far *os.File, name string) {
	t.Helper()
	far, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { far.Close() })
	if err := unix.IoctlSetPointerInt(int(far.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(far.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	return far, fmt.Sprintf("/dev/pts/%d", n)
}

func TestQRScanSerial(t *testing.T) {
	for name, c := range map[string]struct {
		sent string
		code int
		want string // of the text, or of standard error
	}{
		"QR":      {thuQR + "\r\n", exitGood, thuQR},
		"silence": {"]Q1" + thuQR, exitGood, thuQR},
		"zone":    {strings.ReplaceAll(thuMRZ, "\n", "\r"), exitGood, strings.TrimSpace(thuMRZ)},
		"bytes":   {"Nguy\xean\r", exitGood, "Nguy\ufffdn"},
		"garbage": {strings.Repeat("x", 3000) + "\r", exitInvalid, "more than a code can hold"},
		"nothing": {"", exitInvalid, "read nothing"},
	} {
		far, port := pseudoTerminal(t)
		wait := "20s"
		if c.sent == "" {
			wait = "1ms"
		}
		go func() { _, _ = far.WriteString(c.sent) }()
		code, out, stderr := tram("", "qr", "scan", "--serial", port+"@115200", "--wait", wait)
		if code != c.code {
			t.Errorf("%s: exit %d, %s%s", name, code, out, stderr)
			continue
		}
		if code != exitGood {
			if !strings.Contains(stderr, c.want) {
				t.Errorf("%s: %s", name, stderr)
			}
			continue
		}
		got := parsed(t, out)["codes"].([]any)[0].(map[string]any)
		if got["text"] != c.want || (got["bytes"] != nil) != (name == "bytes") {
			t.Errorf("%s: %v", name, got)
		}
	}
	for code, args := range map[int][]string{
		exitNoDevice: {"--serial", "/dev/no-scanner"},
		exitUsage:    {"--serial", "/dev/ttyACM0@fast"},
	} {
		if got, _, stderr := tram("", append([]string{"qr", "scan"}, args...)...); got != code || stderr == "" {
			t.Errorf("%v: exit %d, %s", args, got, stderr)
		}
	}
}

func TestDoctorScanner(t *testing.T) {
	_, port := pseudoTerminal(t)
	for name, want := range map[string]string{port: "ok", port + "@9600": "ok", "/dev/no-scanner": "missing", port + "@x": "missing"} {
		f := doctor{port: name}.qrScanner()
		if f.State != want || (f.Next == "") != (want == "ok") || f.Needed {
			t.Errorf("%s: %+v", name, f)
		}
	}
}
