package net

import (
	"image"
	"image/color"
	"math"
	"testing"
)

// scene is a smooth picture of many colours; a place has one colour, however
// it is looked at.
func scene(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, hue(float64(x)+0.5, float64(y)+0.5))
		}
	}
	return img
}

func hue(x, y float64) color.RGBA {
	wave := func(a, b float64) uint8 { return uint8(128 + 90*math.Sin(x*a)*math.Cos(y*b)) }
	return color.RGBA{wave(0.02, 0.03), wave(0.03, 0.01), wave(0.015, 0.025), 255}
}

// Subsampled is the picture as a camera's JPEG has it.
func Subsampled(img image.Image, ratio image.YCbCrSubsampleRatio) *image.YCbCr {
	b := img.Bounds()
	out := image.NewYCbCr(b, ratio)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, _ := img.At(x, y).RGBA()
			i, j := out.YOffset(x, y), out.COffset(x, y)
			out.Y[i], out.Cb[j], out.Cr[j] = color.RGBToYCbCr(uint8(r>>8), uint8(g>>8), uint8(bl>>8))
		}
	}
	return out
}

// looks are ways to lay an input of 64×48 on a picture of 400×300.
var looks = map[string]frame{
	"as it is":    {a: 1, c: 20, d: 30},
	"whole":       {a: 6.25},
	"small":       {a: 4},
	"in between":  {a: 2.7, c: 100.3, d: 50.8},
	"turned":      {a: 2 * math.Cos(0.5), b: 2 * math.Sin(0.5), c: 150, d: 60},
	"upside down": {a: -3, c: 300, d: 200},
	"blown up":    {a: 0.3, c: 200, d: 100},
}

// TestFill: whatever the kind of picture and the way it is laid, the input has
// the colour of the place that the frame names.
func TestFill(t *testing.T) {
	const w, h = 64, 48
	whole := scene(400, 300)
	pictures := map[string]image.Image{
		"RGBA": whole, "444": Subsampled(whole, image.YCbCrSubsampleRatio444), "422": Subsampled(whole, image.YCbCrSubsampleRatio422),
		"420": Subsampled(whole, image.YCbCrSubsampleRatio420), "440": Subsampled(whole, image.YCbCrSubsampleRatio440),
		"411": Subsampled(whole, image.YCbCrSubsampleRatio411), "410": Subsampled(whole, image.YCbCrSubsampleRatio410),
		"other": image.NewPaletted(whole.Rect, color.Palette{color.RGBA{200, 100, 50, 255}}),
	}
	for kind, img := range pictures {
		for look, f := range looks {
			p := read(img)
			out := make([]float32, 3*w*h)
			var buf []uint8
			p.fill(out, w, h, image.Rect(0, 0, w, h), f, norm{mean: [3]float32{10, 20, 30}, scale: 0.5}, &buf)
			worst := 0.0
			for y := range h {
				for x := range w {
					u, v := f.to(float64(x)+0.5, float64(y)+0.5)
					if u < 8 || v < 8 || u > 392 || v > 292 {
						continue // the rim goes on there
					}
					want := hue(u, v)
					if kind == "other" {
						want = color.RGBA{200, 100, 50, 255}
					}
					for i, c := range []uint8{want.R, want.G, want.B} {
						got := float64(out[i*w*h+y*w+x])/0.5 + float64(10*(i+1))
						worst = max(worst, math.Abs(got-float64(c)))
					}
				}
			}
			if worst > 8 { // steps of rounding, and of chroma that four pixels share
				t.Errorf("%s, %s: off by %.1f of 255", kind, look, worst)
			}
		}
	}
}

