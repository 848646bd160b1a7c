package enrol

import (
	"context"
	"errors"
	"image"
	"image/color"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/mrz/qr"
)

// drawQR writes codes side by side on a grey desk, each module so many pixels
// wide.
func drawQR(t testing.TB, module int, texts ...string) *image.Gray {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 1280, 720))
	for i := range img.Pix {
		img.Pix[i] = 120
	}
	left := 60
	for _, text := range texts {
		hints := map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_CHARACTER_SET: "UTF-8", gozxing.EncodeHintType_MARGIN: 4}
		m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 0, 0, hints)
		if err != nil {
			t.Fatal(err)
		}
		side := m.GetWidth() * module
		for y := range side {
			for x := range side {
				tone := color.Gray{Y: 235}
				if m.Get(x/module, y/module) {
					tone.Y = 25
				}
				img.SetGray(left+x, 60+y, tone)
			}
		}
		left += side + 20
	}
	return img
}

// film is a camera whose picture the test changes while it runs.
type film struct {
	fakeCamera
	mu     sync.Mutex
	frame  image.Image
	cut    error // what the next frame ends with
	frames int
}

func (f *film) show(img image.Image) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.frame = img
}

func (f *film) unplug(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cut = err
}

func (f *film) taken() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.frames
}

func (f *film) start(ctx context.Context) (biometrics.Camera, error) {
	c, err := f.fakeCamera.start(ctx)
	if err != nil {
		return nil, err
	}
	return &filming{openCamera: c.(*openCamera), film: f}, nil
}

type filming struct {
	*openCamera
	film *film
}

func (c *filming) Frame(ctx context.Context) (biometrics.Frame, error) {
	select {
	case <-time.After(10 * time.Millisecond):
	case <-ctx.Done():
		return biometrics.Frame{}, ctx.Err()
	}
	f := c.film
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.cut; err != nil {
		f.cut = nil
		return biometrics.Frame{}, err
	}
	f.frames++
	return biometrics.Frame{Image: f.frame, JPEG: testJPEG(16, 9), Time: time.Now()}, nil
}

// atCard is a station in the card step, and its camera before an empty desk.
func atCard(t *testing.T, change func(*bench)) (*Station, *bench, *film) {
	t.Helper()
	b := newBench(t, t.TempDir())
	f := &film{frame: drawQR(t, 3)}
	b.cfg.Camera = f.start
	if change != nil {
		change(b)
	}
	s := b.open(t)
	play(t, s, 0, step(t, CmdScan))
	return s, b, f
}

func scanning(state string) func(Snapshot) bool {
	return func(s Snapshot) bool { return s.Scanning.State == state }
}

func TestCameraReadsTheCard(t *testing.T) {
	s, b, f := atCard(t, nil)
	if _, opened := f.counts(); opened != 0 {
		t.Fatal("the camera runs although nobody asked for it")
	}
	must(t, s, CmdScanCamera, CameraArgs{On: true})
	v := await(t, s, "looking", scanning(scanLooking)).Scanning
	if v.Size != [2]int{1280, 720} || v.Message.VI == "" || v.Corners != nil || !v.Virtual {
		t.Errorf("an empty desk: %+v", v)
	}
	if _, n := s.Preview(t.Context(), 0); n == 0 {
		t.Error("no preview while it looks")
	}
	f.show(drawQR(t, 5, testQR))
	snap := await(t, s, "read by the chip", func(s Snapshot) bool { return s.Chip.State == "done" })
	if snap.Scanning.State != scanRead || snap.Scanning.Kind != kindQR || snap.Step != StepPerson {
		t.Errorf("after reading: step %s, %+v", snap.Step, snap.Scanning)
	}
	if _, n := s.Preview(t.Context(), 0); n != 0 {
		t.Error("a picture of the card is kept")
	}
	if b.chip.keys[0] != 3 {
		t.Errorf("the chip was given %d keys, want those of the typed code", b.chip.keys[0])
	}
	eventually(t, "given back, opened anew for the portrait", func() bool { open, opened := f.counts(); return open == 1 && opened == 2 })
}

