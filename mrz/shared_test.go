package mrz

import (
	"os"
	"strings"
	"testing"

	"github.com/tram-station/tram/testdata"
)

// sample is one zone of mrz_samples.txt: the label above it and its lines.
type sample struct{ label, text string }

func samples(t testing.TB) []sample {
	t.Helper()
	b, err := os.ReadFile(testdata.Shared(t, "data/vn/mrz_samples.txt"))
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
