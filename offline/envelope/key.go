package envelope

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"os"

	"github.com/veraison/go-cose"
)

// ErrKeyType says that a key is not the P-256 key that ES256 wants.
var ErrKeyType = errors.New("envelope: not a P-256 key")

// PublicKey verifies what a Signer signed.
type PublicKey struct {
	key *ecdsa.PublicKey
	der []byte
	id  KeyID
}

// NewPublicKey takes a P-256 public key.
func NewPublicKey(key crypto.PublicKey) (*PublicKey, error) {
	ec, ok := key.(*ecdsa.PublicKey)
	if !ok || ec.Curve != elliptic.P256() {
		return nil, ErrKeyType
	}
	der, err := x509.MarshalPKIXPublicKey(ec)
	if err != nil {
		return nil, fmt.Errorf("envelope: encode public key: %w", err)
	}
	return &PublicKey{key: ec, der: der, id: keyID(der)}, nil
}

// ParsePublicKey reads the base64 SubjectPublicKeyInfo that String writes.
func ParsePublicKey(s string) (*PublicKey, error) {
	der, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("envelope: public key: %w", err)
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("envelope: public key: %w", err)
	}
	return NewPublicKey(key)
}

// ID names the key.
func (p *PublicKey) ID() KeyID { return p.id }

func (p *PublicKey) String() string { return base64.StdEncoding.EncodeToString(p.der) }

// MarshalText writes the key as base64 SubjectPublicKeyInfo.
func (p *PublicKey) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (p *PublicKey) UnmarshalText(b []byte) error {
	v, err := ParsePublicKey(string(b))
	if err != nil {
		return err
	}
	*p = *v
	return nil
}

// Signer signs for a station or for the central (ES256). Signatures of a key
// file are deterministic (RFC 6979): the same record always gives the same
// bytes, which is what makes a receipt replayable.
type Signer struct {
	key    crypto.Signer
	public *PublicKey
}

// NewSigner takes a P-256 key, be it in memory or behind a TPM.
func NewSigner(key crypto.Signer) (*Signer, error) {
	public, err := NewPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	return &Signer{key: key, public: public}, nil
}

// GenerateKey makes a new P-256 key.
func GenerateKey() (*Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("envelope: generate key: %w", err)
	}
	return NewSigner(key)
}

// ID names the public key.
func (s *Signer) ID() KeyID { return s.public.ID() }

// Public returns the verifying half.
func (s *Signer) Public() *PublicKey { return s.public }

// LogValue keeps the key out of logs.
func (s *Signer) LogValue() slog.Value { return slog.StringValue("signer " + s.ID().String()) }

// String keeps the key out of prints.
func (s *Signer) String() string { return "signer " + s.ID().String() }

// GoString keeps the key out of %#v.
func (s *Signer) GoString() string { return s.String() }

// coseSigner adapts a Signer; go-cose's own signer is never deterministic.
type coseSigner struct{ *Signer }

func (coseSigner) Algorithm() cose.Algorithm { return cose.AlgorithmES256 }

func (c coseSigner) Sign(_ io.Reader, content []byte) ([]byte, error) {
	digest := Sum(content)
	der, err := c.key.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var sig struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &sig); err != nil {
		return nil, err
	}
	const n = 32 // octets of a P-256 scalar, RFC 9053 §2.1
	out := make([]byte, 2*n)
	if err := cose.I2OSP(sig.R, out[:n]); err != nil {
		return nil, err
	}
	if err := cose.I2OSP(sig.S, out[n:]); err != nil {
		return nil, err
	}
	return out, nil
}

// SaveKey writes the key to a new file that only its owner reads (PKCS #8 in
// PEM). It never overwrites a key.
func SaveKey(path string, s *Signer) error {
	der, err := x509.MarshalPKCS8PrivateKey(s.key)
	if err != nil {
		return fmt.Errorf("envelope: this key does not leave its device: %w", err)
	}
	return saveSecret(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// LoadKey reads what SaveKey wrote. A file that others may read is refused.
func LoadKey(path string) (*Signer, error) {
	raw, err := loadSecret(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, fmt.Errorf("envelope: %s holds no PEM private key", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("envelope: %s: %w", path, err)
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: %w", path, ErrKeyType)
	}
	return NewSigner(ec)
}

// OpenKey loads the key of the file, or makes one when there is no file.
func OpenKey(path string) (*Signer, error) {
	s, err := LoadKey(path)
	if !errors.Is(err, os.ErrNotExist) {
		return s, err
	}
	if s, err = GenerateKey(); err != nil {
		return nil, err
	}
	if err := SaveKey(path, s); err != nil {
		return nil, err
	}
	return s, nil
}
