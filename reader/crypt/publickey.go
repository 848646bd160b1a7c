package crypt

import (
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
)

// ErrKey says that the bytes are no public key.
var ErrKey = errors.New("crypt: malformed public key")

// Kinds of keys and parameters (RFC 3279 §2.3, RFC 8017, TR-03110-3 §A.2.1).
const (
	oidRSA      = "1.2.840.113549.1.1.1"
	oidPSS      = "1.2.840.113549.1.1.10"
	oidEC       = "1.2.840.10045.2.1"
	oidDHX942   = "1.2.840.10046.2.1"    // dhpublicnumber
	oidDHPKCS3  = "1.2.840.113549.1.3.1" // dhKeyAgreement
	oidStandard = "0.4.0.127.0.7.1.2"    // standardizedDomainParameters
	oidPrime    = "1.2.840.10045.1.1"    // prime-field
)

// Limits against hostile keys.
const (
	maxRSABits = 16384
	maxInteger = maxRSABits/8 + 1 // bytes of any INTEGER
)

// PublicKey is an RSA key, or an element of a group.
type PublicKey struct {
	RSA     *rsa.PublicKey // nil for the others
	Group   Group          // nil for RSA
	Element Element
}

// ParsePublicKey reads a SubjectPublicKeyInfo in DER: RSA, elliptic curve
// (named, spelt out, or by standardized id) or Diffie-Hellman. A key that
// cannot be read is [ErrKey], one of an unknown kind or group [ErrCurve], one
// that is no element of its group [ErrPoint].
func ParsePublicKey(spki []byte) (*PublicKey, error) {
	s := cryptobyte.String(spki)
	var seq, algorithm, bits cryptobyte.String
	var unused uint8
	if !s.ReadASN1(&seq, der.SEQUENCE) || !s.Empty() || !seq.ReadASN1(&algorithm, der.SEQUENCE) ||
		!seq.ReadASN1(&bits, der.BIT_STRING) || !seq.Empty() || !bits.ReadUint8(&unused) || unused != 0 {
		return nil, ErrKey
	}
	var oid asn1.ObjectIdentifier
	if !algorithm.ReadASN1ObjectIdentifier(&oid) {
		return nil, ErrKey
	}
	if kind := oid.String(); kind == oidRSA || kind == oidPSS {
		return parseRSA(bits)
	}
	g, err := parseGroup(oid.String(), algorithm)
	if err != nil {
		return nil, err
	}
	e, err := parseElement(g, bits)
	if err != nil {
		return nil, err
	}
	return &PublicKey{Group: g, Element: e}, nil
}

// ParseGroup reads an AlgorithmIdentifier in DER that names domain parameters,
// as PACEDomainParameterInfo and ChipAuthenticationDomainParameterInfo hold it
// (Doc 9303-11 §9.2). Its errors are those of [ParsePublicKey].
func ParseGroup(algorithmIdentifier []byte) (Group, error) {
	s := cryptobyte.String(algorithmIdentifier)
	var algorithm cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !s.ReadASN1(&algorithm, der.SEQUENCE) || !s.Empty() || !algorithm.ReadASN1ObjectIdentifier(&oid) {
		return nil, ErrKey
	}
	return parseGroup(oid.String(), algorithm)
}

func parseRSA(bits cryptobyte.String) (*PublicKey, error) {
	var seq cryptobyte.String
	n := new(big.Int)
	var e int
	if !bits.ReadASN1(&seq, der.SEQUENCE) || !bits.Empty() || !readInteger(&seq, n) ||
		!seq.ReadASN1Integer(&e) || !seq.Empty() || n.Bit(0) == 0 || e < 3 {
		return nil, fmt.Errorf("%w: RSA", ErrKey)
	}
	if n.BitLen() > maxRSABits || e > 1<<31-1 {
		return nil, fmt.Errorf("%w: RSA of %d bits", ErrCurve, n.BitLen())
	}
	return &PublicKey{RSA: &rsa.PublicKey{N: n, E: e}}, nil
}

// readInteger reads a positive number of bounded length.
func readInteger(s *cryptobyte.String, v *big.Int) bool {
	var raw cryptobyte.String
	if !s.ReadASN1Element(&raw, der.INTEGER) || len(raw) > maxInteger+8 {
		return false
	}
	return raw.ReadASN1Integer(v) && v.Sign() > 0
}

