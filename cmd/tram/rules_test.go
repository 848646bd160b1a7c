package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestLoadRules: the built-in pack needs no file; another is checked in full
// before the station starts.
func TestLoadRules(t *testing.T) {
	if r, err := loadRules(""); r != nil || err != nil {
		t.Errorf("no file: %v, %v", r, err)
	}
	example := filepath.Join("..", "..", "kiosk", "enrol", "rules", "example-issuance.json")
	if r, err := loadRules(example); err != nil || r.FingerMode != "slaps-rolled" {
		t.Errorf("the example: %v", err)
	}
	good, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"cut": good[:len(good)/2], "half a slap": bytes.Replace(good, []byte("[1, 2, 3,"), []byte("[1, 2,"), 1),
		"too large": append(good, bytes.Repeat([]byte(" "), maxRules)...),
	} {
		path := filepath.Join(t.TempDir(), "rules.json")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if r, err := loadRules(path); err == nil || r != nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := loadRules(filepath.Join(t.TempDir(), "none.json")); err == nil {
		t.Error("a file that is not there was accepted")
	}
}