// TestFillOfAPart: a part of a picture is that part, also where chroma values
// are shared with pixels outside.
func TestFillOfAPart(t *testing.T) {
	whole := scene(400, 300)
	for kind, img := range map[string]interface {
		SubImage(image.Rectangle) image.Image
	}{
		"RGBA": whole, "420": Subsampled(whole, image.YCbCrSubsampleRatio420), "411": Subsampled(whole, image.YCbCrSubsampleRatio411),
	} {
		for _, part := range []image.Rectangle{image.Rect(101, 51, 301, 201), image.Rect(100, 50, 300, 200), image.Rect(103, 57, 303, 207)} {
			p := read(img.SubImage(part))
			out := make([]float32, 3*50*50)
			var buf []uint8
			p.fill(out, 50, 50, image.Rect(0, 0, 50, 50), frame{a: 3}, norm{scale: 1}, &buf)
			for _, at := range []image.Point{{X: 5, Y: 5}, {X: 40, Y: 40}} {
				want := hue(float64(part.Min.X)+3*(float64(at.X)+0.5), float64(part.Min.Y)+3*(float64(at.Y)+0.5))
				if got := float64(out[at.Y*50+at.X]); math.Abs(got-float64(want.R)) > 4 {
					t.Errorf("%s %v at %v: red %.1f, want %d", kind, part, at, got, want.R)
				}
			}
		}
	}
}

// TestFillBeside: an input that lies beside the picture, or about it, holds its
// rim, and no place is read that is not there.
func TestFillBeside(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range img.Pix {
		img.Pix[i] = 77
	}
	p := read(img)
	var buf []uint8
	for _, f := range []frame{{a: 1, c: 1e6, d: 1e6}, {a: 1, c: -1e6, d: 30}, {a: 50, c: -800, d: -800}, {a: 1e-6, c: 64, d: 64}, {c: 5, d: 5}} {
		out := make([]float32, 3*32*32)
		p.fill(out, 32, 32, image.Rect(0, 0, 32, 32), f, norm{scale: 1}, &buf)
		for i, v := range out {
			if v != 77 {
				t.Fatalf("%+v: value %d is %v", f, i, v)
			}
		}
	}
}

// TestFillGrey: a picture without colours gives three planes alike.
func TestFillGrey(t *testing.T) {
	g := image.NewGray(image.Rect(0, 0, 100, 80))
	for i := range g.Pix {
		g.Pix[i] = uint8(i % 251)
	}
	p := read(g)
	var buf []uint8
	out := make([]float32, 3*20*20)
	p.fill(out, 20, 20, image.Rect(0, 0, 20, 20), frame{a: 1, c: 7, d: 9}, norm{scale: 1}, &buf)
	for i := range 400 {
		want := float32(g.GrayAt(7+i%20, 9+i/20).Y)
		if out[i] != want || out[400+i] != want || out[800+i] != want {
			t.Fatalf("pixel %d: %v %v %v, want %v", i, out[i], out[400+i], out[800+i], want)
		}
	}
}

// FuzzFill: wherever a model puts a face, and whatever part of a picture is
// looked at, no byte beyond the picture is read.
func FuzzFill(f *testing.F) {
	f.Add(4.0, 0.0, 0.0, 0.0, uint16(0), uint16(0), uint8(2))
	f.Add(0.7, -2.5, 300.0, -20.0, uint16(3), uint16(5), uint8(4))
	f.Add(-1e-7, 9e5, 1e5, 1e5, uint16(101), uint16(77), uint8(5))
	whole := scene(160, 120)
	f.Fuzz(func(t *testing.T, a, b, c, d float64, x, y uint16, kind uint8) {
		fr := frame{a, b, c, d}
		if !fr.sane() {
			return
		}
		var img interface {
			image.Image
			SubImage(image.Rectangle) image.Image
		} = whole
		if ratio := image.YCbCrSubsampleRatio(kind % 7); ratio <= image.YCbCrSubsampleRatio410 {
			img = Subsampled(whole, ratio)
		}
		at := image.Pt(int(x%96), int(y%56))
		p := read(img.SubImage(image.Rectangle{Min: at, Max: at.Add(image.Pt(64, 64))}))
		out := make([]float32, 3*16*12)
		var buf []uint8
		p.fill(out, 16, 12, image.Rect(0, 0, 16, 12), fr, norm{scale: 1}, &buf)
		for i, v := range out {
			if !(v >= 0 && v <= 255) {
				t.Fatalf("value %d is %v", i, v)
			}
		}
	})
}
