package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics/face/facetest"
	"github.com/tram-station/tram/biometrics/virtual"
)

// benchPeer is a program that answers as another finder would.
func benchPeer(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "peer.sh")
	if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	return "other=sh " + path
}

// TestBenchPortrait: every step is measured on the photograph, beside the peer
// that is given the same picture.
func TestBenchPortrait(t *testing.T) {
	t.Setenv("TRAM_ASSETS", facetest.Assets(t))
	t.Setenv("TRAM_DATA", t.TempDir())
	photo := savePNG(t, "photo.png", virtual.Portrait(3, 600, 800))
	peer := benchPeer(t, "while read -r f; do test -s \"$f\" && echo '{\"ms\":5,\"cpu_ms\":0.5}'; done\n")
	code, out, stderr := tram("", "bench", "portrait", "--json", "--rounds", "1", "--photo", photo, "--finder", peer)
	if code != exitGood {
		t.Fatal(stderr)
	}
	rows := map[string]map[string]any{}
	for line := range strings.Lines(out) {
		v := parsed(t, line)
		rows[v["figure"].(string)] = v
	}
	for _, figure := range []string{"whole check: find, landmarks, judge", "find and landmarks", "judge", "crop, JPEG of at most 60 kB"} {
		r := rows[figure]
		if r == nil || r["runs"] != 1.0 || r["best_ms"].(float64) <= 0 || r["best_ms"].(float64) > r["p95_ms"].(float64) {
			t.Errorf("%s: %v", figure, r)
		}
	}
	if r := rows["other"]; r == nil || r["median_ms"] != 5.0 || r["ratio"] != 1.0 {
		t.Errorf("peer: %v", r)
	}
	find := rows["find and landmarks"]
	if cpu := find["cpu_ms"].(float64); find["ratio"] != cpu/0.5 {
		t.Errorf("ratio: %v", find)
	}
	if g := rows["guidance on one core"]; g == nil || g["judged_per_second"].(float64) <= 0 || g["shown_per_second"].(float64) > guidanceRate+1 {
		t.Errorf("guidance: %v", g)
	}
}

// TestBenchPeers: a peer that does not answer ends the measuring; TestBenchPortrait
// is the control.
func TestBenchPeers(t *testing.T) {
	for name, script := range map[string]string{
		"ends":    "read -r f\n",
		"babbles": "while read -r f; do echo no; done\n",
	} {
		rows, err := peerRows(t.Context(), "find", []string{benchPeer(t, script)}, []string{"frame.png"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := measure(t.Context(), rows, 1); err == nil || !strings.Contains(err.Error(), "other: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, peer := range []string{"sh", "other=", "other=/no/such/program"} {
		if rows, err := peerRows(t.Context(), "find", []string{peer}, nil, nil); err == nil || rows != nil {
			t.Errorf("%s: %v", peer, err)
		}
	}
}

func TestBenchPortraitRefused(t *testing.T) {
	t.Setenv("TRAM_ASSETS", facetest.Assets(t))
	t.Setenv("TRAM_DATA", t.TempDir())
	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"no rounds":         {[]string{"--rounds", "0"}, exitUsage},
		"no photograph":     {[]string{"--photo", "absent.png"}, exitInvalid},
		"flag of print":     {[]string{"--every", "2"}, exitUsage},
		"named pack absent": {[]string{"--models", "absent"}, exitOther},
	} {
		if code, _, stderr := tram("", append([]string{"bench", "portrait", "--rounds", "1"}, c.args...)...); code != c.code || stderr == "" {
			t.Errorf("%s: exit %d, want %d: %s", name, code, c.code, stderr)
		}
	}
}
