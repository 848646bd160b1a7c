package wsq

import (
	"image"
	"math"
	"testing"
)

// drawn is a print of this project's own: ridges of 9 pixels around a point, in
// whole numbers so that it is the same on every machine, with a grain of noise.
func drawn(w, h int, seed uint32) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	var wave [36]int
	for i := range wave {
		wave[i] = int(math.Round(1000 * math.Sin(2*math.Pi*float64(i)/36)))
	}
	for y := range h {
		for x := range w {
			dx, dy := x-w/2, y-h*3/5
			seed = seed*1664525 + 1013904223
			far := dx*dx + dy*dy*2/3
			r := root(far * 16) // quarters of a pixel
			v := 235
			if far < w*h/5 {
				v = 130 + wave[(r+dx/3)%len(wave)]*90/1000
			}
			img.Pix[y*w+x] = byte(min(max(v+int(seed>>28)-8, 0), 255))
		}
	}
	return img
}

// root is the whole square root.
func root(n int) int {
	r := int(math.Sqrt(float64(n)))
	for r*r > n {
		r--
	}
	for (r+1)*(r+1) <= n {
		r++
	}
	return r
}

func BenchmarkEncode(b *testing.B) {
	img := drawn(500, 500, 1)
	b.ReportAllocs()
	b.SetBytes(500 * 500)
	for b.Loop() {
		if _, err := Encode(img, Options{DPI: 500}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	file, err := Encode(drawn(500, 500, 1), Options{DPI: 500})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(500 * 500)
	for b.Loop() {
		if _, err := Decode(file); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkResample(b *testing.B) {
	img := drawn(500, 500, 1)
	b.ReportAllocs()
	b.SetBytes(500 * 500)
	for b.Loop() {
		Resample(img, 512, 500)
	}
}