// TestScanByCameraIsJournalled: a restart knows what the camera read, by which
// device and for whom; a wish to look is forgotten.
func TestScanByCameraIsJournalled(t *testing.T) {
	s, b, f := atCard(t, func(b *bench) { b.chip.hold = make(chan struct{}) })
	f.show(drawQR(t, 5, testQR))
	must(t, s, CmdScanCamera, CameraArgs{On: true})
	await(t, s, "the chip", func(s Snapshot) bool { return s.Chip.State == "reading" })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b.chip.hold = nil
	s = b.open(t)
	snap := await(t, s, "the chip by itself", func(s Snapshot) bool { return s.Chip.State == "done" })
	if snap.Scanning.State != scanOff || snap.Step != StepPerson {
		t.Errorf("after a restart: step %s, %+v", snap.Step, snap.Scanning)
	}
	play(t, s, step(t, CmdConfirmPerson), len(moves))
	var e evidence
	if err := s.codec.dec.Unmarshal(b.outbox.dossiers[0].Sections[0].Bytes, &e); err != nil {
		t.Fatal(err)
	}
	if e.Printed != kindQR || len(e.Devices) != 4-1 || e.Devices[1].Name != "fake camera" {
		t.Errorf("evidence: printed %q, devices %+v", e.Printed, e.Devices)
	}
}

func TestOtherCodesAreNamed(t *testing.T) {
	s, _, f := atCard(t, nil)
	f.show(drawQR(t, 5, "https://example.vn/a"))
	must(t, s, CmdScanCamera, CameraArgs{On: true})
	v := await(t, s, "not a card's", func(s Snapshot) bool { return s.Scanning.Cause == "not-card" }).Scanning
	if v.State != scanSeen || v.Kind != kindQR || v.Corners == nil || !strings.Contains(v.Message.VI, "không phải mã QR của thẻ") {
		t.Errorf("%+v", v)
	}
	if c := v.Corners; c != nil && (c[0][0] < 60 || c[2][0] <= c[0][0] || c[2][1] > 720) {
		t.Errorf("corners %v", *c)
	}
	f.show(drawQR(t, 4, "https://example.vn/a", testQR))
	await(t, s, "the card's code beside it", at(StepPerson))
}

