package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tram-station/tram/offline/envelope"
)

// TestKeysSupervisor: the identity goes to the supervisor's file, its public
// half to the station; nothing is ever overwritten.
func TestKeysSupervisor(t *testing.T) {
	data, stick := t.TempDir(), filepath.Join(t.TempDir(), "supervisor.age")
	if to, err := loadSupervisor(data); to != nil || err != nil {
		t.Fatalf("before the first: %v, %v", to, err)
	}
	supervisor := func(want int, data, file string) string {
		t.Helper()
		out, errs, code := tramKeys(t, "supervisor", "--data", data, file)
		if code != want {
			t.Fatalf("%s: %d, want %d: %s%s", file, code, want, out, errs)
		}
		return out + errs
	}
	out := supervisor(exitGood, data, stick)
	identity, err := envelope.LoadIdentity(stick)
	if err != nil {
		t.Fatal(err)
	}
	to, err := loadSupervisor(data)
	if err != nil || to.String() != identity.Recipient().String() || !strings.Contains(out, to.ID().String()) || strings.Contains(out, "AGE-SECRET") {
		t.Fatalf("%v, %v: %s", to, err, out)
	}
	secret, err := os.ReadFile(stick)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other.age")
	if out := supervisor(exitUsage, data, other); !strings.Contains(out, "queue ls --held") || exists(other) {
		t.Errorf("another supervisor: %s", out)
	}
	supervisor(exitGood, data, stick) // again, the same
	second := t.TempDir()
	supervisor(exitGood, second, stick) // and for another station
	if to2, err := loadSupervisor(second); err != nil || to2.ID() != to.ID() {
		t.Errorf("the second station: %v, %v", to2, err)
	}
	supervisor(exitGood, t.TempDir(), other)
	supervisor(exitUsage, data, other) // a key that is there already, of somebody else
	if after, err := os.ReadFile(stick); err != nil || !bytes.Equal(after, secret) {
		t.Errorf("the identity was written again: %v", err)
	}
	if again, err := loadSupervisor(data); err != nil || again.ID() != to.ID() {
		t.Errorf("the station's half was written again: %v", err)
	}
	inside := filepath.Join(t.TempDir(), "data")
	supervisor(exitUsage, inside, filepath.Join(inside, "supervisor.age"))
	if exists(inside) {
		t.Error("something was made for a refusal")
	}
	foreign := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(foreign, []byte("no key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	supervisor(exitUsage, t.TempDir(), foreign)
	if err := os.WriteFile(filepath.Join(data, supervisorFile), []byte("age1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadSupervisor(data); err == nil || !strings.Contains(err.Error(), "tram keys supervisor") {
		t.Errorf("a damaged half: %v", err)
	}
}
