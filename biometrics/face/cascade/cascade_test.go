package cascade_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tram-station/tram/biometrics/assets"
	"github.com/tram-station/tram/biometrics/face/cascade"
	"github.com/tram-station/tram/biometrics/face/facetest"
	"github.com/tram-station/tram/testdata"
)

func TestSuite(t *testing.T) { facetest.Suite(t, facetest.Finder(t)) }

func TestLoad(t *testing.T) {
	if _, err := cascade.Load(t.TempDir()); !errors.Is(err, assets.ErrMissing) {
		t.Errorf("empty folder: %v", err)
	}
	dir := t.TempDir()
	good := facetest.Assets(t)
	for _, name := range []string{"pigo/facefinder", "pigo/puploc", "pigo/lps/lp84"} {
		b, err := os.ReadFile(filepath.Join(good, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "pigo/puploc" {
			b[len(b)/2] ^= 1
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := cascade.Load(dir); err == nil {
		t.Error("a cascade with a flipped bit was loaded")
	}
	if _, err := cascade.Load(good); err != nil {
		t.Errorf("control: %v", err)
	}
}

func TestLocate(t *testing.T) {
	good := facetest.Assets(t)
	t.Setenv("TRAM_ASSETS", good)
	if dir, err := cascade.Locate(); err != nil || dir != good {
		t.Errorf("located %q, %v", dir, err)
	}
	t.Setenv("TRAM_ASSETS", t.TempDir())
	if _, err := cascade.Locate(); !errors.Is(err, assets.ErrMissing) {
		t.Errorf("empty folder: %v", err)
	}
}

// TestInstalled: what `make assets` brings is what Load wants.
func TestInstalled(t *testing.T) {
	if _, err := cascade.Load(testdata.Assets(t)); err != nil {
		t.Error(err)
	}
}
