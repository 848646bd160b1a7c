//go:build !race

package finger

import (
	"image"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/testdata"
)

// spoilt are the ways to spoil a print, and the cause that has to be named.
// Others may come with it where the picture shows them too.
var spoilt = []struct {
	name  string
	spoil func(*image.Gray) *image.Gray
	cause Cause
	also  []Cause
}{
	{"dry", func(g *image.Gray) *image.Gray { return dry(g, 0.5) }, CauseDry, []Cause{CauseLight}},
	{"wet", func(g *image.Gray) *image.Gray { return wet(g, 2) }, CauseWet, nil},
	{"light", func(g *image.Gray) *image.Gray { return contrast(g, 0.3) }, CauseLight, nil},
	{"slid", func(g *image.Gray) *image.Gray { return slid(g, 10, 1, 0) }, CauseMotion, []Cause{CauseLight}},
	{"slid far", func(g *image.Gray) *image.Gray { return slid(g, 20, 0, 1) }, CauseMotion, []Cause{CauseLight}},
	{"slid askew", func(g *image.Gray) *image.Gray { return slid(g, 9, 1, 1) }, CauseMotion, []Cause{CauseLight}},
	{"small", func(g *image.Gray) *image.Gray { return fingertip(g, 0.55) }, CauseSmall, nil},
	{"to the right", func(g *image.Gray) *image.Gray { return shifted(g, g.Rect.Dx()*45/100, 0) }, CauseOffCentre, []Cause{CauseSmall}},
	{"to the left", func(g *image.Gray) *image.Gray { return shifted(g, -g.Rect.Dx()*45/100, 0) }, CauseOffCentre, []Cause{CauseSmall}},
	{"down", func(g *image.Gray) *image.Gray { return shifted(g, 0, g.Rect.Dy()*45/100) }, CauseOffCentre, []Cause{CauseSmall}},
	{"nothing there", func(g *image.Gray) *image.Gray { return platen(g.Rect.Dx(), g.Rect.Dy(), 3) }, CauseNoRidges, nil},
	{"noise alone", func(g *image.Gray) *image.Gray { return noisy(platen(g.Rect.Dx(), g.Rect.Dy(), 0), 60) }, CauseNoRidges, nil},
}

func checkCauses(t *testing.T, name string, img *image.Gray) {
	t.Helper()
	if q := judgeIt(t, img); len(q.Causes) != 0 {
		t.Errorf("%s: a good print of %d has causes %v", name, q.Score, q.Causes)
	}
	for _, s := range spoilt {
		q := judgeIt(t, s.spoil(img))
		if len(q.Causes) == 0 || !slices.Contains(q.Causes, string(s.cause)) {
			t.Errorf("%s, %s: score %d, causes %v, want %s", name, s.name, q.Score, q.Causes, s.cause)
		}
		for _, c := range q.Causes {
			if Cause(c) != s.cause && !slices.Contains(s.also, Cause(c)) {
				t.Errorf("%s, %s: %s is named too", name, s.name, c)
			}
		}
	}
}

func TestCausesDrawn(t *testing.T) {
	for _, f := range fingers {
		checkCauses(t, string('0'+rune(f)), drawn(f))
	}
}

// TestCausesSamples: what holds for drawn prints holds for scanned ones.
func TestCausesSamples(t *testing.T) {
	for _, name := range []string{"mosip-Right_Index", "mosip-Left_Middle", "mosip-Left_Thumb"} {
		checkCauses(t, name, readPNG(t, testdata.Shared(t, "data", "fingerprints", "reference", "png", name+".png")))
	}
}

// TestGoodSamplesHaveNoCause: nothing is said against prints that NFIQ 1 calls
// good. The inked cards of NIST are dark: they are left out.
func TestGoodSamplesHaveNoCause(t *testing.T) {
	for name, img := range samples(t) {
		if strings.HasPrefix(name, "lfp-") {
			continue
		}
		if q := judgeIt(t, img); len(q.Causes) > 0 {
			t.Errorf("%s: %v", name, q.Causes)
		}
	}
}

