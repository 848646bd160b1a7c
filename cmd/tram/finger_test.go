package main

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
)

// captureFinger runs `tram finger capture --json` with a reader of the test's.
func captureFinger(open scannerOpener, o fingerOptions) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	a := &app{stdout: &out, stderr: &errs, json: true}
	code = a.report(runFingerCapture(context.Background(), a, open, o))
	return code, out.String(), errs.String()
}

// stripes stands for a finger: drawing ridges takes long.
func stripes(int64, biometrics.Finger) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, 320, 400))
	for i := range img.Pix {
		img.Pix[i] = 240
		if x, y := i%320, i/320; x > 20 && x < 300 && y > 20 && (x+y/3)%9 < 4 {
			img.Pix[i] = 40
		}
	}
	return img
}

func TestFingerCapture(t *testing.T) {
	file := filepath.Join(t.TempDir(), "finger.png")
	looks := 0
	open := func(context.Context) (biometrics.Scanner, error) {
		if looks++; looks < 3 { // connected while the command waits
			return nil, biometrics.ErrNoDevice
		}
		return &virtual.Scanner{Settle: time.Millisecond, Draw: stripes}, nil
	}
	code, out, stderr := captureFinger(open, fingerOptions{out: file, finger: 7, wait: time.Minute})
	if code != exitGood {
		t.Fatal(code, stderr)
	}
	v := parsed(t, out)
	if v["finger"] != 7.0 || v["width"] != 320.0 || v["height"] != 400.0 || v["dpi"] != 500.0 || v["file"] != file ||
		v["device"].(map[string]any)["virtual"] != true || v["quality"].(map[string]any)["score"].(float64) < 50 {
		t.Error(out)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil || !bytes.Equal(img.(*image.Gray).Pix, stripes(0, 0).Pix) {
		t.Errorf("another picture was written: %v", err)
	}
	if s, err := os.Stat(file); err != nil || s.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v: others may read the print", s.Mode(), err)
	}
}

func TestFingerCaptureFails(t *testing.T) {
	virtually := func(s *virtual.Scanner) scannerOpener {
		return func(context.Context) (biometrics.Scanner, error) { return s, nil }
	}
	none := func(context.Context) (biometrics.Scanner, error) { return nil, biometrics.ErrNoDevice }
	for name, c := range map[string]struct {
		open scannerOpener
		o    fingerOptions
		code int
		say  string
	}{
		"no reader":      {none, fingerOptions{finger: 2}, exitNoDevice, "cable"},
		"no reader soon": {none, fingerOptions{finger: 2, wait: 2 * scannerPoll}, exitNoDevice, "cable"},
		"no finger":      {virtually(&virtual.Scanner{Absent: time.Millisecond}), fingerOptions{finger: 2}, exitOther, "flat"},
		"bad image":      {virtually(&virtual.Scanner{Spoilt: 1, Settle: time.Millisecond}), fingerOptions{finger: 2}, exitInvalid, "lift"},
		"finger 11":      {none, fingerOptions{finger: 11}, exitUsage, "0 to 10"},
		"no folder": {virtually(&virtual.Scanner{Settle: time.Millisecond, Draw: stripes}),
			fingerOptions{finger: 2, out: filepath.Join(t.TempDir(), "no", "finger.png")}, exitOther, "no such file"},
	} {
		if code, out, stderr := captureFinger(c.open, c.o); code != c.code || out != "" || !strings.Contains(stderr, c.say) {
			t.Errorf("%s: exit %d, want %d; %q, %q", name, code, c.code, out, stderr)
		}
	}
}

func TestFingerCheck(t *testing.T) {
	dir := t.TempDir()
	good, text := filepath.Join(dir, "good.png"), filepath.Join(dir, "text.png")
	if err := writePrint(good, &biometrics.Print{Image: stripes(0, 0)}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(text, []byte("no image"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, _ := tram("", "finger", "check", "--json", "--dpi", "512", good)
	if v := parsed(t, out); code != exitGood || v["dpi"] != 512.0 || v["quality"].(map[string]any)["score"].(float64) < 50 {
		t.Error(code, out)
	}
	code, out, _ = tram("", "finger", "check", "--json", text, good)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != exitInvalid || len(lines) != 2 || parsed(t, lines[0])["error"] == nil || parsed(t, lines[1])["quality"] == nil {
		t.Error(code, out)
	}
	if code, _, _ := tram("", "finger", "check", "--dpi", "0", good); code != exitUsage {
		t.Error(code)
	}
}

// A build says which driver it has, and one without says what would have it.
func TestOpenScanner(t *testing.T) {
	if builtInScanner != "" {
		t.Skip("a reader may be connected: biometrics/libusb tries its driver")
	}
	if _, err := openScanner(t.Context()); !errors.Is(err, biometrics.ErrNoDevice) || !strings.Contains(err.Error(), "libusb") {
		t.Error(err)
	}
}
