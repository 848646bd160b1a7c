//go:build unix

package nfiq2

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const model = "a small stand-in for a model\n"

// header and row are laid out as NFIQ 2.3 prints them with -q.
const header = `"Filename",FingerCode,QualityScore,"OptionalError",Quantized,Resampled,` +
	"FrequencyDomainAnalysisSpeed,MinutiaeCountSpeed,MinutiaeQualitySpeed,RegionOfInterestMeanSpeed,LocalClaritySpeed," +
	"ContrastSpeed,OrientationCertaintySpeed,OrientationFlowSpeed,RegionOfInterestCoherenceSpeed,RidgeValleyUniformitySpeed,NFIQ2v2.3.0Speed"

func row(score, reason string) string {
	return `"print.png",0,` + score + "," + reason + ",0,0" + strings.Repeat(",5.5355", 10) + ",68.25"
}

func modelHash() string { return fmt.Sprintf("%x", md5.Sum([]byte(model))) }

// said is what the program prints for one picture.
func said(hash string, lines ...string) string {
	return "DEBUG \t| Model Name: Stand-in\nDEBUG \t| Model Hash: " + hash + "\nDEBUG \t| Processing Singles: \n" +
		strings.Join(lines, "\n") + "\n"
}

// install writes a shell script in the place of the program, and a model.
func install(t *testing.T, script string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"nfiq2":           "#!/bin/sh\n" + script,
		"stand-in.yaml":   model,
		"stand-in.txt":    "Name = Stand-in\nVersion = 2.0.0\nPath = stand-in.yaml\nHash = " + strings.ToUpper(modelHash()) + "\n",
		"aa-licence.txt":  "not a model\n",
		"ab-nothing.yaml": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// prints makes a script of text to print.
func prints(text string) string { return "cat <<'END'\n" + text + "END\n" }

func score(t *testing.T, dir string, limit time.Duration) (*Result, error) {
	t.Helper()
	p, err := Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	p.Limit = limit
	return p.Score(t.Context(), image.NewGray(image.Rect(0, 0, 64, 80)), 512)
}

func TestScore(t *testing.T) {
	kept := filepath.Join(t.TempDir(), "kept")
	// It keeps the picture it was given, and its arguments.
	script := "for a; do f=$a; done\ncp \"$f\" " + kept + ".png\necho \"$@\" > " + kept + ".args\npwd > " + kept + ".dir\n"
	dir := install(t, script+prints(said(modelHash(), header, row("54", "NA"))))
	r, err := score(t, dir, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Result{Score: 54, Algorithm: "NFIQ 2.3.0/" + modelHash(), MS: 68.25}); *r != want {
		t.Errorf("%+v, want %+v", *r, want)
	}
	b, err := os.ReadFile(kept + ".png")
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil || img.Bounds().Dx() != 63 || img.Bounds().Dy() != 78 { // 512 → 500 dots an inch
		t.Errorf("%v, %v", img.Bounds(), err)
	}
	if !bytes.Contains(b, []byte("pHYs\x00\x00\x4c\xe5\x00\x00\x4c\xe5\x01")) { // 19,685 pixels a metre
		t.Error("the picture does not say its density")
	}
	args, _ := os.ReadFile(kept + ".args")
	if !strings.HasPrefix(string(args), "-d -q -F -m "+filepath.Join(dir, "stand-in.txt")+" ") {
		t.Errorf("called with %s", args)
	}
	where, _ := os.ReadFile(kept + ".dir")
	if _, err := os.Stat(strings.TrimSpace(string(where))); len(where) == 0 || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the print was left in %s: %v", where, err)
	}
}

// TestPublished: the model that NIST published is told from others.
func TestPublished(t *testing.T) {
	for _, hash := range []string{nistModel, modelHash()} {
		r, err := parse([]byte(said(hash, header, row("54", "NA"))), hash)
		if err != nil || r.Published != (hash == nistModel) {
			t.Errorf("%+v, %v", r, err)
		}
	}
}

