// Package envelope seals parts of bytes for the central system and proves what
// was sealed. It carries bytes and knows nothing of what they mean.
//
// Each part is encrypted by itself to the central's age hybrid recipients
// (ML-KEM-768 with X25519), so that the station cannot read what it keeps. The
// ciphertext is cut into chunks named by their SHA-256. Two manifests in
// deterministic CBOR, both signed by the station (COSE_Sign1, ES256), bind
// them: the outer one names chunks only; the inner one, which lies inside the
// seal, names the parts and their plaintext hashes. The central answers with a
// signed Receipt.
package envelope

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// Digest is a SHA-256 value.
type Digest [sha256.Size]byte

// Sum returns the digest of b.
func Sum(b []byte) Digest { return sha256.Sum256(b) }

// ErrDigest says that bytes do not have the digest they are named by.
var ErrDigest = errors.New("envelope: bytes do not match their digest: the copy is damaged")

// ParseDigest reads the 64 lower-case hexadecimal digits that String writes.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	if len(s) != 2*len(d) {
		return Digest{}, fmt.Errorf("envelope: digest of %d characters, want %d", len(s), 2*len(d))
	}
	if _, err := hex.Decode(d[:], []byte(s)); err != nil {
		return Digest{}, fmt.Errorf("envelope: digest: %w", err)
	}
	if d.String() != s {
		return Digest{}, errors.New("envelope: digest is not in lower case")
	}
	return d, nil
}

// Check returns ErrDigest unless b has the digest d.
func (d Digest) Check(b []byte) error {
	if Sum(b) != d {
		return ErrDigest
	}
	return nil
}

func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText writes the digest in hexadecimal.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Digest) UnmarshalText(b []byte) error {
	v, err := ParseDigest(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// KeyID names a public key: the first 16 bytes of the SHA-256 of its encoding
// (SubjectPublicKeyInfo for a signing key, the age string for a recipient).
type KeyID [16]byte

func keyID(encoding []byte) KeyID {
	sum := sha256.Sum256(encoding)
	return KeyID(sum[:len(KeyID{})])
}

func (k KeyID) String() string { return hex.EncodeToString(k[:]) }

// MarshalText writes the key's name in hexadecimal.
func (k KeyID) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (k *KeyID) UnmarshalText(b []byte) error {
	if len(b) != 2*len(k) {
		return fmt.Errorf("envelope: key name of %d characters, want %d", len(b), 2*len(k))
	}
	_, err := hex.Decode(k[:], b)
	return err
}
