package net

import (
	"errors"
	"image"
	"math"
	"testing"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/onnx"
)

// answers are outputs of the detector in which nothing was found but what is
// put in.
type answers struct{ scores, boxes []float32 }

func newAnswers() answers {
	return answers{make([]float32, 2*ultraAnchors), make([]float32, 4*ultraAnchors)}
}

func (a answers) put(i int, score float32, box ...float32) {
	a.scores[2*i], a.scores[2*i+1] = 1-score, score
	copy(a.boxes[4*i:], box)
}

func TestDecode(t *testing.T) {
	a := newAnswers()
	a.put(0, 0.8, 0.1, 0.1, 0.3, 0.5)
	a.put(7, 0.99, 0.11, 0.1, 0.31, 0.5)                  // the same face, surer
	a.put(4419, 0.75, 0.6, 0.2, 0.8, 0.7)                 // another one
	a.put(100, 0.69, 0.4, 0.4, 0.5, 0.5)                  // not sure enough
	a.put(101, 0.9, 0.5, 0.5, 0.4, 0.6)                   // turned inside out
	a.put(102, float32(math.NaN()), 0.9, 0.9, 0.95, 0.95) // no number
	got := (&ultraface{least: 0.7}).decode(a.scores, a.boxes, 4)
	if len(got) != 2 || math.Abs(got[0].score-0.99) > 1e-6 || math.Abs(got[0].x0-0.11*320*4) > 0.01 || math.Abs(got[0].y1-0.5*240*4) > 0.01 {
		t.Fatalf("%+v", got)
	}
	if math.Abs(got[1].x1-0.8*320*4) > 0.01 {
		t.Errorf("the second is %+v", got[1])
	}
}

// TestDecodeWild: numbers that no model should give do no harm.
func TestDecodeWild(t *testing.T) {
	a := newAnswers()
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for i, b := range [][]float32{{nan, nan, nan, nan}, {-inf, -inf, inf, inf}, {0, 0, nan, 1}, {-1e30, -1e30, 1e30, 1e30}, {0.2, 0.2, 0.2, 0.9}} {
		a.put(i, 1, b...)
	}
	for i := 10; i < ultraAnchors; i++ {
		a.put(i, 1, float32(i)/ultraAnchors, 0, float32(i)/ultraAnchors+1e-5, 1e-5)
	}
	got := (&ultraface{least: 0.7}).decode(a.scores, a.boxes, 4)
	for _, b := range got {
		if !(b.area() > 0) || math.IsInf(b.area(), 0) || max(math.Abs(b.x0), math.Abs(b.y1)) > 4*maxReach*ultraW+1 {
			t.Errorf("%+v", b)
		}
	}
	if len(meant(got)) > maxBoxes {
		t.Errorf("%d boxes are looked at", len(meant(got)))
	}
}

// TestMeant: who sits in front is meant, however sure a picture on the wall is.
func TestMeant(t *testing.T) {
	poster := box{0, 0, 50, 60, 1}
	masked := box{300, 100, 500, 340, 0.8}
	got := meant([]box{poster, masked})
	if len(got) != 2 || got[0] != masked {
		t.Errorf("%+v", got)
	}
}

// TestPose: the frame of a pose brings back how a face was laid.
func TestPose(t *testing.T) {
	p := poses["faceplugin-512"]
	for _, want := range []frame{{a: 2, c: 100, d: 50}, {a: 1.5, b: 0.7, c: -20, d: 300}, {a: -1, b: 0.2, c: 500, d: 400}} {
		var at [5]face.Point
		for i, q := range p.points {
			at[i].X, at[i].Y = want.to(q.X, q.Y)
		}
		got := p.frame(at)
		if math.Abs(got.a-want.a)+math.Abs(got.b-want.b)+math.Abs(got.c-want.c)+math.Abs(got.d-want.d) > 1e-6 {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	if f := p.frame([5]face.Point{}); math.IsNaN(f.a+f.b+f.c+f.d) || math.IsInf(f.a+f.b+f.c+f.d, 0) {
		t.Errorf("five points in one place: %+v", f)
	}
}

// TestSquare: the square on a face is upright in it, and the eyes are where the
// model wants them.
func TestSquare(t *testing.T) {
	l := layouts["face-api-68"]
	sin, cos := math.Sincos(0.4)
	f := face.Face{Left: face.Point{X: 200, Y: 200}, Right: face.Point{X: 200 + 100*cos, Y: 200 + 100*sin}}
	eyes := f.Eyes()
	f.Chin = face.Point{X: eyes.X - 170*sin, Y: eyes.Y + 170*cos}
	fr := l.second(f)
	if x, y := fr.to(float64(l.side)/2, l.eyes*float64(l.side)); math.Hypot(x-eyes.X, y-eyes.Y) > 1e-6 {
		t.Errorf("the eyes are at %v, the square has them at (%.2f, %.2f)", eyes, x, y)
	}
	if got := fr.scale() * float64(l.side); math.Abs(got-170*l.faceSide) > 1e-6 {
		t.Errorf("the side is %v px", got)
	}
	if roll := math.Atan2(fr.b, fr.a); math.Abs(roll-0.4) > 1e-6 {
		t.Errorf("turned by %v", roll)
	}
}

func TestBoxOf(t *testing.T) {
	if got := (box{10.2, 20.7, 30.1, 40, 1}).rect(); got != image.Rect(10, 20, 31, 40) {
		t.Errorf("%v", got)
	}
}

// TestWildLandmarks: a model that does not do what its kind says makes an error,
// no face.
func TestWildLandmarks(t *testing.T) {
	p := read(image.NewGray(image.Rect(0, 0, 64, 64)))
	for _, v := range []float32{float32(math.NaN()), float32(math.Inf(-1)), 1e30} {
		out := make([]float32, 2*points)
		for i := range out {
			out[i] = v
		}
		f := models()["landmarks"]
		f.answer = []onnx.Tensor{{Data: out}}
		r, err := newRegressor(f, layouts["face-api-68"])
		if err != nil {
			t.Fatal(err)
		}
		if got, ok, err := r.look(&p, box{10, 10, 50, 50, 1}, &scratch{}); !errors.Is(err, errPlace) || ok {
			t.Errorf("%v: %v, %v, %v", v, got.Left, ok, err)
		}
	}
}