// TestFaults: whatever stands in the place of the program, an error comes, in
// time, and says which.
func TestFaults(t *testing.T) {
	good := said(modelHash(), header, row("54", "NA"))
	for name, c := range map[string]struct {
		script string
		want   error
	}{
		"slow":           {"sleep 9\n", ErrTime},
		"slow child":     {"sleep 9 & wait\n", ErrTime},
		"crash":          {prints(good) + "kill -SEGV $$\n", ErrOutput},
		"exit code":      {prints(good) + "exit 1\n", ErrOutput},
		"silence":        {"exit 0\n", ErrModel},
		"garbage":        {"head -c 3000 /dev/urandom\n", ErrModel},
		"too much":       {"yes 'DEBUG \t| Model Hash: " + modelHash() + "'\n", ErrOutput},
		"only the score": {prints("54\n"), ErrModel},
		"another model":  {prints(said(nistModel, header, row("54", "NA"))), ErrModel},
		"no table":       {prints(said(modelHash(), "54")), ErrOutput},
		"no row":         {prints(said(modelHash(), header)), ErrOutput},
		"two rows":       {prints(said(modelHash(), header, row("54", "NA"), row("55", "NA"))), ErrOutput},
		"short row":      {prints(said(modelHash(), header, `"print.png",0,54,NA,0`)), ErrOutput},
		"score of 255":   {prints(said(modelHash(), header, row("255", "NA"))), ErrOutput},
		"score of -1":    {prints(said(modelHash(), header, row("-1", "NA"))), ErrOutput},
		"no version":     {prints(said(modelHash(), strings.Replace(header, "NFIQ2v2.3.0", "Some", 1), row("54", "NA"))), ErrOutput},
		"refused":        {prints(said(modelHash(), header, row("NA", `"Error: Fingerprint area is too small."`))), ErrRefused},
		"none":           {prints(good), nil}, // the control: without a fault it scores
	} {
		limit := time.Minute
		if errors.Is(c.want, ErrTime) {
			limit = 300 * time.Millisecond
		}
		begun := time.Now()
		r, err := score(t, install(t, c.script), limit)
		if !errors.Is(err, c.want) || (err == nil) != (r != nil) {
			t.Errorf("%s: %+v, %v; want %v", name, r, err, c.want)
		}
		if d := time.Since(begun); errors.Is(c.want, ErrTime) && d > 8*time.Second {
			t.Errorf("%s: took %v", name, d)
		}
	}
}

func TestScoreEnds(t *testing.T) {
	p, err := Find(install(t, "sleep 9\n"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.Score(ctx, image.NewGray(image.Rect(0, 0, 64, 80)), 500); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestFind(t *testing.T) {
	p, err := Find(install(t, "exit 0\n"))
	if err != nil || p.Model.Name != "Stand-in" || p.Model.Version != "2.0.0" || p.Model.Hash != modelHash() {
		t.Errorf("%+v, %v", p, err)
	}
	for name, c := range map[string]struct {
		spoil func(dir string) error
		want  error
	}{
		"no program": {func(d string) error { return os.Remove(filepath.Join(d, "nfiq2")) }, ErrNotInstalled},
		"no model":   {func(d string) error { return os.Remove(filepath.Join(d, "stand-in.yaml")) }, ErrNotInstalled},
		"no description": {func(d string) error {
			return os.Remove(filepath.Join(d, "stand-in.txt"))
		}, ErrNotInstalled},
		"another model": {func(d string) error {
			return os.WriteFile(filepath.Join(d, "stand-in.yaml"), []byte("swapped"), 0o600)
		}, ErrModel},
	} {
		dir := install(t, "exit 0\n")
		if err := c.spoil(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := Find(dir); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, dir := range []string{"", filepath.Join(t.TempDir(), "no[thing")} {
		if _, err := Find(dir); !errors.Is(err, ErrNotInstalled) {
			t.Errorf("%q: %v", dir, err)
		}
	}
}

// FuzzParse: hostile output gives an error or a score of 0 to 100 under a
// plain label.
func FuzzParse(f *testing.F) {
	f.Add([]byte(said(modelHash(), header, row("54", "NA"))))
	f.Add([]byte(said(modelHash(), header, row("NA", `"Error: 'no'"`))))
	f.Add([]byte(said("", header)))
	f.Add([]byte("54\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parse(b, modelHash())
		if (err == nil) != (r != nil) {
			t.Fatal(r, err)
		}
		if err != nil {
			if len(err.Error()) > 4*maxReason {
				t.Fatalf("%d bytes of error", len(err.Error()))
			}
			return
		}
		if r.Score < 0 || r.Score > 100 || !(r.MS >= 0) || !strings.HasPrefix(r.Algorithm, "NFIQ ") ||
			!strings.HasSuffix(r.Algorithm, "/"+modelHash()) || len(r.Algorithm) > 64 {
			t.Fatalf("%+v", r)
		}
	})
}
