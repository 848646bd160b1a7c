package pack_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics/face/pack"
)

// sample is a whole pack of made-up models.
func sample() (pack.Manifest, map[string][]byte) {
	m := pack.Manifest{
		Name: "thu-nghiem", Version: "1.2.0", Licence: "MIT", Note: "bộ mẫu thử",
		Models: []pack.Model{
			{Role: pack.Detector, Name: "finder", Version: "1.0", Kind: "ultraface-320", File: "finder.onnx",
				Licence: "MIT", Source: "made up", MinScore: 0.7},
			{Role: pack.Landmarks, Name: "points", Version: "2", Kind: "face-api-68", File: "nets/points.onnx",
				Licence: "MIT", Source: "made up"},
			{Role: pack.Embedding, Name: "vector", Version: "3", Kind: "dlib-128", File: "nets/vector.onnx",
				Licence: "Apache-2.0", Source: "made up", Bands: &pack.Bands{Accept: 0.5, Review: 0.35}},
		},
	}
	return m, map[string][]byte{
		"finder.onnx": []byte("finds"), "nets/points.onnx": []byte("points"),
		"nets/vector.onnx": bytes.Repeat([]byte("vector"), 1000), "LICENSE.vector": []byte("as is"),
	}
}

// written writes the sample pack.
func written(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pack")
	m, files := sample()
	if err := pack.Write(dir, m, files); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestOpen(t *testing.T) {
	dir := written(t)
	p, err := pack.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if p.String() != "thu-nghiem 1.2.0" || p.Dir() != dir {
		t.Errorf("%s in %s", p, p.Dir())
	}
	if got := p.Manifest().Texts; len(got) != 1 || got[0].File != "LICENSE.vector" {
		t.Errorf("texts %v", got)
	}
	_, files := sample()
	for role, file := range map[pack.Role]string{pack.Detector: "finder.onnx", pack.Landmarks: "nets/points.onnx", pack.Embedding: "nets/vector.onnx"} {
		m, b, err := p.Model(role)
		if err != nil || m.Role != role || !bytes.Equal(b, files[file]) {
			t.Errorf("%s: %+v, %d bytes, %v", role, m, len(b), err)
		}
	}
	if _, _, err := p.Model("poet"); !errors.Is(err, pack.ErrNoRole) {
		t.Errorf("unknown role: %v", err)
	}
}

// TestChanged: no file of a pack can be another than the manifest says, and no
// link leads out of it. TestOpen is the control.
func TestChanged(t *testing.T) {
	model := func(body string) func(string) error {
		return func(path string) error { return os.WriteFile(path, []byte(body), 0o600) }
	}
	for name, c := range map[string]struct {
		file   string
		change func(path string) error
		want   error // nil: any
	}{
		"changed":  {"finder.onnx", model("fends"), pack.ErrChecksum},
		"longer":   {"finder.onnx", model("finds "), pack.ErrChecksum},
		"empty":    {"LICENSE.vector", model(""), pack.ErrChecksum},
		"missing":  {"nets/points.onnx", os.Remove, pack.ErrChecksum},
		"a folder": {"finder.onnx", func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }, pack.ErrChecksum},
		"link out": {"finder.onnx", func(path string) error {
			outside := filepath.Join(filepath.Dir(path), "..", "outside") // the very bytes
			return errors.Join(os.Rename(path, outside), os.Symlink(outside, path))
		}, nil},
		"no manifest":    {"manifest.json", os.Remove, pack.ErrNoPack},
		"other manifest": {"manifest.json", model("{}"), pack.ErrManifest},
		"long manifest":  {"manifest.json", model(strings.Repeat(" ", pack.MaxManifest+1)), pack.ErrTooLarge},
		"long signature": {"manifest.sig", model(strings.Repeat("s", 65)), pack.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			dir := written(t)
			if err := c.change(filepath.Join(dir, filepath.FromSlash(c.file))); err != nil {
				t.Fatal(err)
			}
			p, err := pack.Open(dir)
			if err == nil || c.want != nil && !errors.Is(err, c.want) || p != nil {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
	if _, err := pack.Open(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, pack.ErrNoPack) {
		t.Errorf("no folder: %v", err)
	}
}

// TestWriteRefused: what would be no pack is not written.
func TestWriteRefused(t *testing.T) {
	for name, change := range map[string]func(m *pack.Manifest, files map[string][]byte){
		"file missing": func(_ *pack.Manifest, files map[string][]byte) { delete(files, "finder.onnx") },
		"no licence":   func(m *pack.Manifest, _ map[string][]byte) { m.Models[0].Licence = "" },
		"path out":     func(_ *pack.Manifest, files map[string][]byte) { files["../LICENSE"] = nil },
	} {
		dir := filepath.Join(t.TempDir(), "pack")
		m, files := sample()
		change(&m, files)
		if err := pack.Write(dir, m, files); err == nil {
			t.Errorf("%s: written", name)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: left a folder", name)
		}
	}
}

// TestChangedLater: a model that changed after it was opened is not handed out.
func TestChangedLater(t *testing.T) {
	dir := written(t)
	p, err := pack.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "finder.onnx"), []byte("fends"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, b, err := p.Model(pack.Detector); !errors.Is(err, pack.ErrChecksum) || b != nil {
		t.Errorf("%q, %v", b, err)
	}
}
