package net

import (
	"fmt"
	"image"

	"github.com/tram-station/tram/biometrics/face"
)

// embedder is a model that turns an upright cut-out of a face into a vector.
type embedder struct {
	session runner
	pose
}

// pose is where a model wants to see a face: five points of it (the eyes, the
// tip of the nose, the corners of the mouth) in pixels of its square input.
type pose struct {
	side   int
	length int
	norm   norm
	points [5]face.Point
}

func newEmbedder(s runner, p pose) (*embedder, error) {
	in, out := s.Inputs(), s.Outputs()
	side := int64(p.side)
	if len(in) != 1 || !fits(in[0], 1, 3, side, side) || len(out) != 1 || !fits(out[0], 1, int64(p.length)) {
		return nil, fmt.Errorf("%w: inputs %v, outputs %v", errShape, in, out)
	}
	return &embedder{s, p}, nil
}

// five are the points of a pose out of the landmarks. Of the eyes it is the
// middle of the lids, not of the corners: that is how the models were trained.
func five(lm []face.Point) [5]face.Point {
	lids := func(i int) face.Point { return mid([]face.Point{lm[i+1], lm[i+2], lm[i+4], lm[i+5]}) }
	return [5]face.Point{lids(36), lids(42), lm[30], mid([]face.Point{lm[48], lm[60]}), mid([]face.Point{lm[54], lm[64]})}
}

// frame lays the points of the pose on those of a face as well as scaling,
// turning and moving can (least squares in the input's pixels).
func (p pose) frame(at [5]face.Point) frame {
	from, to := mid(at[:]), mid(p.points[:])
	var along, across, size float64
	for i := range at {
		x, y := at[i].X-from.X, at[i].Y-from.Y
		u, v := p.points[i].X-to.X, p.points[i].Y-to.Y
		along += x*u + y*v
		across += x*v - y*u
		size += x*x + y*y
	}
	// The picture's (x, y) becomes (along·x − across·y, across·x + along·y) /
	// size; a frame is the way back.
	n := (along*along + across*across) / max(size, 1e-9)
	f := frame{a: along / max(n, 1e-9), b: -across / max(n, 1e-9)}
	mx, my := f.to(to.X, to.Y)
	f.c, f.d = from.X-mx, from.Y-my
	return f
}

func (e *embedder) run(p *picture, f frame, s *scratch) ([]float32, error) {
	if !f.sane() {
		return nil, errPlace
	}
	in := s.tensor(e.side, e.side)
	p.fill(in.Data, e.side, e.side, image.Rect(0, 0, e.side, e.side), f, e.norm, &s.bytes)
	out, err := e.session.Run(in)
	if err != nil {
		return nil, err
	}
	return out[0].Data, nil
}
