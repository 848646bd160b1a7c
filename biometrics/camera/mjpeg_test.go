package camera

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"testing"
)

// colourful is a JPEG with much in it; Go's encoder writes the tables of annex
// K.3, as motion-JPEG cameras use them.
func colourful(t testing.TB) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for y := range 48 {
		for x := range 64 {
			img.SetRGBA(x, y, color.RGBA{uint8(x * 37), uint8(y * 91), uint8(x*y*7 + 3), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withoutTables leaves out the Huffman tables.
func withoutTables(t testing.TB, b []byte) []byte {
	t.Helper()
	at := bytes.Index(b, []byte{0xFF, 0xC4})
	if at < 0 {
		t.Fatal("no tables")
	}
	length := int(b[at+2])<<8 | int(b[at+3])
	if got := b[at : at+2+length]; len(got) != huffmanBytes {
		t.Fatalf("the tables have %d bytes", len(got))
	}
	return append(bytes.Clone(b[:at]), b[at+2+length:]...)
}

func TestStandalone(t *testing.T) {
	whole := colourful(t)
	bare := withoutTables(t, whole)
	if _, err := jpeg.Decode(bytes.NewReader(bare)); err == nil {
		t.Fatal("the control: a frame without tables is decoded")
	}
	want, err := jpeg.Decode(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	for name, frame := range map[string][]byte{
		"whole": whole, "without tables": bare, "with bytes behind": append(bytes.Clone(bare), 0, 0, 0, 0xFF, 0),
	} {
		got, size, err := Standalone(frame)
		if err != nil || size != image.Pt(64, 48) {
			t.Errorf("%s: %v, %v", name, size, err)
			continue
		}
		img, err := jpeg.Decode(bytes.NewReader(got))
		if err != nil || !bytes.Equal(img.(*image.YCbCr).Y, want.(*image.YCbCr).Y) || !bytes.Equal(img.(*image.YCbCr).Cb, want.(*image.YCbCr).Cb) {
			t.Errorf("%s: another picture, %v", name, err)
		}
		if name == "whole" && !bytes.Equal(got, frame) {
			t.Error("a whole picture was changed")
		}
	}
	for name, frame := range map[string][]byte{
		"empty": nil, "text": []byte("no frame at all"), "cut off": whole[:len(whole)/2], "only a header": whole[:150],
	} {
		if _, _, err := Standalone(frame); !errors.Is(err, ErrFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzStandalone(f *testing.F) {
	f.Add(colourful(f))
	f.Add(withoutTables(f, colourful(f)))
	f.Add([]byte{0xFF, 0xD8, 0xFF, 0xC4, 0, 0, 0xFF, 0xDA, 0, 2, 0xFF, 0xD9})
	f.Fuzz(func(t *testing.T, frame []byte) {
		got, size, err := Standalone(frame)
		if err != nil {
			return
		}
		c, err := jpeg.DecodeConfig(bytes.NewReader(got))
		if err != nil || c.Width != size.X || c.Height != size.Y || len(got) > len(frame)+huffmanBytes {
			t.Errorf("%d bytes, %v; %+v, %v", len(got), size, c, err)
		}
		again, _, err := Standalone(got)
		if err != nil || !bytes.Equal(again, got) {
			t.Errorf("not the same the second time: %v", err)
		}
	})
}
