package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBenchFinger measures each step once beside programs that stand for
// NBIS's, and fails where one of them does.
func TestBenchFinger(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"cwsq", "dwsq", "bozorth3", "mindtct"} {
		script := "#!/bin/sh\n[ $# -eq 0 ] && exit 1\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script+"exit 0\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	code, out, stderr := tram("", "bench", "finger", "--json", "--finger-rounds", "1", "--nbis", dir)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != exitGood || len(lines) != 10 {
		t.Fatal(code, out, stderr)
	}
	for _, l := range lines {
		if v := parsed(t, l); v["group"] != "finger" || v["runs"] != 1.0 || v["figure"] == "" {
			t.Error(l)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "dwsq"), []byte("#!/bin/sh\nexit 3\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := tram("", "bench", "finger", "--finger-rounds", "1", "--nbis", dir); code == exitGood || !strings.Contains(stderr, "dwsq") {
		t.Errorf("a peer that fails: %d %q", code, stderr)
	}
	if code, _, _ := tram("", "bench", "finger", "--finger-rounds", "0"); code != exitUsage {
		t.Errorf("no rounds: %d", code)
	}
	if code, _, _ := tram("", "bench", "finger", "--print", filepath.Join(dir, "none.png")); code != exitInvalid {
		t.Errorf("no print: %d", code)
	}
}
