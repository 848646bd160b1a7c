package face_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/tram-station/tram/biometrics/face"
)

// sample is a good picture of one person, and where the face is in it.
type sample struct {
	img  *image.RGBA
	face face.Face
}

func sampleOf(t testing.TB, find face.Finder, img image.Image) sample {
	t.Helper()
	faces, err := find.Find(img)
	if err != nil || len(faces) != 1 {
		t.Fatalf("sample: %d faces, %v", len(faces), err)
	}
	out := image.NewRGBA(img.Bounds())
	draw.Draw(out, out.Rect, img, image.Point{}, draw.Src)
	return sample{out, faces[0]}
}

// pose is how a sample stands in the camera's picture.
type pose struct {
	eyes   float64 // eye distance, pixels
	roll   float64 // degrees
	dx, dy float64 // of the middle of the eyes from where it belongs, pixels
}

// The camera's picture, and where in it the middle of the eyes belongs.
const (
	filmW, filmH = 1280, 720
	filmX, filmY = filmW / 2, 0.45 * filmH
)

var standing = pose{eyes: 130}

// film puts the sample into a picture of 1280 by 720; beyond its edge the
// sample's own rim goes on.
func (s sample) film(p pose) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, filmW, filmH))
	s.onto(out, out.Rect, p)
	return out
}

// onto paints a part of such a picture.
func (s sample) onto(out *image.RGBA, part image.Rectangle, p pose) {
	k := s.face.EyeDistance() / p.eyes // sample pixels a picture pixel
	sin, cos := math.Sincos((s.face.Roll() - p.roll) * math.Pi / 180)
	eyes := s.face.Eyes()
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			u, v := (float64(x)-filmX-p.dx)*k, (float64(y)-filmY-p.dy)*k
			mix(out.Pix[out.PixOffset(x, y):], s.img, eyes.X+u*cos-v*sin, eyes.Y+u*sin+v*cos)
		}
	}
}

// mix reads a colour between the pixels.
func mix(dst []uint8, img *image.RGBA, x, y float64) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	x, y = min(max(x, 0), float64(w-1)), min(max(y, 0), float64(h-1))
	x0, y0 := int(x), int(y)
	x1, y1 := min(x0+1, w-1), min(y0+1, h-1)
	fx, fy := int(256*(x-float64(x0))), int(256*(y-float64(y0)))
	a, b := img.Pix[y0*img.Stride+4*x0:], img.Pix[y0*img.Stride+4*x1:]
	c, d := img.Pix[y1*img.Stride+4*x0:], img.Pix[y1*img.Stride+4*x1:]
	for i := range 3 {
		top := int(a[i])*(256-fx) + int(b[i])*fx
		low := int(c[i])*(256-fx) + int(d[i])*fx
		dst[i] = uint8((top*(256-fy) + low*fy) >> 16)
	}
	dst[3] = 255
}

// jpegged is what a camera delivers.
func jpegged(t testing.TB, img image.Image, quality int) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	out, err := jpeg.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// defect is one thing that can be wrong, in several degrees.
type defect struct {
	kind  string
	codes []string // one of them says it
	make  []func(s, other sample) *image.RGBA
}

// simple defects change the picture of an upright sample.
func simple(ops ...func(img *image.RGBA, s sample)) (out []func(s, other sample) *image.RGBA) {
	for _, op := range ops {
		out = append(out, func(s, _ sample) *image.RGBA {
			img := s.film(standing)
			op(img, s)
			return img
		})
	}
	return out
}

// posed are samples that stand badly.
func posed(ps ...pose) (out []func(s, other sample) *image.RGBA) {
	for _, p := range ps {
		out = append(out, func(s, _ sample) *image.RGBA { return s.film(p) })
	}
	return out
}

// The twelve kinds that can be told well, in degrees from clear to strong.
var defects = []defect{
	{"blur", []string{"blurred", "hold-still"}, simple(blur(1.8), blur(3), blur(5))},
	{"motion", []string{"blurred", "hold-still"}, simple(motion(11, 0), motion(17, 35), motion(25, 90))},
	{"dark", []string{"too-dark"}, simple(lit(0.12), lit(0.05), lit(0.03))},
	{"over-exposed", []string{"too-bright"}, simple(burnt(0.9), burnt(1.1), burnt(1.5))},
	{"side light", []string{"side-light"}, simple(shaded(0.2, 1), shaded(0.2, -1), shaded(0.12, 1))},
	{"colour cast", []string{"colour-cast"}, simple(cast(0.5, 0.7, 1.25), cast(1.3, 0.9, 0.4), cast(0.7, 1.2, 0.7))},
	{"roll", []string{"straighten"}, posed(pose{130, 11, 0, 0}, pose{130, -14, 0, 0}, pose{130, 20, 0, 0})},
	{"small", []string{"nearer"}, posed(pose{80, 0, 0, 0}, pose{60, 0, 0, 0}, pose{40, 0, 0, 0})},
	{"off centre", []string{"centre"}, posed(pose{120, 0, 200, 0}, pose{120, 0, -280, 0}, pose{120, 0, 350, 0})},
	{"two faces", []string{"several-faces"}, []func(s, other sample) *image.RGBA{beside(110, -380), beside(90, 390), beside(70, -400)}},
	{"mask", []string{"face-covered"}, simple(mask(150, 195, 220), mask(235, 235, 238), mask(30, 30, 33), mask(235, 150, 160), mask(150, 110, 90))},
	{"sunglasses", []string{"sunglasses"}, simple(sunglasses(0.36, 0.26, 20, 20, 22), sunglasses(0.42, 0.32, 52, 34, 22), sunglasses(0.4, 0.22, 22, 30, 48))},
}

