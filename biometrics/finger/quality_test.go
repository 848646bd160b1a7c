//go:build !race

package finger

import (
	"bufio"
	"bytes"
	"fmt"
	"image"
	"math"
	"math/rand"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics/minutiae"
	"github.com/tram-station/tram/biometrics/wsq"
	"github.com/tram-station/tram/testdata"
)

// pearson is the correlation of two rows of numbers.
func pearson(a, b []float64) float64 {
	ma, sa := meanOf(a)
	mb, sb := meanOf(b)
	sum := 0.0
	for i := range a {
		sum += (a[i] - ma) * (b[i] - mb)
	}
	if sa*sb == 0 {
		return 0
	}
	return sum / float64(len(a)) / (sa * sb)
}

// spearman is the correlation of the ranks; equal values share theirs.
func spearman(a, b []float64) float64 { return pearson(ranks(a), ranks(b)) }

func ranks(v []float64) []float64 {
	sorted := slices.Sorted(slices.Values(v))
	out := make([]float64, len(v))
	for i, x := range v {
		first, _ := slices.BinarySearch(sorted, x)
		last := first
		for last < len(sorted) && sorted[last] == x {
			last++
		}
		out[i] = float64(first+last-1) / 2
	}
	return out
}

// conformance reads the published measures: the NFIQ 2 scores, and ours of the
// same measures.
func conformance(t *testing.T) (theirs, ours []float64) {
	t.Helper()
	b, err := os.ReadFile("testdata/nfiq2-conformance.txt")
	if err != nil {
		t.Fatal(err)
	}
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		var score, waves, blocks, certainty, uniformity, frequency float64
		if _, err := fmt.Sscan(s.Text(), &score, &waves, &blocks, &certainty, &uniformity, &frequency); err != nil {
			t.Fatal(s.Text(), err)
		}
		n := natives{scored: [...]float64{waves * blockMM2, waves / blocks, certainty, uniformity, frequency}}
		for i, l := range limits {
			n.limits[i] = l.to
		}
		theirs, ours = append(theirs, score), append(ours, float64(n.score()))
	}
	return theirs, ours
}

// TestConformance: over the prints whose measures NIST publishes, the score
// follows that of NFIQ 2.3.
func TestConformance(t *testing.T) {
	theirs, ours := conformance(t)
	if len(theirs) != 199 {
		t.Fatalf("%d prints", len(theirs))
	}
	squares := 0.0
	for i := range theirs {
		squares += (theirs[i] - ours[i]) * (theirs[i] - ours[i])
	}
	p, s, off := pearson(theirs, ours), spearman(theirs, ours), math.Sqrt(squares/float64(len(theirs)))
	t.Logf("Pearson %.3f, Spearman %.3f, off by %.1f", p, s, off)
	if p < 0.945 || s < 0.945 || off > 9.2 {
		t.Errorf("Pearson %.3f, Spearman %.3f, off by %.1f", p, s, off)
	}
	rand.New(rand.NewSource(1)).Shuffle(len(ours), func(i, j int) { ours[i], ours[j] = ours[j], ours[i] })
	if p := pearson(theirs, ours); math.Abs(p) > 0.3 {
		t.Errorf("the control: shuffled, Pearson is %.3f", p)
	}
}

// TestReferenceScores: the five references lie close together, from 45 to 57;
// their order is kept all the same. All are drawn, far more even than prints
// are, so that the score is near its top where NFIQ 2 says 50.
func TestReferenceScores(t *testing.T) {
	var theirs, ours []float64
	for _, ref := range references(t) {
		theirs = append(theirs, ref.values["UnifiedQualityScore"])
		ours = append(ours, float64(judgeIt(t, ref.img).Score))
	}
	p, s := pearson(theirs, ours), spearman(theirs, ours)
	t.Logf("NFIQ 2 %v, ours %v: Pearson %.2f, Spearman %.2f", theirs, ours, p, s)
	if p < 0.75 || s < 0.85 {
		t.Errorf("NFIQ 2 %v, ours %v: Pearson %.2f, Spearman %.2f", theirs, ours, p, s)
	}
}

