package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestSandboxHolds: each misdeed is refused inside, and works outside, so that
// it is the sandbox that refuses it.
func TestSandboxHolds(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	do := func(how, what string) int {
		at := secret
		if what == "connect" {
			at = listener.Addr().String()
		}
		s := childDoing(how, what, at)
		cmd := exec.Command(s.program, s.args...)
		if how == "confined" {
			cmd.Env = []string{}
		}
		_ = cmd.Run()
		return cmd.ProcessState.ExitCode()
	}
	for what := range misdeeds {
		if code := do("confined", what); code != exitInvalid && (what != "memory" || code == exitGood) {
			t.Errorf("%s in the sandbox ends with %d", what, code)
		}
		if code := do("free", what); code != exitGood { // the control
			t.Errorf("%s outside ends with %d", what, code)
		}
	}
	if words, whole := confinement(); !whole {
		t.Logf("this kernel lets less be given up: %s", words)
	}
}
