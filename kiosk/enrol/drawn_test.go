package enrol

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
)

// printsDir holds the drawn prints of this run: drawing takes a while, and the
// killed children need them too.
const printsDir = "TRAM_ENROL_PRINTS"

// withPrints runs the tests with a folder for the drawn prints.
func withPrints(m *testing.M) int {
	dir, err := os.MkdirTemp("", "tram-prints-")
	if err == nil {
		err = os.Setenv(printsDir, dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	return m.Run()
}

// drawn is a finger of the test's person.
func drawn(f biometrics.Finger) *image.Gray {
	name := filepath.Join(os.Getenv(printsDir), fmt.Sprintf("%d.png", f))
	if b, err := os.ReadFile(name); err == nil {
		if img, err := png.Decode(bytes.NewReader(b)); err == nil {
			return img.(*image.Gray)
		}
	}
	img := virtual.Ridges(3, f)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // our own bug
	}
	// Whole or not at all: another process may look.
	if tmp, err := os.CreateTemp(os.Getenv(printsDir), "new"); err == nil {
		_, err = tmp.Write(b.Bytes())
		if errors.Join(err, tmp.Close()) == nil {
			_ = os.Rename(tmp.Name(), name)
		}
	}
	return img
}
