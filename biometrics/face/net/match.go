package net

import (
	"errors"
	"fmt"
	"image"

	"github.com/tram-station/tram/biometrics/face"
)

// ErrNoMatcher says that the pack finds faces but does not compare them.
var ErrNoMatcher = errors.New("the model pack has no embedding: faces cannot be compared")

// matcher is the side of an engine that compares.
type matcher struct{ e *Engine }

// Matcher returns what compares faces, or [ErrNoMatcher].
func (e *Engine) Matcher() (face.Matcher, error) {
	if e.embedding == nil {
		return nil, ErrNoMatcher
	}
	return matcher{e}, nil
}

// Template returns the vector of a face. Landmarks that the face lacks, because
// another finder found it or it is not the first of its picture, are placed
// first.
func (m matcher) Template(img image.Image, f face.Face) (face.Template, error) {
	if err := face.CheckSize(img.Bounds()); err != nil {
		return face.Template{}, err
	}
	s := m.e.scratch.Get().(*scratch)
	defer m.e.scratch.Put(s)
	p := read(img)
	f = shifted(f.Moved(image.Point{}.Sub(img.Bounds().Min)), 0.5)
	if len(f.Landmarks) != points {
		f.Landmarks = nil
		if _, err := m.e.landmarks.refine(&p, &f, s); err != nil {
			return face.Template{}, fmt.Errorf("find landmarks: %w", err)
		}
	}
	vector, err := m.e.embedding.run(&p, m.e.embedding.frame(five(f.Landmarks)), s)
	if err != nil {
		return face.Template{}, fmt.Errorf("make a template: %w", err)
	}
	return face.Template{Model: m.Model(), Vector: vector}, nil
}

// Bands are those of the pack.
func (m matcher) Bands() face.Bands { return m.e.bands }

// Model names the embedding with its version and its pack.
func (m matcher) Model() string { return m.e.matcher }
