// Package net finds faces, places their landmarks and compares them with the
// neural networks of a model pack, run in ONNX Runtime.
package net

import (
	"errors"
	"fmt"
	"image"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/onnx"
	"github.com/tram-station/tram/biometrics/face/pack"
)

// ErrKind says that a pack holds a model that this program cannot use.
var ErrKind = errors.New("the program does not know this kind of model")

// threads is how many a model runs on: the station has other work, and a frame
// takes a few milliseconds on one.
const threads = 1

// Engine finds faces, and compares them by its [Engine.Matcher], with the models
// of one pack. It is a [face.Finder] and safe for concurrent use.
type Engine struct {
	detector  *ultraface
	landmarks *regressor
	embedding *embedder // nil when the pack has none

	finder, matcher string // their models, versions and pack
	bands           face.Bands
	scratch         sync.Pool // of *scratch
}

// Open makes the models of a pack ready. The pack must have a detector and
// landmarks; without an embedding the engine only finds. The error is that of
// the pack, of the runtime, or [ErrKind].
func Open(p *pack.Pack, rt *onnx.Runtime) (*Engine, error) {
	e := &Engine{scratch: sync.Pool{New: func() any { return &scratch{} }}}
	err := e.open(p, func(model []byte) (runner, error) { return rt.Open(model, threads) })
	if err != nil {
		return nil, fmt.Errorf("face models: %w", errors.Join(err, e.Close()))
	}
	return e, nil
}

func (e *Engine) open(p *pack.Pack, start func(model []byte) (runner, error)) error {
	detector, err := part(p, pack.Detector, detectors, start, func(s runner, _ struct{}, m pack.Model) (err error) {
		e.detector, err = newUltraface(s, m)
		return err
	})
	if err != nil {
		return err
	}
	landmarks, err := part(p, pack.Landmarks, layouts, start, func(s runner, l layout, _ pack.Model) (err error) {
		e.landmarks, err = newRegressor(s, l)
		return err
	})
	if err != nil {
		return err
	}
	e.finder = fmt.Sprintf("%s %s + %s %s (%s)", detector.Name, detector.Version, landmarks.Name, landmarks.Version, p)
	embedding, err := part(p, pack.Embedding, poses, start, func(s runner, l pose, _ pack.Model) (err error) {
		e.embedding, err = newEmbedder(s, l)
		return err
	})
	if errors.Is(err, pack.ErrNoRole) {
		return nil
	}
	if err != nil {
		return err
	}
	e.matcher = fmt.Sprintf("%s %s (%s)", embedding.Name, embedding.Version, p)
	e.bands = face.Bands{Accept: embedding.Bands.Accept, Review: embedding.Bands.Review}
	return nil
}

// part makes the model of one role ready, as its kind says.
func part[K any](p *pack.Pack, role pack.Role, kinds map[string]K, start func([]byte) (runner, error),
	use func(runner, K, pack.Model) error) (pack.Model, error) {
	m, b, err := p.Model(role)
	if err != nil {
		return m, err
	}
	kind, ok := kinds[m.Kind]
	if !ok {
		known := strings.Join(slices.Sorted(maps.Keys(kinds)), ", ")
		return m, fmt.Errorf("%w: %s %q is of kind %q, known is %s", ErrKind, role, m.Name, m.Kind, known)
	}
	s, err := start(b)
	if err != nil {
		return m, fmt.Errorf("%s %q: %w", role, m.Name, err)
	}
	if err := use(s, kind, m); err != nil {
		return m, fmt.Errorf("%s %q of kind %s: %w", role, m.Name, m.Kind, errors.Join(err, s.Close()))
	}
	return m, nil
}

// Close frees the models once their last run is done.
func (e *Engine) Close() error {
	var errs []error
	if e.detector != nil {
		errs = append(errs, e.detector.session.Close())
	}
	if e.landmarks != nil {
		errs = append(errs, e.landmarks.session.Close())
	}
	if e.embedding != nil {
		errs = append(errs, e.embedding.session.Close())
	}
	return errors.Join(errs...)
}

// Find returns the faces of a picture: the one that is meant, which is the
// largest, first, then those of at least an eighth of its size, four in all at
// most.
func (e *Engine) Find(img image.Image) ([]face.Face, error) {
	if err := face.CheckSize(img.Bounds()); err != nil {
		return nil, err
	}
	s := e.scratch.Get().(*scratch)
	defer e.scratch.Put(s)
	p := read(img)
	boxes, err := e.detector.find(&p, s)
	if err != nil {
		return nil, fmt.Errorf("find faces: %w", err)
	}
	var faces []face.Face
	for _, b := range meant(boxes) {
		f, ok, err := e.landmarks.look(&p, b, s)
		if err != nil {
			return nil, fmt.Errorf("find landmarks: %w", err)
		}
		if ok && (len(faces) == 0 || f.Box.Dy()*passerBy >= faces[0].Box.Dy()) {
			faces = append(faces, shifted(f, -0.5).Moved(img.Bounds().Min))
		}
		if len(faces) == maxFaces {
			break
		}
	}
	return faces, nil
}

// Model names detector and landmarks with their versions and their pack.
func (e *Engine) Model() string { return e.finder }
