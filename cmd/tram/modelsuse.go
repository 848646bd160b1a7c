package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/tram-station/tram/biometrics/assets"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/net"
	"github.com/tram-station/tram/biometrics/face/onnx"
	"github.com/tram-station/tram/biometrics/face/pack"
)

// faceModels are what a station finds and compares faces with.
type faceModels struct {
	finder  face.Finder
	matcher face.Matcher // nil when nothing is compared
	choice  pack.Choice  // its Pack is nil when the cascades find the faces
	runtime string       // version of ONNX Runtime, "" when it is not in use
	lost    error        // why nothing is compared, or the cascades are in use; nil when all is well
	engine  *net.Engine
}

// loadFaceModels loads the models of the pack that named asks for, or else of
// the one that a station with this data folder uses. Where that cannot be, the
// cascades find the faces and nothing is compared; but a pack that was asked
// for is used or it is an error.
func loadFaceModels(data, named string) (*faceModels, error) {
	m := &faceModels{}
	err := m.open(data, named)
	if err == nil {
		return m, nil
	}
	if named != "" {
		return nil, err
	}
	m.choice.Pack, m.lost = nil, err
	if m.finder, err = loadFinder(); err != nil {
		return nil, errors.Join(m.lost, err)
	}
	return m, nil
}

func (m *faceModels) open(data, named string) error {
	c, err := packCandidates(data)
	if err != nil {
		return err
	}
	c.Named = named
	if m.choice, err = pack.Choose(c); err != nil {
		return err
	}
	if m.engine, m.runtime, err = openEngine(m.choice.Pack); err != nil {
		return fmt.Errorf("pack %s: %w", m.choice.Pack, err)
	}
	m.finder = m.engine
	m.matcher, m.lost = m.engine.Matcher()
	return nil
}

// Close frees the models.
func (m *faceModels) Close() error {
	if m.engine == nil {
		return nil
	}
	return m.engine.Close()
}

// openEngine readies the models of a pack and returns the version of the
// runtime that they run in.
func openEngine(p *pack.Pack) (*net.Engine, string, error) {
	library, err := assets.Find(onnx.Library())
	if err != nil {
		return nil, "", err
	}
	rt, err := onnx.Load(library)
	if err != nil {
		return nil, "", err
	}
	e, err := net.Open(p, rt)
	return e, rt.Version(), err
}

// tryPack runs the models of a pack before it is installed.
func tryPack(p *pack.Pack) error {
	e, _, err := openEngine(p)
	if err != nil {
		return fmt.Errorf("its models do not run here: %w", err)
	}
	return e.Close()
}

// packCandidates are the packs that a station with this data folder could use.
func packCandidates(data string) (pack.Candidates, error) {
	signers, err := pack.ReadSigners(filepath.Join(data, "signers"))
	if err != nil {
		return pack.Candidates{}, err
	}
	c := pack.Candidates{Installed: filepath.Join(data, "models"), Signers: signers}
	if manifest, err := assets.Find("models/default/manifest.json"); err == nil {
		c.Shipped = filepath.Dir(filepath.Dir(manifest))
	}
	return c, nil
}
