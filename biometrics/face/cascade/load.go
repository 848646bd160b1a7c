// Package cascade finds faces, pupils and mouth with pigo, pure Go. It needs no
// model pack and has no landmarks: what they show is not measured. Its cascades
// are assets that Load reads at run time.
package cascade

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	pigo "github.com/esimov/pigo/core"

	"github.com/tram-station/tram/biometrics/assets"
)

// model names the detector and the version of its cascades.
const model = "pigo 1.4.6 facefinder"

// The cascades in the assets folder. Their digests are part of the program:
// pigo trusts what it unpacks, and the dossier names the model it comes from.
var cascades = [...]struct{ file, sha256 string }{
	{"pigo/facefinder", "d8014993e7298c7b1865d1f8b855d6dbf4ec5c808bf879e2091ab6837abf90cd"},
	{"pigo/puploc", "aa01adf34e5af6ed333be75e934275fc39fba2b63790cb340353b2d459c96ccc"},
	{"pigo/lps/lp84", "2389ac114b9e18a2f6036fe9728be47baca012d42993167b8146a7cfe96b334f"},
}

// Detector finds faces. It is safe for concurrent use.
type Detector struct {
	faces  *pigo.Pigo
	pupils *pigo.PuplocCascade
	mouth  *pigo.PuplocCascade
}

// Model names the detector and the version of its cascades.
func (*Detector) Model() string { return model }

// Locate returns the first of [assets.Dirs] that holds the cascades.
func Locate() (string, error) {
	path, err := assets.Find(cascades[0].file)
	return filepath.Dir(filepath.Dir(path)), err
}

// Load reads the cascades of the assets folder dir, and only those that this
// program was written for.
func Load(dir string) (*Detector, error) {
	var packed [len(cascades)][]byte
	for i, c := range cascades {
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(c.file)))
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("face detector %w (no %s in %s)", assets.ErrMissing, c.file, dir)
		}
		if err != nil {
			return nil, fmt.Errorf("cascade: read cascade: %w", err)
		}
		if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != c.sha256 {
			return nil, fmt.Errorf("cascade: %s is not the file of %s: run `make assets` again", c.file, model)
		}
		packed[i] = b
	}
	faces, err := pigo.NewPigo().Unpack(packed[0])
	if err != nil {
		return nil, fmt.Errorf("cascade: unpack %s: %w", cascades[0].file, err)
	}
	pupils, err := pigo.NewPuplocCascade().UnpackCascade(packed[1])
	if err != nil {
		return nil, fmt.Errorf("cascade: unpack %s: %w", cascades[1].file, err)
	}
	mouth, err := pigo.NewPuplocCascade().UnpackCascade(packed[2])
	if err != nil {
		return nil, fmt.Errorf("cascade: unpack %s: %w", cascades[2].file, err)
	}
	return &Detector{faces: faces, pupils: pupils, mouth: mouth}, nil
}