// mapped changes the light of each colour: c is 0 red, 1 green, 2 blue.
func mapped(img *image.RGBA, f func(c int, light float64) float64) {
	mappedPart(img, img.Rect, f)
}

func mappedPart(img *image.RGBA, part image.Rectangle, f func(c int, light float64) float64) {
	var table [3][256]uint8
	for c := range table {
		for v := range table[c] {
			light := min(max(f(c, math.Pow(float64(v)/255, 2.2)), 0), 1)
			table[c][v] = uint8(255*math.Pow(light, 1/2.2) + 0.5)
		}
	}
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			p := img.Pix[img.PixOffset(x, y):]
			p[0], p[1], p[2] = table[0][p[0]], table[1][p[1]], table[2][p[2]]
		}
	}
}

// lit leaves that share of the light, for whoever sits there.
func lit(share float64) func(*image.RGBA, sample) {
	return func(img *image.RGBA, _ sample) {
		mapped(img, func(_ int, light float64) float64 { return share * light })
	}
}

// burnt turns the light up until half of the cheeks are at that share of
// white: whoever has a darker skin needs more of it.
func burnt(level float64) func(*image.RGBA, sample) {
	return func(img *image.RGBA, s sample) {
		gain := level / s.cheeks()
		mapped(img, func(_ int, light float64) float64 { return gain * light })
	}
}

// cheeks is the median light of green between the eyes and the mouth.
func (s sample) cheeks() float64 {
	var seen [256]int
	n, eyes, d := 0, s.face.Eyes(), s.face.EyeDistance()
	for y := int(eyes.Y + 0.3*d); y < int(eyes.Y+0.8*d); y++ {
		for x := int(eyes.X - 0.5*d); x < int(eyes.X+0.5*d); x++ {
			seen[s.img.RGBAAt(x, y).G]++
			n++
		}
	}
	v := 0
	for sum := seen[0]; sum < n/2; sum += seen[v] {
		v++
	}
	return math.Pow(float64(v)/255, 2.2)
}

// shaded leaves that share of the light on one side of the face.
func shaded(share, side float64) func(*image.RGBA, sample) {
	return func(img *image.RGBA, _ sample) {
		const strip = 8 // pixels of one light
		for x := 0; x < filmW; x += strip {
			ramp := 1 / (1 + math.Exp(-side*float64(x-filmX)/45))
			mappedPart(img, image.Rect(x, 0, x+strip, filmH), func(_ int, light float64) float64 {
				return light * (share + (1-share)*ramp)
			})
		}
	}
}

// cast is a lamp of that colour.
func cast(gains ...float64) func(*image.RGBA, sample) {
	return func(img *image.RGBA, _ sample) {
		mapped(img, func(c int, light float64) float64 { return gains[c] * light })
	}
}

// blur is a lens out of focus: three passes of a box are near a Gaussian.
func blur(sigma float64) func(*image.RGBA, sample) {
	n := int(math.Round(math.Sqrt(4*sigma*sigma + 1)))
	return func(img *image.RGBA, s sample) {
		for range 3 {
			motion(n, 0)(img, s)
			motion(n, 90)(img, s)
		}
	}
}

// motion smears the picture over n pixels at that angle.
func motion(n int, degrees float64) func(*image.RGBA, sample) {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	return func(img *image.RGBA, _ sample) {
		from := image.NewRGBA(img.Rect)
		copy(from.Pix, img.Pix)
		offsets := make([]image.Point, n)
		for i := range offsets {
			at := float64(i) - float64(n-1)/2
			offsets[i] = image.Pt(int(math.Round(at*cos)), int(math.Round(at*sin)))
		}
		w, h := img.Rect.Dx(), img.Rect.Dy()
		for y := range h {
			for x := range w {
				var sum [3]int
				for _, o := range offsets {
					p := from.Pix[min(max(y+o.Y, 0), h-1)*from.Stride+4*min(max(x+o.X, 0), w-1):]
					sum[0] += int(p[0])
					sum[1] += int(p[1])
					sum[2] += int(p[2])
				}
				p := img.Pix[y*img.Stride+4*x:]
				for c := range sum {
					p[c] = uint8(sum[c] / n)
				}
			}
		}
	}
}

