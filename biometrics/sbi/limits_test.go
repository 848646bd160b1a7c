package sbi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/iso19794"
	"github.com/tram-station/tram/biometrics/minutiae"
	"github.com/tram-station/tram/biometrics/sbi/sbitest"
)

// A JPEG is decoded while it has few scans, in the live picture and behind a
// signature alike.
func TestScans(t *testing.T) {
	const side = 16
	for scans, good := range map[int]bool{1: true, 10: true, maxScans: true, maxScans + 1: false, 3000: false} {
		packed := sbitest.ManyScans(side, scans)
		if img, err := decodeFrame(packed); (err == nil) != good || good && img.Rect.Dx() != side {
			t.Errorf("a live picture of %d scans: %v", scans, err)
		}
		v := &iso19794.FingerView{Width: side, Height: side, Compression: iso19794.JPEGImage, Image: packed}
		if _, err := decode(t.Context(), v, Config{}); (err == nil) != good || !good && !errors.Is(err, biometrics.ErrBadImage) {
			t.Errorf("a signed picture of %d scans: %v", scans, err)
		}
	}
	if _, err := decodeFrame(sbitest.ManyScans(2048, 1)); err != nil {
		t.Errorf("4 megapixels: %v", err)
	}
	if _, err := decodeFrame(sbitest.ManyScans(4096, 1)); err == nil {
		t.Error("a live picture of 16 megapixels is decoded")
	}
}

// A live picture that would take long holds up neither the capture nor its
// being called off.
func TestHeavyStream(t *testing.T) {
	const settle, most = 300 * time.Millisecond, 4 * time.Second
	for _, empty := range []bool{false, true} {
		m, err := sbitest.Start(sbitest.Options{Draw: small, Settle: settle, Coding: sbitest.PNG, Empty: empty})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(m.Unplug)
		if err := m.Do(sbitest.FaultHeavy, -1); err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), Config{URL: m.URL(), Roots: m.Roots()})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		if empty {
			time.AfterFunc(streamStart+settle, cancel)
		}
		begun := time.Now()
		_, err = s.Capture(ctx, thumbs, func(*image.Gray) {})
		cancel()
		if took := time.Since(begun); took > most || errors.Is(err, context.Canceled) != empty || !empty && err != nil {
			t.Errorf("empty %v: %v after %v", empty, err, took)
		}
	}
}

// The size of JPEG 2000 is looked at before a decoder sees it.
func TestSizeBeforeDecoder(t *testing.T) {
	const width, height = 300, 400
	asked := 0
	cfg := Config{Decode: func(context.Context, string, []byte) (image.Image, error) {
		asked++
		return image.NewGray(image.Rect(0, 0, width, height)), nil
	}}
	view := &iso19794.FingerView{Width: width, Height: height, Compression: iso19794.JPEG2000Image}
	for _, c := range []struct {
		packed []byte
		good   bool
	}{
		{Codestream(width, height), true},
		{Codestream(30_000, 30_000), false},
		{Codestream(width+1, height), false},
		{[]byte("no JPEG 2000"), false},
	} {
		asked, view.Image = 0, c.packed
		if _, err := decode(t.Context(), view, cfg); (err == nil) != c.good || (asked == 1) != c.good {
			t.Errorf("%x…: %v, decoder asked %d times", c.packed[:12], err, asked)
		}
	}
}

// Codestream is the head of a bare codestream of 8 bits (ITU-T T.800 §A.5.1).
func Codestream(width, height uint32) []byte {
	b := []byte{0xff, 0x4f, 0xff, 0x51, 0, 41, 0, 0}
	for _, v := range []uint32{width, height, 0, 0, width, height, 0, 0} {
		b = append(b, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	}
	return append(b, 0, 1, 7, 1, 1)
}

// A density that nothing behind this package could use is refused here.
func TestDensities(t *testing.T) {
	v, x := session(t)
	for dpi, good := range map[int]bool{minutiae.MinDPI - 1: false, minutiae.MinDPI: true, minutiae.MaxDPI: true, minutiae.MaxDPI + 1: false} {
		record := recordOf(t, v)
		r, err := iso19794.ParseFinger(record)
		if err != nil {
			t.Fatal(err)
		}
		old := []byte{1, 0xf4, 1, 0xf4, 1, 0xf4, 1, 0xf4} // 500 dpi, four times
		at := bytes.Index(record, old)
		if at < 0 || r.Views[0].DPI() != 500 {
			t.Fatal("the vector's record is of another density")
		}
		for i := range 4 {
			record[at+2*i], record[at+2*i+1] = byte(dpi>>8), byte(dpi)
		}
		if _, got, err := x.image(t.Context(), record, biometrics.Finger(r.Views[0].Position)); (err == nil) != good || good && got != dpi {
			t.Errorf("%d dpi: %d, %v", dpi, got, err)
		}
	}
}

// recordOf is the first record of the vector.
func recordOf(t *testing.T, v vector) []byte {
	t.Helper()
	var r captureReply
	var said bioClaims
	if err := json.Unmarshal(v.Capture, &r); err != nil {
		t.Fatal(err)
	}
	if _, err := (checker{now: v.Time}).open(r.Biometrics[0].Data, &said); err != nil {
		t.Fatal(err)
	}
	record, err := decodeBase64(said.Value)
	if err != nil {
		t.Fatal(err)
	}
	return record
}
