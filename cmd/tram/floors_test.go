package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/tram-station/tram"

// floors is the order of the house: a package imports from strictly lower
// floors only. A new package has to be entered here; where the order itself
// should change, change it with a reason in the commit.
var floors = map[string]int{
	"mrz": 1, "mrz/gray": 1, "reader/tlv": 1, "reader/crypt": 1, "reader/verdict": 1, "reader/chip": 1, "reader/pcsc/pcscd": 1,
	"biometrics": 1, "biometrics/wsq": 1, "biometrics/jp2": 1, "biometrics/assets": 1,
	"biometrics/face/pack": 1, "biometrics/face/onnx": 1, "biometrics/face/tfjs": 1,
	"offline/envelope": 1, "kiosk/web": 1, "kiosk/journal": 1,

	"mrz/cccd": 2, "mrz/qr": 2, "mrz/ocr": 2, "mrz/serial": 2, "reader/apdu": 2, "biometrics/iso19794": 2, "biometrics/minutiae": 2,
	"offline/blob": 2, "offline/uplink": 2, "offline/audit": 2, "offline/tpm": 2, "kiosk/operator": 2, "kiosk/places": 2,

	"mrz/specimen": 3, "offline/queue": 3, "offline/courier": 3, "offline/inquiry": 3,

	"reader/lds": 3, "reader/securemsg": 3, "reader/auth/cvc": 3,
	"biometrics/face": 3, "biometrics/camera": 3, "biometrics/libusb": 3, "biometrics/libfprint": 3,
	"biometrics/sbi": 3, "biometrics/finger": 3, "biometrics/browser": 3, "biometrics/virtual": 3,

	"reader/access": 4, "reader/auth": 4, "reader/passive": 4, "reader/pcsc": 4,
	"mrz/compare": 4, "offline/dossier": 4, "biometrics/face/cascade": 4, "biometrics/face/net": 4,
	"biometrics/finger/nfiq2": 4, "biometrics/sbi/sbitest": 4,

	"reader": 5, "offline": 5, "offline/gateway": 4, "offline/gateway/store": 5, "offline/gateway/central": 5, "biometrics/face/facetest": 5,

	"kiosk/rules": 5, "kiosk/checkup": 5, "kiosk/enrol": 6, "reader/cardtest": 6, "biometrics/devicetest": 6, "offline/faults": 6,

	"kiosk": 7,

	"cmd/tram": 8, "cmd/tram-camera": 8, "cmd/tram-gateway": 8, "cmd/tram-sim": 8, "kiosk/e2e": 8,
}

// drivers are named by cmd alone, by the suites that try them, and by what lies
// in their own folder.
var drivers = []string{"reader/pcsc", "reader/pcsc/pcscd", "reader/chip", "biometrics/camera", "biometrics/libusb",
	"biometrics/libfprint", "biometrics/sbi", "biometrics/browser", "biometrics/virtual", "offline/tpm"}

// carriers move sealed bytes and must not know what is in them.
var carriers = []string{"offline/envelope", "offline/blob", "offline/audit", "offline/queue", "offline/uplink", "offline/courier"}

// pkg is what `go list` says of a package; paths are below the module.
type pkg struct {
	ImportPath    string
	Imports, Deps []string
}

// packages lists the packages of the module and their non-test imports, with
// every optional driver built in and with none.
func packages(t *testing.T) []pkg {
	t.Helper()
	var all []pkg
	for _, tags := range []string{"", "libusb,libfprint,opencv"} {
		cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports,Deps", "-tags", tags, "./...")
		cmd.Dir = filepath.FromSlash("../..")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		dec := json.NewDecoder(strings.NewReader(string(out)))
		for {
			var p pkg
			if err := dec.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			all = append(all, pkg{strings.TrimPrefix(p.ImportPath, module+"/"), own(p.Imports), own(p.Deps)})
		}
	}
	return all
}

// own keeps the module's packages.
func own(paths []string) []string {
	var out []string
	for _, p := range paths {
		if rest, ok := strings.CutPrefix(p, module+"/"); ok {
			out = append(out, rest)
		}
	}
	return out
}

