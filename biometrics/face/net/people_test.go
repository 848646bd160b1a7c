//go:build cgo && realparts

package net_test

import (
	"image"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/facetest"
	"github.com/tram-station/tram/testdata"
)

func photo(tb testing.TB, path string) image.Image {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	img, err := jpeg.Decode(f)
	if err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
	return img
}

// turned scales a picture by k and turns it by degrees about its middle, and
// the person with it.
func turned(img image.Image, p person, degrees, k float64) (image.Image, person) {
	b := img.Bounds()
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	w, h := float64(b.Dx()), float64(b.Dy())
	m := f64.Aff3{k * cos, -k * sin, k * (w - cos*w + sin*h) / 2, k * sin, k * cos, k * (h - sin*w - cos*h) / 2}
	flat := image.NewRGBA(b) // quick to read
	draw.Draw(flat, b, img, b.Min, draw.Src)
	out := image.NewRGBA(image.Rect(0, 0, int(w*k), int(h*k)))
	draw.Draw(out, out.Rect, image.NewUniform(img.At(b.Min.X+5, b.Min.Y+5)), image.Point{}, draw.Src)
	draw.BiLinear.Transform(out, m, flat, b, draw.Src, nil)
	for _, at := range []*face.Point{&p.left, &p.right, &p.chin} {
		x, y := at.X+0.5, at.Y+0.5 // the transformation counts from the corner
		*at = face.Point{X: m[0]*x + m[1]*y + m[2] - 0.5, Y: m[3]*x + m[4]*y + m[5] - 0.5}
	}
	return out, p
}

// TestPeople: upright and turned, near and far: eyes and chin are where a hand
// has put them.
func TestPeople(t *testing.T) {
	dir := testdata.Shared(t, "data", "faces", "pairs")
	find := facetest.Net(t)
	for _, look := range []struct{ degrees, k float64 }{{0, 1}, {0, 0.25}, {-30, 0.5}, {15, 0.5}, {30, 0.5}} {
		var eyes, chins []float64
		for name, truth := range people {
			img, p := turned(photo(t, filepath.Join(dir, "frll"+name+"_neutral.jpg")), truth, look.degrees, look.k)
			faces, err := find.Find(img)
			if err != nil || len(faces) != 1 {
				t.Errorf("%s turned by %v: %d faces, %v", name, look.degrees, len(faces), err)
				continue
			}
			f, unit := faces[0], between(p.left, p.right)
			eyes = append(eyes, (between(f.Left, p.left)+between(f.Right, p.right))/2/unit)
			middle := face.Point{X: (p.left.X + p.right.X) / 2, Y: (p.left.Y + p.right.Y) / 2}
			chins = append(chins, (between(f.Chin, middle)-between(p.chin, middle))/between(p.chin, middle))
		}
		slices.Sort(eyes)
		slices.Sort(chins)
		t.Logf("turned by %v, %v of the size: eyes %.4f mean, %.4f at most, of the eye distance; chin %+.4f mean, %+.4f to %+.4f, of eyes to chin",
			look.degrees, look.k, mean(eyes), eyes[len(eyes)-1], mean(chins), chins[0], chins[len(chins)-1])
		if mean(eyes) > 0.025 || eyes[len(eyes)-1] > 0.06 {
			t.Errorf("the eyes are off by %.3f, at most %.3f", mean(eyes), eyes[len(eyes)-1])
		}
		if math.Abs(mean(chins)) > 0.01 || chins[0] < -0.06 || chins[len(chins)-1] > 0.06 {
			t.Errorf("the chin is off by %+.3f, %+.3f to %+.3f", mean(chins), chins[0], chins[len(chins)-1])
		}
	}
}

func mean(v []float64) (m float64) {
	for _, x := range v {
		m += x / float64(len(v))
	}
	return m
}

func between(a, b face.Point) float64 { return math.Hypot(a.X-b.X, a.Y-b.Y) }

// TestFarAway: a citizen at the other end of the room is found, a quarter of
// the eye distance that a portrait needs.
func TestFarAway(t *testing.T) {
	dir := testdata.Shared(t, "data", "faces", "pairs")
	find := facetest.Net(t)
	for name, p := range people {
		img := photo(t, filepath.Join(dir, "frll"+name+"_smiling.jpg"))
		side := int(900 * 25 / between(p.left, p.right))
		out := image.NewRGBA(image.Rect(0, 0, 1280, 720))
		draw.Draw(out, out.Rect, image.NewUniform(img.At(5, 5)), image.Point{}, draw.Src)
		draw.BiLinear.Scale(out, image.Rect(611, 307, 611+side, 307+side), img, img.Bounds(), draw.Src, nil)
		faces, err := find.Find(out)
		if err != nil || len(faces) != 1 {
			t.Errorf("%s: %d faces, %v", name, len(faces), err)
		} else if d := faces[0].EyeDistance(); math.Abs(d-25) > 4 {
			t.Errorf("%s: eye distance %.1f px, want about 25", name, d)
		}
	}
}

// TestCovered: what hides a face is for the judge to name; the face is found.
func TestCovered(t *testing.T) {
	dir := testdata.Shared(t, "data", "faces", "bad")
	find := facetest.Net(t)
	for name, want := range map[string]int{
		"v_mask": 1, "v_sunglasses": 1, "v_dark": 1, "v_over": 1, "v_motion": 1, "v_blur": 1, "v_small": 1, "v_clutter": 1, "v_jpegq8": 1, "v_twofaces": 2,
	} {
		if faces, err := find.Find(photo(t, filepath.Join(dir, name+".jpg"))); err != nil || len(faces) != want {
			t.Errorf("%s: %d faces, %v; want %d", name, len(faces), err, want)
		}
	}
}
