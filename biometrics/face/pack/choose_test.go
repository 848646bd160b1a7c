package pack_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics/face/pack"
)

// shelf is a data folder with installed packs, and two that came with the program.
type shelf struct {
	t *testing.T
	pack.Candidates
	clock time.Time
}

func newShelf(t *testing.T) *shelf {
	dir := t.TempDir()
	s := &shelf{t: t, Candidates: pack.Candidates{Installed: filepath.Join(dir, "models"), Shipped: filepath.Join(dir, "assets", "models")}, clock: time.Now().Add(-time.Hour)}
	for _, name := range []string{"default", "other"} {
		m, files := sample()
		m.Name, m.Version = name, "1.0.0"
		if err := pack.Write(filepath.Join(s.Shipped, name), m, files); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// install installs the sample under another name, a minute after the last.
func (s *shelf) install(name, version string, key ed25519.PrivateKey) string {
	s.t.Helper()
	m, files := sample()
	m.Name, m.Version = name, version
	src := filepath.Join(s.t.TempDir(), "src")
	if err := pack.Write(src, m, files); err != nil {
		s.t.Fatal(err)
	}
	if key != nil {
		sign(s.t, src, key)
	}
	p, err := pack.Install(src, s.Installed, pack.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	s.clock = s.clock.Add(time.Minute)
	if err := os.Chtimes(filepath.Join(p.Dir(), "manifest.json"), s.clock, s.clock); err != nil {
		s.t.Fatal(err)
	}
	return p.Dir()
}

// damage changes a model of the same length.
func (s *shelf) damage(dir string) {
	s.t.Helper()
	path := filepath.Join(dir, "finder.onnx")
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, bytes.ToUpper(b), 0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// want chooses and compares.
func (s *shelf) want(named, pick string, passed int, want error) {
	s.t.Helper()
	c := s.Candidates
	c.Named = named
	got, err := pack.Choose(c)
	name := ""
	if got.Pack != nil {
		name = got.Pack.String()
	}
	if !errors.Is(err, want) || name != pick || len(got.Passed) != passed || (got.Why == "") != (pick == "") {
		s.t.Errorf("chose %q (%s), passed %v, %v; want %q, %d, %v", name, got.Why, got.Passed, err, pick, passed, want)
	}
	for _, f := range got.Passed {
		if f.Err == nil || f.Dir == "" {
			s.t.Errorf("passed without a reason: %+v", f)
		}
	}
}

func TestChoose(t *testing.T) {
	s := newShelf(t)
	s.want("", "default 1.0.0", 0, nil)
	s.install("bo-cong-an", "1.10.0", nil)
	s.want("", "bo-cong-an 1.10.0", 0, nil)
	s.install("bo-cong-an", "1.9.0", nil)
	s.want("", "bo-cong-an 1.10.0", 0, nil)
	s.install("tinh", "0.1.0", nil)
	s.want("", "tinh 0.1.0", 0, nil)
	newest := s.install("bo-cong-an", "1.11.0-rc1", nil)
	s.want("", "bo-cong-an 1.11.0-rc1", 0, nil)

	for named, pick := range map[string]string{
		"tinh": "tinh 0.1.0", "bo-cong-an": "bo-cong-an 1.11.0-rc1", "bo-cong-an@1.9.0": "bo-cong-an 1.9.0",
		"default": "default 1.0.0", "default@1.0.0": "default 1.0.0", "other": "other 1.0.0",
		filepath.Join(s.Shipped, "default"): "default 1.0.0", newest: "bo-cong-an 1.11.0-rc1",
	} {
		s.want(named, pick, 0, nil)
	}
	for _, named := range []string{"huyen", "default@2", "../models", "bo-cong-an@"} {
		s.want(named, "", 0, pack.ErrNoPack)
	}
}

// TestChooseBroken: a broken pack is passed over and told of; one that was
// asked for is an error, never another pack.
func TestChooseBroken(t *testing.T) {
	s := newShelf(t)
	s.install("tinh", "1.0.0", nil)
	newest := s.install("tinh", "1.1.0", nil)
	s.want("", "tinh 1.1.0", 0, nil)
	s.damage(newest)
	s.want("", "tinh 1.0.0", 1, nil)
	s.want("tinh", "", 0, pack.ErrChecksum)
	s.want("tinh@1.1.0", "", 0, pack.ErrChecksum)
	if err := os.WriteFile(filepath.Join(s.Installed, "tinh@1.0.0", "manifest.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.want("", "default 1.0.0", 2, nil)
	s.want("tinh@1.0.0", "", 0, pack.ErrManifest)
	s.damage(filepath.Join(s.Shipped, "default"))
	s.want("", "", 2, pack.ErrChecksum)
	s.Shipped = ""
	s.want("", "", 2, pack.ErrNoPack)
}

// TestChooseSigned: where there are signers an unsigned pack that was put into
// the folder by hand is not used; the default needs no signature.
func TestChooseSigned(t *testing.T) {
	public, private := pair(1)
	_, stranger := pair(2)
	s := newShelf(t)
	unsigned := s.install("tinh", "1.0.0", nil)
	s.want("", "tinh 1.0.0", 0, nil)
	s.Signers = []ed25519.PublicKey{public}
	s.want("", "default 1.0.0", 1, nil)
	s.install("bo", "1.0.0", private)
	s.install("khac", "1.0.0", stranger)
	s.want("", "bo 1.0.0", 2, nil)
	s.want("tinh", "", 0, pack.ErrUnsigned)
	s.want(unsigned, "", 0, pack.ErrUnsigned)
	s.want("khac", "", 0, pack.ErrSignature)
	s.want(filepath.Join(s.Shipped, "other"), "other 1.0.0", 0, nil)
	state := map[string]error{}
	for _, f := range s.List() {
		state[f.Pack.String()] = f.Err
	}
	for name, want := range map[string]error{"tinh 1.0.0": pack.ErrUnsigned, "khac 1.0.0": pack.ErrSignature, "bo 1.0.0": nil, "default 1.0.0": nil, "other 1.0.0": nil} {
		if err, ok := state[name]; !ok || !errors.Is(err, want) {
			t.Errorf("%s is listed with %v, want %v", name, err, want)
		}
	}
}

func TestList(t *testing.T) {
	s := newShelf(t)
	if list := pack.List(s.Installed); list != nil {
		t.Errorf("no folder: %+v", list)
	}
	s.damage(s.install("a", "1.0.0", nil))
	s.install("tinh", "1.9.0", nil)
	s.install("tinh", "1.10.0", nil)
	list := pack.List(s.Installed, filepath.Join(s.Shipped, "default"))
	want := []string{"default 1.0.0", "tinh 1.10.0", "tinh 1.9.0"}
	if len(list) != 4 || !errors.Is(list[3].Err, pack.ErrChecksum) || list[3].Pack != nil {
		t.Fatalf("%+v", list)
	}
	for i, name := range want {
		if list[i].Err != nil || list[i].Pack.String() != name {
			t.Errorf("%d: %+v, want %s", i, list[i], name)
		}
	}
}

func TestCompareVersions(t *testing.T) {
	ascending := []string{"0.9", "1.0.0-alpha", "1.0.0-rc.2", "1.0.0-rc.10", "1.0.0", "1.0.0.1", "1.2", "1.9.9", "1.10", "2026.11.22", "99999999999999999999999"}
	for i, a := range ascending {
		for j, b := range ascending {
			if got := pack.CompareVersions(a, b); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("%s with %s: %d", a, b, got)
			}
		}
	}
	if pack.CompareVersions("1.0+a", "1.00+b") != 0 {
		t.Error("what follows a + counts")
	}
}
