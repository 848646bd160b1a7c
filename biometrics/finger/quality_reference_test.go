//go:build !race

package finger

import (
	"bufio"
	"bytes"
	"fmt"
	"image"
	xdraw "image/draw"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tram-station/tram/testdata"
)

// readPGM reads a binary PGM of 8 bits.
func readPGM(t testing.TB, file string) *image.Gray {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := bytes.NewReader(b)
	var w, h, top int
	if _, err := fmt.Fscanf(r, "P5\n%d %d\n%d\n", &w, &h, &top); err != nil || top != 255 || r.Len() != w*h {
		t.Fatalf("%s: %v, %d×%d, %d bytes", file, err, w, h, r.Len())
	}
	return &image.Gray{Pix: b[len(b)-w*h:], Stride: w, Rect: image.Rect(0, 0, w, h)}
}

func readPNG(t testing.TB, file string) *image.Gray {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(file, err)
	}
	gray := image.NewGray(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	xdraw.Draw(gray, gray.Rect, img, img.Bounds().Min, xdraw.Src)
	return gray
}

// reference is one of the five prints that NFIQ 2.3 measured.
type reference struct {
	name   string
	img    *image.Gray
	values map[string]float64
}

func references(t testing.TB) []reference {
	t.Helper()
	dir := testdata.Shared(t, "data", "fingerprints", "nfiq2")
	var out []reference
	for i := 1; i <= 5; i++ {
		name := fmt.Sprintf("SFinGe_Test%02d", i)
		f, err := os.Open(filepath.Join(dir, "expected-v2.3", name+"_output.txt"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		values := make(map[string]float64)
		for s := bufio.NewScanner(f); s.Scan(); {
			key, value, ok := strings.Cut(s.Text(), ": ")
			if v, err := strconv.ParseFloat(value, 64); ok && err == nil {
				values[key] = v
			}
		}
		if len(values) != 74 {
			t.Fatalf("%s: %d values", name, len(values))
		}
		out = append(out, reference{name, readPGM(t, filepath.Join(dir, name+".pgm")), values})
	}
	return out
}

// The limits of the reference's histograms.
var histograms = map[string][9]float64{
	"FDA_Bin10_":  {0.268, 0.304, 0.33, 0.355, 0.38, 0.407, 0.44, 0.50, 1},
	"LCS_Bin10_":  {0, 0.70, 0.74, 0.77, 0.79, 0.81, 0.83, 0.85, 0.87},
	"OCL_Bin10_":  {0.337, 0.479, 0.579, 0.655, 0.716, 0.766, 0.81, 0.852, 0.898},
	"OF_Bin10_":   {1.715e-2, 3.5e-2, 5.57e-2, 8.1e-2, 1.15e-1, 1.718e-1, 2.569e-1, 4.758e-1, 7.48e-1},
	"RVUP_Bin10_": {0.5, 0.667, 0.8, 1, 1.25, 1.5, 2, 24, 30},
}

// native names the measures as the reference does.
func native(l *local) map[string]float64 {
	out := map[string]float64{"Mu": l.mean, "MMB": l.meanOfBlocks, "UniformImage": l.spread, "EmptyImageOrContrastTooLow": l.mean}
	for prefix, values := range map[string][]float64{
		"FDA_Bin10_": l.frequency, "LCS_Bin10_": l.clarity, "OCL_Bin10_": l.certainty, "OF_Bin10_": l.flow, "RVUP_Bin10_": l.widths,
	} {
		for i := range 10 {
			out[prefix+strconv.Itoa(i)] = 0
		}
		for _, v := range values {
			bin := 0
			for bin < 9 && v >= histograms[prefix][bin] {
				bin++
			}
			out[prefix+strconv.Itoa(bin)]++
		}
		out[prefix+"Mean"], out[prefix+"StdDev"] = meanOf(values)
	}
	return out
}

// TestReference: the local measures are those of NFIQ 2.3, histogram by
// histogram.
func TestReference(t *testing.T) {
	for _, ref := range references(t) {
		trimmed, _ := newRaster(ref.img).trim()
		got := native(measureLocal(trimmed))
		for key, v := range got {
			want, ok := ref.values[key]
			if !ok {
				t.Fatal(key)
			}
			if math.Abs(v-want) > 1e-5*math.Abs(want)+1e-9 {
				t.Errorf("%s %s: %v, want %v", ref.name, key, v, want)
			}
		}
	}
}

// TestReferenceRegion: the outline is drawn at a quarter of the size, so that
// its pixels are within 0.5 %, their mean grey within 0.2 %, and the coherence
// of its blocks within one block.
func TestReferenceRegion(t *testing.T) {
	for _, ref := range references(t) {
		p, _ := newRaster(ref.img).trim()
		g := findRegion(p)
		sum, mean := measureLocal(p).coherence(g)
		for _, c := range []struct {
			key                  string
			got, relative, least float64
		}{
			{"SufficientFingerprintForeground", float64(g.pixels), 0.005, 0},
			{"ImgProcROIArea_Mean", g.mean, 0.002, 0},
			{"OrientationMap_ROIFilter_CoherenceSum", sum, 1e-5, 1},
			{"OrientationMap_ROIFilter_CoherenceRel", mean, 0.002, 0},
		} {
			want := ref.values[c.key]
			if math.Abs(c.got-want) > c.relative*want+c.least {
				t.Errorf("%s %s: %v, want %v", ref.name, c.key, c.got, want)
			}
		}
	}
}
