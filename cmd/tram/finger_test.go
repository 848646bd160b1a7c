package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/iso19794"
	"github.com/tram-station/tram/biometrics/virtual"
)

// captureFinger runs `tram finger capture --json` with a reader of the test's.
func captureFinger(open scannerOpener, o fingerOptions) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	a := &app{stdout: &out, stderr: &errs, json: true}
	code = a.report(runFingerCapture(context.Background(), a, open, o))
	return code, out.String(), errs.String()
}

// ridges stand for every finger: drawing them takes long.
func ridges(int64, biometrics.Finger) *image.Gray { return drawnOnce() }

var drawnOnce = sync.OnceValue(func() *image.Gray { return virtual.Ridges(5, biometrics.RightIndex) })

func TestFingerCapture(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "prints")
	looks := 0
	open := func(context.Context) (biometrics.Scanner, error) {
		if looks++; looks < 3 { // connected while the command waits
			return nil, biometrics.ErrNoDevice
		}
		return &virtual.Scanner{Settle: time.Millisecond, Draw: ridges}, nil
	}
	code, out, stderr := captureFinger(open, fingerOptions{out: dir, finger: 7, wait: time.Minute})
	if code != exitGood {
		t.Fatal(code, stderr)
	}
	var got captured
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Prints) != 1 || got.Slap != nil || got.Request.Finger != 7 || got.Request.Rolled || !got.Device.Virtual {
		t.Fatal(out)
	}
	if p := got.Prints[0]; p.Finger != 7 || p.Width != 320 || p.Height != 400 || p.DPI != 500 || p.Quality.Score < 50 || p.Files[0] != "left-index.png" {
		t.Error(out)
	}
	b, err := os.ReadFile(filepath.Join(dir, "left-index.png"))
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil || !bytes.Equal(img.(*image.Gray).Pix, ridges(0, 0).Pix) {
		t.Errorf("another picture was written: %v", err)
	}
	private(t, dir, []string{"left-index.fmr", "left-index.iso", "left-index.png", "left-index.wsq"})
}

// private wants a folder with these files beside each other, for its owner
// alone, and nothing left over next to it.
func private(t *testing.T, dir string, want []string) {
	t.Helper()
	var got []string
	for _, name := range entries(t, dir) {
		got = append(got, name)
		if s, err := os.Stat(filepath.Join(dir, name)); err != nil || s.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v: others may read it", name, s.Mode(), err)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v in the folder, want %v", got, want)
	}
	if s, err := os.Stat(dir); err != nil || s.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v: others may look into the folder", s.Mode(), err)
	}
	if beside := entries(t, filepath.Dir(dir)); len(beside) != 1 {
		t.Errorf("left over: %v", beside)
	}
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

// whole is a reader that gives a capture as it is.
type whole struct {
	virtual.Scanner
	give biometrics.Capture
}

func (w *whole) Device() biometrics.Device { return biometrics.Device{Name: "a reader"} }

func (w *whole) Takes(biometrics.Request) bool { return true }

func (w *whole) Capture(_ context.Context, req biometrics.Request, _ func(*image.Gray)) (*biometrics.Capture, error) {
	c := w.give
	c.Request = req
	return &c, nil
}

// A slap that the reader has cut, with what it says and signed.
func TestFingerCaptureOfASlap(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "prints")
	w := &whole{give: biometrics.Capture{
		Prints: []biometrics.Print{
			{Finger: 7, Image: ridges(0, 0), DPI: 500, Said: &biometrics.Said{Score: 71, Algorithm: "a reader's"}},
			{Finger: 9, Image: ridges(0, 0), DPI: 500},
		},
		Slap: ridges(0, 0), DPI: 500, Records: [][]byte{[]byte("signed")},
	}}
	open := func(context.Context) (biometrics.Scanner, error) { return w, nil }
	code, out, stderr := captureFinger(open, fingerOptions{out: dir, finger: 14, missing: []int{8, 10}})
	if code != exitGood {
		t.Fatal(code, stderr)
	}
	var got captured
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Prints) != 2 || got.Prints[1].Finger != 9 || got.Prints[0].Said.Score != 71 || got.Slap.File != "left-slap.png" ||
		!slices.Equal(got.Request.Missing, []int{8, 10}) || !slices.Equal(got.Records, []string{"original-1"}) {
		t.Error(out)
	}
	private(t, dir, []string{"left-index.fmr", "left-index.iso", "left-index.png", "left-index.wsq",
		"left-ring.fmr", "left-ring.iso", "left-ring.png", "left-ring.wsq", "left-slap.png", "original-1"})

	// Without a folder no file is named.
	code, out, stderr = captureFinger(open, fingerOptions{finger: 14})
	if code != exitGood || strings.Contains(out, ".png") || strings.Contains(out, "original") {
		t.Error(code, out, stderr)
	}
}

