package face

import (
	"errors"
	"fmt"
	"image"
	"log/slog"
	"math"
)

// Template is what a matcher keeps of a face: a direction in its own space.
type Template struct {
	Model  string // the matcher's
	Vector []float32
}

// LogValue keeps the template out of logs: it is biometric data.
func (t Template) LogValue() slog.Value { return slog.StringValue("template of " + t.Model) }

// String says no more than [Template.LogValue].
func (t Template) String() string { return "template of " + t.Model }

// Matcher makes templates of faces. It is safe for concurrent use.
type Matcher interface {
	Template(img image.Image, f Face) (Template, error)
	// Bands say how its scores are to be read: they belong to the model.
	Bands() Bands
	Model() string
}

// Errors of matching.
var (
	// ErrOtherModel says that the templates are of different models.
	ErrOtherModel = errors.New("the templates come from different models: make both anew")
	// ErrNoFace says that there is no face to compare.
	ErrNoFace = errors.New("no face found in the picture: use a picture with one face, seen from the front")
)

// Compare returns the cosine of two templates of one model, -1 to 1.
func Compare(a, b Template) (float64, error) {
	if a.Model != b.Model || len(a.Vector) != len(b.Vector) {
		return 0, ErrOtherModel
	}
	var dot, aa, bb float64
	for i, v := range a.Vector {
		w := b.Vector[i]
		dot += float64(v) * float64(w)
		aa += float64(v) * float64(v)
		bb += float64(w) * float64(w)
	}
	if aa == 0 || bb == 0 || math.IsNaN(dot) {
		return 0, fmt.Errorf("face: an empty template of %s", a.Model)
	}
	return dot / math.Sqrt(aa*bb), nil
}

// Band says what follows from a score.
type Band string

// The bands.
const (
	Accept Band = "accept" // the same person
	Review Band = "review" // the officer decides
	Alarm  Band = "alarm"  // not the same person, as far as the model can tell
)

// Bands are the limits of a model's scores.
type Bands struct {
	Accept float64 `json:"accept" cbor:"accept"` // at or above: accept
	Review float64 `json:"review" cbor:"review"` // at or above: review; below: alarm
}

// Of returns the band of a score.
func (b Bands) Of(score float64) Band {
	switch {
	case score >= b.Accept:
		return Accept
	case score >= b.Review:
		return Review
	}
	return Alarm
}

// Match is one 1:1 comparison.
type Match struct {
	Score float64 `json:"score" cbor:"score"`
	Model string  `json:"model" cbor:"model"`
	Band  Band    `json:"band" cbor:"band"`
	Bands Bands   `json:"bands" cbor:"bands"`
}

// MatchImages compares the surest face of each picture. The error is
// [ErrNoFace] where there is none.
func MatchImages(find Finder, m Matcher, live, chip image.Image) (*Match, error) {
	var templates [2]Template
	for i, img := range []image.Image{live, chip} {
		faces, err := find.Find(img)
		if err != nil {
			return nil, err
		}
		if len(faces) == 0 {
			return nil, ErrNoFace
		}
		if templates[i], err = m.Template(img, faces[0]); err != nil {
			return nil, err
		}
	}
	score, err := Compare(templates[0], templates[1])
	if err != nil {
		return nil, err
	}
	bands := m.Bands()
	return &Match{Score: round(score), Model: m.Model(), Band: bands.Of(score), Bands: bands}, nil
}
