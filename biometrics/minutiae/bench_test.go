package minutiae_test

import (
	"math/rand"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics/minutiae"
)

// BenchmarkExtract takes a picture of 500×500 pixels.
func BenchmarkExtract(b *testing.B) {
	r := rand.New(rand.NewSource(1))
	img := waves(500, 500, 9, 0.001, spread(r, 500, 500, 60, 40))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := minutiae.Extract(img, 500); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMatch compares two touches of one finger, and two fingers, of some
// sixty minutiae.
func BenchmarkMatch(b *testing.B) {
	r := rand.New(rand.NewSource(1))
	img := waves(500, 500, 9, 0.001, spread(r, 500, 500, 60, 40))
	one := extract(b, img, 500)
	again := extract(b, randomTouch(r).of(img, r), 500)
	other := extract(b, waves(500, 500, 9, 0.0008, spread(r, 500, 500, 60, 40)), 500)
	for name, t := range map[string]*minutiae.Template{"same": again, "other": other} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				minutiae.Match(one, t)
			}
		})
	}
}

// TestHostileTemplatesTakeNoLonger: the time of a match is bounded by the
// limits, not by what a template says. An ordinary one takes milliseconds.
func TestHostileTemplatesTakeNoLonger(t *testing.T) {
	const many = 5000
	crowd, grid, ring := &minutiae.Template{DPI: 500}, &minutiae.Template{DPI: 500}, &minutiae.Template{DPI: 500}
	for i := range many {
		crowd.Minutiae = append(crowd.Minutiae, minutiae.Minutia{X: 100 + i%8, Y: 100 + i/8%8, Angle: float64(i % 360), Quality: 100})
		grid.Minutiae = append(grid.Minutiae, minutiae.Minutia{X: i % 70 * 20, Y: i / 70 * 20, Quality: 100})
		ring.Minutiae = append(ring.Minutiae, minutiae.Minutia{X: 100 + i%14, Y: 100 + i/14%14, Quality: 100})
	}
	for _, a := range []*minutiae.Template{crowd, grid, ring} {
		for _, b := range []*minutiae.Template{crowd, grid, ring} {
			start := time.Now()
			minutiae.Match(a, b)
			if d := time.Since(start); d > 3*time.Second {
				t.Errorf("a match took %v", d)
			}
		}
	}
}
