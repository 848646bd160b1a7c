package face_test

import (
	"bufio"
	"image"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"testing"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/facetest"
)

// mayDiffer is how far the mean scores of two groups of people may lie apart
// in a measure of light, in points of 100.
const mayDiffer = 8

// lightMeasures judge the light; none may judge the person.
var lightMeasures = []string{"over-exposure", "under-exposure", "dynamic-range", "illumination-uniformity", "natural-colour", "eyes-visible", "face-occlusion", "sharpness"}

// groups reads who is in the pictures.
func groups(t *testing.T, dir string) map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	entry := regexp.MustCompile(`^(pairs/\S+\.jpg)\t.*\(\d+/\w+/(\w+)`)
	out := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if m := entry.FindStringSubmatch(lines.Text()); m != nil {
			out[m[1]] = m[2]
		}
	}
	if len(out) != 40 {
		t.Fatalf("%d people in the manifest", len(out))
	}
	return out
}

// spread is how far the means of the groups lie apart.
func spread(scores map[string][]float64) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, values := range scores {
		sum := 0.0
		for _, v := range values {
			sum += v
		}
		mean := sum / float64(len(values))
		low, high = min(low, mean), max(high, mean)
	}
	return high - low
}

// lightness is the median grey level of the cheeks: what no measure looks at.
func lightness(img image.Image, f face.Face) float64 {
	var seen []int
	eyes, d := f.Eyes(), f.EyeDistance()
	for y := int(eyes.Y + 0.3*d); y < int(eyes.Y+0.8*d); y += 2 {
		for x := int(eyes.X - 0.5*d); x < int(eyes.X+0.5*d); x += 2 {
			_, green, _, _ := img.At(x, y).RGBA()
			seen = append(seen, int(green>>8))
		}
	}
	sort.Ints(seen)
	return float64(seen[len(seen)/2])
}

// TestEqualTreatment: good portraits of people of all colours pass all the
// same, and no group scores worse in the light. The control is a gate on the
// lightness of the face, which the same statistic must catch.
func TestEqualTreatment(t *testing.T) { equalTreatment(t, facetest.Finder(t)) }

func equalTreatment(t *testing.T, find face.Finder) {
	dir := shared(t)
	scores := map[string]map[string][]float64{}
	note := func(measure, group string, score float64) {
		if scores[measure] == nil {
			scores[measure] = map[string][]float64{}
		}
		scores[measure][group] = append(scores[measure][group], score)
	}
	const gate = "a gate on lightness"
	for file, group := range groups(t, dir) {
		img := open(t, filepath.Join(dir, filepath.FromSlash(file)))
		faces, err := find.Find(img)
		if err != nil || len(faces) != 1 {
			t.Fatalf("%s: %d faces, %v", file, len(faces), err)
		}
		res := face.Judge(img, faces)
		if !res.OK {
			t.Errorf("%s (%s): %v", file, group, res.Problems)
		}
		for _, name := range lightMeasures {
			note(name, group, float64(measure(t, res.Measures, name).Score))
		}
		// 50 points at a grey level of 80, 100 at 160: a rule as one would
		// write it who looks at light faces only.
		note(gate, group, min(max(50+50*(lightness(img, faces[0])-80)/80, 0), 100))
	}
	for _, name := range lightMeasures {
		if len(scores[name]) < 4 {
			t.Fatalf("%s: %d groups", name, len(scores[name]))
		}
		apart := spread(scores[name])
		t.Logf("%-24s %4.1f points apart", name, apart)
		if apart > mayDiffer {
			t.Errorf("%s: the groups' scores lie %.1f points apart: %v", name, apart, scores[name])
		}
	}
	if apart := spread(scores[gate]); apart <= mayDiffer {
		t.Errorf("the control is not caught: %s sets the groups %.1f points apart", gate, apart)
	} else {
		t.Logf("%-24s %4.1f points apart: caught", gate, apart)
	}
}
