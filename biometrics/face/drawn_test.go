//go:build !race

package face_test

import (
	"image"
	"slices"
	"testing"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/facetest"
	"github.com/tram-station/tram/biometrics/virtual"
)

// TestTwelveDefectsOfTheDrawn is the count on people, small and everywhere:
// the invented citizens, by the cascades. They may not see a face at all where
// much of it is hidden.
func TestTwelveDefectsOfTheDrawn(t *testing.T) {
	defectsOfTheDrawn(t, facetest.Finder(t), "no-face")
}

func defectsOfTheDrawn(t *testing.T, find face.Finder, too ...string) {
	var sitters []sample
	for _, seed := range []int64{2, 3} {
		sitters = append(sitters, sampleOf(t, find, virtual.Portrait(seed, 720, 960)))
	}
	for i, s := range sitters {
		good := jpegged(t, s.film(standing), 90)
		if res := judged(t, find, good); !res.OK || len(res.Warnings) > 0 {
			t.Errorf("citizen %d: %v, warnings %v, %+v", i, res.Problems, res.Warnings, res.Measures)
		}
		for _, rim := range []float64{0.02, 0.06} {
			img := s.film(standing)
			glasses(rim)(img, s)
			if res := judged(t, find, jpegged(t, img, 90)); !res.OK {
				t.Errorf("citizen %d with clear glasses: %v, %+v", i, res.Problems, res.Measures)
			}
		}
		cluttered := s.film(standing)
		clutter(16)(cluttered, s)
		for code, img := range map[string]image.Image{"background": cluttered, "compression": jpegged(t, s.film(standing), 25)} {
			if res := judged(t, find, img); !res.OK || !slices.Contains(res.Warnings, code) {
				t.Errorf("citizen %d, %s: %v, warnings %v", i, code, res.Problems, res.Warnings)
			}
		}
		for _, d := range defects {
			for degree, spoil := range d.make {
				res := judged(t, find, jpegged(t, spoil(s, sitters[1-i]), 90))
				if !slices.ContainsFunc(res.Problems, func(p string) bool { return slices.Contains(append(too, d.codes...), p) }) {
					t.Errorf("citizen %d, %s %d: %v, %+v", i, d.kind, degree, res.Problems, res.Measures)
				}
			}
		}
	}
}

func judged(t *testing.T, find face.Finder, img image.Image) face.Result {
	t.Helper()
	faces, err := find.Find(img)
	if err != nil {
		t.Fatal(err)
	}
	return face.Judge(img, faces)
}
