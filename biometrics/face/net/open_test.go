package net

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/onnx"
	"github.com/tram-station/tram/biometrics/face/pack"
)

// fake is a model that answers as it is told.
type fake struct {
	in, out []onnx.Info
	answer  []onnx.Tensor
	err     error
	closed  int
}

func (f *fake) Inputs() []onnx.Info                       { return f.in }
func (f *fake) Outputs() []onnx.Info                      { return f.out }
func (f *fake) Run(...onnx.Tensor) ([]onnx.Tensor, error) { return f.answer, f.err }
func (f *fake) Close() error                              { f.closed++; return nil }
func info(name string, shape ...int64) onnx.Info          { return onnx.Info{Name: name, Shape: shape} }
func model(in onnx.Info, out ...onnx.Info) *fake          { return &fake{in: []onnx.Info{in}, out: out} }
func models() map[string]*fake {
	return map[string]*fake{
		"detector":  model(info("input", 1, 3, 240, 320), info("boxes", 1, 4420, 4), info("scores", 1, 4420, 2)),
		"landmarks": model(info("input", 1, 3, 112, 112), info("landmarks", 1, 136)),
		"embedding": model(info("input", -1, 3, 112, 112), info("output", -1, 512)),
	}
}

// open writes a pack of the manifest, whose files hold their roles, and opens
// it with models that do not run.
func open(t *testing.T, m pack.Manifest, models map[string]*fake) (*Engine, error) {
	t.Helper()
	files := map[string][]byte{}
	for _, model := range m.Models {
		files[model.File] = []byte(model.Role)
	}
	dir := t.TempDir()
	if err := pack.Write(dir, m, files); err != nil {
		t.Fatal(err)
	}
	p, err := pack.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	e := &Engine{}
	return e, e.open(p, func(b []byte) (runner, error) {
		if m := models[string(b)]; m != nil {
			return m, nil
		}
		return nil, onnx.ErrModel
	})
}

func manifest() pack.Manifest {
	model := func(role pack.Role, kind string) pack.Model {
		return pack.Model{Role: role, Name: "m-" + string(role), Version: "2." + string(role[0]), Kind: kind,
			File: string(role), Licence: "MIT", Source: "made up"}
	}
	m := pack.Manifest{Name: "test", Version: "1.0", Licence: "MIT", Models: []pack.Model{
		model(pack.Detector, "ultraface-320"), model(pack.Landmarks, "face-api-68"), model(pack.Embedding, "faceplugin-512"),
	}}
	m.Models[2].Bands = &pack.Bands{Accept: 0.6, Review: 0.4}
	for i := range m.Models {
		m.Models[i].Version = []string{"2.1", "2.2", "2.3"}[i]
	}
	return m
}

func TestOpen(t *testing.T) {
	all := models()
	e, err := open(t, manifest(), all)
	if err != nil {
		t.Fatal(err)
	}
	m, err := e.Matcher()
	if err != nil {
		t.Fatal(err)
	}
	if e.Model() != "m-detector 2.1 + m-landmarks 2.2 (test 1.0)" || m.Model() != "m-embedding 2.3 (test 1.0)" {
		t.Errorf("models %q, %q", e.Model(), m.Model())
	}
	if m.Bands() != (face.Bands{Accept: 0.6, Review: 0.4}) {
		t.Errorf("bands %+v", m.Bands())
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	for name, m := range all {
		if m.closed != 1 {
			t.Errorf("%s was closed %d times", name, m.closed)
		}
	}
}

// TestOpenRefuses: a pack that this program cannot use is refused when it is
// opened, and says why; what was opened of it is closed again.
func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(m *pack.Manifest, models map[string]*fake)
		want   error
		says   string
	}{
		"unknown kind":  {func(m *pack.Manifest, _ map[string]*fake) { m.Models[2].Kind = "crystal-ball" }, ErrKind, "dlib-128, faceplugin-512"},
		"wrong kind":    {func(m *pack.Manifest, _ map[string]*fake) { m.Models[1].Kind = "ultraface-320" }, ErrKind, "face-api-68"},
		"no landmarks":  {func(m *pack.Manifest, _ map[string]*fake) { m.Models = m.Models[:1] }, pack.ErrNoRole, "landmarks"},
		"not a model":   {func(_ *pack.Manifest, f map[string]*fake) { delete(f, "landmarks") }, onnx.ErrModel, "landmarks"},
		"fewer scores":  {func(_ *pack.Manifest, f map[string]*fake) { f["detector"].out[1] = info("scores", 1, 4419, 2) }, errShape, "4419"},
		"no boxes":      {func(_ *pack.Manifest, f map[string]*fake) { f["detector"].out = f["detector"].out[1:] }, errShape, "scores"},
		"grey":          {func(_ *pack.Manifest, f map[string]*fake) { f["landmarks"].in[0] = info("x", 1, 1, 112, 112) }, errShape, "landmarks"},
		"five points":   {func(_ *pack.Manifest, f map[string]*fake) { f["landmarks"].out[0] = info("y", 1, 10) }, errShape, "landmarks"},
		"short vector":  {func(_ *pack.Manifest, f map[string]*fake) { f["embedding"].out[0] = info("y", 1, 128) }, errShape, "embedding"},
		"other picture": {func(_ *pack.Manifest, f map[string]*fake) { f["embedding"].in[0] = info("x", 1, 3, 160, 160) }, errShape, "160"},
	} {
		m, f := manifest(), models()
		c.change(&m, f)
		opened := maps.Clone(f)
		e, err := open(t, m, f)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want %v and %q", name, err, c.want, c.says)
		}
		_ = e.Close()
		for role, s := range opened {
			if s.closed > 1 {
				t.Errorf("%s: the %s was closed %d times", name, role, s.closed)
			}
		}
	}
}

// TestOpenWithoutEmbedding: such a pack finds, and says that it does not compare.
func TestOpenWithoutEmbedding(t *testing.T) {
	m := manifest()
	m.Models = m.Models[:2]
	e, err := open(t, m, models())
	if err != nil {
		t.Fatal(err)
	}
	if m, err := e.Matcher(); !errors.Is(err, ErrNoMatcher) || m != nil {
		t.Errorf("%v, %v", m, err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}
