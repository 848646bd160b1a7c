package main

import (
	"context"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/mrz/specimen"
)

// savePNG writes a picture into a new folder.
func savePNG(t *testing.T, name string, img image.Image) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	return file
}

// What decode says of a code besides its text.
func TestQRDecodeFields(t *testing.T) {
	for _, c := range []struct {
		shot specimen.Shot
		want map[string]any
	}{
		{specimen.Shot{Level: 'Q', Text: "Nguyễn Văn Thử", Mirrored: true},
			map[string]any{"version": 2.0, "level": "Q", "mirrored": true, "inverted": false, "eci": -1.0}},
		{specimen.Shot{Level: 'L', Text: "Nguyễn Văn Thử", Inverted: true, ECI: true},
			map[string]any{"version": 2.0, "level": "L", "mirrored": false, "inverted": true, "eci": 26.0}},
	} {
		c.shot.Width, c.shot.Height = 420, 420
		img, truth := specimen.QRFrame(4, c.shot)
		code, out, stderr := tram("", "qr", "decode", savePNG(t, "code.png", img))
		if code != exitGood || stderr != "" {
			t.Fatal(code, out, stderr)
		}
		got := parsed(t, out)["codes"].([]any)[0].(map[string]any)
		if got["text"] != truth.Text || len(got["corners"].([]any)) != 4 {
			t.Error(got)
		}
		delete(got, "text")
		delete(got, "corners")
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
}

// lightOn covers the most of a code that lies straight, not its three corners.
func lightOn(img *image.Gray, truth specimen.Truth) {
	side := truth.Module * float64(len(truth.Modules))
	x, y := int(truth.Corners[0].X+0.3*side), int(truth.Corners[0].Y+0.3*side)
	for dy := range int(0.65 * side) {
		for dx := range int(0.65 * side) {
			img.Pix[(y+dy)*img.Stride+x+dx] = 255
		}
	}
}

// A code that is seen and not read is named with its cause, its place and the
// next step.
func TestQRDecodeSeen(t *testing.T) {
	img, truth := specimen.QRFrame(4, specimen.Shot{Width: 640, Height: 480, Module: 5, Pose: &specimen.Pose{}})
	lightOn(img, truth)
	code, out, stderr := tram("", "qr", "decode", savePNG(t, "glare.png", img))
	line := parsed(t, out)
	if code != exitInvalid || stderr != "" || line["codes"] != nil {
		t.Fatal(code, out, stderr)
	}
	if s, _ := line["error"].(string); !strings.Contains(s, "glare") || !strings.Contains(s, "tilt the card") {
		t.Error(s)
	}
	seen, _ := line["seen"].([]any)
	if len(seen) == 0 {
		t.Fatal(out)
	}
	first := seen[0].(map[string]any)
	if m := first["module"].(float64); first["cause"] != "glare" || m < 4.5 || m > 5.5 || len(first["corners"].([]any)) != 4 {
		t.Error(first)
	}
	// A picture without anything like a code has no "seen".
	if _, out, _ := tram("", "qr", "decode", savePNG(t, "desk.png", specimen.EmptyFrame(1, specimen.Desk, specimen.Shot{Width: 320, Height: 240}))); parsed(t, out)["seen"] != nil {
		t.Error(out)
	}
}

// film is a camera that shows pictures in order, the last one for ever.
type film struct {
	pictures []image.Image
	next     int
}

func (f *film) Frame(ctx context.Context) (biometrics.Frame, error) {
	if err := ctx.Err(); err != nil {
		return biometrics.Frame{}, err
	}
	picture := f.pictures[min(f.next, len(f.pictures)-1)]
	f.next++
	return biometrics.Frame{Image: picture}, nil
}

func (*film) Device() biometrics.Device { return biometrics.Device{Virtual: true} }
func (*film) Close() error              { return nil }

// The scan goes on over frames that show nothing or are not read; when its time
// is over it says what was seen last.
func TestQRScanFrames(t *testing.T) {
	shot := specimen.Shot{Width: 640, Height: 480, Module: 5, Pose: &specimen.Pose{}}
	good, truth := specimen.QRFrame(4, shot)
	glare, _ := specimen.QRFrame(4, shot)
	lightOn(glare, truth)
	desk := specimen.EmptyFrame(1, specimen.Desk, shot)
	codes, frames, err := scanFrames(t.Context(), &film{pictures: []image.Image{desk, glare, desk, good}})
	if err != nil || frames != 4 || len(codes) != 1 || codes[0].Text != truth.Text {
		t.Error(codes, frames, err)
	}
	for name, c := range map[string]struct {
		pictures []image.Image
		want     string
	}{
		"nothing": {[]image.Image{desk}, "no readable QR code"},
		"glare":   {[]image.Image{desk, glare, desk}, "glare"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_, _, err := scanFrames(ctx, &film{pictures: c.pictures})
		cancel()
		if exitCode(err) != exitInvalid || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "frames") {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := scanFrames(ctx, &film{pictures: []image.Image{desk}}); !errors.Is(err, context.Canceled) {
		t.Error("given up:", err)
	}
}
