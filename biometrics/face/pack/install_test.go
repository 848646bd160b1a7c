package pack_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
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
