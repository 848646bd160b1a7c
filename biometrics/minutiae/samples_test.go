package minutiae_test

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg"
	_ "image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tram-station/tram/biometrics/minutiae"
	"github.com/tram-station/tram/biometrics/wsq"
	"github.com/tram-station/tram/testdata"
)

// nistDPI is the density of the four pictures of libfprint's examples: it is
// not stated, but their ridges are 5 pixels apart, a grown man's 9 at 500.
const nistDPI = 290

// sample is a print of the specimens; the same finger has the same number.
type sample struct {
	name   string
	finger int
	img    *image.Gray // 500 dpi
	found  *minutiae.Template
}

// samples are the prints that lie beside the repository: 23 pictures of 22
// fingers.
func samples(t testing.TB) []sample {
	t.Helper()
	root := testdata.Shared(t, "data", "fingerprints")
	var out []sample
	for _, pattern := range []string{"sourceafis/*.png", "reference/png/*.png", "nist/*.jpg", "nfiq2/*.pgm"} {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no samples (%v)", pattern, err)
		}
		for _, file := range files {
			s := sample{name: filepath.Base(file), finger: len(out), img: read(t, file)}
			if filepath.Base(filepath.Dir(file)) == "nist" {
				s.img = wsq.Resample(s.img, nistDPI, 500)
			}
			if s.name == "probe.png" { // the other impression is matching.png, the first
				s.finger = 0
			}
			s.found = extract(t, s.img, 500)
			out = append(out, s)
		}
	}
	return out
}

// read decodes a picture as grey.
func read(t testing.TB, file string) *image.Gray {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Ext(file) == ".pgm" {
		var w, h, most int
		if _, err := fmt.Fscan(bytes.NewReader(b[2:]), &w, &h, &most); err != nil || len(b) < w*h {
			t.Fatal(file, err)
		}
		return &image.Gray{Pix: b[len(b)-w*h:], Stride: w, Rect: image.Rect(0, 0, w, h)}
	}
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(file, err)
	}
	g := image.NewGray(img.Bounds())
	draw.Draw(g, g.Rect, img, g.Rect.Min, draw.Src)
	return g
}

// compressed are the fingers of the samples as another file holds them, in
// WSQ: the same impression, so that they match as a genuine pair.
func compressed(t testing.TB, all []sample) []sample {
	t.Helper()
	root := testdata.Shared(t, "data", "fingerprints", "mosip")
	var out []sample
	for _, s := range all {
		var name string
		if n, err := fmt.Sscanf(s.name, "mosip-%s", &name); n != 1 || err != nil {
			continue
		}
		name = name[:len(name)-len(".png")]
		b, err := os.ReadFile(filepath.Join(root, name+".authwsq.iso"))
		if err != nil {
			t.Fatal(err)
		}
		_, b, _ = bytes.Cut(b, []byte{0xFF, 0xA0}) // the header of ISO/IEC 19794-4 ends where WSQ starts
		img, err := wsq.Decode(append([]byte{0xFF, 0xA0}, b...))
		if err != nil {
			t.Fatal(name, err)
		}
		out = append(out, sample{name + ".wsq", s.finger, img.Gray, extract(t, img.Gray, 500)})
	}
	return out
}

// scores are the matches of all pairs, the genuine and the others ascending.
type scores struct {
	genuine, other []int
	worst, best    string // pair of the lowest genuine and the highest other
}

// compare matches each sample with those before it; of the pairs of different
// fingers only one in each.
func compare(all []sample, each int) scores {
	var s scores
	low, high := 1<<30, -1
	for i, a := range all {
		for j, b := range all[:i] {
			if a.finger != b.finger && (7*i+13*j)%each != 0 {
				continue
			}
			m := minutiae.Match(a.found, b.found)
			if a.finger == b.finger {
				s.genuine = append(s.genuine, m)
				if m < low {
					low, s.worst = m, a.name+" and "+b.name
				}
				continue
			}
			s.other = append(s.other, m)
			if m > high {
				high, s.best = m, a.name+" and "+b.name
			}
		}
	}
	slices.Sort(s.genuine)
	slices.Sort(s.other)
	return s
}

// TestSamplesAreToldApart: every genuine pair of the samples is above every
// impostor pair. As measured the two impressions of one finger have 159, the
// same impression compressed has more, and the others end at 43.
func TestSamplesAreToldApart(t *testing.T) {
	all := samples(t)
	all = append(all, compressed(t, all)...)
	s := compare(all, 1)
	t.Logf("%d genuine from %d (%s), %d others up to %d (%s)",
		len(s.genuine), s.genuine[0], s.worst, len(s.other), s.other[len(s.other)-1], s.best)
	if len(s.genuine) != 11 || len(s.other) != 33*32/2-11 {
		t.Errorf("%d genuine, %d others", len(s.genuine), len(s.other))
	}
	if s.genuine[0] < minutiae.SameFinger*2 {
		t.Errorf("%s: %d", s.worst, s.genuine[0])
	}
	if m := s.other[len(s.other)-1]; m >= minutiae.SameFinger*5/6 {
		t.Errorf("%s: %d", s.best, m)
	}
}
