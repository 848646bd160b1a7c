package main

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics/face/facetest"
	"github.com/tram-station/tram/biometrics/virtual"
)

func writePNG(t *testing.T, name string, img image.Image) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPortraitCheck(t *testing.T) {
	t.Setenv("TRAM_ASSETS", facetest.Assets(t))
	good := writePNG(t, "good.png", virtual.Portrait(1, 480, 640))
	empty := writePNG(t, "empty.png", image.NewGray(image.Rect(0, 0, 480, 640)))
	text := filepath.Join(t.TempDir(), "text.jpg")
	if err := os.WriteFile(text, []byte("no image"), 0o600); err != nil {
		t.Fatal(err)
	}

	code, out, stderr := tram("", "portrait", "check", "--json", good)
	if code != exitGood || stderr != "" {
		t.Fatal(code, out, stderr)
	}
	v := parsed(t, out)
	if v["verdict"] != "passed" || v["file"] != good || v["match"] != nil || len(v["messages"].([]any)) != 0 {
		t.Error(out)
	}
	if d := v["face"].(map[string]any)["eye_distance"].(float64); d < 130 || d > 147 {
		t.Errorf("eye distance %v", d)
	}
	if m := v["measures"].([]any)[0].(map[string]any); m["name"] != "single-face" || m["native"] != 1.0 || m["score"] != 100.0 {
		t.Error(m)
	}

	code, out, _ = tram("", "portrait", "check", "--json", good, empty, text, "--against", good)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != exitInvalid || len(lines) != 3 {
		t.Fatal(code, out)
	}
	if m := parsed(t, lines[0])["match"].(map[string]any); m["band"] != "not done" || m["score"] != nil || m["model"] != nil {
		t.Errorf("a comparison that was not made: %v", m)
	}
	v = parsed(t, lines[1])
	if m := v["messages"].([]any)[0].(map[string]any); v["verdict"] != "failed" || v["face"] != nil || m["code"] != "no-face" || m["vi"] == "" || m["en"] == "" {
		t.Error(lines[1])
	}
	if v := parsed(t, lines[2]); v["error"] == nil || v["file"] != text {
		t.Error(lines[2])
	}
}

func TestPortraitCheckForPeople(t *testing.T) {
	t.Setenv("TRAM_ASSETS", facetest.Assets(t))
	small := writePNG(t, "small.png", virtual.Portrait(1, 120, 160))
	code, out, _ := tram("", "portrait", "check", small, "--against", small)
	if code != exitInvalid || !strings.Contains(out, "small.png: failed") ||
		!strings.Contains(out, "Mời lại gần hơn.") || !strings.Contains(out, "not done") {
		t.Errorf("%d\n%s", code, out)
	}
	if code, _, _ := tram("", "portrait", "check"); code != exitUsage {
		t.Errorf("no image: exit %d", code)
	}
	if code, _, _ := tram("", "portrait", "check", small, "--against", small+".not"); code != exitInvalid {
		t.Errorf("nothing to compare with: exit %d", code)
	}
}

func TestPortraitCheckWithoutAssets(t *testing.T) {
	t.Setenv("TRAM_ASSETS", t.TempDir())
	code, _, stderr := tram("", "portrait", "check", "x.png")
	if code != exitOther || !strings.Contains(stderr, "make assets") {
		t.Error(code, stderr)
	}
}

// TestPortraitCheckWithModels: with a pack there are landmarks, and faces are
// compared.
func TestPortraitCheckWithModels(t *testing.T) {
	t.Setenv("TRAM_DATA", t.TempDir())
	live := writePNG(t, "live.png", virtual.Portrait(1, 480, 640))
	chip := writePNG(t, "chip.png", virtual.Portrait(1, 240, 320))
	code, out, stderr := tram("", "portrait", "check", "--json", live, "--against", chip)
	if stderr != "" {
		t.Fatal(code, stderr)
	}
	v := parsed(t, out)
	if m, ok := v["face"].(map[string]any)["model"].(string); !ok || !strings.Contains(m, "face-api-68") {
		t.Errorf("exit %d: %v", code, v["face"])
	}
	m := v["match"].(map[string]any)
	if score, ok := m["score"].(float64); !ok || score < 0.8 || m["band"] != "accept" || !strings.Contains(m["model"].(string), "default") {
		t.Errorf("%v", m)
	}
	if code, _, stderr := tram("", "portrait", "check", live, "--models", "no-such-pack"); code == exitGood || !strings.Contains(stderr, "no-such-pack") {
		t.Errorf("a pack that is not there: exit %d, %s", code, stderr)
	}
}
