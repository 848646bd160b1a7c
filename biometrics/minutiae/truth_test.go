package minutiae_test

import (
	"fmt"
	"hash/fnv"
	"image"
	"math"
	"math/rand"
	"slices"
	"testing"

	"github.com/tram-station/tram/biometrics/minutiae"
)

// fault is a place where a ridge begins between two others: the phase of the
// ridges winds once around it.
type fault struct {
	x, y float64
	sign float64
}

// waves draws ridges with minutiae in known places: the cosine of a phase that
// grows by one turn a ridge, and winds around each fault. The products stand
// alone, so that no machine fuses them with the sum.
func waves(w, h int, period, bow float64, faults []fault) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			u, v := float64(x)-float64(w)/2, float64(y)
			bent := float64(u * u)
			phase := float64((v + float64(bow*bent)) * (2 * math.Pi / period))
			for _, f := range faults {
				phase += float64(f.sign * math.Atan2(float64(y)-f.y, float64(x)-f.x))
			}
			img.Pix[y*img.Stride+x] = uint8(math.Round(float64(140 - float64(100*math.Cos(phase)))))
		}
	}
	return img
}

// spread are places apart enough to be told apart, away from the edge.
func spread(r *rand.Rand, w, h, n, apart int) []fault {
	var out []fault
	for len(out) < n {
		f := fault{float64(40 + r.Intn(w-80)), float64(40 + r.Intn(h-80)), float64(r.Intn(2)*2 - 1)}
		if !slices.ContainsFunc(out, func(g fault) bool { return math.Hypot(f.x-g.x, f.y-g.y) < float64(apart) }) {
			out = append(out, f)
		}
	}
	return out
}

// TestDrawnMinutiaeAreFound: each fault is one minutia in its place, along the
// ridges, and nothing else is found. It points to the side where the winding
// adds a ridge: to the ridge that ends, between the branches of one that forks.
func TestDrawnMinutiaeAreFound(t *testing.T) {
	for _, period := range []float64{6, 7.5, 9, 11, 13} {
		r := rand.New(rand.NewSource(int64(period * 10)))
		const w, h = 400, 480
		faults := spread(r, w, h, 24, 46)
		got := extract(t, waves(w, h, period, 0.0006, faults), 500)
		if got.Width != w || got.Height != h || got.DPI != 500 {
			t.Errorf("%d x %d at %d", got.Width, got.Height, got.DPI)
		}
		missed := 0
		for _, f := range faults {
			i := slices.IndexFunc(got.Minutiae, func(m minutiae.Minutia) bool {
				return math.Hypot(f.x-float64(m.X), f.y-float64(m.Y)) < max(6, 0.6*period)
			})
			if i < 0 {
				missed++
				continue
			}
			m := got.Minutiae[i]
			if c := math.Cos(m.Angle * math.Pi / 180); math.Abs(c) < 0.85 {
				t.Errorf("period %v: %+v does not lie along the ridge", period, m)
			} else if c*f.sign < 0 {
				t.Errorf("period %v: %+v, winding %v, points the wrong way", period, m, f.sign)
			}
			if m.Quality < 50 || m.Quality > 100 {
				t.Errorf("period %v: clear ridges have quality %d", period, m.Quality)
			}
		}
		if missed > 0 || len(got.Minutiae) > len(faults) {
			t.Errorf("period %v: %d of %d missed, %d found in all", period, missed, len(faults), len(got.Minutiae))
		}
	}
}

// TestFlatPicturesHoldNothing: no ridges, no minutiae.
func TestFlatPicturesHoldNothing(t *testing.T) {
	flat, noise := image.NewGray(image.Rect(0, 0, 300, 400)), image.NewGray(image.Rect(0, 0, 300, 400))
	r := rand.New(rand.NewSource(1))
	for i := range flat.Pix {
		flat.Pix[i] = 200
		noise.Pix[i] = uint8(180 + r.Intn(20))
	}
	for name, img := range map[string]*image.Gray{"flat": flat, "faint noise": noise} {
		if m := extract(t, img, 500); len(m.Minutiae) != 0 {
			t.Errorf("%s: %d minutiae", name, len(m.Minutiae))
		}
	}
}

// TestReproducible holds minutiae and scores to what they were: they are the
// same on every machine, and change with the name of the algorithm only.
func TestReproducible(t *testing.T) {
	r := rand.New(rand.NewSource(5))
	faults := spread(r, 360, 420, 30, 32)
	a := extract(t, waves(360, 420, 9, 0.001, faults), 500)
	for i := range faults {
		faults[i].x += float64(r.Intn(7) - 3)
		faults[i].y += float64(r.Intn(7) - 3)
	}
	b := extract(t, waves(360, 420, 9, 0.0012, faults[:22]), 500)
	c := extract(t, waves(360, 420, 9, 0.001, spread(r, 360, 420, 30, 32)), 500)
	got := fmt.Sprintf("%s %d %016x %d %d %d", minutiae.Algorithm, len(a.Minutiae), hash(a),
		minutiae.Match(a, a), minutiae.Match(a, b), minutiae.Match(a, c))
	const want = "tram-minutiae/1 30 be09f777574ad853 352 226 16"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// hash is a digest of every minutia.
func hash(t *minutiae.Template) uint64 {
	h := fnv.New64a()
	for _, m := range t.Minutiae {
		fmt.Fprintf(h, "%d %d %g %d %d\n", m.X, m.Y, m.Angle, m.Kind, m.Quality)
	}
	return h.Sum64()
}