// parseGroup reads the parameters of a key's algorithm.
func parseGroup(kind string, params cryptobyte.String) (Group, error) {
	switch kind {
	case oidStandard:
		var id int
		if !params.ReadASN1Integer(&id) || !params.Empty() {
			return nil, fmt.Errorf("%w: standardized parameters", ErrKey)
		}
		return StandardGroup(id)
	case oidDHX942, oidDHPKCS3:
		return parseDH(kind, params)
	case oidEC:
		if params.PeekASN1Tag(der.SEQUENCE) {
			return parseExplicit(params)
		}
		var oid asn1.ObjectIdentifier
		if !params.ReadASN1ObjectIdentifier(&oid) || !params.Empty() {
			return nil, fmt.Errorf("%w: curve", ErrKey)
		}
		return GroupByOID(oid.String())
	}
	return nil, fmt.Errorf("%w: key type %s", ErrCurve, kind)
}

// parseDH reads DomainParameters of X9.42 (p, g, q, …) or DHParameter of
// PKCS #3 (p, g, …).
func parseDH(kind string, params cryptobyte.String) (Group, error) {
	var seq cryptobyte.String
	p, g := new(big.Int), new(big.Int)
	if !params.ReadASN1(&seq, der.SEQUENCE) || !params.Empty() || !readInteger(&seq, p) || !readInteger(&seq, g) {
		return nil, fmt.Errorf("%w: prime field", ErrKey)
	}
	if kind == oidDHPKCS3 {
		return explicitDH(p, g, nil)
	}
	q := new(big.Int)
	if !readInteger(&seq, q) {
		return nil, fmt.Errorf("%w: prime field", ErrKey)
	}
	return explicitDH(p, g, q)
}

// parseExplicit reads ECParameters that are spelt out (X9.62 §C.2).
func parseExplicit(params cryptobyte.String) (Group, error) {
	malformed := fmt.Errorf("%w: curve parameters", ErrKey)
	var seq, field, ab, a, b, g cryptobyte.String
	var version int
	var oid asn1.ObjectIdentifier
	if !params.ReadASN1(&seq, der.SEQUENCE) || !params.Empty() || !seq.ReadASN1Integer(&version) ||
		!seq.ReadASN1(&field, der.SEQUENCE) || !field.ReadASN1ObjectIdentifier(&oid) {
		return nil, malformed
	}
	if oid.String() != oidPrime {
		return nil, fmt.Errorf("%w: curve over another field than a prime one", ErrCurve)
	}
	p, n := new(big.Int), new(big.Int)
	if !readInteger(&field, p) || !seq.ReadASN1(&ab, der.SEQUENCE) ||
		!ab.ReadASN1(&a, der.OCTET_STRING) || !ab.ReadASN1(&b, der.OCTET_STRING) ||
		!ab.SkipOptionalASN1(der.BIT_STRING) || !seq.ReadASN1(&g, der.OCTET_STRING) || !readInteger(&seq, n) {
		return nil, malformed
	}
	var h *big.Int
	if seq.PeekASN1Tag(der.INTEGER) {
		h = new(big.Int)
		if !readInteger(&seq, h) {
			return nil, malformed
		}
	}
	if len(a) > maxInteger || len(b) > maxInteger {
		return nil, malformed
	}
	return ExplicitGroup(p, new(big.Int).SetBytes(a), new(big.Int).SetBytes(b), g, n, h)
}

// parseElement reads the key itself: a point, compressed or not, or the DER
// INTEGER of a number.
func parseElement(g Group, bits cryptobyte.String) (Element, error) {
	switch g := g.(type) {
	case *Curve:
		if len(bits) > 0 && (bits[0] == 2 || bits[0] == 3) {
			return g.compressed(bits)
		}
	case *DH:
		y := new(big.Int)
		if !readInteger(&bits, y) || !bits.Empty() {
			return nil, fmt.Errorf("%w: number", ErrKey)
		}
		if y.BitLen() > 8*g.Size() {
			return nil, fmt.Errorf("%w: number of %d bits in %s", ErrPoint, y.BitLen(), g.name)
		}
		return g.Element(y.FillBytes(make([]byte, g.Size())))
	}
	return g.Element(bits)
}
