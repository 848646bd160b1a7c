package net

import (
	"cmp"
	"errors"
	"fmt"
	"image"
	"math"
	"slices"

	"github.com/tram-station/tram/biometrics/face/onnx"
	"github.com/tram-station/tram/biometrics/face/pack"
)

// The detector of kind ultraface-320: RFB-320, 1×3×240×320 in, 4420 scores and
// boxes out, which are shares of the input already.
const (
	ultraW, ultraH = 320, 240
	ultraAnchors   = 4420

	ultraScore = 0.7 // the least score, where the pack does not say
	overlap    = 0.3 // of the union; boxes that share more are one face
	maxSeen    = 512 // more boxes than these, the surest, are not compared
	maxReach   = 2   // boxes that reach this far, of the input, are none
	maxBoxes   = 8   // more are not looked at
	maxFaces   = 4   // more are not reported
	passerBy   = 8   // faces lower than 1/8 of the first are not reported
)

var ultraNorm = norm{mean: [3]float32{127, 127, 127}, scale: 1.0 / 128}

// errShape says that a model is not of the kind that its pack says.
var errShape = errors.New("not a model of its kind")

// runner is an [onnx.Session].
type runner interface {
	Run(in ...onnx.Tensor) ([]onnx.Tensor, error)
	Inputs() []onnx.Info
	Outputs() []onnx.Info
	Close() error
}

// box is where a face may be, pixels of the picture from its corner.
type box struct {
	x0, y0, x1, y1 float64
	score          float64
}

func (b box) area() float64 { return max(0, b.x1-b.x0) * max(0, b.y1-b.y0) }

// rect holds the box in whole pixels.
func (b box) rect() image.Rectangle {
	return image.Rect(int(math.Floor(b.x0)), int(math.Floor(b.y0)), int(math.Ceil(b.x1)), int(math.Ceil(b.y1)))
}

// shared is the share of their union that two boxes have in common.
func (b box) shared(o box) float64 {
	both := box{x0: max(b.x0, o.x0), y0: max(b.y0, o.y0), x1: min(b.x1, o.x1), y1: min(b.y1, o.y1)}.area()
	return both / max(b.area()+o.area()-both, 1e-9)
}

type ultraface struct {
	session       runner
	least         float64
	scores, boxes int // which output is which
}

func newUltraface(s runner, m pack.Model) (*ultraface, error) {
	u := &ultraface{session: s, least: cmp.Or(m.MinScore, ultraScore), scores: -1, boxes: -1}
	for i, o := range s.Outputs() {
		switch {
		case slices.Equal(o.Shape, []int64{1, ultraAnchors, 2}):
			u.scores = i
		case slices.Equal(o.Shape, []int64{1, ultraAnchors, 4}):
			u.boxes = i
		}
	}
	in := s.Inputs()
	if len(in) != 1 || !slices.Equal(in[0].Shape, []int64{1, 3, ultraH, ultraW}) || u.scores < 0 || u.boxes < 0 {
		return nil, fmt.Errorf("%w: inputs %v, outputs %v", errShape, in, s.Outputs())
	}
	return u, nil
}

// find returns the faces of a picture, the surest first. The picture is shown
// whole and undistorted; what remains of the input is mid-grey.
func (u *ultraface) find(p *picture, s *scratch) ([]box, error) {
	in := s.tensor(ultraH, ultraW)
	scale := max(float64(p.size.X)/ultraW, float64(p.size.Y)/ultraH)
	w := min(ultraW, int(math.Ceil(float64(p.size.X)/scale)))
	h := min(ultraH, int(math.Ceil(float64(p.size.Y)/scale)))
	p.fill(in.Data, ultraW, ultraH, image.Rect(0, 0, w, h), frame{a: scale}, ultraNorm, &s.bytes)
	out, err := u.session.Run(in)
	if err != nil {
		return nil, err
	}
	return u.decode(out[u.scores].Data, out[u.boxes].Data, scale), nil
}

// decode returns the boxes that are sure enough, of each face the surest one,
// at scale pixels of the picture to one of the input.
func (u *ultraface) decode(scores, boxes []float32, scale float64) []box {
	var all []box
	for i := range ultraAnchors {
		score := float64(scores[2*i+1])
		if !(score >= u.least) { // nor is NaN
			continue
		}
		v := boxes[4*i : 4*i+4]
		b := box{
			x0: float64(v[0]) * ultraW * scale, y0: float64(v[1]) * ultraH * scale,
			x1: float64(v[2]) * ultraW * scale, y1: float64(v[3]) * ultraH * scale, score: score,
		}
		wild := slices.ContainsFunc(v, func(x float32) bool { return !(x > -maxReach && x < maxReach) })
		if !wild && b.area() > 0 {
			all = append(all, b)
		}
	}
	slices.SortStableFunc(all, func(a, b box) int { return cmp.Compare(b.score, a.score) })
	var kept []box
	for _, b := range all[:min(len(all), maxSeen)] {
		if !slices.ContainsFunc(kept, func(k box) bool { return k.shared(b) > overlap }) {
			kept = append(kept, b)
		}
	}
	return kept
}

// meant puts the faces in order: first the one that sits for the portrait,
// which is the largest that is sure. The score alone would not tell, for it is
// the same for every clear face.
func meant(boxes []box) []box {
	weight := func(b box) float64 { return b.score * b.area() }
	slices.SortStableFunc(boxes, func(a, b box) int { return cmp.Compare(weight(b), weight(a)) })
	return boxes[:min(len(boxes), maxBoxes)]
}

// scratch is memory that one search uses and the next one takes over.
type scratch struct {
	floats []float32
	bytes  []uint8
}

// tensor is a zeroed input of three planes.
func (s *scratch) tensor(h, w int) onnx.Tensor {
	n := 3 * h * w
	if cap(s.floats) < n {
		s.floats = make([]float32, n)
	}
	data := s.floats[:n]
	clear(data)
	return onnx.Tensor{Shape: []int64{1, 3, int64(h), int64(w)}, Data: data}
}
