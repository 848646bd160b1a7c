//go:build realparts

package main

import (
	"path/filepath"
	"testing"

	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/testdata"
)

// TestPortraitAgainst: with the models of the assets, a citizen is compared
// with the picture of a chip, also one in JPEG 2000.
func TestPortraitAgainst(t *testing.T) {
	t.Setenv("TRAM_ASSETS", testdata.Assets(t))
	testdata.Asset(t, "models/default/manifest.json")
	faces := testdata.Shared(t, "data", "faces")
	live := filepath.Join(faces, "pairs", "frll003_smiling.jpg")
	for file, c := range map[string]struct {
		band string
		code int
	}{
		"chip/frll003_480x640.jpg":     {"accept", exitGood},
		"chip/frll003_240x320.jp2":     {"accept", exitGood},
		"chip/frll003_240x320_raw.j2k": {"accept", exitGood},
		"chip/frll001_480x640.jp2":     {"alarm", exitVerification},
	} {
		code, out, stderr := tram("", "portrait", "check", "--json", live, "--against", filepath.Join(faces, file))
		if code != c.code {
			t.Errorf("%s: exit %d, want %d: %s%s", file, code, c.code, out, stderr)
			continue
		}
		m := parsed(t, out)["match"].(map[string]any)
		if m["band"] != c.band || m["model"] == "" || m["score"] == nil {
			t.Errorf("%s: %v", file, m)
		}
	}
}

// TestPortraitAgainstDrawn: a drawn citizen is like himself, and like no other.
func TestPortraitAgainstDrawn(t *testing.T) {
	t.Setenv("TRAM_ASSETS", testdata.Assets(t))
	testdata.Asset(t, "models/default/manifest.json")
	one, small := writePNG(t, "one.png", virtual.Portrait(1, 480, 640)), writePNG(t, "small.png", virtual.Portrait(1, 390, 520))
	code, out, stderr := tram("", "portrait", "check", "--json", one, "--against", small)
	if m := parsed(t, out)["match"].(map[string]any); code != exitGood || m["band"] != "accept" {
		t.Errorf("exit %d: %v %s", code, m, stderr)
	}
}
