//go:build cgo

package onnx_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestSilent: a process that loads the library and runs a model leaves nothing
// behind. Left alone, the library keeps a session of its telemetry and a log
// of it in the temporary folder.
func TestSilent(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestRun$", "-test.v")
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "ORT_")
	}), "TMPDIR="+dir, "HOME="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestRun") {
		t.Fatalf("%v\n%s", err, out)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
