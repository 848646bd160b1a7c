package libusb

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/testdata"
)

// recordedSeed is the seed that the recorded driver chose.
var recordedSeed = []byte{0x24, 0x21, 0xea, 0x51}

// recording is the folder of the recorded U.are.U 4500.
func recording(t *testing.T) string {
	t.Helper()
	return testdata.Shared(t, "data", "fingerprints", "recordings", "uru4000-4500")
}

// recorded reads the recording from where the driver takes over.
func recorded(t *testing.T) []urbEvent {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(recording(t), "capture.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	events, err := parseRecording(b)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range events { // what comes before is the system's enumeration
		if e.xfer == xferInterrupt {
			return events[i:]
		}
	}
	t.Fatal("no interrupt in the recording")
	return nil
}

// expected reads the image that the recorded driver made.
func expected(t *testing.T) *image.Gray {
	t.Helper()
	return pictureIn(t, filepath.Join(recording(t), "capture.png"))
}

// pictureIn reads a picture in grey.
func pictureIn(t *testing.T, file string) *image.Gray {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	gray := image.NewGray(img.Bounds())
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			gray.SetGray(x, y, color.GrayModel.Convert(img.At(x, y)).(color.Gray))
		}
	}
	return gray
}

// different counts the pixels that differ.
func different(t *testing.T, a, b *image.Gray) int {
	t.Helper()
	if a.Bounds() != b.Bounds() {
		t.Fatalf("%v and %v", a.Bounds(), b.Bounds())
	}
	n := 0
	for i, v := range a.Pix {
		if v != b.Pix[i] {
			n++
		}
	}
	return n
}

// identity is the USB identity of a model.
type identity struct{ vendor, product uint16 }

var uru4500, microsoftV2 = identity{0x05ba, 0x000a}, identity{0x045e, 0x00ca}

func mustModel(t *testing.T, i identity) model {
	t.Helper()
	m, ok := findModel(i.vendor, i.product)
	if !ok {
		t.Fatalf("no model %04x:%04x", i.vendor, i.product)
	}
	return m
}

// capturedFrom goes through the recorded session to its end.
func capturedFrom(t *testing.T, p pipe, i identity, seed []byte) *biometrics.Print {
	t.Helper()
	r, err := start(t.Context(), p, mustModel(t, i), "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	r.Rand = bytes.NewReader(seed)
	r.Now = func() time.Time { return time.Unix(1_800_000_000, 0) }
	got, err := r.Capture(t.Context(), biometrics.Request{Finger: biometrics.RightIndex}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.awaitLift(t.Context()); err != nil { // recorded before the reader was switched off
		t.Error(err)
	}
	return &got.Prints[0]
}

// TestRecordedReader: the driver does, transfer by transfer, what the recorded
// one did with a real reader, and gets the same image.
func TestRecordedReader(t *testing.T) {
	tape := newReplay(recorded(t))
	p := capturedFrom(t, tape, uru4500, recordedSeed)
	if n := different(t, p.Image, expected(t)); n != 0 {
		t.Errorf("%d pixels differ", n)
	}
	if p.DPI != 512 || p.Device.Virtual || p.Device.Name != "DigitalPersona U.are.U 4000B/4500 0010/0115" || !p.Time.Equal(time.Unix(1_800_000_000, 0)) {
		t.Errorf("%d dpi, %+v, %v", p.DPI, p.Device, p.Time)
	}
	if tape.failed != nil || len(tape.events) > 1 { // the last event is the interrupt read's end
		t.Errorf("%d events left, %v", len(tape.events), tape.failed)
	}
}

// The replay must refuse what was not recorded, and a changed byte must show.
func TestRecordedReaderControls(t *testing.T) {
	events := recorded(t)
	m, _ := findModel(0x05ba, 0x000a)
	r, err := start(t.Context(), newReplay(events), m, "")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.Rand = bytes.NewReader([]byte{1, 2, 3, 4})
	if _, err := r.Capture(t.Context(), biometrics.Request{}, nil); !errors.Is(err, errNotRecorded) {
		t.Errorf("another seed: %v", err)
	}

	events = recorded(t)
	for i := range events {
		if e := &events[i]; e.xfer == xferBulk && e.kind == 'C' {
			e.data = bytes.Clone(e.data)
			e.data[headerSize+100*width] ^= 1
		}
	}
	p := capturedFrom(t, newReplay(events), uru4500, recordedSeed)
	if n := different(t, p.Image, expected(t)); n != 1 {
		t.Errorf("%d pixels differ for one flipped bit", n)
	}
}
