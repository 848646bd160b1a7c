//go:build !race

package finger

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// draw saves a slap with the boxes that were found, where somebody asked.
func draw(t testing.TB, name string, slap *image.Gray, segments []Segment) {
	t.Helper()
	d := os.Getenv("TRAM_PICTURES")
	if d == "" {
		return
	}
	out := image.NewRGBA(slap.Rect)
	for y := range slap.Rect.Dy() {
		for x := range slap.Rect.Dx() {
			out.SetRGBA(x, y, color.RGBA{slap.GrayAt(x, y).Y, slap.GrayAt(x, y).Y, slap.GrayAt(x, y).Y, 255})
		}
	}
	for _, s := range segments {
		for i := range 4 {
			b := s.Box.Inset(-i)
			for x := b.Min.X; x < b.Max.X; x++ {
				out.SetRGBA(x, b.Min.Y, color.RGBA{255, 0, 0, 255})
				out.SetRGBA(x, b.Max.Y, color.RGBA{255, 0, 0, 255})
			}
			for y := b.Min.Y; y < b.Max.Y; y++ {
				out.SetRGBA(b.Min.X, y, color.RGBA{255, 0, 0, 255})
				out.SetRGBA(b.Max.X, y, color.RGBA{255, 0, 0, 255})
			}
		}
		save(t, filepath.Join(d, name+"-"+string('a'-1+rune(s.Finger))+".png"), s.Image)
	}
	save(t, filepath.Join(d, name+".png"), out)
}

func save(t testing.TB, path string, img image.Image) {
	w, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := png.Encode(w, img); err != nil {
		t.Fatal(err)
	}
}

// overlap is the share that two boxes have in common (intersection over union).
func overlap(a, b image.Rectangle) float64 {
	both := a.Intersect(b)
	in := both.Dx() * both.Dy()
	return float64(in) / float64(a.Dx()*a.Dy()+b.Dx()*b.Dy()-in)
}
