package pack_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
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
	"time"

	"github.com/tram-station/tram/biometrics/face/pack"
)

// entry is one entry of an archive; link makes it a symbolic link.
type entry struct {
	name, body, link string
}

// entries are the files of a folder, in order, below top.
func entries(t testing.TB, dir, top string) []entry {
	t.Helper()
	var list []entry
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		list = append(list, entry{name: top + name, body: string(b)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func tarGz(t testing.TB, list []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, e := range list {
		h := &tar.Header{Name: e.name, Mode: 0o777, Size: int64(len(e.body)), Typeflag: tar.TypeReg}
		if e.link != "" {
			h.Typeflag, h.Linkname = tar.TypeSymlink, e.link
		}
		if strings.HasSuffix(e.name, "/") {
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipOf(t testing.TB, list []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range list {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		if e.link != "" {
			h.SetMode(fs.ModeSymlink | 0o777)
			e.body = e.link
		}
		f, err := w.CreateHeader(h)
		if err == nil && !strings.HasSuffix(e.name, "/") {
			_, err = f.Write([]byte(e.body))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// file writes b beside nothing else.
func file(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// tree maps the files below dir, hidden ones too, to their content.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return files
	}
	for _, e := range entries(t, dir, "") {
		files[e.name] = e.body
	}
	return files
}

// TestInstall: a pack comes whole out of whatever it was packed in.
func TestInstall(t *testing.T) {
	dir := written(t)
	plain := entries(t, dir, "")
	reversed := slices.Clone(plain)
	slices.Reverse(reversed)
	for name, src := range map[string]string{
		"folder":         dir,
		"tar.gz":         file(t, "p.tar.gz", tarGz(t, plain)),
		"by tar -C .":    file(t, "p.tgz", tarGz(t, append([]entry{{name: "./"}, {name: "./nets/"}}, entries(t, dir, "./")...))),
		"manifest last":  file(t, "p.tar.gz", tarGz(t, reversed)),
		"tar in folder":  file(t, "p.tar.gz", tarGz(t, append([]entry{{name: "pack-1/"}}, entries(t, dir, "pack-1/")...))),
		"zip":            file(t, "p.zip", zipOf(t, plain)),
		"zip, misnamed":  file(t, "pack.bin", zipOf(t, plain)),
		"zip in folder":  file(t, "p.zip", zipOf(t, append([]entry{{name: "pack/"}, {name: "pack/nets/"}}, entries(t, dir, "pack/")...))),
		"zip, no folder": file(t, "p.zip", zipOf(t, reversed)),
	} {
		t.Run(name, func(t *testing.T) {
			into := filepath.Join(t.TempDir(), "models")
			p, err := pack.Install(src, into, pack.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if want := filepath.Join(into, "thu-nghiem@1.2.0"); p.Dir() != want {
				t.Errorf("in %s, want %s", p.Dir(), want)
			}
			if _, err := pack.Open(p.Dir()); err != nil {
				t.Error(err)
			}
			want := map[string]string{}
			for _, e := range plain {
				want["thu-nghiem@1.2.0/"+e.name] = e.body
			}
			if got := tree(t, into); len(got) != len(want) || got["thu-nghiem@1.2.0/nets/vector.onnx"] != want["thu-nghiem@1.2.0/nets/vector.onnx"] {
				t.Errorf("%d files, want %d", len(got), len(want))
			}
			info, err := os.Stat(filepath.Join(p.Dir(), "finder.onnx"))
			if err != nil || info.Mode().Perm() != 0o644 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
			if _, err := pack.Install(src, into, pack.Options{}); err != nil {
				t.Errorf("the second time: %v", err)
			}
		})
	}
}

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

// TestInstallBombs: what unpacks to far more than a pack is refused before it
// fills a disk, and so is a directory of a zip that would fill the memory.
func TestInstallBombs(t *testing.T) {
	if testing.Short() {
		t.Skip("unpacks 2 GiB of nothing")
	}
	t.Run("tar.gz", func(t *testing.T) {
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		if err != nil {
			t.Fatal(err)
		}
		w := tar.NewWriter(z)
		const size = pack.MaxPack + 2<<20
		if err := w.WriteHeader(&tar.Header{Name: "zeros", Size: size, Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		zeros := make([]byte, 1<<20)
		for range size / len(zeros) {
			if _, err := w.Write(zeros); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(w.Close(), z.Close()); err != nil {
			t.Fatal(err)
		}
		refused(t, file(t, "bomb.tar.gz", b.Bytes()), pack.ErrArchive)
	})
	t.Run("zip", func(t *testing.T) {
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
	})
}

// TestInstallAgain: a name and version stay what they are; what is damaged is
// mended.
func TestInstallAgain(t *testing.T) {
	into := t.TempDir()
	m, files := sample()
	src := filepath.Join(t.TempDir(), "pack")
	if err := pack.Write(src, m, files); err != nil {
		t.Fatal(err)
	}
	p, err := pack.Install(src, into, pack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.Dir(), "finder.onnx"), []byte("fends"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := pack.Install(src, into, pack.Options{}); err != nil {
		t.Fatal(err)
	}
	before := tree(t, into)
	if before["thu-nghiem@1.2.0/finder.onnx"] != "finds" {
		t.Error("a damaged pack was not mended")
	}
	files["finder.onnx"] = []byte("finds more")
	if err := pack.Write(src, m, files); err != nil {
		t.Fatal(err)
	}
	if _, err := pack.Install(src, into, pack.Options{}); !errors.Is(err, pack.ErrInstalled) {
		t.Error(err)
	}
	if after := tree(t, into); len(after) != len(before) || after["thu-nghiem@1.2.0/finder.onnx"] != "finds" {
		t.Errorf("changed: %v", after)
	}
	m.Version = "1.2.1"
	if err := pack.Write(src, m, files); err != nil {
		t.Fatal(err)
	}
	if _, err := pack.Install(src, into, pack.Options{}); err != nil {
		t.Error(err)
	}
	if list := pack.List(into); len(list) != 2 || list[0].Pack.String() != "thu-nghiem 1.2.1" {
		t.Errorf("%+v", list)
	}
}

// TestInstallTried: what does not run here is not installed.
func TestInstallTried(t *testing.T) {
	into, src := t.TempDir(), written(t)
	no := errors.New("does not run")
	tried := ""
	try := func(p *pack.Pack) error {
		_, b, err := p.Model(pack.Detector)
		if err != nil {
			return err
		}
		if tried = string(b); len(tree(t, filepath.Join(into, "thu-nghiem@1.2.0"))) > 0 {
			t.Error("in its place before it was tried")
		}
		return no
	}
	if _, err := pack.Install(src, into, pack.Options{Try: try}); !errors.Is(err, no) || tried != "finds" {
		t.Errorf("%v after a try of %q", err, tried)
	}
	if left := tree(t, into); len(left) > 0 {
		t.Errorf("left %v", slices.Sorted(maps.Keys(left)))
	}
	no = nil
	if _, err := pack.Install(src, into, pack.Options{Try: try}); err != nil {
		t.Error(err)
	}
}

// TestSweep: what a power failure left goes a day later, and not while another
// installation may be at work in it.
func TestSweep(t *testing.T) {
	into := t.TempDir()
	left := filepath.Join(into, ".install-123")
	if err := os.Mkdir(left, 0o700); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, c := range []struct {
		after time.Duration
		there bool
	}{{time.Hour, true}, {25 * time.Hour, false}} {
		m, files := sample()
		m.Version = "1." + c.after.String()
		src := filepath.Join(t.TempDir(), "pack")
		if err := pack.Write(src, m, files); err != nil {
			t.Fatal(err)
		}
		if _, err := pack.Install(src, into, pack.Options{Now: func() time.Time { return now.Add(c.after) }}); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(left); (err == nil) != c.there {
			t.Errorf("%v later: %v", c.after, err)
		}
	}
	if list := pack.List(into); len(list) != 2 {
		t.Errorf("%+v", list)
	}
}

// TestInstallSigned: a station with signers takes their packs and no others.
func TestInstallSigned(t *testing.T) {
	public, private := pair(1)
	stranger, _ := pair(2)
	signed := written(t)
	sign(t, signed, private)
	other := written(t)
	sign(t, other, private)
	b, err := os.ReadFile(filepath.Join(other, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other, "manifest.json"), bytes.Replace(b, []byte("0.35"), []byte("0.05"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		src     string
		signers []ed25519.PublicKey
		want    error
	}{
		"its signer":           {signed, []ed25519.PublicKey{stranger, public}, nil},
		"no signers":           {signed, nil, nil},
		"a stranger":           {signed, []ed25519.PublicKey{stranger}, pack.ErrSignature},
		"a broken key":         {signed, []ed25519.PublicKey{{1, 2, 3}}, pack.ErrSignature},
		"unsigned":             {written(t), []ed25519.PublicKey{public}, pack.ErrUnsigned},
		"thresholds changed":   {other, []ed25519.PublicKey{public}, pack.ErrSignature},
		"changed, nobody asks": {other, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			into := t.TempDir()
			p, err := pack.Install(c.src, into, pack.Options{Signers: c.signers})
			if !errors.Is(err, c.want) || (p == nil) != (c.want != nil) {
				t.Fatalf("%v, want %v", err, c.want)
			}
			if got := tree(t, into); (len(got) == 0) != (c.want != nil) {
				t.Errorf("left %v", slices.Sorted(maps.Keys(got)))
			}
			if p != nil && len(c.signers) > 0 {
				if again, err := pack.Open(p.Dir()); err != nil || again.SignedBy(c.signers) != nil {
					t.Errorf("the signature did not come along: %v", err)
				}
			}
		})
	}
}

// TestInstallSignedLater: a pack that is there gets its signature.
func TestInstallSignedLater(t *testing.T) {
	public, private := pair(1)
	into, src := t.TempDir(), written(t)
	p, err := pack.Install(src, into, pack.Options{})
	if err != nil || p.Signed() {
		t.Fatal(err)
	}
	sign(t, src, private)
	if _, err := pack.Install(src, into, pack.Options{Signers: []ed25519.PublicKey{public}}); err != nil {
		t.Fatal(err)
	}
	if p, err = pack.Open(p.Dir()); err != nil || !p.Signed() {
		t.Errorf("not signed: %v", err)
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