// TestNFIQ1: the classes of NFIQ 1 (1 best, 5 worst) are coarse, and nearly all
// samples are of the first two; the score does not go against them.
func TestNFIQ1(t *testing.T) {
	b, err := os.ReadFile(testdata.Shared(t, "data", "fingerprints", "reference", "nfiq1.txt"))
	if err != nil {
		t.Fatal(err)
	}
	all := samples(t)
	var classes, ours []float64
	for line := range strings.Lines(string(b)) {
		var name string
		var class float64
		if _, err := fmt.Sscan(line, &name, &class); err != nil || all[name] == nil {
			continue
		}
		score := float64(judgeIt(t, all[name]).Score)
		classes, ours = append(classes, -class), append(ours, score)
		t.Logf("%-26s class %v, score %v", name, class, score)
		if class == 5 && score > 10 {
			t.Errorf("%s: class 5, and %v", name, score)
		}
	}
	p, s := pearson(classes, ours), spearman(classes, ours)
	t.Logf("%d prints: Pearson %.2f, Spearman %.2f", len(ours), p, s)
	if len(ours) < 15 || p < minNFIQ1Pearson {
		t.Errorf("%d prints: Pearson %.2f, Spearman %.2f", len(ours), p, s)
	}
}

const minNFIQ1Pearson = 0.2

// damages are ways to spoil a print, and how far step by step: 0 leaves it.
var damages = []struct {
	name  string
	steps []float64
	spoil func(*image.Gray, float64) *image.Gray
}{
	{"blur", []float64{2, 3, 4}, func(g *image.Gray, v float64) *image.Gray { return blurred(g, int(v)) }},
	{"fade", []float64{0.3, 0.2, 0.12, 0.06}, contrast},
	{"noise", []float64{25, 50, 100, 150}, noisy},
	{"crop", []float64{0.75, 0.6, 0.45, 0.3}, part},
	{"dry", []float64{0.3, 0.4, 0.5, 0.6}, dry},
	{"wet", []float64{2, 3, 4}, func(g *image.Gray, v float64) *image.Gray { return wet(g, int(v)) }},
}

// worsens checks that the score falls with each kind of damage.
func worsens(t *testing.T, name string, img *image.Gray) {
	t.Helper()
	for _, d := range damages {
		steps, scores := []float64{0}, []float64{float64(judgeIt(t, img).Score)}
		for i, v := range d.steps {
			steps, scores = append(steps, float64(i+1)), append(scores, float64(judgeIt(t, d.spoil(img, v)).Score))
		}
		s := spearman(steps, scores)
		t.Logf("%s, %s: %v, Spearman %.2f", name, d.name, scores, s)
		if s > -0.79 || scores[len(scores)-1] > 0.6*scores[0] {
			t.Errorf("%s, %s: %v, Spearman %.2f", name, d.name, scores, s)
		}
	}
}

func TestDamageLowersTheScore(t *testing.T) {
	for _, f := range fingers {
		worsens(t, string('0'+rune(f)), drawn(f))
	}
}

func TestDamageLowersTheScoreOfSamples(t *testing.T) {
	for _, name := range []string{"afis-matching", "mosip-Left_Thumb.reg.jp2", "SFinGe_Test03"} {
		worsens(t, name, samples(t)[name])
	}
}

// TestNoPrintNoScore: what is no finger scores nothing.
func TestNoPrintNoScore(t *testing.T) {
	stripes := image.NewGray(image.Rect(0, 0, 320, 400))
	for i := range stripes.Pix {
		stripes.Pix[i] = uint8(127 + 100*math.Sin(float64(i%320)*2*math.Pi/9))
	}
	for name, img := range map[string]*image.Gray{
		"black": image.NewGray(image.Rect(0, 0, 320, 400)), "platen": platen(320, 400, 3), "stripes": stripes,
		"noise": noisy(platen(320, 400, 0), 80), "white": platen(320, 400, 0), "tiny": image.NewGray(image.Rect(0, 0, 30, 30)),
	} {
		if q := judgeIt(t, img); q.Score > 3 || len(q.Causes) == 0 && name != "stripes" {
			t.Errorf("%s scores %d, causes %v", name, q.Score, q.Causes)
		}
	}
	for _, dpi := range []int{-1, 0, 50, 100000} {
		if q := Judge(drawn(fingers[0]), dpi); q.Score != 0 || q.Algorithm != Algorithm {
			t.Errorf("%d dpi: %+v", dpi, q)
		}
	}
}

