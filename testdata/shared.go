// Package testdata finds the specimens that may lie beside the repository, and
// the assets that `make assets` brings. Both are other people's work: nothing of
// them is part of this project.
package testdata

import (
	"os"
	"path/filepath"
	"testing"
)

// Shared returns a path in ../shared, beside the repository, and skips the
// test where that folder is absent. It is the only reason to skip.
func Shared(t testing.TB, elem ...string) string {
	t.Helper()
	root := filepath.Join(filepath.Dir(repository(t)), "shared")
	if _, err := os.Stat(root); err != nil {
		t.Skip("../shared is not there: its specimens are not tested")
	}
	return filepath.Join(append([]string{root}, elem...)...)
}

// Assets returns the folder of assets: $TRAM_ASSETS, else the repository's.
func Assets(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("TRAM_ASSETS"); dir != "" {
		return dir
	}
	return filepath.Join(repository(t), "assets")
}

// Asset returns the path of one asset, slash-separated, and fails the test
// where it is missing.
func Asset(t testing.TB, rel string) string {
	t.Helper()
	path := filepath.Join(Assets(t), filepath.FromSlash(rel))
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s is not there: run `make assets`", rel)
	}
	return path
}

// repository is the folder of go.mod, above the test's.
func repository(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}
