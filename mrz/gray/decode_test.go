package gray

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
	"testing/iotest"
)

// picture is a small coloured one with a known grey value in its middle.
func picture() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, 24, 16))
	for y := range 16 {
		for x := range 24 {
			img.SetNRGBA(x, y, color.NRGBA{R: 200, G: 100, B: 50, A: 255})
		}
	}
	img.SetNRGBA(0, 0, color.NRGBA{}) // transparent: white
	return img
}

func encodedPNG(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, picture()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDecode(t *testing.T) {
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, picture(), nil); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"PNG": encodedPNG(t), "JPEG": photo.Bytes()} {
		g, err := Decode(bytes.NewReader(data), 0)
		if err != nil || g.Rect != image.Rect(0, 0, 24, 16) {
			t.Errorf("%s: %v %v", name, g, err)
			continue
		}
		if v := g.GrayAt(12, 12).Y; v < 122 || v > 126 { // 0.299·200 + 0.587·100 + 0.114·50
			t.Errorf("%s: grey %d", name, v)
		}
		if name == "PNG" && g.GrayAt(0, 0).Y != 255 {
			t.Error("glass is not white:", g.GrayAt(0, 0))
		}
	}
	if _, err := Decode(bytes.NewReader(encodedPNG(t)), 24*16); err != nil {
		t.Error("exactly as many pixels as allowed:", err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := encodedPNG(t)
	bomb := bytes.Clone(good)
	copy(bomb[16:24], []byte{0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff}) // IHDR: 65535 × 65535
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	var moving bytes.Buffer
	if err := gif.Encode(&moving, picture(), nil); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		max  int
		want error
	}{
		"nothing":           {nil, 0, ErrNotImage},
		"text":              {[]byte("no image"), 0, ErrNotImage},
		"GIF":               {moving.Bytes(), 0, ErrNotImage},
		"half a PNG":        {good[:len(good)/2], 0, ErrDamaged},
		"head of a PNG":     {good[:8], 0, ErrDamaged},
		"head of a JPEG":    {[]byte("\xff\xd8\xff\xe0\x00"), 0, ErrDamaged},
		"claims too much":   {bomb, 0, ErrTooLarge},
		"one pixel too big": {good, 24*16 - 1, ErrTooLarge},
	} {
		if g, err := Decode(bytes.NewReader(c.data), c.max); !errors.Is(err, c.want) || g != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := Decode(&stuck{bytes.NewReader(good)}, 0); !errors.Is(err, iotest.ErrTimeout) {
		t.Error("a disk that fails:", err)
	}
}

// stuck is a file whose disk fails after the first read.
type stuck struct{ *bytes.Reader }

func (s *stuck) Seek(int64, int) (int64, error) { return 0, iotest.ErrTimeout }

func FuzzDecode(f *testing.F) {
	f.Add(encodedPNG(f))
	f.Add([]byte("\xff\xd8\xff\xe0\x00\x10JFIF"))
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		const most = 1 << 16
		g, err := Decode(bytes.NewReader(data), most)
		if (err == nil) != (g != nil) {
			t.Fatal(g, err)
		}
		if g != nil && (len(g.Pix) > most || g.Stride != g.Rect.Dx() || g.Rect.Min != image.Point{}) {
			t.Fatal(g.Rect, g.Stride)
		}
	})
}
