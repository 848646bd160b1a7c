package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics/face/facetest"
	"github.com/tram-station/tram/biometrics/face/pack"
	"github.com/tram-station/tram/testdata"
)

// madeUpPack writes a pack whose models are no models.
func madeUpPack(t *testing.T, dir, name, version string) string {
	t.Helper()
	err := pack.Write(dir, pack.Manifest{Name: name, Version: version, Licence: "MIT", Models: []pack.Model{
		{Role: pack.Detector, Name: "finder", Version: "1", Kind: "ultraface-320", File: "finder.onnx", Licence: "MIT", Source: "made up"},
		{Role: pack.Embedding, Name: "vector", Version: "2", Kind: "dlib-128", File: "vector.onnx", Licence: "MIT", Source: "made up",
			Bands: &pack.Bands{Accept: 0.5, Review: 0.35}},
	}}, map[string][]byte{"finder.onnx": []byte("finds"), "vector.onnx": []byte("compares"), "LICENSE": []byte("as is")})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// packStation is a data folder, and assets with the cascades and two packs.
type packStation struct {
	t    *testing.T
	data string
}

func newPackStation(t *testing.T) packStation {
	t.Helper()
	dir := facetest.Assets(t)
	t.Setenv("TRAM_ASSETS", dir)
	madeUpPack(t, filepath.Join(dir, "models", "default"), "default", "1.0.0")
	madeUpPack(t, filepath.Join(dir, "models", "other"), "other", "1.0.0")
	return packStation{t, filepath.Join(t.TempDir(), "data")}
}

// models runs a command and looks at the exit code.
func (s packStation) models(want int, args ...string) string {
	s.t.Helper()
	code, out, stderr := tram("", append([]string{"models", "--data", s.data}, args...)...)
	if code != want || (code != exitGood) != (stderr != "") {
		s.t.Errorf("models %v: exit %d, want %d\n%s%s", args, code, want, out, stderr)
	}
	return out
}

// uses asks which pack the station would use.
func (s packStation) uses(args ...string) string {
	s.t.Helper()
	use, ok := parsed(s.t, s.models(exitGood, append([]string{"ls", "--json"}, args...)...))["use"].(map[string]any)
	if !ok {
		return ""
	}
	return use["name"].(string) + " " + use["version"].(string)
}

func TestModelsLs(t *testing.T) {
	s := newPackStation(t)
	out := s.models(exitGood, "ls")
	for _, want := range []string{"ROLE", "detector", "dlib-128", "in use", "The station uses default 1.0.0: it came with the program."} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	v := parsed(t, s.models(exitGood, "ls", "--json"))
	packs := v["packs"].([]any)
	first := packs[0].(map[string]any)
	model := first["models"].([]any)[1].(map[string]any)
	if len(packs) != 2 || first["used"] != true || first["state"] != "ok" || model["bytes"] != 8.0 || model["licence"] != "MIT" ||
		model["bands"].(map[string]any)["accept"] != 0.5 {
		t.Error(v)
	}
	if got := s.uses("--models", "other"); got != "other 1.0.0" {
		t.Errorf("asked for other, uses %q", got)
	}
	s.models(exitInvalid, "ls", "--models", "none")
}

// TestModelsNone: without any pack ls says what is lost, and verify that there
// is none.
func TestModelsNone(t *testing.T) {
	t.Setenv("TRAM_ASSETS", t.TempDir())
	s := packStation{t, t.TempDir()}
	if out := s.models(exitGood, "ls"); !strings.Contains(out, "pigo") {
		t.Error(out)
	}
	if got := s.uses(); got != "" {
		t.Errorf("uses %q", got)
	}
	s.models(exitInvalid, "verify")
	s.models(exitInvalid, "verify", "default")
}

func TestModelsInstall(t *testing.T) {
	s := newPackStation(t)
	src := madeUpPack(t, filepath.Join(t.TempDir(), "pack"), "bo", "1.0.0")
	archive := filepath.Join(t.TempDir(), "bo.tar.gz")
	if out, err := exec.Command("tar", "czf", archive, "-C", src, ".").CombinedOutput(); err != nil {
		t.Fatalf("tar: %v: %s", err, out)
	}
	if out := s.models(exitGood, "verify", archive); !strings.Contains(out, "✓ bo 1.0.0") {
		t.Error(out)
	}
	if got := s.uses(); got != "default 1.0.0" {
		t.Errorf("verify installed %q", got)
	}
	v := parsed(t, s.models(exitGood, "install", "--untried", "--json", archive))
	if v["used"] != true || v["installed"].(map[string]any)["name"] != "bo" || s.uses() != "bo 1.0.0" {
		t.Errorf("%v, uses %q", v, s.uses())
	}
	s.models(exitGood, "install", "--untried", src) // again, and from a folder
	older := madeUpPack(t, filepath.Join(t.TempDir(), "pack"), "bo", "0.9.0")
	if out := s.models(exitGood, "install", "--untried", older); !strings.Contains(out, "goes on with bo 1.0.0") || s.uses() != "bo 1.0.0" {
		t.Error(out, s.uses())
	}
	damaged := madeUpPack(t, filepath.Join(t.TempDir(), "pack"), "bo", "2.0.0")
	if err := os.WriteFile(filepath.Join(damaged, "finder.onnx"), []byte("fends"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.models(exitVerification, "install", "--untried", damaged)
	s.models(exitInvalid, "install", "--untried", t.TempDir())
	s.models(exitInvalid, "install", "--untried", filepath.Join(older, "LICENSE"))
	s.models(exitUsage, "install", filepath.Join(older, "absent"))
	s.models(exitUsage, "install")
}

// TestModelsInstallTried: what does not run is refused before it is in place;
// the pack that came with the program runs.
func TestModelsInstallTried(t *testing.T) {
	t.Setenv("TRAM_ASSETS", testdata.Assets(t))
	manifest := testdata.Asset(t, "models/default/manifest.json")
	s := packStation{t, t.TempDir()}
	s.models(exitInvalid, "install", madeUpPack(t, t.TempDir(), "bo", "1.0.0"))
	if entries, err := os.ReadDir(filepath.Join(s.data, "models")); err != nil || len(entries) > 0 {
		t.Errorf("left %v, %v", entries, err)
	}
	s.models(exitGood, "install", filepath.Dir(manifest))
	if v := parsed(t, s.models(exitGood, "ls", "--json")); !strings.HasPrefix(v["use"].(map[string]any)["dir"].(string), s.data) {
		t.Error(v["use"])
	}
}

func TestModelsVerify(t *testing.T) {
	s := newPackStation(t)
	if out := s.models(exitGood, "verify"); strings.Count(out, "✓") != 2 {
		t.Error(out)
	}
	src := madeUpPack(t, filepath.Join(t.TempDir(), "pack"), "bo", "1.0.0")
	s.models(exitGood, "install", "--untried", src)
	s.models(exitGood, "verify", "bo")
	s.models(exitGood, "verify", src)
	installed := filepath.Join(s.data, "models", "bo@1.0.0")
	if err := os.WriteFile(filepath.Join(installed, "finder.onnx"), []byte("fends"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"verify"}, {"verify", "bo"}, {"verify", "bo@1.0.0"}, {"verify", installed}, {"verify", "--json"}} {
		if out := s.models(exitVerification, args...); !strings.Contains(out, "finder.onnx") {
			t.Errorf("%v does not say what is wrong: %s", args, out)
		}
	}
	s.models(exitGood, "verify", "default")
	s.models(exitInvalid, "verify", "bo@2")
	if got := s.uses(); got != "default 1.0.0" {
		t.Errorf("uses %q", got)
	}
	if out := s.models(exitGood, "ls"); !strings.Contains(out, "broken: ") {
		t.Error(out)
	}
}

// TestModelsSigned: with signers in the data folder only their packs are taken,
// and --signer narrows it to one.
func TestModelsSigned(t *testing.T) {
	s := newPackStation(t)
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	stranger := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize))
	src := madeUpPack(t, filepath.Join(t.TempDir(), "pack"), "bo", "1.0.0")
	public, other := publicFile(t, key), publicFile(t, stranger)

	s.models(exitVerification, "install", "--untried", "--signer", public, src)
	b, err := os.ReadFile(filepath.Join(src, "manifest.json"))
	if err = errors.Join(err, os.WriteFile(filepath.Join(src, "manifest.sig"), ed25519.Sign(key, b), 0o600)); err != nil {
		t.Fatal(err)
	}
	s.models(exitVerification, "install", "--untried", "--signer", other, src)
	s.models(exitVerification, "verify", "--signer", other, src)
	s.models(exitUsage, "verify", "--signer", filepath.Join(src, "LICENSE"), src)
	s.models(exitGood, "verify", "--signer", public, src)
	s.models(exitGood, "install", "--untried", "--signer", public, src)

	signers := filepath.Join(s.data, "signers")
	if err := os.MkdirAll(signers, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(public, filepath.Join(signers, "bo.pem")); err != nil {
		t.Fatal(err)
	}
	unsigned := madeUpPack(t, filepath.Join(t.TempDir(), "pack"), "bo", "2.0.0")
	s.models(exitVerification, "install", "--untried", unsigned)
	s.models(exitVerification, "install", "--untried", "--signer", other, src) // no new trust by a flag
	if err := os.Rename(unsigned, filepath.Join(s.data, "models", "bo@2.0.0")); err != nil {
		t.Fatal(err)
	}
	if got := s.uses(); got != "bo 1.0.0" {
		t.Errorf("uses %q, an unsigned pack was put beside", got)
	}
	if out := s.models(exitGood, "ls"); !strings.Contains(out, "refused: ") {
		t.Error(out)
	}
	s.models(exitVerification, "verify")
	if err := os.WriteFile(filepath.Join(signers, "new.pub"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.models(exitUsage, "ls") // nobody can say who is trusted
}

// publicFile is the PEM of a public key.
func publicFile(t *testing.T, key ed25519.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestModelsDoctor: doctor says which pack is in use, or what is lost without.
func TestModelsDoctor(t *testing.T) {
	t.Setenv("TRAM_ASSETS", testdata.Assets(t))
	testdata.Asset(t, "models/default/manifest.json")
	d := doctor{data: t.TempDir()}
	if f := d.models(); f.State != "ok" || !strings.Contains(f.Detail, "default 1.0.0") || !strings.Contains(f.Detail, "ONNX Runtime 1.") {
		t.Errorf("%+v", f)
	}
	d.pack = "none"
	if f := d.models(); f.State != "missing" || !f.Needed {
		t.Errorf("%+v", f)
	}
	s := newPackStation(t)
	d = doctor{data: s.data}
	if f := d.models(); f.State != "waiting" || !strings.Contains(f.Detail, "pigo") || !strings.Contains(f.Detail, "not compared") || f.Next == "" {
		t.Errorf("%+v", f)
	}
	t.Setenv("TRAM_ASSETS", t.TempDir())
	if f := d.models(); f.State != "missing" || !strings.Contains(f.Next, "make assets") {
		t.Errorf("%+v", f)
	}
}
