package net

import (
	"fmt"
	"image"
	"math"
	"slices"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/onnx"
)

// points is how many landmarks there are, in the order of iBUG 300-W.
const points = 68

// regressor is a model that places the 68 points in a square cut-out of a face:
// 1×3×side×side in, 136 shares of its sides out, x before y.
type regressor struct {
	session runner
	layout
}

// layout is how the square lies on the face.
type layout struct {
	side int
	norm norm
	// Of the detector's box: the square's side in heights of the box, and its
	// middle below the box's, in the same unit.
	boxSide, boxDown float64
	// Of the face: the square's side in units of the face (eyes to chin), and
	// where the middle of the eyes lies in it, of the side from above.
	faceSide, eyes float64
	// How far right and down of where the model puts them the points are,
	// pixels of the input.
	shift float64
}

func newRegressor(s runner, l layout) (*regressor, error) {
	in, out := s.Inputs(), s.Outputs()
	side := int64(l.side)
	if len(in) != 1 || !fits(in[0], 1, 3, side, side) || len(out) != 1 || !fits(out[0], 1, 2*points) {
		return nil, fmt.Errorf("%w: inputs %v, outputs %v", errShape, in, out)
	}
	return &regressor{s, l}, nil
}

// fits says whether a value may have that shape: -1 stands for any length.
func fits(i onnx.Info, shape ...int64) bool {
	return slices.EqualFunc(i.Shape, shape, func(a, b int64) bool { return a == b || a == -1 })
}

// first is the square on a box that is taken for upright.
func (l layout) first(b box) frame {
	h := b.y1 - b.y0
	return square((b.x0+b.x1)/2, (b.y0+b.y1)/2+l.boxDown*h, l.boxSide*h, 0, l.side)
}

// second is the square on a face whose points are known: upright, and where
// the model knows it best.
func (l layout) second(f face.Face) frame {
	eyes, roll := f.Eyes(), f.Roll()*math.Pi/180
	side := l.faceSide * math.Hypot(f.Chin.X-eyes.X, f.Chin.Y-eyes.Y)
	down := (0.5 - l.eyes) * side
	sin, cos := math.Sincos(roll)
	return square(eyes.X-down*sin, eyes.Y+down*cos, side, roll, l.side)
}

// Of the detector's box: how far the points may wander, on average, from one
// look to the next, and the eyes be apart. Real faces wander by a hundredth, in
// a mask by a twentieth; walls on which the detector sees a face, by more.
const (
	steady   = 0.04
	nearEyes = 0.2
	farEyes  = 0.6
	certain  = 0.999 // a score that stands against points that wander
	unsure   = 0.95  // a score below which they may wander half as far
)

// look places the landmarks of the face in a box: on what the detector says,
// which may be tilted and off, and then on the face itself, a third time if
// that made a difference. It reports whether there is a face.
func (r *regressor) look(p *picture, b box, s *scratch) (f face.Face, ok bool, err error) {
	f = face.Face{Box: b.rect(), Score: b.score}
	first, err := r.run(p, r.first(b), s)
	if err != nil {
		return f, false, err
	}
	place(&f, first)
	h := b.y1 - b.y0
	may := steady * h
	if b.score < unsure {
		may /= 2
	}
	wander := math.Inf(1)
	for i := 0; i < 2 && wander > may; i++ {
		if wander, err = r.refine(p, &f, s); err != nil {
			return f, false, err
		}
	}
	apart := f.EyeDistance() / h
	return f, apart >= nearEyes && apart <= farEyes && (wander <= may || b.score >= certain), nil
}

// refine places the landmarks of a face whose eyes and chin are about known,
// and returns how far they were from where the face had them; 0 when it had
// none.
func (r *regressor) refine(p *picture, f *face.Face, s *scratch) (float64, error) {
	lm, err := r.run(p, r.second(*f), s)
	if err != nil {
		return 0, err
	}
	wander := 0.0
	for i, before := range f.Landmarks {
		wander += math.Hypot(lm[i].X-before.X, lm[i].Y-before.Y) / points
	}
	place(f, lm)
	return wander, nil
}

// place sets the points of a face by its landmarks. The middle of an eye is
// that of its corners (ISO/IEC 19794-5 feature points 12.1 and 12.2).
func place(f *face.Face, lm []face.Point) {
	f.Landmarks = lm
	f.Left = mid([]face.Point{lm[36], lm[39]})
	f.Right = mid([]face.Point{lm[42], lm[45]})
	f.Mouth = mid([]face.Point{lm[48], lm[54]})
	f.Chin = lm[8]
}

// square frames a square about a middle, turned by roll.
func square(x, y, side, roll float64, pixels int) frame {
	k := side / float64(pixels)
	sin, cos := math.Sincos(roll)
	f := frame{a: k * cos, b: k * sin}
	mx, my := f.to(float64(pixels)/2, float64(pixels)/2)
	f.c, f.d = x-mx, y-my
	return f
}

// run returns the points in the picture, places from its corner.
func (r *regressor) run(p *picture, f frame, s *scratch) ([]face.Point, error) {
	if !f.sane() {
		return nil, errPlace
	}
	in := s.tensor(r.side, r.side)
	p.fill(in.Data, r.side, r.side, image.Rect(0, 0, r.side, r.side), f, r.norm, &s.bytes)
	out, err := r.session.Run(in)
	if err != nil {
		return nil, err
	}
	lm := make([]face.Point, points)
	for i := range lm {
		x, y := float64(out[0].Data[2*i]), float64(out[0].Data[2*i+1])
		lm[i].X, lm[i].Y = f.to(x*float64(r.side)+r.shift, y*float64(r.side)+r.shift)
	}
	return lm, nil
}

func mid(ps []face.Point) (m face.Point) {
	for _, p := range ps {
		m.X += p.X / float64(len(ps))
		m.Y += p.Y / float64(len(ps))
	}
	return m
}

// shifted moves the points of a face by a fraction of a pixel: inside, places
// are counted from the corner of the picture; those of [face.Point] from the
// middle of its first pixel.
func shifted(f face.Face, by float64) face.Face {
	for _, p := range []*face.Point{&f.Left, &f.Right, &f.Mouth, &f.Chin} {
		*p = face.Point{X: p.X + by, Y: p.Y + by}
	}
	f.Landmarks = slices.Clone(f.Landmarks)
	for i, p := range f.Landmarks {
		f.Landmarks[i] = face.Point{X: p.X + by, Y: p.Y + by}
	}
	return f
}
