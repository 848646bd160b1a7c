// Package face finds the face in a picture, judges whether the picture makes a
// portrait, and cuts the portrait out of it.
//
// The detector is pigo, pure Go; its cascades are assets that Load reads at run
// time. The measures follow ISO/IEC 29794-5 in what they look at. None of them
// judges how light or dark a face is: they look at clipping, range and balance.
package face

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	pigo "github.com/esimov/pigo/core"
)

// Model names the detector and the version of its cascades, for the dossier.
const Model = "pigo 1.4.6 facefinder"

// ErrNoAssets says that the detector's cascades are not where they should be.
var ErrNoAssets = errors.New("face detector not installed: run `make assets`, or point TRAM_ASSETS at the assets folder")

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

// AssetDirs lists the folders where assets are looked for, the first first:
// $TRAM_ASSETS alone when it is set; else beside the program, in the working
// folder, and where the package puts them.
func AssetDirs() []string {
	if dir := os.Getenv("TRAM_ASSETS"); dir != "" {
		return []string{dir}
	}
	var dirs []string
	if exe, err := os.Executable(); err == nil {
		dirs = append(dirs, filepath.Join(filepath.Dir(exe), "assets"), filepath.Join(filepath.Dir(exe), "..", "assets"))
	}
	return append(dirs, "assets", "/usr/share/tram/assets")
}

// Locate returns the first of [AssetDirs] that holds the detector.
func Locate() (string, error) {
	for _, dir := range AssetDirs() {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(cascades[0].file))); err == nil {
			return dir, nil
		}
	}
	return "", ErrNoAssets
}

// Load reads the cascades of the assets folder dir, and only those that this
// program was written for.
func Load(dir string) (*Detector, error) {
	var packed [len(cascades)][]byte
	for i, c := range cascades {
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(c.file)))
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%w (no %s in %s)", ErrNoAssets, c.file, dir)
		}
		if err != nil {
			return nil, fmt.Errorf("face: read cascade: %w", err)
		}
		if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != c.sha256 {
			return nil, fmt.Errorf("face: %s is not the file of %s: run `make assets` again", c.file, Model)
		}
		packed[i] = b
	}
	faces, err := pigo.NewPigo().Unpack(packed[0])
	if err != nil {
		return nil, fmt.Errorf("face: unpack %s: %w", cascades[0].file, err)
	}
	pupils, err := pigo.NewPuplocCascade().UnpackCascade(packed[1])
	if err != nil {
		return nil, fmt.Errorf("face: unpack %s: %w", cascades[1].file, err)
	}
	mouth, err := pigo.NewPuplocCascade().UnpackCascade(packed[2])
	if err != nil {
		return nil, fmt.Errorf("face: unpack %s: %w", cascades[2].file, err)
	}
	return &Detector{faces: faces, pupils: pupils, mouth: mouth}, nil
}
