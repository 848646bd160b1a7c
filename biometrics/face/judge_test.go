package face_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math"
	"testing"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/math/f64"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/facetest"
	"github.com/tram-station/tram/biometrics/virtual"
)

func paste(dst *image.RGBA, src image.Image, at image.Point) {
	draw.Draw(dst, src.Bounds().Sub(src.Bounds().Min).Add(at), src, src.Bounds().Min, draw.Src)
}

// frame is a 720p picture of a drawn citizen of that height at that place.
func frame(height int, at ...image.Point) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 1280, 720))
	draw.Draw(img, img.Rect, image.NewUniform(wall), image.Point{}, draw.Src)
	for i, p := range at {
		paste(img, virtual.Portrait(int64(i+2), height*3/4, height), p)
	}
	return img
}

// each applies f to every colour value; x is 0 to 1 across the picture.
func each(img *image.RGBA, f func(v, x float64) float64) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	w := img.Rect.Dx()
	for i, v := range img.Pix {
		if i%4 == 3 {
			out.Pix[i] = v
			continue
		}
		out.Pix[i] = uint8(min(max(f(float64(v), float64(i/4%w)/float64(w)), 0), 255))
	}
	return out
}

func blurred(img *image.RGBA, by int) *image.RGBA {
	small := image.NewRGBA(image.Rect(0, 0, img.Rect.Dx()/by, img.Rect.Dy()/by))
	xdraw.BiLinear.Scale(small, small.Rect, img, img.Rect, draw.Src, nil)
	out := image.NewRGBA(img.Rect)
	xdraw.BiLinear.Scale(out, out.Rect, small, small.Rect, draw.Src, nil)
	return out
}

func turned(img *image.RGBA, degrees float64) *image.RGBA {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	cx, cy := float64(img.Rect.Dx())/2, float64(img.Rect.Dy())/2
	out := image.NewRGBA(img.Rect)
	draw.Draw(out, out.Rect, image.NewUniform(wall), image.Point{}, draw.Src)
	xdraw.BiLinear.Transform(out, f64.Aff3{cos, -sin, cx - cos*cx + sin*cy, sin, cos, cy - sin*cx - cos*cy}, img, img.Rect, draw.Src, nil)
	return out
}

func TestDefects(t *testing.T) {
	det := facetest.Finder(t)
	middle := image.Pt(370, 10)
	good := frame(700, middle)
	for name, c := range map[string]struct {
		img  image.Image
		want string
	}{
		"control":     {good, "ok"},
		"far":         {frame(300, image.Pt(530, 200)), "nearer"},
		"off centre":  {frame(560, image.Pt(40, 80)), "centre"},
		"two":         {frame(500, image.Pt(130, 100), image.Pt(760, 100)), "several-faces"},
		"roll":        {turned(good, 11), "straighten"},
		"blur":        {blurred(good, 8), "blurred"},
		"over":        {each(good, func(v, _ float64) float64 { return v * 1.5 }), "too-bright"},
		"flat":        {each(good, func(v, _ float64) float64 { return v * 0.18 }), "too-dark"},
		"side":        {each(good, func(v, x float64) float64 { return v * (0.1 + 1.4*math.Max(0, x-0.2)) }), "side-light"},
		"dark person": {each(good, func(v, _ float64) float64 { return v * 0.5 }), "ok"},
	} {
		faces, err := det.Find(c.img)
		if err != nil {
			t.Fatal(err)
		}
		if res := face.Judge(c.img, faces); res.Code != c.want || res.OK != (c.want == "ok") || res.Message.VI == "" || res.Message.EN == "" {
			t.Errorf("%s: %q, want %q: %+v", name, res.Code, c.want, res.Measures)
		}
	}
}

func TestScoresAgreeWithPassing(t *testing.T) {
	det := facetest.Finder(t)
	img := frame(300, image.Pt(700, 300))
	faces, err := det.Find(img)
	if err != nil {
		t.Fatal(err)
	}
	res := face.Judge(img, faces)
	passed := map[bool]int{}
	for _, m := range res.Measures {
		if m.OK != (m.Score >= 50) || m.Score < 0 || m.Score > 100 {
			t.Errorf("%+v", m)
		}
		passed[m.OK]++
	}
	if passed[true] == 0 || passed[false] == 0 {
		t.Errorf("a small face off the middle has %d good and %d bad measures", passed[true], passed[false])
	}
}