func TestCardsCodeAmongOthers(t *testing.T) {
	other, card, cut := qr.Code{Text: "https://example.vn/a|b"}, qr.Code{Text: testQR}, qr.Code{Text: testQR[:40]}
	for name, c := range map[string]struct {
		codes       []qr.Code
		state, text string
	}{
		"first":   {[]qr.Code{card, other}, scanRead, ""},
		"last":    {[]qr.Code{other, cut, card}, scanRead, ""},
		"none":    {[]qr.Code{other, other}, scanSeen, "not-card"},
		"damaged": {[]qr.Code{other, cut}, scanSeen, "unusable"},
	} {
		got := ofCodes(c.codes)
		if got.state != c.state || got.cause != c.text || got.corners == nil || (got.scan != nil) != (c.state == scanRead) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestLookingEndsWithTheTab(t *testing.T) {
	s, _, f := atCard(t, nil)
	must(t, s, CmdScanCamera, CameraArgs{On: true})
	must(t, s, CmdScanCamera, CameraArgs{On: true}) // the page was loaded again
	await(t, s, "looking", scanning(scanLooking))
	must(t, s, CmdScanCamera, CameraArgs{})
	if v := s.Snapshot().Scanning; v.State != scanOff || v.Corners != nil {
		t.Errorf("switched off: %+v", v)
	}
	eventually(t, "closed", func() bool { open, opened := f.counts(); return open == 0 && opened == 1 })
	if _, n := s.Preview(t.Context(), 0); n != 0 {
		t.Error("a picture is kept")
	}
	must(t, s, CmdScanCamera, CameraArgs{On: true})
	await(t, s, "looking again", scanning(scanLooking))
	must(t, s, CmdScan, ScanArgs{Text: testQR}) // the other scanner was quicker
	if v := await(t, s, "scanned", at(StepPerson)).Scanning; v.State != scanOff {
		t.Errorf("after another scan: %+v", v)
	}
	refusedWith(t, s, cmd(CmdScanCamera, CameraArgs{On: true}), "wrong-step")
	must(t, s, CmdScanCamera, CameraArgs{}) // off is no mistake anywhere
	must(t, s, CmdCancel, nil)
	eventually(t, "closed", func() bool { open, _ := f.counts(); return open == 0 })
}

func TestUnpluggedWhileLooking(t *testing.T) {
	s, _, f := atCard(t, func(b *bench) { b.cfg.RetryDelay = 20 * time.Millisecond })
	must(t, s, CmdScanCamera, CameraArgs{On: true})
	await(t, s, "looking", scanning(scanLooking))
	for _, err := range []error{biometrics.ErrNoDevice, io.EOF} {
		f.unplug(err)
		v := await(t, s, "shown", func(s Snapshot) bool { return s.Error != nil && s.Error.Code == "no-camera" }).Scanning
		if v.State != scanStarting {
			t.Errorf("unplugged: %+v", v)
		}
		await(t, s, "back by itself", func(s Snapshot) bool { return s.Error == nil && s.Scanning.State == scanLooking })
	}
	if open, opened := f.counts(); open != 1 || opened != 3 {
		t.Errorf("%d open of %d, want 1 of 3", open, opened)
	}
}

func TestNoCameraToLookWith(t *testing.T) {
	s, _, f := atCard(t, nil)
	f.errs = []error{biometrics.ErrNoDevice, errors.New("busy"), biometrics.ErrNoDevice}
	must(t, s, CmdScanCamera, CameraArgs{On: true})
	await(t, s, "in the end", scanning(scanLooking))
	f.fakeCamera.mu.Lock()
	f.errs = []error{biometrics.ErrNoDevice}
	f.fakeCamera.mu.Unlock()
	f.unplug(biometrics.ErrNoDevice)
	await(t, s, "shown", func(s Snapshot) bool { return s.Error != nil })
	must(t, s, CmdScanCamera, CameraArgs{})
	if p := s.Snapshot().Error; p != nil {
		t.Errorf("switched off, and still %s is shown", p.Code)
	}
}

// TestNobodyWatches: a page that is closed does not say so.
func TestNobodyWatches(t *testing.T) {
	var mu sync.Mutex
	now := time.Now()
	later := func(d time.Duration) { mu.Lock(); now = now.Add(d); mu.Unlock() }
	s, _, f := atCard(t, func(b *bench) {
		b.cfg.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	})
	must(t, s, CmdScanCamera, CameraArgs{On: true})
	await(t, s, "looking", scanning(scanLooking))
	later(unwatched)
	s.Preview(t.Context(), 0) // the control: somebody looks
	later(unwatched)
	n := f.taken()
	eventually(t, "frames", func() bool { return f.taken() > n+3 })
	if v := s.Snapshot().Scanning; v.State != scanLooking {
		t.Fatalf("watched, and %+v", v)
	}
	later(time.Second)
	await(t, s, "off", scanning(scanOff))
	eventually(t, "closed", func() bool { open, _ := f.counts(); return open == 0 })
}

// TestKillWhileLooking kills the station while its camera looks for the card:
// it comes back in the same step with the camera off, and looks again.
func TestKillWhileLooking(t *testing.T) {
	dir := t.TempDir()
	cmd, lines := startChild(t, dir, step(t, CmdScan), "look")
	before := ready(t, lines)
	kill(t, cmd)
	if before.Scanning.State != scanLooking {
		t.Fatalf("before: %+v", before.Scanning)
	}
	b := crashBench(t, dir)
	f := &film{frame: drawQR(t, 5, testQR)}
	b.cfg.Camera = f.start
	s := b.open(t)
	got := s.Snapshot()
	if _, opened := f.counts(); got.Step != StepCard || got.ID != before.ID || got.Scanning.State != scanOff || opened != 0 {
		t.Fatalf("after: step %s, %+v, camera opened %d times", got.Step, got.Scanning, opened)
	}
	must(t, s, CmdScanCamera, CameraArgs{On: true})
	await(t, s, "read", moves[step(t, CmdScan)].until)
	play(t, s, step(t, CmdScan)+1, len(moves))
	sameDossiers(t, b.cfg.Outbox.(fileOutbox))
}