func TestFloors(t *testing.T) {
	all := packages(t)
	if len(all) < 20 {
		t.Fatalf("only %d packages", len(all))
	}
	for _, complaint := range judge(all) {
		t.Error(complaint)
	}
}

// judge returns what is wrong with the import graph.
func judge(all []pkg) []string {
	var wrong []string
	for _, p := range all {
		floor, ok := floors[p.ImportPath]
		if !ok {
			wrong = append(wrong, p.ImportPath+" is on no floor: enter it in cmd/tram/floors_test.go")
			continue
		}
		for _, i := range p.Imports {
			if f, ok := floors[i]; ok && f >= floor {
				wrong = append(wrong, p.ImportPath+" imports "+i+", which is not on a lower floor")
			}
			suite := strings.HasSuffix(p.ImportPath, "test") || strings.HasPrefix(p.ImportPath, i+"/")
			if slices.Contains(drivers, i) && floor < 8 && !suite {
				wrong = append(wrong, p.ImportPath+" names the driver "+i+": only cmd does")
			}
		}
		if slices.Contains(carriers, p.ImportPath) && slices.Contains(p.Deps, "offline/dossier") {
			wrong = append(wrong, p.ImportPath+" knows offline/dossier: it carries bytes")
		}
		if p.ImportPath == "reader/chip" && len(p.Deps) > 0 {
			wrong = append(wrong, "reader/chip shares code with the reader it is to try")
		}
		switch path.Base(p.ImportPath) {
		case "util", "utils", "common", "helper", "helpers", "manager", "types":
			wrong = append(wrong, p.ImportPath+" has a name that says nothing")
		}
	}
	slices.Sort(wrong)
	return slices.Compact(wrong) // with and without tags
}

// The judge must see each kind of fault, or TestFloors proves nothing.
func TestJudge(t *testing.T) {
	for want, p := range map[string]pkg{
		"on no floor":       {ImportPath: "reader/magic"},
		"not on a lower":    {ImportPath: "reader/lds", Imports: []string{"reader/access"}},
		"names the driver":  {ImportPath: "kiosk", Imports: []string{"biometrics/libusb"}},
		"carries bytes":     {ImportPath: "offline/queue", Deps: []string{"offline/dossier"}},
		"shares code":       {ImportPath: "reader/chip", Deps: []string{"reader/crypt"}},
		"not on a lower fl": {ImportPath: "mrz/qr", Imports: []string{"mrz/cccd"}},
	} {
		if got := judge([]pkg{p}); len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("%v: %q, want %q", p, got, want)
		}
	}
	if got := judge([]pkg{{"cmd/tram", []string{"biometrics/libusb", "kiosk"}, nil}}); got != nil {
		t.Error(got)
	}
}

// maxLines is the length of a source file beyond which it has two subjects.
const maxLines = 400

// TestFiles keeps files short, gives each package one comment, and keeps init
// functions to the tagged device files of cmd.
func TestFiles(t *testing.T) {
	comments := map[string]int{}
	set := token.NewFileSet()
	err := filepath.WalkDir(filepath.FromSlash("../.."), func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); base == "testdata" || base == "assets" || base == "node_modules" ||
				strings.HasPrefix(base, ".") && base != ".." {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		if n := set.File(f.Pos()).LineCount(); n > maxLines {
			t.Errorf("%s has %d lines, more than %d: split it by meaning", name, n, maxLines)
		}
		comments[filepath.Dir(name)] += 0
		if f.Doc != nil {
			comments[filepath.Dir(name)]++
		}
		device := strings.Contains(filepath.ToSlash(name), "/cmd/") && tagged(f)
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" && !device {
				t.Errorf("%s has an init function: wire it in main", set.Position(fn.Pos()))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, n := range comments {
		if n != 1 {
			t.Errorf("%s has %d package comments, want one", dir, n)
		}
	}
}

// tagged reports whether the file is built under a tag only.
func tagged(f *ast.File) bool {
	for _, group := range f.Comments {
		for _, c := range group.List {
			if c.Pos() < f.Package && strings.HasPrefix(c.Text, "//go:build ") {
				return true
			}
		}
	}
	return false
}
