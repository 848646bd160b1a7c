package cccd

import (
	"os"
	"strings"
	"testing"

	"github.com/tram-station/tram/testdata"
)

// shared reads a file of the shared data beside the repository.
func shared(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(testdata.Shared(t, name))
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
