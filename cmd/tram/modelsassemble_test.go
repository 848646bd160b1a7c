package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics/face/pack"
	"github.com/tram-station/tram/testdata"
)

// lockLine is a line of deploy/assets.lock.
type lockLine struct{ kind, pkg, version, file, digest, to, only string }

// lock reads deploy/assets.lock.
func lock(t *testing.T) []lockLine {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash("../../deploy/assets.lock"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []lockLine
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		if len(f) != 6 && len(f) != 7 {
			t.Fatalf("%q: %d words", line, len(f))
		}
		f = append(f, "")
		if sum, err := hex.DecodeString(f[4]); err != nil || len(sum) != sha256.Size {
			t.Errorf("%q: no SHA-256", line)
		}
		lines = append(lines, lockLine{f[0], f[1], f[2], f[3], f[4], f[5], f[6]})
	}
	return lines
}

// TestAssemble: what is assembled is what the lock file names, all of it, and
// each is a pack that a station can open.
func TestAssemble(t *testing.T) {
	from := testdata.Asset(t, "sources")
	into := t.TempDir()
	code, out, stderr := tram("", "models", "assemble", from, into)
	if code != exitGood || out != "default 1.0.0\ndlib 1.0.0\n" {
		t.Fatalf("exit %d, %q, %s", code, out, stderr)
	}
	made := map[string]string{}
	err := filepath.WalkDir(into, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		sum := sha256.Sum256(b)
		rel, _ := filepath.Rel(into, path)
		made[filepath.ToSlash(rel)] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	last := ""
	for _, l := range lock(t) {
		if l.kind != "made" {
			continue
		}
		if made[l.file] != l.digest || l.to != "models/"+l.file {
			t.Errorf("%s has SHA-256 %q, the lock file says %s and puts it at %s", l.file, made[l.file], l.digest, l.to)
		}
		if dir := filepath.Dir(l.file); dir == last {
			t.Errorf("%s stands behind the manifest of its pack", l.file)
		} else if filepath.Base(l.file) == "manifest.json" {
			last = dir // a pack that was cut off has no manifest
		}
		delete(made, l.file)
	}
	for file, sum := range made {
		t.Errorf("not in the lock file: %s with SHA-256 %s", file, sum)
	}
	for _, name := range []string{"default", "dlib"} {
		p, err := pack.Open(filepath.Join(into, name))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, role := range []pack.Role{pack.Detector, pack.Landmarks, pack.Embedding} {
			if m, b, err := p.Model(role); err != nil || len(b) == 0 || m.Source == "" {
				t.Errorf("%s of %s: %v", role, p, err)
			}
		}
	}
}

// TestAssembleMissing: without the sources there is no pack.
func TestAssembleMissing(t *testing.T) {
	into := t.TempDir()
	code, _, stderr := tram("", "models", "assemble", t.TempDir(), into)
	if code == exitGood || !strings.Contains(stderr, "fr_detect.onnx") {
		t.Errorf("exit %d, %s", code, stderr)
	}
	if left, err := os.ReadDir(into); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestLock: no two lines put a file at one place on one platform, and none
// leaves the folder.
func TestLock(t *testing.T) {
	taken := map[string]bool{}
	for _, l := range lock(t) {
		if taken[l.to+l.only] || taken[l.to] || !filepath.IsLocal(l.to) || !filepath.IsLocal(l.file) {
			t.Errorf("%s is put at %s", l.file, l.to)
		}
		taken[l.to+l.only] = true
	}
	for _, arch := range []string{"linux/amd64", "linux/arm64"} {
		if !taken["onnxruntime/libonnxruntime.so.1"+arch] {
			t.Errorf("no ONNX Runtime for %s", arch)
		}
	}
}

// TestAssetsScript tries deploy/assets.sh on a lock file of its own, with an
// npm that must not be asked.
func TestAssetsScript(t *testing.T) {
	root := t.TempDir()
	put := func(name, content string, mode os.FileMode) string {
		t.Helper()
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(content))
		return hex.EncodeToString(sum[:])
	}
	script, err := os.ReadFile(filepath.FromSlash("../../deploy/assets.sh"))
	if err != nil {
		t.Fatal(err)
	}
	put("deploy/assets.sh", string(script), 0o700)
	put("bin/npm", "#!/bin/sh\necho asked >&2\nexit 1\n", 0o700)
	good := put("files/good.txt", "good", 0o600)
	there := put("assets/there.txt", "there", 0o600)
	run := func(lines ...string) (string, error) {
		put("deploy/assets.lock", strings.Join(lines, "\n")+"\n", 0o600)
		cmd := exec.Command("sh", filepath.Join(root, "deploy", "assets.sh"))
		cmd.Env = append(os.Environ(), "PATH="+filepath.Join(root, "bin")+":"+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	taken := "here - - files/good.txt " + good + " good.txt"
	right := "npm some-package 1.0.0 there.txt " + there + " there.txt"
	other := "npm some-package 1.0.0 x.txt " + good + " x.txt no/platform"
	if out, err := run("# a comment", "", taken, right, other); err != nil || out != "assets: good.txt\n" {
		t.Fatalf("%v: %s", err, out)
	}
	if b, err := os.ReadFile(filepath.Join(root, "assets", "good.txt")); string(b) != "good" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	if out, err := run(taken, right); err != nil || out != "" {
		t.Errorf("the second time: %v: %s", err, out)
	}
	wrong := strings.Replace(taken, good, there, 1)
	for name, line := range map[string]string{
		"wrong digest":    strings.Replace(wrong, " good.txt", " bad.txt", 1),
		"missing":         "here - - files/none.txt " + good + " bad.txt",
		"npm that fails":  "npm some-package 1.0.0 x.txt " + good + " bad.txt",
		"unknown kind":    "wish - - files/good.txt " + good + " bad.txt",
		"this platform's": "npm some-package 1.0.0 x.txt " + good + " bad.txt " + runtime.GOOS + "/" + runtime.GOARCH,
	} {
		if out, err := run(line); err == nil {
			t.Errorf("%s: went well: %s", name, out)
		}
		if left, err := filepath.Glob(filepath.Join(root, "assets", "bad*")); err != nil || left != nil {
			t.Errorf("%s: left %v", name, left)
		}
	}
}