// TestFingerCaptureTakesTheTime: of the capture, not of what is before and after.
func TestFingerCaptureTakesTheTime(t *testing.T) {
	const settle, connect = 20 * time.Millisecond, time.Second
	drawnOnce()
	s := &virtual.Scanner{Settle: settle, Draw: ridges}
	open := func(context.Context) (biometrics.Scanner, error) {
		time.Sleep(connect)
		return s, nil
	}
	code, out, stderr := captureFinger(open, fingerOptions{out: filepath.Join(t.TempDir(), "prints"), finger: 7})
	var got captured
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitGood {
		t.Fatal(code, stderr, err)
	}
	if took := time.Duration(got.MS) * time.Millisecond; took < settle || took >= connect {
		t.Errorf("%v: want that of the capture, from %v on, without the %v until the reader was there", took, settle, connect)
	}
}

func TestFingerCaptureFails(t *testing.T) {
	virtually := func(s *virtual.Scanner) scannerOpener {
		return func(context.Context) (biometrics.Scanner, error) { return s, nil }
	}
	none := func(context.Context) (biometrics.Scanner, error) { return nil, biometrics.ErrNoDevice }
	refuses := func(context.Context) (biometrics.Scanner, error) { return refusing{&virtual.Scanner{}}, nil }
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "kept"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
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
		"not taken":      {refuses, fingerOptions{finger: 13}, exitUsage, "does not take that"},
		"finger 0":       {none, fingerOptions{finger: 0}, exitUsage, "1 to 10"},
		"finger 11":      {none, fingerOptions{finger: 11}, exitUsage, "1 to 10"},
		"finger 258":     {none, fingerOptions{finger: 258}, exitUsage, "1 to 10"},
		"missing 13":     {none, fingerOptions{finger: 13, missing: []int{13}}, exitUsage, "no finger 13"},
		"all missing":    {none, fingerOptions{finger: 15, missing: []int{1, 6}}, exitUsage, "every finger"},
		"no place":       {none, fingerOptions{finger: 2, out: filepath.Join(full, "no", "prints")}, exitUsage, "no such file"},
		"full folder":    {none, fingerOptions{finger: 2, out: full}, exitUsage, "not empty"},
	} {
		if code, out, stderr := captureFinger(c.open, c.o); code != c.code || out != "" || !strings.Contains(stderr, c.say) {
			t.Errorf("%s: exit %d, want %d; %q, %q", name, code, c.code, out, stderr)
		}
	}
	if got := entries(t, full); !slices.Equal(got, []string{"kept"}) {
		t.Errorf("%v in the folder that was not empty", got)
	}
}

// refusing is a reader that takes nothing.
type refusing struct{ biometrics.Scanner }

func (refusing) Takes(biometrics.Request) bool { return false }

// A folder is written whole or not at all.
func TestWriteFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "prints")
	good := []folderFile{{"a", []byte("1")}, {"b", []byte("2")}}
	if err := writeFolder(dir, append(slices.Clone(good), folderFile{"no/such", nil})); err == nil {
		t.Error("a file was written where none can be")
	}
	if got := entries(t, filepath.Dir(dir)); len(got) != 0 {
		t.Errorf("left over: %v", got)
	}
	if err := os.Mkdir(dir, 0o755); err != nil { // an empty one is taken, and closed to others
		t.Fatal(err)
	}
	if err := writeFolder(dir, good); err != nil {
		t.Fatal(err)
	}
	private(t, dir, []string{"a", "b"})
	if err := writeFolder(dir, good); err == nil {
		t.Error("a full folder was replaced")
	}
	private(t, dir, []string{"a", "b"})
}

// A slap that the reader does not cut is cut here; the wrong number of fingers
// writes nothing.
func TestFingerCaptureCuts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "prints")
	s := &virtual.Scanner{Settle: time.Millisecond, Seed: 3}
	open := func(context.Context) (biometrics.Scanner, error) { return s, nil }
	code, out, stderr := captureFinger(open, fingerOptions{out: dir, finger: 13})
	if code != exitGood {
		t.Fatal(code, stderr)
	}
	var got captured
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Prints) != 4 || got.Prints[3].Finger != biometrics.RightLittle || got.Slap.File != "right-slap.png" || len(entries(t, dir)) != 4*4+1 {
		t.Errorf("%s: %v", out, entries(t, dir))
	}
	b, err := os.ReadFile(filepath.Join(dir, "right-middle.iso"))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := iso19794.ParseFinger(b); err != nil || len(r.Views) != 1 || r.Views[0].Position != byte(biometrics.RightMiddle) {
		t.Errorf("the record: %v", err)
	}

	s = &virtual.Scanner{Settle: time.Millisecond, Seed: 3} // one finger is off, and was not declared missing
	s.Wrong.Fingers = map[biometrics.Finger]biometrics.Finger{biometrics.RightRing: biometrics.UnknownFinger}
	other := filepath.Join(t.TempDir(), "prints")
	if code, out, _ := captureFinger(open, fingerOptions{out: other, finger: 13}); code != exitInvalid || out != "" || exists(other) {
		t.Errorf("exit %d for a finger too few: %s", code, out)
	}
}
