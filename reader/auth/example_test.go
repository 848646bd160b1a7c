package auth

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tram-station/tram/reader/auth/cvc"
	"github.com/tram-station/tram/reader/crypt"
)

// TestEACWorkedExample runs the example of TR-03110. It is of version 2 of the
// protocols, which derives the session keys of chip authentication otherwise;
// the secret, and what the terminal signs, are those of version 1.
func TestEACWorkedExample(t *testing.T) {
	tests := []struct {
		file, authority string
		group           int
		now             time.Time
		deterministic   bool
	}{
		{"eac-worked-example-ecdh.txt", "DECVCAAT00001", 13, time.Date(2010, 10, 5, 0, 0, 0, 0, time.UTC), false},
		{"eac-worked-example-dh.txt", "DETESTCVCA00003", 0, time.Date(2010, 4, 1, 0, 0, 0, 0, time.UTC), true},
	}
	for _, tt := range tests {
		v := load(t, tt.file)
		g, err := crypt.StandardGroup(tt.group)
		if err != nil {
			t.Fatal(err)
		}
		mine, err := g.Base(v["terminal_private"])
		if err != nil || !bytes.Equal(g.Bytes(mine), v["terminal_public"]) {
			t.Fatalf("%s: public key %X, %v", tt.file, g.Bytes(mine), err)
		}
		theirs, err := g.Element(v["chip_public"])
		if err != nil {
			t.Fatal(err)
		}
		shared, err := g.Mul(theirs, v["terminal_private"])
		if err != nil || !bytes.Equal(g.Secret(shared), v["secret"]) {
			t.Fatalf("%s: secret, %v", tt.file, err)
		}
		pace, err := g.Element(v["pace_chip_public"])
		if err != nil {
			t.Fatal(err)
		}
		message := bytes.Join([][]byte{crypt.Compressed(g, pace), v["challenge"], crypt.Compressed(g, mine)}, nil)
		signs(t, tt.file, exampleTerminal(t, v), tt.authority, tt.now, message, v["signature"], tt.deterministic)
	}
}

// exampleTerminal loads the example's certificates and key as files.
func exampleTerminal(t *testing.T, v map[string][]byte) *FileTerminal {
	t.Helper()
	dir := t.TempDir()
	for name, field := range map[string]string{
		"a.cvcert": "authority", "d.cvcert": "verifier", "t.cvcert": "terminal", "terminal.pkcs8": "signing_key",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), v[field], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := LoadTerminal(dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func signs(t *testing.T, name string, f *FileTerminal, authority string, now time.Time, message, example []byte, deterministic bool) {
	t.Helper()
	f.Now = func() time.Time { return now }
	chain, err := f.Chain(t.Context(), []string{authority})
	if err != nil || len(chain) != 2 {
		t.Fatalf("%s: %d certificates, %v", name, len(chain), err)
	}
	mine, err := f.Sign(t.Context(), message)
	if err != nil || deterministic != bytes.Equal(mine, example) {
		t.Fatalf("%s: signature %X, %v", name, mine, err)
	}
	var issuer cvc.Key
	for _, c := range f.all {
		if c.SelfSigned() {
			issuer = c.Key
		}
	}
	key, err := f.own.Key.Inherit(issuer)
	if err != nil {
		t.Fatal(err)
	}
	for which, s := range map[string][]byte{"example": example, "own": mine} {
		if err := key.Verify(message, s); err != nil {
			t.Errorf("%s: the %s signature: %v", name, which, err)
		}
		message[0] ^= 1
		if err := key.Verify(message, s); err == nil {
			t.Errorf("%s: the %s signature is over anything", name, which)
		}
		message[0] ^= 1
	}
}