// beside seats another person into the picture.
func beside(eyes, dx float64) func(s, other sample) *image.RGBA {
	return func(s, other sample) *image.RGBA {
		img := s.film(pose{eyes: 110})
		half := int(2.2 * eyes)
		x := int(filmX + dx)
		other.onto(img, image.Rect(x-half, 0, x+half, filmH).Intersect(img.Rect), pose{eyes: eyes, dx: dx})
		return img
	}
}

// mask covers from the nose to below the chin with cloth in pleats.
func mask(r, g, b float64) func(*image.RGBA, sample) {
	return func(img *image.RGBA, s sample) {
		chin := s.chin() * standing.eyes
		paintShape(img, func(x, y float64) (color.RGBA, bool) {
			u, v := (x-filmX)/standing.eyes, (y-filmY)/chin
			half := 0.95 - 0.5*max(0, v-0.55)*max(0, v-0.55)*8
			if v < 0.3+0.05*math.Abs(u) || v > 1.06 || math.Abs(u) > half {
				return color.RGBA{}, false
			}
			k := (1 - 0.25*u*u) * (1 - 0.06*math.Max(0, math.Sin(v*40)))
			return color.RGBA{uint8(k * r), uint8(k * g), uint8(k * b), 255}, true
		})
	}
}

// chin is how far it is from the eyes, in eye distances.
func (s sample) chin() float64 {
	e := s.face.Eyes()
	return math.Hypot(s.face.Chin.X-e.X, s.face.Chin.Y-e.Y) / s.face.EyeDistance()
}

// sunglasses are two opaque lenses of those half axes in eye distances, with
// a bridge and a faint reflection.
func sunglasses(rx, ry, r, g, b float64) func(*image.RGBA, sample) {
	return func(img *image.RGBA, _ sample) {
		paintShape(img, func(x, y float64) (color.RGBA, bool) {
			u, v := (x-filmX)/standing.eyes, (y-filmY)/standing.eyes
			du, dv := (math.Abs(u)-0.5)/rx, (v-0.03)/ry
			bridge := math.Abs(u) < 0.2 && math.Abs(v+0.02) < 0.02
			if math.Pow(math.Abs(du), 2.6)+math.Pow(math.Abs(dv), 2.6) > 1 && !bridge {
				return color.RGBA{}, false
			}
			k := 1 - 0.3*dv
			return color.RGBA{uint8(k * r), uint8(k * g), uint8(k * b), 255}, true
		})
	}
}

// glasses are clear ones: a rim of that thickness in eye distances, glass that
// takes a tenth of the light, and a reflection.
func glasses(rim float64) func(*image.RGBA, sample) {
	return func(img *image.RGBA, _ sample) {
		paintShape(img, func(x, y float64) (color.RGBA, bool) {
			u, v := (x-filmX)/standing.eyes, (y-filmY)/standing.eyes
			du, dv := math.Abs(u)-0.5, v-0.04
			at := math.Pow(math.Pow(math.Abs(du)/0.38, 3)+math.Pow(math.Abs(dv)/0.27, 3), 1.0/3)
			bridge := math.Abs(u) < 0.13 && math.Abs(v+0.02) < rim/2
			switch {
			case bridge || at < 1 && at > 1-rim/0.3:
				return color.RGBA{28, 24, 22, 255}, true
			case at >= 1:
				return color.RGBA{}, false
			}
			p := img.RGBAAt(int(x), int(y))
			k, add := 0.93, 0.0
			if d := u - v - math.Copysign(0.5, u); d > -0.16 && d < -0.1 {
				add = 28
			}
			c := func(v uint8) uint8 { return uint8(min(k*float64(v)+add, 255)) }
			return color.RGBA{c(p.R), c(p.G), c(p.B), 255}, true
		})
	}
}

// clutter hangs coloured notes on the wall, within what a portrait shows.
func clutter(n int) func(*image.RGBA, sample) {
	return func(img *image.RGBA, _ sample) {
		rng := rand.New(rand.NewPCG(uint64(n), 5))
		for range n {
			side := 1 - 2*float64(rng.IntN(2))
			u, v := side*(1.45+0.4*rng.Float64()), -1.6+1.9*rng.Float64()
			at := image.Pt(filmX+int(u*standing.eyes), int(filmY+v*standing.eyes))
			size := image.Pt(12+rng.IntN(30), 12+rng.IntN(30))
			ink := color.RGBA{uint8(rng.IntN(256)), uint8(rng.IntN(256)), uint8(rng.IntN(256)), 255}
			draw.Draw(img, image.Rectangle{at, at.Add(size)}, image.NewUniform(ink), image.Point{}, draw.Src)
		}
	}
}

func paintShape(img *image.RGBA, f func(x, y float64) (color.RGBA, bool)) {
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if c, ok := f(float64(x), float64(y)); ok {
				img.SetRGBA(x, y, c)
			}
		}
	}
}
