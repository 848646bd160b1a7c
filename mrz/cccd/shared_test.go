package cccd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shared reads a file of the shared data beside the repository, and skips the
// test where there is none.
func shared(t testing.TB, name string) string {
	t.Helper()
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	root := filepath.Join(filepath.Dir(dir), "shared")
	if _, err := os.Stat(root); err != nil {
		t.Skip("../shared is not there: shared samples are not tested")
	}
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// sample is a payload of qr_samples.txt with its verdict: ok, warn or bad.
type sample struct{ verdict, label, payload string }

func samples(t testing.TB) []sample {
	t.Helper()
	var all []sample
	var s sample
	for line := range strings.Lines(shared(t, "data/vn/qr_samples.txt")) {
		line = strings.TrimRight(line, "\r\n")
		if label, ok := strings.CutPrefix(line, "# "); ok {
			s.label = label
			s.verdict, _, _ = strings.Cut(label, " ")
		} else if line != "" {
			s.payload = line
			all = append(all, s)
		}
	}
	return all
}
