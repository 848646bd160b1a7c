package envelope

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"time"
)

// Rotation is the old key's word for a station's new key.
type Rotation struct {
	Station string
	Old     KeyID
	New     *PublicKey
	At      time.Time // to the millisecond
}

type rotationBody struct {
	Version uint64 `cbor:"1,keyasint"`
	Station string `cbor:"2,keyasint"`
	New     []byte `cbor:"3,keyasint"` // SubjectPublicKeyInfo
	At      int64  `cbor:"4,keyasint"` // Unix milliseconds
}

// SignRotation makes the statement's COSE_Sign1 message, signed by the old key.
func SignRotation(old *Signer, r Rotation) ([]byte, error) {
	if r.New == nil || r.Station == "" || !word(r.Station) {
		return nil, fmt.Errorf("%w: rotation", ErrEncoding)
	}
	return sign(kindRotation, old, &rotationBody{version, r.Station, r.New.der, millis(r.At)})
}

// VerifyRotation checks a statement's signature and form under the old key.
func VerifyRotation(old *PublicKey, raw []byte) (*Rotation, error) {
	var b rotationBody
	if err := verified(kindRotation, old, raw, &b); err != nil {
		return nil, err
	}
	if b.Version != version || b.Station == "" || !word(b.Station) {
		return nil, fmt.Errorf("%w: rotation", ErrEncoding)
	}
	key, err := x509.ParsePKIXPublicKey(b.New)
	if err != nil {
		return nil, fmt.Errorf("%w: rotation: %w", ErrEncoding, err)
	}
	public, err := NewPublicKey(key)
	if err != nil {
		return nil, err
	}
	return &Rotation{b.Station, old.ID(), public, ofMillis(b.At)}, nil
}

// NewRequest makes a certificate request (PKCS #10, DER) of a station: its
// common name is the station, its organizational unit the province.
func NewRequest(s *Signer, station, province string) ([]byte, error) {
	subject := pkix.Name{CommonName: station}
	if province != "" {
		subject.OrganizationalUnit = []string{province}
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: subject, SignatureAlgorithm: x509.ECDSAWithSHA256,
	}, s.key)
	if err != nil {
		return nil, fmt.Errorf("envelope: certificate request: %w", err)
	}
	return der, nil
}

// TLS is the key with its certificate chain (DER, the own one first) for mutual
// TLS. The key may be behind a TPM, which signs SHA-256 alone.
func (s *Signer) TLS(chain [][]byte) tls.Certificate {
	return tls.Certificate{
		Certificate: chain, PrivateKey: s.key, SupportedSignatureAlgorithms: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256},
	}
}
