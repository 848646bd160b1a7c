// Package facetest lends tests what finds faces: the cascades, out of the Go
// module they are published in, and the networks, out of the assets; and holds
// every finder to one suite.
package facetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/cascade"
	"github.com/tram-station/tram/biometrics/face/net"
	"github.com/tram-station/tram/biometrics/face/onnx"
	"github.com/tram-station/tram/biometrics/face/pack"
	"github.com/tram-station/tram/testdata"
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

// Net returns the engine of the default pack.
func Net(tb testing.TB) *net.Engine {
	tb.Helper()
	return Pack(tb, "default")
}

// Pack returns the engine of a pack that comes with the program. Where the
// assets are missing the test fails, and says what to run.
func Pack(tb testing.TB, name string) *net.Engine {
	tb.Helper()
	library := testdata.Asset(tb, onnx.Library())
	manifest := testdata.Asset(tb, "models/"+name+"/manifest.json")
	p, err := pack.Open(filepath.Dir(manifest))
	if err != nil {
		tb.Fatal(err)
	}
	rt, err := onnx.Load(library)
	if err != nil {
		tb.Fatal(err)
	}
	e, err := net.Open(p, rt)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := e.Close(); err != nil {
			tb.Error(err)
		}
	})
	return e
}

// Matcher returns what the engine compares with.
func Matcher(tb testing.TB, e *net.Engine) face.Matcher {
	tb.Helper()
	m, err := e.Matcher()
	if err != nil {
		tb.Fatal(err)
	}
	return m
}
