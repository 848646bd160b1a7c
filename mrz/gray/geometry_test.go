package gray

import (
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"testing"
)

func TestIntegral(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	g := image.NewGray(image.Rect(0, 0, 37, 23))
	for i := range g.Pix {
		g.Pix[i] = uint8(rng.IntN(256))
	}
	table := NewIntegral(g)
	for _, r := range []image.Rectangle{image.Rect(0, 0, 37, 23), image.Rect(5, 6, 6, 7), image.Rect(-4, -4, 9, 9), image.Rect(30, 20, 90, 90)} {
		in := r.Intersect(g.Rect)
		sum := 0.0
		for y := in.Min.Y; y < in.Max.Y; y++ {
			for x := in.Min.X; x < in.Max.X; x++ {
				sum += float64(g.GrayAt(x, y).Y)
			}
		}
		if want := sum / float64(in.Dx()*in.Dy()); math.Abs(table.Mean(r)-want) > 1e-9 {
			t.Errorf("%v: %v, want %v", r, table.Mean(r), want)
		}
	}
	if m := table.Mean(image.Rect(50, 50, 60, 60)); m != 0 {
		t.Error("beside the picture:", m)
	}
}

func TestBilinear(t *testing.T) {
	g := &image.Gray{Pix: []uint8{0, 100, 200, 60}, Stride: 2, Rect: image.Rect(0, 0, 2, 2)}
	for _, c := range []struct{ x, y, want float64 }{
		{0.5, 0.5, 0}, {1.5, 0.5, 100}, {0.5, 1.5, 200}, {1.5, 1.5, 60},
		{1, 0.5, 50}, {1, 1, 90}, {-3, -3, 0}, {9, 9, 60}, {0.5, 1, 100},
	} {
		if got := Bilinear(g, c.x, c.y); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("(%v, %v): %v, want %v", c.x, c.y, got, c.want)
		}
	}
}

func TestHomography(t *testing.T) {
	from := [4]Point{{0, 0}, {49, 0}, {49, 49}, {0, 49}}
	to := [4]Point{{502, 383}, {466, 310}, {540, 274}, {585, 340}}
	h, err := FromPoints(from, to)
	if err != nil {
		t.Fatal(err)
	}
	back, err := h.Inverse()
	if err != nil {
		t.Fatal(err)
	}
	for i := range from {
		if p := h.Apply(from[i]); math.Hypot(p.X-to[i].X, p.Y-to[i].Y) > 1e-6 {
			t.Errorf("%v becomes %v, want %v", from[i], p, to[i])
		}
		if p := back.Apply(to[i]); math.Hypot(p.X-from[i].X, p.Y-from[i].Y) > 1e-6 {
			t.Errorf("%v becomes %v on the way back, want %v", to[i], p, from[i])
		}
	}
}

// Many points, each a little off, give the perspective they come from.
func TestFit(t *testing.T) {
	true_, _ := FromPoints([4]Point{{0, 0}, {9, 0}, {9, 9}, {0, 9}}, [4]Point{{100, 90}, {300, 100}, {280, 310}, {90, 280}})
	rng := rand.New(rand.NewPCG(3, 4))
	var from, to []Point
	var weights []float64
	for i := range 100 {
		p := Point{float64(i % 10), float64(i / 10)}
		q := true_.Apply(p)
		weight := 1.0
		if i == 37 { // far off, without weight
			q.X, weight = 900, 0
		}
		from, to = append(from, p), append(to, Point{q.X + rng.NormFloat64(), q.Y + rng.NormFloat64()})
		weights = append(weights, weight)
	}
	h, err := Fit(from, to, weights)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range from {
		a, b := h.Apply(p), true_.Apply(p)
		if math.Hypot(a.X-b.X, a.Y-b.Y) > 1.5 {
			t.Errorf("%v: %v, want %v", p, a, b)
		}
	}
	if control, _ := Fit(from, to, nil); math.Abs(control.Apply(from[37]).X-true_.Apply(from[37]).X) < 2 {
		t.Error("the point far off does nothing: the weights are not tested")
	}
}

func TestDegenerate(t *testing.T) {
	line := [4]Point{{0, 0}, {1, 1}, {2, 2}, {3, 3}}
	square := [4]Point{{0, 0}, {1, 0}, {1, 1}, {0, 1}}
	if _, err := FromPoints(line, square); !errors.Is(err, ErrDegenerate) {
		t.Error(err)
	}
	if _, err := Fit(line[:3], square[:3], nil); !errors.Is(err, ErrDegenerate) {
		t.Error(err)
	}
	var none Homography
	if _, err := none.Inverse(); !errors.Is(err, ErrDegenerate) {
		t.Error(err)
	}
}
