package pack_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics/face/pack"
)

// TestInstallRefused: nothing is left of what is not a whole pack, and nothing
// is written outside. TestInstall is the control.
func TestInstallRefused(t *testing.T) {
	good := entries(t, written(t), "")
	with := func(more ...entry) []entry { return slices.Concat(good, more) }
	changed := func(name, body string) []entry {
		list := slices.Clone(good)
		for i := range list {
			if list[i].name == name {
				list[i].body = body
			}
		}
		return list
	}
	without := func(name string) []entry {
		return slices.DeleteFunc(slices.Clone(good), func(e entry) bool { return e.name == name })
	}
	many := with()
	for len(many) < 200 {
		many = append(many, entry{name: "d" + strings.Repeat("x", len(many)) + "/"})
	}
	for name, c := range map[string]struct {
		list []entry
		want error
	}{
		"another model":      {changed("finder.onnx", "fends"), pack.ErrChecksum},
		"cut-off model":      {changed("finder.onnx", "find"), pack.ErrChecksum},
		"missing model":      {without("finder.onnx"), pack.ErrArchive},
		"missing text":       {without("LICENSE.vector"), pack.ErrArchive},
		"no manifest":        {without("manifest.json"), pack.ErrNoPack},
		"wrong manifest":     {changed("manifest.json", "{}"), pack.ErrManifest},
		"large manifest":     {changed("manifest.json", strings.Repeat(" ", pack.MaxManifest+1)), pack.ErrTooLarge},
		"large signature":    {with(entry{name: "manifest.sig", body: strings.Repeat("s", 65)}), pack.ErrTooLarge},
		"file beside":        {with(entry{name: "run.sh", body: "x"}), pack.ErrArchive},
		"file above":         {with(entry{name: "../evil", body: "x"}), pack.ErrArchive},
		"file deep above":    {with(entry{name: "nets/../../evil", body: "x"}), pack.ErrArchive},
		"file from the root": {with(entry{name: "/tmp/evil", body: "x"}), pack.ErrArchive},
		"path of Windows":    {with(entry{name: `..\evil`, body: "x"}), pack.ErrArchive},
		"link out":           {append(without("finder.onnx"), entry{name: "finder.onnx", link: "/etc/passwd"}), pack.ErrArchive},
		"link within":        {append(without("finder.onnx"), entry{name: "finder.onnx", link: "nets/points.onnx"}), pack.ErrArchive},
		"file twice":         {with(entry{name: "finder.onnx", body: "finds"}), pack.ErrArchive},
		"two packs":          {append(entries(t, written(t), "a/"), entries(t, written(t), "b/")...), pack.ErrArchive},
		"pack too deep":      {entries(t, written(t), "a/b/"), pack.ErrNoPack},
		"beside its folder":  {append(entries(t, written(t), "a/"), entry{name: "note", body: "x"}), pack.ErrArchive},
		"many entries":       {many, pack.ErrArchive},
		"empty":              {nil, pack.ErrNoPack},
	} {
		for kind, b := range map[string][]byte{"tar.gz": tarGz(t, c.list), "zip": zipOf(t, c.list)} {
			t.Run(name+" "+kind, func(t *testing.T) {
				refused(t, file(t, "p."+kind, b), c.want)
			})
		}
	}
}

// refused installs src and looks that nothing came of it.
func refused(t *testing.T, src string, want error) error {
	t.Helper()
	around := t.TempDir()
	into := filepath.Join(around, "data", "models")
	p, err := pack.Install(src, into, pack.Options{})
	if !errors.Is(err, want) || p != nil {
		t.Errorf("%v, want %v", err, want)
	}
	if left := tree(t, around); len(left) > 0 {
		t.Errorf("left %v", slices.Sorted(maps.Keys(left)))
	}
	return err
}

func TestInstallNoArchive(t *testing.T) {
	good := tarGz(t, entries(t, written(t), ""))
	zipped := zipOf(t, entries(t, written(t), ""))
	for name, b := range map[string][]byte{
		"text": []byte("hello"), "empty": nil, "PK alone": []byte("PK"), "gzip of nothing": {0x1f, 0x8b, 8},
		"cut-off tar": good[:len(good)/2], "cut-off zip": zipped[:len(zipped)/2],
	} {
		t.Run(name, func(t *testing.T) { refused(t, file(t, "p", b), pack.ErrArchive) })
	}
	t.Run("absent", func(t *testing.T) { refused(t, filepath.Join(t.TempDir(), "absent"), fs.ErrNotExist) })
	t.Run("link in a folder", func(t *testing.T) {
		dir := written(t)
		if err := os.Symlink("finder.onnx", filepath.Join(dir, "same.onnx")); err != nil {
			t.Fatal(err)
		}
		refused(t, dir, pack.ErrArchive)
	})
}

// TestInstallLongDirectory: a zip whose list of files would fill the memory is
// refused before it is listed.
func TestInstallLongDirectory(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for range 20_000 {
		if _, err := w.CreateHeader(&zip.FileHeader{Name: "a/", Comment: strings.Repeat("x", 40)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := refused(t, file(t, "bomb.zip", b.Bytes()), pack.ErrArchive); !strings.Contains(err.Error(), "directory is longer") {
		t.Errorf("listed before it was refused: %v", err)
	}
}

// FuzzArchive: whatever is installed, either there is a whole pack or nothing.
func FuzzArchive(f *testing.F) {
	const body = "finds"
	sum := sha256.Sum256([]byte(body))
	manifest := `{"name":"a","version":"1","licence":"x","models":[{"role":"detector","name":"a","version":"1","kind":"k","file":"n/f",` +
		`"sha256":"` + hex.EncodeToString(sum[:]) + `","licence":"x","source":"y"}]}`
	good := []entry{{name: "manifest.json", body: manifest}, {name: "n/f", body: body}}
	f.Add(tarGz(f, good))
	f.Add(zipOf(f, good))
	f.Add(zipOf(f, append(good, entry{name: "../evil", body: "x"})))
	f.Add(tarGz(f, append(good, entry{name: "l", link: "/etc/passwd"})))
	f.Fuzz(func(t *testing.T, b []byte) {
		around := t.TempDir()
		src, into := filepath.Join(around, "src"), filepath.Join(around, "models")
		if err := os.WriteFile(src, b, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := pack.Install(src, into, pack.Options{})
		var list []string
		for name := range tree(t, around) {
			if name != "src" {
				list = append(list, name)
			}
		}
		if err != nil {
			if len(list) > 0 {
				t.Errorf("%v left %v", err, list)
			}
			return
		}
		if _, err := pack.Open(p.Dir()); err != nil {
			t.Error(err)
		}
		for _, name := range list {
			if !strings.HasPrefix(name, "models/"+p.Manifest().ID()+"/") {
				t.Errorf("wrote %s", name)
			}
		}
	})
}
