package pack_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tram-station/tram/biometrics/face/pack"
)

// pair makes the keys of an invented signer.
func pair(n byte) (ed25519.PublicKey, ed25519.PrivateKey) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
	return key.Public().(ed25519.PublicKey), key
}

// sign signs the manifest in dir, as `openssl pkeyutl -sign -rawin` does.
func sign(t *testing.T, dir string, key ed25519.PrivateKey) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "manifest.sig"), ed25519.Sign(key, b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// pemOf is the file of a public key.
func pemOf(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func TestReadSigner(t *testing.T) {
	public, private := pair(1)
	got, err := pack.ReadSigner(file(t, "k.pem", pemOf(t, public)))
	if err != nil || !got.Equal(public) {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "text": []byte("key"), "P-256": pemOf(t, other.Public()),
		"private key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}),
		"two keys":    append(pemOf(t, public), pemOf(t, public)...),
		"broken":      pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte{0x30}}),
		"long":        append(pemOf(t, public), bytes.Repeat([]byte("\n"), 1<<20)...),
	} {
		if key, err := pack.ReadSigner(file(t, "k.pem", b)); !errors.Is(err, pack.ErrSigner) || key != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReadSigners: a folder of signers holds keys and nothing else, so that a
// slip in a name never opens the station to all packs.
func TestReadSigners(t *testing.T) {
	public, _ := pair(1)
	dir := filepath.Join(t.TempDir(), "signers")
	if keys, err := pack.ReadSigners(dir); err != nil || keys != nil {
		t.Errorf("no folder: %v", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.pem"), pemOf(t, public), 0o600); err != nil {
		t.Fatal(err)
	}
	if keys, err := pack.ReadSigners(dir); err != nil || len(keys) != 1 || !keys[0].Equal(public) {
		t.Errorf("one key: %v, %v", keys, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "b.pub"), pemOf(t, public), 0o600); err != nil {
		t.Fatal(err)
	}
	if keys, err := pack.ReadSigners(dir); !errors.Is(err, pack.ErrSigner) || keys != nil {
		t.Errorf("another ending: %v, %v", keys, err)
	}
}
