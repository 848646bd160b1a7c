package main

import (
	"strings"
	"testing"
)

// TestStationKind: a kind that the rules do not know is refused before anything
// is opened; a known one gets as far as the pairing.
func TestStationKind(t *testing.T) {
	for kind, want := range map[string]string{"embassy": "--station-kind", "immigration": "not paired"} {
		code, _, said := tram("", "run", "--data", t.TempDir(), "--station-kind", kind, "--tpm", "none")
		if code != exitUsage || !strings.Contains(said, want) {
			t.Errorf("%s: exit %d, %q", kind, code, said)
		}
	}
}
