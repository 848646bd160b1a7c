//go:build cgo && unix

package net_test

import (
	"image"
	"image/draw"
	"syscall"
	"testing"

	"github.com/tram-station/tram/biometrics/face/facetest"
	"github.com/tram-station/tram/biometrics/face/net"
	"github.com/tram-station/tram/biometrics/virtual"
)

// counter is a picture as the camera gives it: 1280×720, 4:2:2, of a citizen
// who sits as the station wants it.
func counter() *image.YCbCr {
	flat := image.NewRGBA(image.Rect(0, 0, 1280, 720))
	draw.Draw(flat, flat.Rect, image.White, image.Point{}, draw.Src)
	sitter := virtual.Portrait(1, 540, 720)
	draw.Draw(flat, image.Rect(370, 0, 910, 720), sitter, image.Point{}, draw.Src)
	return net.Subsampled(flat, image.YCbCrSubsampleRatio422)
}

// cpu is what the process has used, nanoseconds.
func cpu(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkFind720p(b *testing.B) {
	e := facetest.Net(b)
	img := counter()
	b.ReportAllocs()
	begin := cpu(b)
	for b.Loop() {
		if faces, err := e.Find(img); err != nil || len(faces) != 1 {
			b.Fatal(len(faces), err)
		}
	}
	b.ReportMetric((cpu(b)-begin)/float64(b.N), "cpu-ns/op")
}

func BenchmarkTemplate(b *testing.B) {
	for _, pack := range []string{"default", "dlib"} {
		b.Run(pack, func(b *testing.B) {
			e := facetest.Pack(b, pack)
			m := facetest.Matcher(b, e)
			img := counter()
			faces, err := e.Find(img)
			if err != nil || len(faces) != 1 {
				b.Fatal(len(faces), err)
			}
			b.ReportAllocs()
			begin := cpu(b)
			for b.Loop() {
				if _, err := m.Template(img, faces[0]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric((cpu(b)-begin)/float64(b.N), "cpu-ns/op")
		})
	}
}
