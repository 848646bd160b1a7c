package gray

import (
	"errors"
	"image"
	"math"
)

// Point is a position between pixels: the first pixel of a picture reaches
// from 0 to 1, its centre is (0.5, 0.5).
type Point struct{ X, Y float64 }

// Bilinear returns the grey value at (x, y), 0 to 255, between the centres of
// the four pixels around it. Beside the picture it is that of the edge. The
// picture starts at the origin and is not empty.
func Bilinear(g *image.Gray, x, y float64) float64 {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	x = max(0, min(x-0.5, float64(w-1)))
	y = max(0, min(y-0.5, float64(h-1)))
	left, top := int(x), int(y)
	right, bottom := min(left+1, w-1), min(top+1, h-1)
	fx, fy := x-float64(left), y-float64(top)
	a, b := g.Pix[top*g.Stride:], g.Pix[bottom*g.Stride:]
	upper := float64(a[left]) + fx*(float64(a[right])-float64(a[left]))
	lower := float64(b[left]) + fx*(float64(b[right])-float64(b[left]))
	return upper + fy*(lower-upper)
}

// Homography maps a plane to a plane by perspective: three rows of three. The
// last number is 1.
type Homography [9]float64

// ErrDegenerate says that points define no perspective: three lie on a line,
// or there are fewer than four.
var ErrDegenerate = errors.New("no perspective through these points: give four of which no three lie on a line")

// FromPoints returns the perspective that takes each point of from to that of
// to. The error is ErrDegenerate.
func FromPoints(from, to [4]Point) (Homography, error) {
	return Fit(from[:], to[:], nil)
}

// Fit returns the perspective that takes the points of from to those of to
// with the least squares, each with its weight (nil: all the same). The error
// is ErrDegenerate.
func Fit(from, to []Point, weights []float64) (Homography, error) {
	if len(from) < 4 || len(from) != len(to) || (weights != nil && len(weights) != len(from)) {
		return Homography{}, ErrDegenerate
	}
	// Numbers around one keep the equations well conditioned.
	a, b := normal(from), normal(to)
	var m [8][9]float64
	for i := range from {
		p, q, w := a.apply(from[i]), b.apply(to[i]), 1.0
		if weights != nil {
			w = weights[i]
		}
		add(&m, [9]float64{p.X, p.Y, 1, 0, 0, 0, -q.X * p.X, -q.X * p.Y, q.X}, w)
		add(&m, [9]float64{0, 0, 0, p.X, p.Y, 1, -q.Y * p.X, -q.Y * p.Y, q.Y}, w)
	}
	x, ok := solve(&m)
	if !ok {
		return Homography{}, ErrDegenerate
	}
	h := Homography{x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7], 1}
	return b.inverse().times(h).times(a.homography()).scaled()
}

// Apply maps a point. Points on the horizon have no image: NaN or infinities.
func (h *Homography) Apply(p Point) Point {
	w := 1 / (h[6]*p.X + h[7]*p.Y + h[8])
	return Point{(h[0]*p.X + h[1]*p.Y + h[2]) * w, (h[3]*p.X + h[4]*p.Y + h[5]) * w}
}

// Inverse returns the perspective back; the error is ErrDegenerate.
func (h *Homography) Inverse() (Homography, error) {
	return Homography{
		h[4]*h[8] - h[5]*h[7], h[2]*h[7] - h[1]*h[8], h[1]*h[5] - h[2]*h[4],
		h[5]*h[6] - h[3]*h[8], h[0]*h[8] - h[2]*h[6], h[2]*h[3] - h[0]*h[5],
		h[3]*h[7] - h[4]*h[6], h[1]*h[6] - h[0]*h[7], h[0]*h[4] - h[1]*h[3],
	}.scaled()
}

func (h Homography) times(k Homography) (out Homography) {
	for i := range 9 {
		r, c := i/3*3, i%3
		out[i] = h[r]*k[c] + h[r+1]*k[3+c] + h[r+2]*k[6+c]
	}
	return out
}

// scaled makes the last number 1.
func (h Homography) scaled() (Homography, error) {
	if s := h[8]; s != 1 {
		for i := range h {
			h[i] /= s
		}
	}
	for _, v := range h {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Homography{}, ErrDegenerate
		}
	}
	return h, nil
}

// similarity moves the middle of points to the origin and their mean distance
// to about one.
type similarity struct{ scale, x, y float64 }

func normal(points []Point) similarity {
	var s similarity
	n := float64(len(points))
	for _, p := range points {
		s.x += p.X / n
		s.y += p.Y / n
	}
	var d float64
	for _, p := range points {
		d += math.Hypot(p.X-s.x, p.Y-s.y) / n
	}
	s.scale = 1
	if d > 0 {
		s.scale = 1 / d
	}
	return s
}

func (s similarity) apply(p Point) Point { return Point{(p.X - s.x) * s.scale, (p.Y - s.y) * s.scale} }

func (s similarity) homography() Homography {
	return Homography{s.scale, 0, -s.x * s.scale, 0, s.scale, -s.y * s.scale, 0, 0, 1}
}

func (s similarity) inverse() Homography {
	return Homography{1 / s.scale, 0, s.x, 0, 1 / s.scale, s.y, 0, 0, 1}
}

// add puts one equation (eight coefficients and the right side) into the
// normal equations.
func add(m *[8][9]float64, row [9]float64, weight float64) {
	for i := range 8 {
		if row[i] != 0 {
			for j := range 9 {
				m[i][j] += weight * row[i] * row[j]
			}
		}
	}
}

// solve eliminates by Gauss with pivots; false where the equations are
// singular.
func solve(m *[8][9]float64) (x [8]float64, ok bool) {
	const tiny = 1e-10
	for c := range 8 {
		pivot := c
		for r := c + 1; r < 8; r++ {
			if math.Abs(m[r][c]) > math.Abs(m[pivot][c]) {
				pivot = r
			}
		}
		if !(math.Abs(m[pivot][c]) > tiny) {
			return x, false
		}
		m[c], m[pivot] = m[pivot], m[c]
		for r := c + 1; r < 8; r++ {
			f := m[r][c] / m[c][c]
			for k := c; k < 9; k++ {
				m[r][k] -= f * m[c][k]
			}
		}
	}
	for c := 7; c >= 0; c-- {
		v := m[c][8]
		for k := c + 1; k < 8; k++ {
			v -= m[c][k] * x[k]
		}
		x[c] = v / m[c][c]
	}
	return x, true
}