// TestDensity: the same finger scores about the same at any density, and a
// wrong density is not the same finger.
func TestDensity(t *testing.T) {
	img := drawn(fingers[0])
	want := judgeIt(t, img).Score
	for _, dpi := range []int{400, 512, 700, 1000} {
		if got := Judge(wsq.Resample(img, 500, dpi), dpi).Score; got < want-12 || got > want+12 {
			t.Errorf("%d dpi: %d, want about %d", dpi, got, want)
		}
	}
	if got := Judge(img, 1000).Score; got > want*2/3 {
		t.Errorf("500 dpi taken for 1000: %d", got)
	}
}

// TestSubImage: the window of a larger picture is judged as a picture of its
// own, and nothing is written.
func TestSubImage(t *testing.T) {
	img := drawn(fingers[0])
	large := onto(platen(700, 600, 0), img, 100, 50)
	box := image.Rect(100, 50, 420, 450)
	window := large.SubImage(box).(*image.Gray)
	alone := image.NewGray(image.Rect(0, 0, box.Dx(), box.Dy()))
	for y := range box.Dy() {
		copy(alone.Pix[y*alone.Stride:][:box.Dx()], window.Pix[y*window.Stride:][:box.Dx()])
	}
	before := bytes.Clone(large.Pix)
	a, b := Judge(window, 500), Judge(alone, 500)
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("window %+v, alone %+v", a, b)
	}
	if !bytes.Equal(before, large.Pix) {
		t.Error("the picture was changed")
	}
}

// FuzzJudge: any picture of any size, stride and density gives a score of 0 to
// 100, the same twice.
func FuzzJudge(f *testing.F) {
	f.Add([]byte{0, 255, 7}, uint16(100), uint16(90), uint8(3), uint16(500))
	f.Add([]byte{40, 40, 40, 40, 240, 240, 240, 240, 240}, uint16(200), uint16(120), uint8(0), uint16(512))
	f.Add([]byte{}, uint16(61), uint16(65), uint8(200), uint16(1000))
	f.Fuzz(func(t *testing.T, pattern []byte, w, h uint16, extra uint8, dpi uint16) {
		const most = 200
		width, height := int(w%most), int(h%most)
		whole := image.NewGray(image.Rect(0, 0, width+int(extra), height+int(extra)))
		for i := range whole.Pix {
			if len(pattern) > 0 {
				whole.Pix[i] = pattern[i%len(pattern)] + uint8(i/whole.Stride)
			}
		}
		at := int(extra) / 2
		img := whole.SubImage(image.Rect(at, at, at+width, at+height)).(*image.Gray)
		// Judge looks for minutiae too: that is slow, and another's fuzz target.
		none := new(minutiae.Template)
		q := JudgeWith(img, 500, none)
		if again := JudgeWith(img, 500, none); fmt.Sprint(q) != fmt.Sprint(again) || q.Score < 0 || q.Score > 100 {
			t.Fatalf("%+v, then %+v", q, again)
		}
		for _, m := range q.Measures {
			if m.Score < 0 || m.Score > 100 || math.IsNaN(m.Native) || math.IsInf(m.Native, 0) {
				t.Fatalf("%+v", m)
			}
		}
		for _, c := range q.Causes {
			if Cause(c).Words().VI == "" {
				t.Fatalf("no words for %q", c)
			}
		}
		if len(pattern)%16 == 0 {
			judgeIt(t, img)
			Judge(img, int(dpi))
		}
		Dirty(img, int(dpi))
	})
}

// BenchmarkJudge measures a print of 500×500 beside the search for its
// minutiae.
func BenchmarkJudge(b *testing.B) {
	img := onto(platen(500, 500, 2), drawn(fingers[0]), 90, 50)
	t, err := minutiae.Extract(img, 500)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("minutiae", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := minutiae.Extract(img, 500); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("quality", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			JudgeWith(img, 500, t)
		}
	})
}
