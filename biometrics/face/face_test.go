package face_test

import (
	"errors"
	"image"
	"image/color"
	_ "image/jpeg"
	_ "image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/facetest"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/testdata"
)

// drawn is where virtual.Portrait puts the pupils: 46 % from above, 1 eye
// distance apart, which is 38 % / 1.75 of the height.
func drawn(w, h int) (left, right image.Point, unit float64) {
	unit = float64(h) * 0.38 / 1.75
	y := int(0.46 * float64(h))
	return image.Pt(w/2-int(unit/2), y), image.Pt(w/2+int(unit/2), y), unit
}

func TestFindsTheDrawnFaces(t *testing.T) {
	det := facetest.Detector(t)
	for seed := range int64(10) {
		faces, err := det.Find(virtual.Portrait(seed, 360, 480))
		if err != nil || len(faces) != 1 {
			t.Errorf("seed %d: %d faces, %v", seed, len(faces), err)
			continue
		}
		left, right, unit := drawn(360, 480)
		for _, d := range []image.Point{faces[0].Left.Sub(left), faces[0].Right.Sub(right)} {
			if off := math.Hypot(float64(d.X), float64(d.Y)); off > 0.05*unit {
				t.Errorf("seed %d: a pupil is %.0f px off, eye distance %.0f px", seed, off, unit)
			}
		}
	}
}

func TestFindKeepsTheOrigin(t *testing.T) {
	det := facetest.Detector(t)
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
	if d := a[0].Left.Sub(b[0].Left); max(d.X, -d.X, d.Y, -d.Y) > 4 {
		t.Errorf("the left pupil is at %v in the whole and at %v in the part", a[0].Left, b[0].Left)
	}
}

func TestFindsNothingWhereNothingIs(t *testing.T) {
	det := facetest.Detector(t)
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
	det := facetest.Detector(t)
	for _, size := range []image.Point{{0, 0}, {1, 1}, {63, 640}, {640, 0}, {9000, 100}} {
		if _, err := det.Find(image.NewGray(image.Rectangle{Max: size})); !errors.Is(err, face.ErrBadPicture) {
			t.Errorf("%v: %v", size, err)
		}
	}
}

func TestLoad(t *testing.T) {
	if _, err := face.Load(t.TempDir()); !errors.Is(err, face.ErrNoAssets) {
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
	if _, err := face.Load(dir); err == nil {
		t.Error("a cascade with a flipped bit was loaded")
	}
	if _, err := face.Load(good); err != nil {
		t.Errorf("control: %v", err)
	}
}

func TestLocate(t *testing.T) {
	good := facetest.Assets(t)
	t.Setenv("TRAM_ASSETS", good)
	if dir, err := face.Locate(); err != nil || dir != good {
		t.Errorf("located %q, %v", dir, err)
	}
	t.Setenv("TRAM_ASSETS", t.TempDir())
	if _, err := face.Locate(); !errors.Is(err, face.ErrNoAssets) {
		t.Errorf("empty folder: %v", err)
	}
}

// shared returns the folder of face samples that lie beside the repository.
func shared(t *testing.T) string {
	t.Helper()
	return testdata.Shared(t, "data", "faces")
}

func open(t testing.TB, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return img
}

// TestPeople: forty studio portraits of twenty people of all colours pass, and
// none is told a thing about the light.
func TestPeople(t *testing.T) {
	dir := shared(t)
	det := facetest.Detector(t)
	files, err := filepath.Glob(filepath.Join(dir, "pairs", "*.jpg"))
	if err != nil || len(files) < 40 {
		t.Fatalf("%d pictures, %v", len(files), err)
	}
	for i, file := range files {
		img := open(t, file)
		faces, err := det.Find(img)
		if err != nil || len(faces) != 1 {
			t.Errorf("%s: %d faces, %v", filepath.Base(file), len(faces), err)
			continue
		}
		if res := face.Judge(img, faces); !res.OK {
			t.Errorf("%s: %q, %+v", filepath.Base(file), res.Code, res.Measures)
		}
		if i%8 != 0 {
			continue
		}
		if cropped, err := face.Crop(img, faces[0]); err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		} else if _, _, err := face.EncodeJPEG(cropped, face.MaxBytes); err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
}

func TestDefectsOfPeople(t *testing.T) {
	dir := shared(t)
	det := facetest.Detector(t)
	for name, want := range map[string]string{
		"v_good": "ok", "v_blur": "hold-still", "v_motion": "hold-still", "v_dark": "too-dark",
		"v_over": "too-bright", "v_side": "side-light", "v_roll12": "straighten",
		"v_small": "nearer", "v_offcentre": "centre", "v_twofaces": "several-faces", "v_mask": "no-face",
	} {
		img := open(t, filepath.Join(dir, "bad", name+".jpg"))
		faces, err := det.Find(img)
		if err != nil {
			t.Fatal(err)
		}
		if res := face.Judge(img, faces); res.Code != want || res.OK != (want == "ok") {
			t.Errorf("%s: %q, want %q: %+v", name, res.Code, want, res.Measures)
		}
	}
}

func BenchmarkFindAndJudge720p(b *testing.B) {
	det := facetest.Detector(b)
	img := image.NewRGBA(image.Rect(0, 0, 1280, 720))
	paste(img, virtual.Portrait(1, 540, 720), image.Pt(370, 0))
	for b.Loop() {
		faces, err := det.Find(img)
		if err != nil {
			b.Fatal(err)
		}
		if res := face.Judge(img, faces); !res.OK {
			b.Fatal(res.Code)
		}
	}
}

var wall = color.RGBA{218, 227, 235, 255}
