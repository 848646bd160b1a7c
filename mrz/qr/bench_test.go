package qr

import (
	"context"
	"image"
	"testing"

	"github.com/tram-station/tram/mrz/specimen"
)

// benchmarkScan lets the scanner look at one frame without a limit of time.
func benchmarkScan(b *testing.B, frame image.Image, codes int) {
	scanner := &Scanner{Budget: 1 << 62}
	b.ReportAllocs()
	for b.Loop() {
		if sight, err := scanner.Scan(context.Background(), frame); err != nil || len(sight.Codes) != codes {
			b.Fatal(len(sight.Codes), err)
		}
	}
}

func BenchmarkScanFrame(b *testing.B) {
	frame, _ := specimen.QRFrame(1, specimen.Shot{Module: 4, Severity: specimen.Fair})
	benchmarkScan(b, frame, 1)
}

// Frames without a code, which are most of what a camera sends.
func BenchmarkScanEmpty(b *testing.B) {
	for _, scene := range []specimen.Scene{specimen.Desk, specimen.Back, specimen.Page} {
		b.Run(string(scene), func(b *testing.B) {
			benchmarkScan(b, specimen.EmptyFrame(1, scene, specimen.Shot{}), 0)
		})
	}
}

// BenchmarkSeen measures what a code that is not read costs: all ways are
// tried, and its picture is measured.
func BenchmarkSeen(b *testing.B) {
	frame, _ := specimen.QRFrame(1, specimen.Shot{Module: 4, Severity: specimen.Good})
	for x := range frame.Rect.Dx() { // light covers every second band
		for y := range frame.Rect.Dy() {
			if y/24%2 == 0 {
				frame.Pix[y*frame.Stride+x] = 255
			}
		}
	}
	benchmarkScan(b, frame, 0)
}

func BenchmarkMeasure(b *testing.B) {
	frame, truth := specimen.QRFrame(1, specimen.Shot{Module: 4, Severity: specimen.Fair})
	p := place{dimension: len(truth.Modules), module: truth.Module}
	for i, c := range truth.Corners {
		p.corners[i] = point{c.X, c.Y}
	}
	for b.Loop() {
		if m := p.measure(frame); m.white == 0 {
			b.Fatal("not measured")
		}
	}
}
