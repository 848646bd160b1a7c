//go:build realparts

package pack_test

import (
	"crypto/ed25519"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tram-station/tram/biometrics/face/pack"
)

// TestOpenSSL: an authority signs with the commands that the README names.
func TestOpenSSL(t *testing.T) {
	dir, keys := written(t), t.TempDir()
	secret, public := filepath.Join(keys, "secret.pem"), filepath.Join(keys, "signer.pem")
	manifest, signature := filepath.Join(dir, "manifest.json"), filepath.Join(dir, "manifest.sig")
	for _, args := range [][]string{
		{"genpkey", "-algorithm", "ed25519", "-out", secret},
		{"pkey", "-in", secret, "-pubout", "-out", public},
		{"pkeyutl", "-sign", "-inkey", secret, "-rawin", "-in", manifest, "-out", signature},
	} {
		if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %v: %s", args, err, out)
		}
	}
	key, err := pack.ReadSigner(public)
	if err != nil {
		t.Fatal(err)
	}
	opt := pack.Options{Signers: []ed25519.PublicKey{key}}
	if _, err := pack.Install(dir, t.TempDir(), opt); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(manifest, raw(t), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := pack.Install(dir, t.TempDir(), opt); err == nil {
		t.Error("another manifest passed under the signature")
	}
}
