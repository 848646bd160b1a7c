package passive

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/asn1"
	"fmt"
	"math/big"

	"github.com/osanderson/brainpool"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

const oidPrime = "1.2.840.10045.1.1" // prime-field

// publicKey is RSA or EC.
type publicKey struct {
	RSA *rsa.PublicKey
	ec  *ecdsa.PublicKey
}

func verifyECDSA(k publicKey, sum []byte, r, s *big.Int) bool { return ecdsa.Verify(k.ec, sum, r, s) } //nolint

// curve is one named curve with its OID.
type curve struct {
	oid string
	elliptic.Curve
}

// curves are those that issuers sign with (Doc 9303-12 §4.4; RFC 5639).
func curves() []curve {
	return []curve{
		{"1.3.132.0.33", elliptic.P224()},
		{"1.2.840.10045.3.1.7", elliptic.P256()},
		{"1.3.132.0.34", elliptic.P384()},
		{"1.3.132.0.35", elliptic.P521()},
		{"1.3.36.3.3.2.8.1.1.5", brainpool.P224r1()},
		{"1.3.36.3.3.2.8.1.1.7", brainpool.P256r1()},
		{"1.3.36.3.3.2.8.1.1.9", brainpool.P320r1()},
		{"1.3.36.3.3.2.8.1.1.11", brainpool.P384r1()},
		{"1.3.36.3.3.2.8.1.1.13", brainpool.P512r1()},
	}
}

func readKey(spki []byte) (publicKey, error) {
	in := cryptobyte.String(spki)
	k, err := readAnyKey(&in)
	switch k := k.(type) {
	case *rsa.PublicKey:
		return publicKey{RSA: k}, err
	case *ecdsa.PublicKey:
		return publicKey{ec: k}, err
	}
	return publicKey{}, err
}

func readAnyKey(s *cryptobyte.String) (crypto.PublicKey, error) {
	var spki, bits cryptobyte.String
	if !s.ReadASN1(&spki, cbasn1.SEQUENCE) {
		return nil, fmt.Errorf("public key %w", errMalformed)
	}
	oid, params, err := identifier(&spki)
	if err != nil {
		return nil, err
	}
	var unused uint8
	if !spki.ReadASN1(&bits, cbasn1.BIT_STRING) || !spki.Empty() || !bits.ReadUint8(&unused) || unused != 0 {
		return nil, fmt.Errorf("public key %w", errMalformed)
	}
	switch string(oid) {
	case oidRSA, oidPSS:
		return readRSA(bits)
	case oidEC:
		c, err := readCurve(params)
		if err != nil {
			return nil, err
		}
		return readPoint(c, bits)
	}
	return nil, fmt.Errorf("key type %v %w", dotted(oid), errUnsupported)
}

func readRSA(bits cryptobyte.String) (*rsa.PublicKey, error) {
	var seq cryptobyte.String
	n := new(big.Int)
	var e int
	if !bits.ReadASN1(&seq, cbasn1.SEQUENCE) || !bits.Empty() || !seq.ReadASN1Integer(n) ||
		!seq.ReadASN1Integer(&e) || !seq.Empty() || n.Sign() <= 0 || e < 3 {
		return nil, fmt.Errorf("RSA key %w", errMalformed)
	}
	if n.BitLen() > maxRSABits || e > 1<<31-1 {
		return nil, fmt.Errorf("RSA key of %d bits %w", n.BitLen(), errUnsupported)
	}
	return &rsa.PublicKey{N: n, E: e}, nil
}

// readCurve reads ECParameters (RFC 5480 §2.1.1, X9.62 §C.2).
func readCurve(params cryptobyte.String) (elliptic.Curve, error) {
	if params.PeekASN1Tag(cbasn1.SEQUENCE) {
		return readExplicit(params)
	}
	var oid asn1.ObjectIdentifier
	if !params.ReadASN1ObjectIdentifier(&oid) || !params.Empty() {
		return nil, fmt.Errorf("curve %w", errMalformed)
	}
	for _, c := range curves() {
		if c.oid == oid.String() {
			return c.Curve, nil
		}
	}
	return nil, fmt.Errorf("curve %v %w", oid, errUnsupported)
}

