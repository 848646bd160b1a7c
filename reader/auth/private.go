package auth

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/tram-station/tram/reader/auth/cvc"
	"github.com/tram-station/tram/reader/crypt"
)

// errPrivateKey says that a file is no private key for terminal
// authentication. What is in it stays out of every message.
var errPrivateKey = errors.New("not a PKCS#8 private key (RSA, or EC on a known curve)")

var (
	oidRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidEC  = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
)

// parsePrivateKey reads PKCS#8 (RFC 5958), also with the curves that crypto/x509
// does not know.
func parsePrivateKey(der []byte) (signer, error) {
	in := cryptobyte.String(der)
	var seq, identifier, inner cryptobyte.String
	var version int
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !in.Empty() || !seq.ReadASN1Integer(&version) ||
		!seq.ReadASN1Element(&identifier, cbasn1.SEQUENCE) || !seq.ReadASN1(&inner, cbasn1.OCTET_STRING) {
		return nil, errPrivateKey
	}
	whole := []byte(identifier)
	var algorithm cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !identifier.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&oid) {
		return nil, errPrivateKey
	}
	switch {
	case oid.Equal(oidRSA):
		key, err := x509.ParsePKCS1PrivateKey(inner)
		if err != nil {
			return nil, errPrivateKey
		}
		return &rsaSigner{key}, nil
	case oid.Equal(oidEC):
		return parseCurveKey(whole, inner)
	}
	return nil, errPrivateKey
}

// parseCurveKey reads ECPrivateKey (RFC 5915).
func parseCurveKey(identifier []byte, inner cryptobyte.String) (signer, error) {
	var seq, octets cryptobyte.String
	var version int
	if !inner.ReadASN1(&seq, cbasn1.SEQUENCE) || !seq.ReadASN1Integer(&version) || version != 1 ||
		!seq.ReadASN1(&octets, cbasn1.OCTET_STRING) {
		return nil, errPrivateKey
	}
	group, err := crypt.ParseGroup(identifier)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errPrivateKey, err)
	}
	curve, ok := group.(*crypt.Curve)
	if !ok {
		return nil, errPrivateKey
	}
	d := new(big.Int).SetBytes(octets)
	if d.Sign() == 0 || d.Cmp(curve.Order()) >= 0 {
		return nil, errPrivateKey
	}
	public, err := curve.Base(octets)
	if err != nil {
		return nil, errPrivateKey
	}
	return &curveSigner{curve: curve, d: d, public: public}, nil
}

type rsaSigner struct{ key *rsa.PrivateKey }

func (s *rsaSigner) fits(k cvc.Key) bool { return k.RSA != nil && s.key.PublicKey.Equal(k.RSA) }

func (s *rsaSigner) sign(rand io.Reader, digest []byte, a cvc.Algorithm) ([]byte, error) {
	switch a.Scheme {
	case cvc.PKCS1:
		return rsa.SignPKCS1v15(rand, s.key, a.Hash, digest)
	case cvc.PSS:
		return rsa.SignPSS(rand, s.key, a.Hash, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	}
	return nil, fmt.Errorf("%w: %v with an RSA key", cvc.ErrUnsupported, a)
}

type curveSigner struct {
	curve  *crypt.Curve
	d      *big.Int
	public crypt.Element
}

func (s *curveSigner) fits(k cvc.Key) bool { return k.IsPoint(s.curve.Bytes(s.public)) }

// sign makes r ‖ s (TR-03111 §4.2.1). The curve's arithmetic takes the same
// time for every nonce; that of the numbers does not, so that they are blinded.
func (s *curveSigner) sign(rand io.Reader, digest []byte, a cvc.Algorithm) ([]byte, error) {
	if a.Scheme != cvc.ECDSA {
		return nil, fmt.Errorf("%w: %v with a key on a curve", cvc.ErrUnsupported, a)
	}
	n := s.curve.Order()
	z := new(big.Int).SetBytes(digest)
	if extra := 8*len(digest) - n.BitLen(); extra > 0 {
		z.Rsh(z, uint(extra))
	}
	for {
		nonce, err := s.curve.Scalar(rand)
		if err != nil {
			return nil, err
		}
		blind, err := s.curve.Scalar(rand)
		if err != nil {
			return nil, err
		}
		e, err := s.curve.Base(nonce)
		if err != nil {
			return nil, err
		}
		r := new(big.Int).SetBytes(s.curve.Secret(e))
		r.Mod(r, n)
		k, b := new(big.Int).SetBytes(nonce), new(big.Int).SetBytes(blind)
		inverse := k.ModInverse(k.Mul(k, b).Mod(k, n), n) // 1/(kb)
		t := new(big.Int).Mul(b, s.d)
		t.Mod(t, n).Mul(t, r)
		t.Add(t, b.Mul(b, z)).Mod(t, n) // b(z + rd)
		v := t.Mul(t, inverse).Mod(t, n)
		if r.Sign() == 0 || v.Sign() == 0 {
			continue
		}
		size := s.curve.ScalarSize()
		return append(r.FillBytes(make([]byte, size)), v.FillBytes(make([]byte, size))...), nil
	}
}
