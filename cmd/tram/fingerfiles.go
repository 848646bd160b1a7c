package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/offline/envelope"
)

// folderFile is one file of a folder that is written as a whole.
type folderFile struct {
	name  string
	bytes []byte
}

// fingerName names a finger or a slap in file names and lists.
func fingerName(f biometrics.Finger) string {
	name, ok := map[biometrics.Finger]string{
		biometrics.RightThumb: "right-thumb", biometrics.RightIndex: "right-index", biometrics.RightMiddle: "right-middle",
		biometrics.RightRing: "right-ring", biometrics.RightLittle: "right-little",
		biometrics.LeftThumb: "left-thumb", biometrics.LeftIndex: "left-index", biometrics.LeftMiddle: "left-middle",
		biometrics.LeftRing: "left-ring", biometrics.LeftLittle: "left-little",
		biometrics.RightSlap: "right-slap", biometrics.LeftSlap: "left-slap", biometrics.Thumbs: "thumbs",
	}[f]
	if !ok {
		return fmt.Sprintf("finger-%d", f)
	}
	return name
}

// pictureFile is a picture for people, without loss.
func pictureFile(name string, img *image.Gray) (folderFile, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return folderFile{}, fmt.Errorf("%s: %w", name, err)
	}
	return folderFile{name + ".png", b.Bytes()}, nil
}

// printFiles makes the files of one finger.
func printFiles(p *biometrics.Print) ([]folderFile, error) {
	picture, err := pictureFile(fingerName(p.Finger), p.Image)
	if err != nil {
		return nil, err
	}
	return []folderFile{picture}, nil
}

// fileNames lists the names of files.
func fileNames(files []folderFile) []string {
	var names []string
	for _, f := range files {
		names = append(names, f.name)
	}
	return names
}

// forgetFiles takes the names out of files that were not written.
func (c *captured) forgetFiles() {
	for i := range c.Prints {
		c.Prints[i].Files = nil
	}
	if c.Slap != nil {
		c.Slap.File = ""
	}
	c.Records = nil
}

// vacant reports whether a folder can be written in this place: there is none
// yet, or an empty one.
func vacant(dir string) error {
	if dir == "" {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		_, err = os.Stat(filepath.Dir(filepath.Clean(dir)))
	}
	switch {
	case err != nil:
		return coded(exitUsage, fmt.Errorf("the prints can not be written there, name another folder with --out: %w", err))
	case len(entries) > 0:
		return coded(exitUsage, fmt.Errorf("the folder %s is not empty: name a new one with --out", dir))
	}
	return nil
}

// writeFolder writes a folder with all files, readable by their owner alone, or
// nothing: it is filled under another name first.
func writeFolder(dir string, files []folderFile) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	filling, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-*") // 0700
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(filling) }() // gone when all went well
	for _, f := range files {
		if err := envelope.SaveFile(filepath.Join(filling, f.name), f.bytes, 0o600); err != nil {
			return err
		}
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(filling, dir); err != nil {
		return err
	}
	return envelope.SyncDir(filepath.Dir(dir))
}
