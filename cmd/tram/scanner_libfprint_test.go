//go:build libfprint && realparts

package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics"
)

// TestLibfprintByName opens the virtual reader of the real libfprint.
func TestLibfprintByName(t *testing.T) {
	dir, err := os.MkdirTemp("", "fp") // short: a socket's name is
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("FP_VIRTUAL_IMAGE", filepath.Join(dir, "s"))
	for spec, want := range map[string]int{
		"libfprint": exitGood, "libfprint=virtual_image": exitGood, "libfprint=virtual_image@1000": exitGood, "libfprint=@508": exitGood,
		"libfprint=virtual_image@x": exitUsage, "libfprint=virtual_image@-1": exitUsage, "libfprint=virtual_image@7": exitUsage,
		"libfprint=other": exitNoDevice,
	} {
		open, err := scannerNamed(spec, "")
		if err != nil {
			t.Fatal(err)
		}
		s, err := open(t.Context())
		if exitCode(err) != want {
			t.Errorf("%s: %v", spec, err)
		}
		if err != nil {
			continue
		}
		if d := s.Device(); !d.Virtual || d.Driver != "libfprint/virtual_image" {
			t.Errorf("%s: %+v", spec, d)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: close: %v", spec, err)
		}
	}
	own := firstOf([]scannerSource{{name: "libfprint", open: openLibfprint}}, scannerWish{})
	if s, err := own(t.Context()); s != nil || !errors.Is(err, biometrics.ErrNoDevice) || !strings.Contains(err.Error(), "by name") {
		t.Errorf("auto takes a virtual reader: %v", err)
	}
}
