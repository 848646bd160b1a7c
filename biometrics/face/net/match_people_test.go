//go:build cgo && realparts

package net_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/facetest"
	"github.com/tram-station/tram/testdata"
)

// pictures are templates of one person's photographs by what they are of:
// "neutral", "smiling", or a size as a chip has it.
type pictures map[string]face.Template

// templates makes a template of each picture of a folder.
func templates(t *testing.T, find face.Finder, m face.Matcher, all map[string]pictures, files []string) {
	t.Helper()
	for _, file := range files {
		img := photo(t, file)
		faces, err := find.Find(img)
		if err != nil || len(faces) == 0 {
			t.Fatalf("%s: %d faces, %v", filepath.Base(file), len(faces), err)
		}
		template, err := m.Template(img, faces[0])
		if err != nil {
			t.Fatal(err)
		}
		name, kind, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".jpg"), "_")
		if all[name] == nil {
			all[name] = pictures{}
		}
		all[name][kind] = template
	}
}

// scores compares the pictures of kind a with those of kind b: of one person,
// and of two.
func scores(t *testing.T, all map[string]pictures, a, b string) (same, other []float64) {
	t.Helper()
	for x, mine := range all {
		for y, yours := range all {
			one, ok := mine[a]
			two, ok2 := yours[b]
			if !ok || !ok2 {
				continue
			}
			score, err := face.Compare(one, two)
			if err != nil {
				t.Fatal(err)
			}
			if x == y {
				same = append(same, score)
			} else {
				other = append(other, score)
			}
		}
	}
	slices.Sort(same)
	slices.Sort(other)
	return same, other
}

// TestMatchPeople: twenty people, each seen twice, and eight of them as a chip
// keeps them. Everyone is accepted as who they are, and nobody as another; the
// bands of the packs keep their distance from both.
func TestMatchPeople(t *testing.T) {
	dir := testdata.Shared(t, "data", "faces")
	for _, pack := range []struct {
		name        string
		same, other float64 // distance of the nearest from the limit of acceptance
		review      float64 // share of two people's comparisons above the alarm band
	}{
		{"default", 0.3, 0.1, 0},
		{"dlib", 0.02, 0.01, 0.02},
	} {
		e := facetest.Pack(t, pack.name)
		m := facetest.Matcher(t, e)
		all := map[string]pictures{}
		for _, pattern := range []string{"pairs/*.jpg", "chip/*.jpg"} {
			files, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
			if err != nil || len(files) < 16 {
				t.Fatalf("%d pictures in %s, %v", len(files), pattern, err)
			}
			templates(t, e, m, all, files)
		}
		bands := m.Bands()
		for _, kinds := range [][2]string{{"neutral", "smiling"}, {"smiling", "240x320"}, {"smiling", "480x640"}, {"neutral", "240x320"}} {
			same, other := scores(t, all, kinds[0], kinds[1])
			if len(same) < 8 || len(other) < 150 {
				t.Fatalf("%v: %d and %d comparisons", kinds, len(same), len(other))
			}
			highest := other[len(other)-1]
			above := 0
			for _, s := range other {
				if bands.Of(s) != face.Alarm {
					above++
				}
			}
			t.Logf("%s, %s with %s: %d of one person, %.3f at least, %.3f in the middle; %d of two, %.3f at most, %.3f in the middle, %d above the alarm band",
				pack.name, kinds[0], kinds[1], len(same), same[0], same[len(same)/2], len(other), highest, other[len(other)/2], above)
			if same[0] < bands.Accept+pack.same {
				t.Errorf("%s, %v: one person has %.3f, accepted from %.2f", pack.name, kinds, same[0], bands.Accept)
			}
			if highest > bands.Accept-pack.other || float64(above) > pack.review*float64(len(other)) {
				t.Errorf("%s, %v: two people have up to %.3f, accepted from %.2f; %d of %d above the alarm band",
					pack.name, kinds, highest, bands.Accept, above, len(other))
			}
		}
	}
}

// TestMatchFallback: a face that the cascades found can be compared, too.
func TestMatchFallback(t *testing.T) {
	dir := testdata.Shared(t, "data", "faces", "pairs")
	e := facetest.Net(t)
	m := facetest.Matcher(t, e)
	cascade := facetest.Finder(t)
	live, other := photo(t, filepath.Join(dir, "frll001_smiling.jpg")), photo(t, filepath.Join(dir, "frll002_neutral.jpg"))
	chip := photo(t, filepath.Join(dir, "frll001_neutral.jpg"))
	same, err := face.MatchImages(cascade, m, live, chip)
	if err != nil || same.Band != face.Accept {
		t.Errorf("one person: %+v, %v", same, err)
	}
	two, err := face.MatchImages(cascade, m, other, chip)
	if err != nil || two.Band != face.Alarm {
		t.Errorf("two people: %+v, %v", two, err)
	}
}
