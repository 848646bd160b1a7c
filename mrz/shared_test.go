package mrz

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shared returns the path of a file in the shared data beside the repository,
// and skips the test where there is none.
func shared(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
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
	return filepath.Join(root, name)
}

// sample is one zone of mrz_samples.txt: the label above it and its lines.
type sample struct{ label, text string }

func samples(t testing.TB) []sample {
	t.Helper()
	b, err := os.ReadFile(shared(t, "data/vn/mrz_samples.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	label := ""
	var lines []string
	for line := range strings.Lines(string(b) + "\n") {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(line, "#"):
			label = strings.TrimSpace(line[1:])
		case line != "":
			lines = append(lines, line)
		case len(lines) > 0:
			all = append(all, sample{label, strings.Join(lines, "\n")})
			lines = nil
		}
	}
	return all
}