func find1(t *testing.T, det face.Finder, img image.Image) face.Face {
	t.Helper()
	faces, err := det.Find(img)
	if err != nil || len(faces) != 1 {
		t.Fatalf("%d faces, %v", len(faces), err)
	}
	return faces[0]
}

func TestCrop(t *testing.T) {
	det := facetest.Finder(t)
	for name, c := range map[string]struct {
		img  image.Image
		full bool // 480×640; else smaller, for nothing is blown up
	}{
		"large":  {virtual.Portrait(3, 720, 960), true},
		"720p":   {frame(700, image.Pt(370, 10)), true},
		"turned": {turned(frame(660, image.Pt(390, 30)), 7), false},
		"small":  {frame(480, image.Pt(460, 110)), false},
	} {
		f := find1(t, det, c.img)
		p, err := face.Crop(c.img, f)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if 4*p.Rect.Dx() != 3*p.Rect.Dy() || p.Rect.Dy() > face.Height || c.full && p.Rect.Dy() != face.Height {
			t.Errorf("%s: portrait is %v", name, p.Rect.Size())
		}
		got := find1(t, det, p)
		if got.EyeDistance() > 1.05*f.EyeDistance() {
			t.Errorf("%s: blown up from %.0f to %.0f px", name, f.EyeDistance(), got.EyeDistance())
		}
		if r := got.Roll(); math.Abs(r) > 1.5 {
			t.Errorf("%s: roll %.1f° is left", name, r)
		}
		line := (got.Left.Y + got.Right.Y) / 2 / float64(p.Rect.Dy())
		middle := (got.Left.X + got.Right.X) / 2 / float64(p.Rect.Dx())
		if math.Abs(line-0.46) > 0.03 || math.Abs(middle-0.5) > 0.03 {
			t.Errorf("%s: eyes at %.2f from above and %.2f from the left", name, line, middle)
		}
		for i := 3; i < len(p.Pix); i += 4 {
			if p.Pix[i] != 255 {
				t.Fatalf("%s: a pixel is not covered", name)
			}
		}
	}
}

func TestCropRefuses(t *testing.T) {
	det := facetest.Finder(t)
	far := frame(300, image.Pt(530, 200))
	if _, err := face.Crop(far, find1(t, det, far)); !errors.Is(err, face.ErrTooSmall) {
		t.Errorf("far: %v", err)
	}
	img := frame(600, image.Pt(415, 60))
	f := find1(t, det, img)
	left, right := f.Left.X, f.Right.X
	cutOff := img.SubImage(image.Rect(int(left-0.3*(right-left)), 0, 1280, 720))
	if _, err := face.Crop(cutOff, f); !errors.Is(err, face.ErrNoRoom) {
		t.Errorf("at the edge: %v", err)
	}
	if _, err := face.Crop(img, f); err != nil {
		t.Errorf("control: %v", err)
	}
}

func TestCropMiddle(t *testing.T) {
	p, err := face.CropMiddle(frame(700))
	if err != nil || p.Rect.Size() != image.Pt(480, 640) {
		t.Errorf("%v, %v", p, err)
	}
	if _, err := face.CropMiddle(image.NewGray(image.Rect(0, 0, 300, 200))); !errors.Is(err, face.ErrTooSmall) {
		t.Errorf("small picture: %v", err)
	}
}

func TestEncodeJPEG(t *testing.T) {
	img := virtual.Portrait(1, 480, 640)
	var last int
	for _, limit := range []int{15_000, 30_000, face.MaxBytes} {
		b, q, err := face.EncodeJPEG(img, limit)
		if err != nil || len(b) > limit || q <= last {
			t.Errorf("limit %d: %d bytes, quality %d, %v", limit, len(b), q, err)
		}
		last = q
		if c, err := jpeg.DecodeConfig(bytes.NewReader(b)); err != nil || c.Width != 480 || c.Height != 640 || c.ColorModel != color.YCbCrModel {
			t.Errorf("limit %d: %+v, %v", limit, c, err)
		}
	}
	if _, _, err := face.EncodeJPEG(img, 2_000); !errors.Is(err, face.ErrTooLarge) {
		t.Errorf("2 kB: %v", err)
	}
}

func measure(t *testing.T, ms []biometrics.Measure, name string) biometrics.Measure {
	t.Helper()
	for _, m := range ms {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no measure %q", name)
	return biometrics.Measure{}
}
