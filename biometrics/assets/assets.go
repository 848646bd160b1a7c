// Package assets finds the files that come from registries and are loaded at
// run time: models, cascades, WebAssembly. deploy/assets.sh fetches them.
package assets

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrMissing says that an asset is not where it should be.
var ErrMissing = errors.New("not installed: run `make assets`, or point TRAM_ASSETS at the assets folder")

// Dirs lists the folders where assets are looked for, the first first:
// $TRAM_ASSETS alone when it is set; else beside the program, in the working
// folder, and where the package puts them.
func Dirs() []string {
	if dir := os.Getenv("TRAM_ASSETS"); dir != "" {
		return []string{dir}
	}
	var dirs []string
	if exe, err := os.Executable(); err == nil {
		dirs = append(dirs, filepath.Join(filepath.Dir(exe), "assets"), filepath.Join(filepath.Dir(exe), "..", "assets"))
	}
	return append(dirs, "assets", "/usr/share/tram/assets")
}

// Find returns the path of the asset rel, slash-separated, in the first of
// [Dirs] that holds it; [ErrMissing] when none does.
func Find(rel string) (string, error) {
	for _, dir := range Dirs() {
		path := filepath.Join(dir, filepath.FromSlash(rel))
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is %w", rel, ErrMissing)
}
