package jp2

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tram-station/tram/testdata"
)

var (
	once    sync.Once
	decoder *Decoder
)

// load returns the decoder of the asset. It is compiled once for all tests:
// under the race detector that takes seconds.
func load(t testing.TB) *Decoder {
	t.Helper()
	path := testdata.Asset(t, Asset)
	once.Do(func() {
		var err error
		if decoder, err = Load(context.Background(), path); err != nil {
			t.Fatal(err)
		}
	})
	if decoder == nil {
		t.Fatal("the module was not compiled")
	}
	return decoder
}

// vector reads a picture of testdata: lines of hex, and a comment.
func vector(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".hex"))
	if err != nil {
		t.Fatal(err)
	}
	var digits strings.Builder
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			digits.WriteString(strings.TrimSpace(line))
		}
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// formula is what the pictures of testdata show.
func formula(name string, x, y int) color.RGBA {
	if name == "grey" {
		v := byte(x*5 + y*3 ^ x*y/4)
		return color.RGBA{v, v, v, 255}
	}
	return color.RGBA{byte(x * 6), byte(y * 10), byte(255 - x*3 - y*2), 255}
}

// check compares a picture with its formula.
func check(t *testing.T, name string, img image.Image) {
	t.Helper()
	for y := range 24 {
		for x := range 40 {
			if got := color.RGBAModel.Convert(img.At(x, y)); got != formula(name, x, y) {
				t.Errorf("%s: %v at %d, %d, want %v", name, got, x, y, formula(name, x, y))
				return
			}
		}
	}
}

