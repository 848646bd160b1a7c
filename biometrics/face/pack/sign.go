package pack

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// maxSignature is the length of manifest.sig: the Ed25519 signature of
// manifest.json and nothing else (RFC 8032 §5.1.6), as openssl pkeyutl writes it.
const maxSignature = ed25519.SignatureSize

// maxSigner is the longest file with a public key, in bytes.
const maxSigner = 16 << 10

// Errors of signatures.
var (
	// ErrUnsigned says that a pack without a signature is not taken here.
	ErrUnsigned = errors.New("the pack is not signed, and this station takes only packs of its signers: ask its publisher for manifest.sig")
	// ErrSignature says that a signature is not by a signer of this station, or
	// not for this manifest.
	ErrSignature = errors.New("the signature is by none of this station's signers, or for another manifest: do not use this pack")
	// ErrSigner says that a file holds no public key of a signer.
	ErrSigner = errors.New("not an Ed25519 public key in PEM")
)

// ReadSigner reads one public key: PEM, PUBLIC KEY, Ed25519 (RFC 8410).
func ReadSigner(file string) (ed25519.PublicKey, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxSigner || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", file, ErrSigner)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, rest := pem.Decode(b)
	if block == nil || block.Type != "PUBLIC KEY" || strings.TrimSpace(string(rest)) != "" {
		return nil, fmt.Errorf("%s: %w", file, ErrSigner)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", file, ErrSigner, err)
	}
	signer, ok := key.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%s: %w", file, ErrSigner)
	}
	return signer, nil
}

// ReadSigners reads the keys in a folder, none when there is no such folder. It
// refuses a folder with anything else in it: a key whose file has the wrong
// ending must not leave the station open to every pack.
func ReadSigners(dir string) ([]ed25519.PublicKey, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var keys []ed25519.PublicKey
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if filepath.Ext(path) != ".pem" {
			return nil, fmt.Errorf("%s: %w: the folder of signers holds *.pem alone", path, ErrSigner)
		}
		key, err := ReadSigner(path)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// Signed reports whether the pack carries a signature, whoever made it.
func (p *Pack) Signed() bool { return len(p.signature) > 0 }

// SignedBy is nil when one of the keys signed the pack's manifest, and with it
// every file; [ErrUnsigned] or [ErrSignature] otherwise.
func (p *Pack) SignedBy(keys []ed25519.PublicKey) error {
	if !p.Signed() {
		return fmt.Errorf("pack %s: %w", p, ErrUnsigned)
	}
	for _, key := range keys {
		if len(key) == ed25519.PublicKeySize && ed25519.Verify(key, p.raw, p.signature) {
			return nil
		}
	}
	return fmt.Errorf("pack %s: %w", p, ErrSignature)
}

// allowed is [Pack.SignedBy] for a station that has signers.
func (p *Pack) allowed(signers []ed25519.PublicKey) error {
	if len(signers) == 0 {
		return nil
	}
	return p.SignedBy(signers)
}
