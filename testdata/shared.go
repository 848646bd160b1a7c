// Package testdata finds the specimens that may lie beside the repository.
// They are other people's work: tests may use them where they are, and nothing
// of them is part of this project.
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
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	root := filepath.Join(filepath.Dir(dir), "shared")
	if _, err := os.Stat(root); err != nil {
		t.Skip("../shared is not there: its specimens are not tested")
	}
	return filepath.Join(append([]string{root}, elem...)...)
}
