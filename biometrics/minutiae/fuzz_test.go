package minutiae_test

import (
	"encoding/binary"
	"image"
	"math/rand"
	"slices"
	"testing"

	"github.com/tram-station/tram/biometrics/minutiae"
)

// FuzzExtract: whatever the picture, the minutiae lie in it, in order, and no
// more than a template holds.
func FuzzExtract(f *testing.F) {
	r := rand.New(rand.NewSource(1))
	noise := make([]byte, 90*80)
	r.Read(noise)
	ridges := waves(160, 150, 9, 0.001, []fault{{80, 70, 1}})
	f.Add(uint16(160), uint16(500), ridges.Pix)
	f.Add(uint16(160), uint16(385), ridges.Pix)
	f.Add(uint16(90), uint16(500), noise)
	f.Add(uint16(61), uint16(1200), make([]byte, 61*61))
	f.Add(uint16(0), uint16(500), []byte{})
	f.Add(uint16(5000), uint16(250), noise)
	f.Fuzz(func(t *testing.T, width, dpi uint16, pix []byte) {
		w := max(int(width), 1)
		h := min(len(pix)/w, 4000)
		img := &image.Gray{Pix: pix, Stride: w, Rect: image.Rect(0, 0, w, h)}
		before := slices.Clone(pix)
		got, err := minutiae.Extract(img, int(dpi))
		if !slices.Equal(pix, before) {
			t.Fatal("the picture was changed")
		}
		if err != nil {
			return
		}
		if len(got.Minutiae) > minutiae.MaxMinutiae || got.DPI != 500 {
			t.Fatalf("%d minutiae at %d", len(got.Minutiae), got.DPI)
		}
		for i, m := range got.Minutiae {
			if m.X < 0 || m.Y < 0 || m.X >= got.Width || m.Y >= got.Height ||
				m.Angle < 0 || m.Angle >= 360 || m.Quality < 0 || m.Quality > 100 ||
				m.Kind != minutiae.Ending && m.Kind != minutiae.Bifurcation {
				t.Fatalf("%+v in %d x %d", m, got.Width, got.Height)
			}
			if i > 0 && (m.Y < got.Minutiae[i-1].Y || m.Y == got.Minutiae[i-1].Y && m.X <= got.Minutiae[i-1].X) {
				t.Fatalf("%+v comes after %+v", m, got.Minutiae[i-1])
			}
		}
		if minutiae.Match(got, got) < 0 {
			t.Fatal("negative score")
		}
	})
}

// templateOf reads any bytes as a template, 8 a minutia.
func templateOf(b []byte, dpi int) *minutiae.Template {
	t := &minutiae.Template{Width: 500, Height: 500, DPI: dpi}
	for ; len(b) >= 8; b = b[8:] {
		t.Minutiae = append(t.Minutiae, minutiae.Minutia{
			X: int(int16(binary.LittleEndian.Uint16(b))), Y: int(int16(binary.LittleEndian.Uint16(b[2:]))),
			Angle:   float64(int16(binary.LittleEndian.Uint16(b[4:]))) / 64,
			Kind:    minutiae.Kind(b[6]),
			Quality: int(int8(b[7])),
		})
	}
	return t
}

// bytesOf is what templateOf reads.
func bytesOf(t *minutiae.Template) []byte {
	var b []byte
	for _, m := range t.Minutiae {
		b = binary.LittleEndian.AppendUint16(b, uint16(m.X))
		b = binary.LittleEndian.AppendUint16(b, uint16(m.Y))
		b = binary.LittleEndian.AppendUint16(b, uint16(m.Angle*64))
		b = append(b, byte(m.Kind), byte(m.Quality))
	}
	return b
}

// FuzzMatch: whatever the templates, the score is the same both ways and
// whatever the order of the minutiae.
func FuzzMatch(f *testing.F) {
	r := rand.New(rand.NewSource(1))
	print := bytesOf(extract(f, waves(300, 300, 9, 0.001, spread(r, 300, 300, 20, 40)), 500))
	noise := make([]byte, 8*300)
	r.Read(noise)
	f.Add(print, print, uint16(500))
	f.Add(print, noise, uint16(197))
	f.Add(noise, noise, uint16(1000))
	f.Add(make([]byte, 8*400), make([]byte, 8*400), uint16(500))
	f.Add([]byte{}, print, uint16(0))
	f.Fuzz(func(t *testing.T, a, b []byte, dpi uint16) {
		ta, tb := templateOf(a, 500), templateOf(b, int(dpi))
		s := minutiae.Match(ta, tb)
		if back := minutiae.Match(tb, ta); s != back || s < 0 {
			t.Fatalf("%d one way, %d the other", s, back)
		}
		slices.Reverse(ta.Minutiae)
		if again := minutiae.Match(ta, tb); again != s {
			t.Fatalf("%d, %d in another order", s, again)
		}
	})
}