// TestDirtyPlaten: ridges that an earlier finger left beside the finger are
// seen, and on the bare platen; a clean one is not wiped for nothing.
func TestDirtyPlaten(t *testing.T) {
	const w, h = 640, 480
	clean := platen(w, h, 2.5)
	earlier := onto(platen(w, h, 0), drawn(biometrics.LeftThumb), 310, 60)
	finger := drawn(biometrics.RightIndex)
	for _, strength := range []float64{0, 0.1, 0.2} {
		dirty := ghost(clean, earlier, strength)
		if got := Dirty(dirty, 500); got != (strength > 0) {
			t.Errorf("bare platen, residue of %v: dirty %v", strength, got)
		}
		if got := slices.Contains(Judge(onto(dirty, finger, 10, 40), 500).Causes, string(CauseDirty)); got != (strength > 0) {
			t.Errorf("beside a finger, residue of %v: dirty %v", strength, got)
		}
	}
	// Another density, and a platen that is no picture at all.
	if !Dirty(ghost(platen(w, h, 2), earlier, 0.2), 450) || Dirty(platen(w, h, 2), 1000) || Dirty(new(image.Gray), 500) {
		t.Error("density")
	}
	smudge := mapped(clean, func(x, y int, v float64) float64 {
		if dx, dy := x-300, y-200; dx*dx+dy*dy < 90*90 && (dx/17+dy/13)%2 == 0 {
			v -= 25
		}
		return v
	})
	if !Dirty(smudge, 500) {
		t.Error("a smudge without ridges is not seen")
	}
}

// TestCauseWords: every cause that can be named has words in both languages,
// they are polite and differ.
func TestCauseWords(t *testing.T) {
	all := []Cause{CauseNoRidges, CauseSmall, CauseOffCentre, CauseDirty, CauseMotion, CauseWet, CauseDry, CauseLight}
	seen := make(map[string]bool)
	for _, c := range all {
		w := c.Words()
		if !strings.Contains(w.VI, "Mời ") || !strings.Contains(w.EN, "lease ") || seen[w.VI] || seen[w.EN] {
			t.Errorf("%s: %+v", c, w)
		}
		seen[w.VI], seen[w.EN] = true, true
	}
	if w := Cause("none such").Words(); w.VI != "" || w.EN != "" {
		t.Error(w)
	}
}

// TestJudgeRolled: a rolled print and one on a large platen are prints.
func TestJudgeRolled(t *testing.T) {
	if q := judgeIt(t, virtual.Rolled(5, biometrics.RightIndex)); q.Score < 50 || len(q.Causes) != 0 {
		t.Errorf("rolled: %d, %v", q.Score, q.Causes)
	}
	if q := judgeIt(t, onto(platen(640, 640, 2), drawn(biometrics.RightIndex), 160, 120)); q.Score < 40 || len(q.Causes) != 0 {
		t.Errorf("large platen: %d, %v", q.Score, q.Causes)
	}
}

// samples are the scanned prints, by the name that the reference outputs have.
func samples(t testing.TB) map[string]*image.Gray {
	t.Helper()
	dir := testdata.Shared(t, "data", "fingerprints")
	out := map[string]*image.Gray{"crop500": readPGM(t, filepath.Join(dir, "reference", "crop500.pgm"))}
	for name, file := range map[string]string{
		"afis-probe": "sourceafis/probe.png", "afis-matching": "sourceafis/matching.png", "afis-nonmatching": "sourceafis/nonmatching.png",
		"lfp-uru4000-4500": "recordings/uru4000-4500/capture.png",
	} {
		out[name] = readPNG(t, filepath.Join(dir, filepath.FromSlash(file)))
	}
	files, err := filepath.Glob(filepath.Join(dir, "reference", "png", "mosip-*.png"))
	if err != nil || len(files) != 10 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		out[strings.TrimSuffix(filepath.Base(file), ".png")+".reg.jp2"] = readPNG(t, file)
	}
	for _, ref := range references(t) {
		out[ref.name] = ref.img
	}
	return out
}