// readExplicit recognises a curve by its prime, generator and order. The
// arithmetic is always that of the known curve: parameters of the card's own
// making, such as another generator on the same prime, are never computed
// with.
func readExplicit(params cryptobyte.String) (elliptic.Curve, error) {
	var seq, field, ab, g cryptobyte.String
	var version int
	var oid asn1.ObjectIdentifier
	p, n := new(big.Int), new(big.Int)
	if !params.ReadASN1(&seq, cbasn1.SEQUENCE) || !seq.ReadASN1Integer(&version) ||
		!seq.ReadASN1(&field, cbasn1.SEQUENCE) || !field.ReadASN1ObjectIdentifier(&oid) {
		return nil, fmt.Errorf("curve parameters %w", errMalformed)
	}
	if oid.String() != oidPrime {
		return nil, fmt.Errorf("curve over another field than a prime one %w", errUnsupported)
	}
	if !field.ReadASN1Integer(p) || !seq.ReadASN1(&ab, cbasn1.SEQUENCE) ||
		!seq.ReadASN1(&g, cbasn1.OCTET_STRING) || !seq.ReadASN1Integer(n) {
		return nil, fmt.Errorf("curve parameters %w", errMalformed)
	}
	for _, c := range curves() {
		k := c.Params()
		if k.P.Cmp(p) == 0 && k.N.Cmp(n) == 0 && isGenerator(k, g) {
			return c.Curve, nil
		}
	}
	return nil, fmt.Errorf("curve of %d bits that has no name %w", p.BitLen(), errUnsupported)
}

// isGenerator compares an encoded point, compressed or not, with G.
func isGenerator(k *elliptic.CurveParams, g []byte) bool {
	size := (k.BitSize + 7) / 8
	if len(g) < 1+size || new(big.Int).SetBytes(g[1:1+size]).Cmp(k.Gx) != 0 {
		return false
	}
	switch g[0] {
	case 2, 3:
		return len(g) == 1+size && uint(g[0]&1) == k.Gy.Bit(0)
	case 4:
		return len(g) == 1+2*size && new(big.Int).SetBytes(g[1+size:]).Cmp(k.Gy) == 0
	}
	return false
}

// readPoint decodes an uncompressed point and makes sure it lies on the curve.
func readPoint(c elliptic.Curve, b []byte) (*ecdsa.PublicKey, error) {
	if len(b) > 0 && (b[0] == 2 || b[0] == 3) {
		return nil, fmt.Errorf("compressed public key %w", errUnsupported)
	}
	switch c {
	case elliptic.P224(), elliptic.P256(), elliptic.P384(), elliptic.P521():
		k, err := ecdsa.ParseUncompressedPublicKey(c, b)
		if err != nil {
			return nil, fmt.Errorf("public key %w: %w", errMalformed, err)
		}
		return k, nil
	}
	k := c.Params()
	size := (k.BitSize + 7) / 8
	if len(b) != 1+2*size || b[0] != 4 {
		return nil, fmt.Errorf("public key %w", errMalformed)
	}
	x, y := new(big.Int).SetBytes(b[1:1+size]), new(big.Int).SetBytes(b[1+size:])
	//lint:ignore SA1019 the standard library has no other way to a brainpool point
	on := c.IsOnCurve(x, y) //nolint:staticcheck // see above
	if x.Cmp(k.P) >= 0 || y.Cmp(k.P) >= 0 || !on {
		return nil, fmt.Errorf("public key not on its curve: %w", errMalformed)
	}
	//lint:ignore SA1019 the standard library has no other way to a brainpool key
	return &ecdsa.PublicKey{Curve: c, X: x, Y: y}, nil //nolint:staticcheck // see above
}
