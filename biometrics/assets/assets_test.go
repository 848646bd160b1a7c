package assets_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tram-station/tram/biometrics/assets"
)

func TestFind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TRAM_ASSETS", dir)
	if _, err := assets.Find("pigo/facefinder"); !errors.Is(err, assets.ErrMissing) {
		t.Errorf("in an empty folder: %v", err)
	}
	want := filepath.Join(dir, "pigo", "facefinder")
	if err := os.MkdirAll(filepath.Dir(want), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(want, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := assets.Find("pigo/facefinder"); err != nil || got != want {
		t.Errorf("found %q, %v; want %q", got, err, want)
	}
}

// TestDirs: a folder that is named is the only one.
func TestDirs(t *testing.T) {
	t.Setenv("TRAM_ASSETS", "")
	if n := len(assets.Dirs()); n < 2 {
		t.Errorf("%d folders without TRAM_ASSETS", n)
	}
	t.Setenv("TRAM_ASSETS", "here")
	if dirs := assets.Dirs(); len(dirs) != 1 || dirs[0] != "here" {
		t.Errorf("folders %q", dirs)
	}
}
