package main

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/biometrics/wsq"
	"github.com/tram-station/tram/testdata"
)

// fingerFiles writes a drawn print as PNG, PNG with a density, PGM and WSQ, and
// a file that is no image.
func fingerFiles(t *testing.T) map[string]string {
	t.Helper()
	img := ridges(0, 0)
	picture, err := pictureFile("print", img)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := wsq.Encode(img, wsq.Options{DPI: 500, Bitrate: 2.25})
	if err != nil {
		t.Fatal(err)
	}
	const header = 33
	dense := bytes.Join([][]byte{picture.bytes[:header], []byte("\x00\x00\x00\x09pHYs\x00\x00\x4e\xbd\x00\x00\x4e\xbd\x01"),
		{0x73, 0x6a, 0x68, 0x14}, picture.bytes[header:]}, nil)
	files := make(map[string]string)
	for name, b := range map[string][]byte{
		"png": picture.bytes, "dense": dense, "wsq": packed, "text": []byte("no image"),
		"pgm": append([]byte(fmt.Sprintf("P5\n%d %d\n255\n", img.Rect.Dx(), img.Rect.Dy())), img.Pix...),
	} {
		files[name] = filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(files[name], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func TestFingerCheck(t *testing.T) {
	f := fingerFiles(t)
	code, out, stderr := tram("", "finger", "check", "--json", f["png"], f["dense"], f["wsq"], f["pgm"])
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != exitGood || len(lines) != 4 {
		t.Fatal(code, out, stderr)
	}
	for i, dpi := range []float64{500, 512, 500, 500} {
		v := parsed(t, lines[i])
		q := v["quality"].(map[string]any)
		if v["dpi"] != dpi || v["width"] != 320.0 || v["height"] != 400.0 || q["score"].(float64) < 50 || q["minutiae"].(float64) < 40 ||
			q["algorithm"] != "tram-print/2" || q["causes"] != nil || v["nfiq2"] != nil || v["ms"].(float64) <= 0 {
			t.Error(lines[i])
		}
	}
	code, out, _ = tram("", "finger", "check", "--json", "--dpi", "508", f["dense"])
	if v := parsed(t, out); code != exitGood || v["dpi"] != 508.0 {
		t.Error("the option does not go before the file:", out)
	}
	code, out, _ = tram("", "finger", "check", "--json", f["text"], f["png"])
	lines = strings.Split(strings.TrimSpace(out), "\n")
	if code != exitInvalid || len(lines) != 2 || parsed(t, lines[0])["error"] == nil || parsed(t, lines[1])["quality"] == nil {
		t.Error(code, out)
	}
	for _, dpi := range []string{"0", "-500"} {
		if code, _, _ := tram("", "finger", "check", "--dpi="+dpi, f["png"]); code != exitUsage {
			t.Error(dpi, code)
		}
	}
}

// TestFingerCheckForPeople: the causes come in both languages.
func TestFingerCheckForPeople(t *testing.T) {
	img := ridges(0, 0)
	pale := image.NewGray(img.Rect)
	for i, v := range img.Pix {
		pale.Pix[i] = 200 + v/6
	}
	picture, err := pictureFile("pale", pale)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), picture.name)
	if err := os.WriteFile(file, picture.bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, _ := tram("", "finger", "check", file)
	for _, want := range []string{"320×400 at 500 dpi", "tram-print/2", "of 100", "contrast", "Mời ấn ngón tay chắc hơn", "press a little more firmly"} {
		if code != exitGood || !strings.Contains(out, want) {
			t.Errorf("%d: no %q in %s", code, want, out)
		}
	}
}

func TestFingerCheckWithNFIQ2(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for the program is a shell script")
	}
	f := fingerFiles(t)
	dir := t.TempDir()
	model := []byte("a stand-in for a model")
	hash := fmt.Sprintf("%x", md5.Sum(model))
	table := `echo '"Filename",FingerCode,QualityScore,"OptionalError",Quantized,Resampled,NFIQ2v2.3.0Speed'` + "\n"
	install := func(script string) {
		for name, b := range map[string][]byte{
			"m.yaml": model, "m.txt": []byte("Path = m.yaml\nHash = " + hash),
			"nfiq2": []byte("#!/bin/sh\necho 'DEBUG | Model Hash: " + hash + "'\n" + table + script),
		} {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o700); err != nil {
				t.Fatal(err)
			}
		}
	}
	install(`echo '"p",0,61,NA,0,0,9.5'`)
	code, out, stderr := tram("", "finger", "check", "--json", "--nfiq2", dir, f["png"])
	if v := parsed(t, out); code != exitGood || v["nfiq2"].(map[string]any)["score"] != 61.0 ||
		v["nfiq2"].(map[string]any)["algorithm"] != "NFIQ 2.3.0/"+hash {
		t.Error(code, out, stderr)
	}
	t.Setenv(nfiq2Variable, dir)
	if _, out, _ := tram("", "finger", "check", f["png"]); !strings.Contains(out, "NFIQ 2.3.0/"+hash) {
		t.Error("the variable is not heeded:", out)
	}
	install(`echo '"p",0,NA,"Error: too small",0,0,NA'`)
	code, out, _ = tram("", "finger", "check", "--json", f["png"])
	if v := parsed(t, out); code != exitGood || v["nfiq2"] != nil || !strings.Contains(v["nfiq2_error"].(string), "too small") {
		t.Error("no score is no fault:", code, out)
	}
	install("exit 3")
	if code, out, _ := tram("", "finger", "check", "--json", f["png"]); code != exitOther || parsed(t, out)["quality"] == nil {
		t.Error("a broken NFIQ 2:", code, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "m.yaml"), []byte("swapped"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, _ := tram("", "finger", "check", f["png"]); code != exitVerification {
		t.Error("another model:", code)
	}
	if code, _, _ := tram("", "finger", "check", "--nfiq2", t.TempDir(), f["png"]); code != exitUsage {
		t.Error("an empty folder:", code)
	}
}

// TestFingerCheckSamples: what other programs wrote is read.
func TestFingerCheckSamples(t *testing.T) {
	for _, name := range []string{"nfiq2/SFinGe_Test01.pgm", "nist/whorl.jpg", "sourceafis/probe.png", "reference/wsq/nbis-cwsq-0.75-crop500.wsq"} {
		file := testdata.Shared(t, "data", "fingerprints", filepath.FromSlash(name))
		code, out, stderr := tram("", "finger", "check", "--json", file)
		if code != exitGood || parsed(t, out)["quality"].(map[string]any)["score"].(float64) <= 0 {
			t.Error(name, code, out, stderr)
		}
	}
}

func TestSaidDPI(t *testing.T) {
	jfif := func(unit byte, x, y string) string {
		return "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01" + string(unit) + x + y + "\x00\x00"
	}
	png := "\x89PNG\r\n\x1a\n"
	for text, want := range map[string]int{
		jfif(1, "\x01\xf4", "\x01\xf4"): 500, jfif(2, "\x00\xc5", "\x00\xc5"): 500, jfif(0, "\x00\x01", "\x00\x01"): 0,
		jfif(1, "\x01\xf4", "\x00\xf4"): 0, "": 0, "\xff\xd8\xff\xe0": 0, png: 0,
		png + "\x00\x00\x00\x09pHYs\x00\x00\x4c\xe5\x00\x00\x4c\xe5\x01":                                     500,
		png + "\x00\x00\x00\x09pHYs\x00\x00\x4c\xe5\x00\x00\x4c\xe5\x00":                                     0, // no unit
		png + "\x00\x00\x00\x09pHYs\x00\x00\x4c":                                                             0,
		png + "\xff\xff\xff\xffpHYs":                                                                         0,
		png + "\x00\x00\x00\x00IDAT\x00\x00\x00\x00\x00\x00\x00\x09pHYs\x00\x00\x4c\xe5\x00\x00\x4c\xe5\x01": 0, // too late
	} {
		if got := saidDPI([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

// TestFingerCheckOfThePlaten: a bare one is clean, one with ridges left on it
// is not.
func TestFingerCheckOfThePlaten(t *testing.T) {
	bare := image.NewGray(image.Rect(0, 0, 384, 384))
	for i := range bare.Pix {
		bare.Pix[i] = 235
	}
	left := image.NewGray(bare.Rect)
	for i, v := range virtual.Ridges(1, biometrics.RightIndex).Pix {
		if x, y := i%320, i/320; y < 384 {
			left.SetGray(x, y, color.Gray{Y: 215 + v/12}) // faint, as grease is
		}
	}
	for name, img := range map[string]*image.Gray{"clean": bare, "dirty": left} {
		file := writePNG(t, name+".png", img)
		code, out, stderr := tram("", "finger", "check", "--platen", "--json", file)
		if v := parsed(t, out); code != exitGood || v["dirty"] != (name == "dirty") || v["quality"] != nil {
			t.Errorf("%s: %d %s %s", name, code, out, stderr)
		}
		if _, out, _ := tram("", "finger", "check", "--platen", file); !strings.Contains(out, name) {
			t.Errorf("%s: %q", name, out)
		}
	}
}
