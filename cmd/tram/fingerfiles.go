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
	"github.com/tram-station/tram/biometrics/finger"
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

// files makes the files of a capture and names them in its description: of each
// finger the picture for people, the packed image, and the records of image and
// minutiae after ISO/IEC 19794-4 and 19794-2.
func (got *captured) files(c *biometrics.Capture) ([]folderFile, error) {
	var files []folderFile
	if c.Slap != nil {
		picture, err := pictureFile(fingerName(c.Request.Finger), c.Slap)
		if err != nil {
			return nil, err
		}
		files = append(files, picture)
		got.Slap.File = picture.name
	}
	for i := range c.Prints {
		name := fingerName(c.Prints[i].Finger)
		stored, err := finger.Store(&c.Prints[i], finger.StoreOptions{Quality: &got.Prints[i].Quality})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, f := range []folderFile{
			{name + ".png", stored.PNG}, {name + ".wsq", stored.WSQ}, {name + ".iso", stored.ISO}, {name + ".fmr", stored.FMR},
		} {
			if f.bytes != nil { // no record of minutiae where none were found
				files = append(files, f)
				got.Prints[i].Files = append(got.Prints[i].Files, f.name)
			}
		}
	}
	for i, r := range c.Records {
		f := folderFile{fmt.Sprintf("original-%d", i+1), r}
		files = append(files, f)
		got.Records = append(got.Records, f.name)
	}
	return files, nil
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
