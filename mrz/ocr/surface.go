package ocr

import (
	"math"

	"github.com/tram-station/tram/mrz/gray"
)

// A surface takes columns and lines of a zone to the picture: a perspective,
// and what a lens or a page that is not flat adds to it.
type surface struct {
	plane  gray.Homography
	middle float64         // the column that the bend is counted from
	bend   [2]coefficients // pixels to the right and down
}

// coefficients of the terms of a bend.
type coefficients [4]float64

const (
	// bendColumns is the distance from the middle to the end of a short line.
	bendColumns = 15
	// minBent is the number of characters that a bend is fitted to at least.
	minBent = 20
	// stiffness keeps a bend small where few characters ask for it.
	stiffness = 0.0005
)

// terms returns the terms of the bend at a place of the zone: the polynomials of
// Legendre of the second to the fourth degree, which have least in common with
// what a perspective does, and the second growing from line to line.
func (s *surface) terms(p gray.Point) coefficients {
	t := (p.X - s.middle) / bendColumns
	square := t * t
	second := square - 1./3
	return coefficients{second, t * (square - 3./5), square*(square-6./7) + 3./35, second * p.Y}
}

func (c *coefficients) times(terms *coefficients) float64 {
	return c[0]*terms[0] + c[1]*terms[1] + c[2]*terms[2] + c[3]*terms[3]
}

// at returns where a place of the zone lies in the picture.
func (s *surface) at(p gray.Point) gray.Point {
	q, t := s.plane.Apply(p), s.terms(p)
	return gray.Point{X: q.X + s.bend[0].times(&t), Y: q.Y + s.bend[1].times(&t)}
}

// fit makes the surface the one that takes from to to with the least squares,
// perspective and bend in turn; false where the points define none, and the
// surface stays.
func (s *surface) fit(from, to []gray.Point, weights []float64) bool {
	const turns = 3
	flat := make([]gray.Point, len(to))
	for range turns {
		for i, p := range from {
			t := s.terms(p)
			flat[i] = gray.Point{X: to[i].X - s.bend[0].times(&t), Y: to[i].Y - s.bend[1].times(&t)}
		}
		plane, err := gray.Fit(from, flat, weights)
		if err != nil {
			return false
		}
		s.plane = plane
		if len(from) < minBent {
			return true
		}
		s.fitBend(from, to, weights)
	}
	return true
}

// fitBend fits the bend to what the plane leaves.
func (s *surface) fitBend(from, to []gray.Point, weights []float64) {
	var squares [4][6]float64 // normal equations, with a right side for each direction
	sum := 0.0
	for i, p := range from {
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		sum += w
		t, q := s.terms(p), s.plane.Apply(p)
		for a := range 4 {
			for b := range 4 {
				squares[a][b] += w * t[a] * t[b]
			}
			squares[a][4] += w * t[a] * (to[i].X - q.X)
			squares[a][5] += w * t[a] * (to[i].Y - q.Y)
		}
	}
	for a := range 4 {
		squares[a][a] += stiffness * sum
	}
	s.bend = eliminate(&squares)
}

// eliminate solves the normal equations, which stiffness keeps regular.
func eliminate(m *[4][6]float64) (out [2]coefficients) {
	for c := range 4 {
		for r := c + 1; r < 4; r++ {
			f := m[r][c] / m[c][c]
			for k := c; k < 6; k++ {
				m[r][k] -= f * m[c][k]
			}
		}
	}
	for side := range out {
		for c := 3; c >= 0; c-- {
			v := m[c][4+side]
			for k := c + 1; k < 4; k++ {
				v -= m[c][k] * out[side][k]
			}
			out[side][c] = v / m[c][c]
		}
	}
	return out
}

// place returns the place of the zone that lies at a point of the picture;
// back is the inverse of the plane.
func (s *surface) place(back *gray.Homography, p gray.Point) gray.Point {
	flat := p
	for range 2 { // the bend changes slowly
		t := s.terms(back.Apply(flat))
		flat = gray.Point{X: p.X - s.bend[0].times(&t), Y: p.Y - s.bend[1].times(&t)}
	}
	return back.Apply(flat)
}

// turned returns the surface upside down.
func (s *surface) turned() surface {
	out := *s
	for _, i := range []int{0, 1, 3, 4, 6, 7} {
		out.plane[i] = -out.plane[i]
	}
	out.middle = -out.middle
	for i := range out.bend {
		out.bend[i][1], out.bend[i][3] = -out.bend[i][1], -out.bend[i][3]
	}
	return out
}

// scaled returns the surface in a picture that is larger by factor.
func (s *surface) scaled(factor float64) surface {
	out := *s
	for i := range 6 {
		out.plane[i] *= factor
	}
	for i := range out.bend {
		for k := range out.bend[i] {
			out.bend[i][k] *= factor
		}
	}
	return out
}

// scale returns the lengths of a column and of a line in the middle of the
// zone, in pixels.
func (s *surface) scale(column float64) (pitch, lead float64) {
	a, b := s.at(gray.Point{X: column - 0.5}), s.at(gray.Point{X: column + 0.5})
	c, d := s.at(gray.Point{X: column, Y: -0.5}), s.at(gray.Point{X: column, Y: 0.5})
	return math.Hypot(b.X-a.X, b.Y-a.Y), math.Hypot(d.X-c.X, d.Y-c.Y)
}
