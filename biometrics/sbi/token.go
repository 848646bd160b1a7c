package sbi

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"time"
)

// Limits of a token.
const (
	maxHeader       = 64 << 10
	maxCertificates = 6
	minRSABits      = 2048
	maxRSABits      = 8192 // a longer key would only take time
)

// token is a JSON Web Signature in its compact form (RFC 7515 §7.1). What it
// says counts only after checker.verify.
type token struct {
	signed    string // header.payload
	header    []byte
	payload   []byte
	signature []byte
}

// jose is the header of a token.
type jose struct {
	Algorithm    string          `json:"alg"`
	Certificates json.RawMessage `json:"x5c"`
	Critical     json.RawMessage `json:"crit"`
}

// decodeBase64 reads base64url, with or without padding.
func decodeBase64(s string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
}

func parseToken(s string) (*token, error) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || len(parts[0]) > maxHeader {
		return nil, replyError("no signed token")
	}
	t := &token{signed: parts[0] + "." + parts[1]}
	for i, to := range []*[]byte{&t.header, &t.payload, &t.signature} {
		b, err := decodeBase64(parts[i])
		if err != nil {
			return nil, replyError("a token that is not in base64url")
		}
		*to = b
	}
	return t, nil
}

// chain are the certificates of the header, the signer's first. The interface
// writes one as text, RFC 7515 §4.1.6 a list.
func (h *jose) chain() ([]*x509.Certificate, error) {
	var texts []string
	if json.Unmarshal(h.Certificates, &texts) != nil {
		texts = make([]string, 1)
		if json.Unmarshal(h.Certificates, &texts[0]) != nil {
			return nil, untrusted("a token without a certificate")
		}
	}
	if len(texts) == 0 || len(texts) > maxCertificates {
		return nil, untrusted("a token without a certificate")
	}
	var chain []*x509.Certificate
	for _, s := range texts {
		der, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return nil, untrusted("a certificate that is not in base64")
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, untrusted("a certificate that can not be read")
		}
		chain = append(chain, c)
	}
	return chain, nil
}

// checker decides whether a token was signed by a scanner.
type checker struct {
	roots *x509.CertPool // nil: the keys are not traced
	now   time.Time
}

// verify checks the signature, that the signer's certificate is in force and,
// with roots, that it leads to one of them. It returns the signer's key, encoded.
func (c checker) verify(t *token) (key []byte, err error) {
	var h jose
	if json.Unmarshal(t.header, &h) != nil || len(h.Critical) > 0 {
		return nil, untrusted("a token with a header that is not understood")
	}
	chain, err := h.chain()
	if err != nil {
		return nil, err
	}
	leaf := chain[0]
	if !signs(leaf.PublicKey, h.Algorithm, t.signed, t.signature) {
		return nil, untrusted("a wrong signature")
	}
	if c.now.Before(leaf.NotBefore) || c.now.After(leaf.NotAfter) {
		return nil, untrusted("the scanner's certificate is not in force: check the station's clock")
	}
	if c.roots == nil {
		return leaf.RawSubjectPublicKeyInfo, nil
	}
	between := x509.NewCertPool()
	for _, cert := range chain[1:] {
		between.AddCert(cert)
	}
	_, err = leaf.Verify(x509.VerifyOptions{
		Roots: c.roots, Intermediates: between, CurrentTime: c.now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return nil, untrusted("the scanner's certificate leads to no trusted root")
	}
	return leaf.RawSubjectPublicKeyInfo, nil
}

// signs verifies a signature by the algorithms that the interface allows
// (§Cryptography: RSA of 2048 bits and more, curve 25519), and by ES256, which
// makers use (RFC 7518 §3.3, §3.4; RFC 8037 §3.1).
func signs(public any, algorithm, signed string, signature []byte) bool {
	digest := sha256.Sum256([]byte(signed))
	switch key := public.(type) {
	case *rsa.PublicKey:
		return algorithm == "RS256" && key.N.BitLen() >= minRSABits && key.N.BitLen() <= maxRSABits &&
			rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil
	case *ecdsa.PublicKey:
		const half = 32
		if algorithm != "ES256" || key.Curve != elliptic.P256() || len(signature) != 2*half {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])
		return ecdsa.Verify(key, digest[:], r, s)
	case ed25519.PublicKey:
		return algorithm == "EdDSA" && ed25519.Verify(key, []byte(signed), signature)
	}
	return false
}

// open parses and verifies a token, and reads what it says into claims.
func (c checker) open(s string, claims any) (key []byte, err error) {
	t, err := parseToken(s)
	if err != nil {
		return nil, err
	}
	if key, err = c.verify(t); err != nil {
		return nil, err
	}
	if json.Unmarshal(t.payload, claims) != nil {
		return nil, replyError("a token that says nothing")
	}
	return key, nil
}
