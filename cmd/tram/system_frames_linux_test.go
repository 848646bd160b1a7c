//go:build realparts

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/tram-station/tram/reader/chip"
)

// filmFolder writes frames of a desk, on which a card's code lies from frame
// `from` on, as pictures for tram-camera.
func filmFolder(t *testing.T, frames, from int) string {
	t.Helper()
	dir := t.TempDir()
	code, err := qrcode.NewQRCodeWriter().Encode(thuQR, gozxing.BarcodeFormat_QR_CODE, 320, 320,
		map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_CHARACTER_SET: "UTF-8"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range frames {
		frame := image.NewGray(image.Rect(0, 0, 640, 480))
		draw.Draw(frame, frame.Rect, image.NewUniform(color.Gray{Y: 200}), image.Point{}, draw.Src)
		if i >= from {
			draw.Draw(frame, image.Rect(160, 80, 480, 400), code, image.Point{}, draw.Src)
		}
		f, err := os.Create(filepath.Join(dir, "frame-"+strconv.Itoa(100+i)+".jpg"))
		if err != nil {
			t.Fatal(err)
		}
		if err := jpeg.Encode(f, frame, nil); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestScanFromFrames reads the code from the frames of the real OpenCV process;
// a film without a code is the control.
func TestScanFromFrames(t *testing.T) {
	s := tramProgram(t, "qr", "scan", "--camera", filmFolder(t, 8, 4), "--wait", "60s")
	s.want(t, exitGood)
	var got struct {
		Codes  []struct{ Text string }
		Frames int
	}
	if err := json.Unmarshal([]byte(s.stdout), &got); err != nil || len(got.Codes) != 1 || got.Codes[0].Text != thuQR || got.Frames < 2 {
		t.Errorf("%v: %s", err, s.stdout)
	}
	tramProgram(t, "qr", "scan", "--camera", filmFolder(t, 4, 4), "--wait", "6s").want(t, exitInvalid, "no QR code in")
	tramProgram(t, "qr", "scan", "--camera", filepath.Join(t.TempDir(), "none.mp4"), "--wait", "20s").want(t, exitNoDevice)
}

// TestWatchSlots sees a card come and go.
func TestWatchSlots(t *testing.T) {
	f := newField(t)
	card := f.issue(t, chip.ProfileCCCD, chip.FaultNone)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := command(ctx, t, "tram", "card", "slots", "--watch", "--json")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	next := func(want bool) {
		t.Helper()
		for lines.Scan() {
			var got struct{ Slots []slotState }
			if err := json.Unmarshal(lines.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if len(got.Slots) > 0 && got.Slots[0].Card == want {
				return
			}
		}
		t.Fatalf("card %v was not seen", want)
	}
	next(false)
	l := f.lay(t, card)
	next(true)
	f.clear(t, l)
	next(false)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { // to the end of its output
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("stopped by hand: %v", err)
	}
}
