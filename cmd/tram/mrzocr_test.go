//go:build realparts

package main

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tram-station/tram/mrz/specimen"
)

func TestMRZOCR(t *testing.T) {
	dir := t.TempDir()
	save := func(name string, img image.Image) string {
		t.Helper()
		file := filepath.Join(dir, name)
		f, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, img); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		return file
	}
	frame, truth, err := specimen.ZoneFrame(7, specimen.Shot{})
	if err != nil {
		t.Fatal(err)
	}
	card := save("card.png", frame)
	desk := save("desk.png", specimen.EmptyFrame(7, specimen.Desk, specimen.Shot{}))

	code, out, stderr := tram("", "mrz", "ocr", card, "--json")
	if code != exitGood || stderr != "" {
		t.Fatal(code, out, stderr)
	}
	v := parsed(t, out)
	lines := []string{}
	for _, l := range v["lines"].([]any) {
		lines = append(lines, l.(string))
	}
	number := v["fields"].(map[string]any)["document_number"].(map[string]any)
	if strings.Join(lines, " ") != strings.Join(truth.Lines, " ") || v["valid"] != true || v["format"] != "TD1" ||
		v["file"] != card || v["ms"].(float64) <= 0 || len(v["corners"].([]any)) != 4 || number["value"] != truth.Lines[0][5:14] {
		t.Error(out)
	}

	code, out, stderr = tram("", "mrz", "ocr", desk, card, filepath.Join(dir, "none.png"))
	all := strings.Split(strings.TrimSpace(out), "\n")
	if code != exitInvalid || stderr != "" || len(all) != 3 {
		t.Fatal(code, out, stderr)
	}
	for i, want := range []string{"no machine-readable zone", "", "no such file"} {
		v := parsed(t, all[i])
		if s, _ := v["error"].(string); !strings.Contains(s, want) || (want == "") != (s == "") || (v["lines"] == nil) != (want != "") {
			t.Errorf("line %d: %s", i, all[i])
		}
	}
}
