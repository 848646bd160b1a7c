// Package facetest lends tests a face detector without an assets folder: the
// cascades come out of the Go module they are published in.
package facetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/cascade"
)

// Assets returns a folder that [cascade.Load] can read.
func Assets(tb testing.TB) string {
	tb.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/esimov/pigo").Output()
	if err != nil {
		tb.Fatalf("find the cascades' module: %v", err)
	}
	dir := tb.TempDir()
	cascade := filepath.Join(strings.TrimSpace(string(out)), "cascade")
	if err := os.Symlink(cascade, filepath.Join(dir, "pigo")); err != nil {
		tb.Fatal(err)
	}
	return dir
}

// Finder returns the finder that needs no models.
func Finder(tb testing.TB) face.Finder {
	tb.Helper()
	d, err := cascade.Load(Assets(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return d
}
