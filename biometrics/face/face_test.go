package face_test

import (
	"image"
	"image/color"
	_ "image/jpeg"
	_ "image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/facetest"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/testdata"
)

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
	det := facetest.Finder(t)
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
	det := facetest.Finder(t)
	for name, want := range map[string]string{
		"v_good": "ok", "v_blur": "blurred", "v_motion": "hold-still", "v_dark": "too-dark",
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
	det := facetest.Finder(b)
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
