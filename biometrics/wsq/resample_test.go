package wsq

import (
	"image"
	"math"
	"testing"
)

// wave is a grating of f periods an inch along x, or along y.
func wave(w, h, dpi int, f float64, down bool) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		at := float64(i%w) + 0.5
		if down {
			at = float64(i/w) + 0.5
		}
		img.Pix[i] = byte(math.Round(127.5 + 100*math.Cos(2*math.Pi*f*at/float64(dpi))))
	}
	return img
}

// amplitude measures a grating of f periods an inch in the middle of an image.
func amplitude(img *image.Gray, dpi int, f float64, down bool) float64 {
	var re, im, n float64
	w, h := img.Rect.Dx(), img.Rect.Dy()
	for y := h / 8; y < h*7/8; y++ {
		for x := w / 8; x < w*7/8; x++ {
			at := float64(x) + 0.5
			if down {
				at = float64(y) + 0.5
			}
			v, phase := float64(img.Pix[y*w+x])-127.5, 2*math.Pi*f*at/float64(dpi)
			re += v * math.Cos(phase)
			im += v * math.Sin(phase)
			n++
		}
	}
	return 2 * math.Hypot(re, im) / n
}

func deviation(img *image.Gray) float64 {
	var sum, squares float64
	w, h := img.Rect.Dx(), img.Rect.Dy()
	for y := h / 8; y < h*7/8; y++ {
		for _, v := range img.Pix[y*w+w/8 : y*w+w*7/8] {
			sum += float64(v)
			squares += float64(v) * float64(v)
		}
	}
	n := float64((h*7/8 - h/8) * (w*7/8 - w/8))
	return math.Sqrt(max(squares/n-sum/n*sum/n, 0))
}

// Ridges keep their place and strength: the finest of a child's finger have
// some 90 to an inch. What the new density can not show is gone.
func TestResampleFrequencies(t *testing.T) {
	for _, d := range []struct{ from, to int }{{512, 500}, {385, 500}, {500, 512}, {1000, 500}, {500, 1000}, {250, 500}} {
		for _, down := range []bool{false, true} {
			for _, f := range []float64{20, 50, 90} {
				if f > 0.3*float64(min(d.from, d.to)) {
					continue
				}
				out := Resample(wave(d.from/2, d.from/2, d.from, f, down), d.from, d.to)
				if w, want := out.Rect.Dx(), float64(d.from/2*d.to)/float64(d.from); math.Abs(float64(w)-want) > 0.5 {
					t.Fatalf("%v: %v", d, out.Rect)
				}
				if a := amplitude(out, d.to, f, down); math.Abs(a-100) > 3 {
					t.Errorf("%v: %v ridges an inch have %.1f of 100", d, f, a)
				}
			}
		}
	}
	if s := deviation(Resample(wave(500, 500, 1000, 450, false), 1000, 500)); s > 3 {
		t.Errorf("450 lines an inch leave a moiré of %.1f at 500 dpi", s)
	}
}

// A plain image stays plain to its edge, whatever the kernel's rounding.
func TestResamplePlain(t *testing.T) {
	for _, v := range []byte{0, 77, 255} {
		img := image.NewGray(image.Rect(0, 0, 37, 53))
		for i := range img.Pix {
			img.Pix[i] = v
		}
		for _, to := range []int{300, 499, 512, 1700} {
			for _, got := range Resample(img, 500, to).Pix {
				if got != v {
					t.Fatalf("%d became %d at %d dpi", v, got, to)
				}
			}
		}
	}
}

// The same pixels on every machine.
func TestResampleVector(t *testing.T) {
	if got := digest(Resample(drawn(384, 290, 7), 512, 500).Pix); got != "5386217922df82d7" {
		t.Error(got)
	}
}

func TestResampleUnchanged(t *testing.T) {
	img := drawn(30, 40, 1)
	for _, d := range []struct{ from, to int }{{500, 500}, {0, 500}, {500, 0}, {-1, 500}, {1, 10000}} {
		if Resample(img, d.from, d.to) != img {
			t.Errorf("%v: another image", d)
		}
	}
	if empty := (&image.Gray{}); Resample(empty, 512, 500) != empty {
		t.Error("an empty image changed")
	}
	if got := Resample(img, 10000, 1).Rect.Size(); got != image.Pt(1, 1) {
		t.Error(got)
	}
}

func TestPad(t *testing.T) {
	large := drawn(256, 256, 1)
	if Pad(large) != large {
		t.Error("a large image was padded")
	}
	small := image.NewGray(image.Rect(10, 20, 110, 320)) // 100 wide, 300 high
	for i := range small.Pix {
		small.Pix[i] = 231 // the ground
	}
	for y := 60; y < 240; y++ {
		for x := 40; x < 70; x++ {
			small.Pix[y*small.Stride+x] = 20
		}
	}
	small.Pix[0] = 0 // a speck in the corner is no ground
	got := Pad(small)
	if got.Rect != image.Rect(0, 0, 256, 300) {
		t.Fatal(got.Rect)
	}
	for y := range 300 {
		for x := range 256 {
			want := byte(231)
			if x >= 78 && x < 178 {
				want = small.Pix[y*small.Stride+x-78]
			}
			if v := got.Pix[y*got.Stride+x]; v != want {
				t.Fatalf("%d, %d: %d, want %d", x, y, v, want)
			}
		}
	}
	if _, err := Encode(got, Options{}); err != nil {
		t.Error(err)
	}
	for _, r := range []image.Rectangle{{}, image.Rect(0, 0, 1, 1), image.Rect(0, 0, 300, 1), image.Rect(0, 0, 1, 300)} {
		img := image.NewGray(r)
		for i := range img.Pix {
			img.Pix[i] = 9
		}
		if p := Pad(img); p.Rect.Dx() < 256 || p.Rect.Dy() < 256 || !r.Empty() && p.GrayAt(0, 0).Y != 9 {
			t.Errorf("%v: %v", r, p.Rect)
		}
	}
}
