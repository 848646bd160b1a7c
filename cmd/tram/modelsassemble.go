package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/biometrics/face/pack"
	"github.com/tram-station/tram/biometrics/face/tfjs"
)

// What is known of where the weights come from, for the manifests.
const (
	unstated = "The publisher does not state where the weights come from."
	ofPoints = "Its author says that some 35,000 pictures with 68 points each were learned from, and not which."
	ofDlib   = "Davis King trained it on some 3 million pictures of FaceScrub, VGG and the web, and gave it to the public domain (dlib-models)."
	sessions = "Its bands were measured on pictures of one session each: calibrate again on aged chip photographs."
)

// newModelsAssembleCommand is a step of `make assets`, not of an officer's day.
func newModelsAssembleCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:    "assemble FROM INTO",
		Short:  "Make the packs that come with the program",
		Long:   "Assemble makes the model packs that come with the program out of the published\nmodels in the folder FROM, each in a folder of its own below INTO.",
		Hidden: true,
		Args:   cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			made, err := assemblePacks(args[0], args[1])
			if err != nil {
				return err
			}
			for _, p := range made {
				fmt.Fprintln(a.stdout, p)
			}
			return nil
		},
	}
}

// assemblePacks makes both packs; the result names them: "default 1.0.0".
func assemblePacks(from, into string) ([]string, error) {
	s := sources{dir: from, files: map[string][]byte{}}
	detector, landmarks, faceplugin, dlib := s.detector(), s.landmarks(), s.faceplugin(), s.dlib()
	s.text("LICENSE.faceplugin", "faceplugin/LICENSE")
	s.text("LICENSE.face-api", "face-api/LICENSE")
	if s.err != nil {
		return nil, s.err
	}
	var made []string
	for _, m := range []pack.Manifest{
		{
			Name: "default", Version: "1.0.0", Licence: "MIT",
			Note:   "Models out of npm packages, for trying out. An authority installs its own.",
			Models: []pack.Model{detector, landmarks, faceplugin},
		},
		{
			Name: "dlib", Version: "1.0.0", Licence: "MIT",
			Note:   "As the default pack, with the network of dlib for comparing, of which it is known where it comes from.",
			Models: []pack.Model{detector, landmarks, dlib},
		},
	} {
		p, err := writePack(filepath.Join(into, m.Name), m, s.files)
		if err != nil {
			return nil, err
		}
		made = append(made, p.String())
	}
	return made, nil
}

// writePack writes the pack with its models and the texts, and reads it again
// as a station would.
func writePack(dir string, m pack.Manifest, files map[string][]byte) (*pack.Pack, error) {
	mine := map[string][]byte{}
	for name, b := range files {
		if filepath.Ext(name) != ".onnx" {
			mine[name] = b
		}
	}
	for _, model := range m.Models {
		mine[model.File] = files[model.File]
	}
	if err := pack.Write(dir, m, mine); err != nil {
		return nil, err
	}
	return pack.Open(dir)
}

// sources are the published models, and the files that become of them. The
// first error stays in err.
type sources struct {
	dir   string
	files map[string][]byte
	err   error
}

func (s *sources) read(rel string) []byte {
	if s.err != nil {
		return nil
	}
	var b []byte
	b, s.err = os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(rel)))
	return b
}

// text takes a text over as it is.
func (s *sources) text(file, rel string) { s.files[file] = s.read(rel) }

// published is a model that is taken over as it is.
func (s *sources) published(m pack.Model, rel string) pack.Model {
	s.files[m.File] = s.read(rel)
	return m
}

// converted is a model that is made of weights for TensorFlow.js.
func (s *sources) converted(m pack.Model, convert func(manifest, weights []byte) ([]byte, error), rel string) pack.Model {
	manifest, weights := s.read(rel+"-weights_manifest.json"), s.read(rel+".bin")
	if s.err == nil {
		s.files[m.File], s.err = convert(manifest, weights)
	}
	return m
}

func (s *sources) detector() pack.Model {
	return s.published(pack.Model{
		Role: pack.Detector, Name: "rfb-320", Version: "0.0.1", Kind: "ultraface-320", File: "rfb-320.onnx",
		Licence: "MIT", Source: "npm faceplugin-face-recognition-js 0.0.1, model/fr_detect.onnx", Note: unstated,
		MinScore: 0.65, // the publisher's
	}, "faceplugin/fr_detect.onnx")
}

func (s *sources) landmarks() pack.Model {
	return s.converted(pack.Model{
		Role: pack.Landmarks, Name: "face-api-68", Version: "1.7.15", Kind: "face-api-68", File: "face-api-68.onnx",
		Licence: "MIT", Source: "npm @vladmandic/face-api 1.7.15, model/face_landmark_68_model.bin, turned into ONNX",
		Note: ofPoints,
	}, tfjs.Landmarks68, "face-api/face_landmark_68_model")
}

func (s *sources) faceplugin() pack.Model {
	return s.published(pack.Model{
		Role: pack.Embedding, Name: "faceplugin-512", Version: "0.0.1", Kind: "faceplugin-512", File: "faceplugin-512.onnx",
		Licence: "MIT", Source: "npm faceplugin-face-recognition-js 0.0.1, model/fr_feature.onnx",
		Note:  unstated + " " + sessions,
		Bands: &pack.Bands{Accept: 0.50, Review: 0.35},
	}, "faceplugin/fr_feature.onnx")
}

func (s *sources) dlib() pack.Model {
	return s.converted(pack.Model{
		Role: pack.Embedding, Name: "dlib-128", Version: "1.7.15", Kind: "dlib-128", File: "dlib-128.onnx",
		Licence: "MIT", Source: "npm @vladmandic/face-api 1.7.15, model/face_recognition_model.bin, turned into ONNX",
		Note:  ofDlib + " " + sessions,
		Bands: &pack.Bands{Accept: 0.95, Review: 0.92},
	}, tfjs.Recognition, "face-api/face_recognition_model")
}
