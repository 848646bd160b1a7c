package cascade_test

import (
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/tram-station/tram/biometrics/assets"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/cascade"
	"github.com/tram-station/tram/biometrics/face/facetest"
	"github.com/tram-station/tram/biometrics/virtual"
)

// drawn is where virtual.Portrait puts the pupils: 46 % from above, 1 eye
// distance apart, which is 38 % / 1.75 of the height.
func drawn(w, h int) (left, right face.Point, unit float64) {
	unit = float64(h) * 0.38 / 1.75
	y, middle := 0.46*float64(h), float64(w)/2
	return face.Point{X: middle - unit/2, Y: y}, face.Point{X: middle + unit/2, Y: y}, unit
}

// between is the distance of two points.
func between(a, b face.Point) float64 { return math.Hypot(a.X-b.X, a.Y-b.Y) }

func TestFindsTheDrawnFaces(t *testing.T) {
	det := facetest.Finder(t)
	for seed := range int64(10) {
		faces, err := det.Find(virtual.Portrait(seed, 360, 480))
		if err != nil || len(faces) != 1 {
			t.Errorf("seed %d: %d faces, %v", seed, len(faces), err)
			continue
		}
		left, right, unit := drawn(360, 480)
		for _, off := range []float64{between(faces[0].Left, left), between(faces[0].Right, right)} {
			if off > 0.05*unit {
				t.Errorf("seed %d: a pupil is %.0f px off, eye distance %.0f px", seed, off, unit)
			}
		}
	}
}

func TestFindKeepsTheOrigin(t *testing.T) {
	det := facetest.Finder(t)
	whole := virtual.Portrait(2, 600, 800)
	part := whole.SubImage(image.Rect(40, 30, 600, 800))
	a, err := det.Find(whole)
	if err != nil || len(a) != 1 {
		t.Fatalf("%d faces, %v", len(a), err)
	}
	b, err := det.Find(part)
	if err != nil || len(b) != 1 {
		t.Fatalf("in the part: %d faces, %v", len(b), err)
	}
	if between(a[0].Left, b[0].Left) > 5 {
		t.Errorf("the left pupil is at %v in the whole and at %v in the part", a[0].Left, b[0].Left)
	}
}

func TestFindsNothingWhereNothingIs(t *testing.T) {
	det := facetest.Finder(t)
	noise := image.NewGray(image.Rect(0, 0, 640, 480))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range noise.Pix {
		noise.Pix[i] = uint8(r.Uint32())
	}
	for name, img := range map[string]image.Image{
		"grey":  image.NewGray(image.Rect(0, 0, 640, 480)),
		"noise": noise,
	} {
		faces, err := det.Find(img)
		if err != nil || len(faces) != 0 {
			t.Errorf("%s: %d faces, %v", name, len(faces), err)
		}
		if res := face.Judge(img, faces); res.OK || res.Code != "no-face" {
			t.Errorf("%s: judged %q", name, res.Code)
		}
	}
}

func TestFindRefusesBadPictures(t *testing.T) {
	det := facetest.Finder(t)
	for _, size := range []image.Point{{0, 0}, {1, 1}, {63, 640}, {640, 0}, {9000, 100}} {
		if _, err := det.Find(image.NewGray(image.Rectangle{Max: size})); !errors.Is(err, face.ErrBadPicture) {
			t.Errorf("%v: %v", size, err)
		}
	}
}

func TestLoad(t *testing.T) {
	if _, err := cascade.Load(t.TempDir()); !errors.Is(err, assets.ErrMissing) {
		t.Errorf("empty folder: %v", err)
	}
	dir := t.TempDir()
	good := facetest.Assets(t)
	for _, name := range []string{"pigo/facefinder", "pigo/puploc", "pigo/lps/lp84"} {
		b, err := os.ReadFile(filepath.Join(good, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "pigo/puploc" {
			b[len(b)/2] ^= 1
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := cascade.Load(dir); err == nil {
		t.Error("a cascade with a flipped bit was loaded")
	}
	if _, err := cascade.Load(good); err != nil {
		t.Errorf("control: %v", err)
	}
}

func TestLocate(t *testing.T) {
	good := facetest.Assets(t)
	t.Setenv("TRAM_ASSETS", good)
	if dir, err := cascade.Locate(); err != nil || dir != good {
		t.Errorf("located %q, %v", dir, err)
	}
	t.Setenv("TRAM_ASSETS", t.TempDir())
	if _, err := cascade.Locate(); !errors.Is(err, assets.ErrMissing) {
		t.Errorf("empty folder: %v", err)
	}
}