func TestVectors(t *testing.T) {
	d := load(t)
	for name, want := range map[string]Header{
		"rgb":   {Width: 40, Height: 24, Components: 3, Depth: 8, Colour: SRGB},
		"tiles": {Width: 40, Height: 24, Components: 3, Depth: 8, Codestream: true},
		"grey":  {Width: 40, Height: 24, Components: 1, Depth: 8, Colour: Grey},
	} {
		b := vector(t, name)
		if h, err := ReadHeader(b); err != nil || h != want {
			t.Errorf("%s: header %+v, %v", name, h, err)
		}
		img, err := d.Decode(context.Background(), b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, grey := img.(*image.Gray); img.Bounds() != image.Rect(0, 0, 40, 24) || grey != (want.Components == 1) {
			t.Fatalf("%s: %T of %v", name, img, img.Bounds())
		}
		check(t, name, img)
	}
}

// TestCut: a picture that ends early is an error wherever it ends. What
// follows its end does not matter.
func TestCut(t *testing.T) {
	d := load(t)
	for _, name := range []string{"rgb", "tiles", "grey"} {
		whole := vector(t, name)
		for n := range whole {
			img, err := d.Decode(context.Background(), whole[:n])
			if err == nil || img != nil {
				t.Errorf("%s of %d bytes was taken at %d", name, len(whole), n)
			}
			if !errors.Is(err, ErrCorrupt) && (n >= 12 || !errors.Is(err, ErrNotJPEG2000)) {
				t.Errorf("%s cut at %d: %v", name, n, err)
			}
		}
		if _, err := d.Decode(context.Background(), append(whole[:len(whole):len(whole)], 0, 0, 0)); err != nil {
			t.Errorf("%s with bytes behind it: %v", name, err)
		}
	}
}

// put returns b with the bytes at an offset from the first mark replaced.
func put(t *testing.T, b []byte, mark string, offset int, v ...byte) []byte {
	t.Helper()
	at := strings.Index(string(b), mark)
	if at < 0 {
		t.Fatalf("no %q", mark)
	}
	out := append([]byte{}, b...)
	copy(out[at+offset:], v)
	return out
}

// TestColours: of several colour specifications the first one that is known
// counts.
func TestColours(t *testing.T) {
	d := load(t)
	file := vector(t, "rgb")
	at := strings.Index(string(file), "colr") - 4
	other := []byte{0, 0, 0, 11, 'c', 'o', 'l', 'r', 3, 0, 0}
	b := slices.Concat(file[:at], other, file[at:])
	b = put(t, b, "jp2h", -4, 0, 0, 0, file[strings.Index(string(file), "jp2h")-1]+byte(len(other)))
	if h, err := ReadHeader(b); err != nil || h.Colour != SRGB {
		t.Errorf("%+v, %v", h, err)
	}
	img, err := d.Decode(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	check(t, "rgb", img)
}

func TestHeaderHostile(t *testing.T) {
	file, bare := vector(t, "rgb"), vector(t, "tiles")
	siz := string([]byte{0xFF, 0x51})
	u32 := func(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
	for name, test := range map[string]struct {
		b    []byte
		want error
	}{
		"empty":                      {nil, ErrNotJPEG2000},
		"JPEG":                       {[]byte{0xFF, 0xD8, 0xFF, 0xE0}, ErrNotJPEG2000},
		"too many bytes":             {append(file[:len(file):len(file)], make([]byte, MaxBytes)...), ErrTooLarge},
		"many bytes of another kind": {make([]byte, MaxBytes+1), ErrNotJPEG2000},
		"no file type":               {put(t, file, "ftyp", 0, 'f', 'r', 'e', 'e'), ErrCorrupt},
		"box shorter than head":      {put(t, file, "ftyp", -4, 0, 0, 0, 4), ErrCorrupt},
		"box past the end":           {put(t, file, "ftyp", -4, 0x7F, 0, 0, 0), ErrCorrupt},
		"no header":                  {put(t, file, "jp2h", 0, 'f', 'r', 'e', 'e'), ErrCorrupt},
		"no image header":            {put(t, file, "ihdr", 0, 'f', 'r', 'e', 'e'), ErrCorrupt},
		"no colour":                  {put(t, file, "colr", 0, 'f', 'r', 'e', 'e'), ErrUnsupported},
		"no codestream":              {put(t, file, "jp2c", 0, 'f', 'r', 'e', 'e'), ErrCorrupt},
		"other width":                {put(t, file, "ihdr", 11, 41), ErrCorrupt},
		"colour method 3":            {put(t, file, "colr", 4, 3), ErrUnsupported},
		"CMYK":                       {put(t, file, "colr", 7, 0, 0, 0, 12), ErrUnsupported},
		"grey of three":              {put(t, file, "colr", 7, 0, 0, 0, 17), ErrUnsupported},
		"palette":                    {put(t, file, "colr", 0, 'p', 'c', 'l', 'r'), ErrUnsupported},
		"channels":                   {put(t, file, "colr", 0, 'c', 'd', 'e', 'f'), ErrCorrupt},
		"no size":                    {put(t, file, siz, 0, 0xFF, 0x52), ErrCorrupt},
		"length of the size":         {put(t, bare, siz, 2, 0, 38), ErrCorrupt},
		"wide":                       {put(t, bare, siz, 6, u32(1<<31)...), ErrTooLarge},
		"high":                       {put(t, bare, siz, 10, u32(MaxPixels/40+1)...), ErrTooLarge},
		"no area":                    {put(t, bare, siz, 14, u32(40)...), ErrCorrupt},
		"no tile":                    {put(t, bare, siz, 22, u32(0)...), ErrCorrupt},
		"too many tiles":             {put(t, put(t, bare, siz, 6, u32(50)...), siz, 22, append(u32(1), u32(1)...)...), ErrTooLarge},
		"tile outside":               {put(t, bare, siz, 30, u32(1)...), ErrCorrupt},
		"four components":            {put(t, bare, siz, 2, 0, 50), ErrCorrupt},
		"no component":               {put(t, bare, siz, 38, 0, 0), ErrCorrupt},
		"signed":                     {put(t, bare, siz, 40, 0x87), ErrUnsupported},
		"17 bits":                    {put(t, bare, siz, 40, 16), ErrUnsupported},
		"different depths":           {put(t, bare, siz, 43, 6), ErrUnsupported},
		"no step":                    {put(t, bare, siz, 41, 0), ErrCorrupt},
		"everything subsampled":      {put(t, bare, siz, 41, 2, 2, 7, 2, 2, 7, 2, 2), ErrUnsupported},
		"subsampled 4 × 1":           {put(t, bare, siz, 44, 4, 1, 7, 4, 1), ErrUnsupported},
		"subsampled differently":     {put(t, bare, siz, 44, 2, 1), ErrUnsupported},
	} {
		if h, err := ReadHeader(test.b); !errors.Is(err, test.want) || h != (Header{}) {
			t.Errorf("%s: %+v, %v", name, h, err)
		}
	}
}
