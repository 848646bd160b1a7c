package cvc

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	_ "crypto/sha1" // hashes by crypto.Hash
	_ "crypto/sha256"
	_ "crypto/sha512"
	"fmt"
	"math/big"

	"github.com/tram-station/tram/reader/crypt"
	"github.com/tram-station/tram/reader/tlv"
)

// Limits of RSA keys. Verification is all that is done with them.
const (
	minRSABits = 1024
	maxRSABits = 8192
)

// Fields of a public key (TR-03110-3 appendix D.3).
const (
	tagModulus  = 0x81
	tagExponent = 0x82

	tagPrime    = 0x81
	tagA        = 0x82
	tagB        = 0x83
	tagBase     = 0x84
	tagOrder    = 0x85
	tagPoint    = 0x86
	tagCofactor = 0x87
)

// Scheme is the mathematics of a signature.
type Scheme uint8

// The schemes of terminal authentication (Doc 9303-11 §9.2.8).
const (
	PKCS1 Scheme = iota + 1 // RSASSA-PKCS1-v1_5
	PSS                     // RSASSA-PSS; the salt is as long as the hash
	ECDSA                   // r ‖ s, each as long as the order
)

// Algorithm is how a holder's key signs.
type Algorithm struct {
	Scheme Scheme
	Hash   crypto.Hash
}

func (a Algorithm) String() string {
	name := [...]string{"no signature", "RSA-v1.5", "RSA-PSS", "ECDSA"}[a.Scheme&3]
	return name + "-" + a.Hash.String()
}

// Sum hashes a message.
func (a Algorithm) Sum(message []byte) []byte {
	h := a.Hash.New()
	h.Write(message)
	return h.Sum(nil)
}

// terminalAuth is id-TA, 0.4.0.127.0.7.2.2.2, as content octets. Two arcs
// follow.
var terminalAuth = string([]byte{0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x02})

// algorithm reads an object identifier below id-TA.
func algorithm(oid []byte) (Algorithm, error) {
	n := len(terminalAuth)
	if len(oid) != n+2 || string(oid[:n]) != terminalAuth {
		return Algorithm{}, fmt.Errorf("%w: key type %X", ErrUnsupported, oid)
	}
	rsaAlgorithms := [...]Algorithm{1: {PKCS1, crypto.SHA1}, 2: {PKCS1, crypto.SHA256}, 3: {PSS, crypto.SHA1},
		4: {PSS, crypto.SHA256}, 5: {PKCS1, crypto.SHA512}, 6: {PSS, crypto.SHA512}}
	ecdsaHashes := [...]crypto.Hash{1: crypto.SHA1, 2: crypto.SHA224, 3: crypto.SHA256, 4: crypto.SHA384, 5: crypto.SHA512}
	kind, which := oid[n], int(oid[n+1])
	switch {
	case kind == 1 && which > 0 && which < len(rsaAlgorithms):
		return rsaAlgorithms[which], nil
	case kind == 2 && which > 0 && which < len(ecdsaHashes):
		return Algorithm{ECDSA, ecdsaHashes[which]}, nil
	}
	return Algorithm{}, fmt.Errorf("%w: key type %X", ErrUnsupported, oid)
}

// Key is a holder's public key. An EC key below the authority has no domain
// parameters of its own: [Key.Inherit] gives it those of its issuer.
type Key struct {
	Algorithm Algorithm
	RSA       *rsa.PublicKey
	Group     crypt.Group // nil with RSA, and until inherited
	point     []byte
}

func readKey(b []byte) (Key, error) {
	es, err := tlv.Parse(b)
	if err != nil {
		return Key{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if len(es) == 0 || es[0].Tag != tagObjectID {
		return Key{}, fmt.Errorf("%w: public key without its type", ErrMalformed)
	}
	k := Key{}
	if k.Algorithm, err = algorithm(es[0].Value); err != nil {
		return Key{}, err
	}
	if k.Algorithm.Scheme == ECDSA {
		err = k.readCurve(es[1:])
	} else {
		err = k.readRSA(es[1:])
	}
	if err != nil {
		return Key{}, err
	}
	return k, nil
}

func (k *Key) readRSA(es tlv.Elements) error {
	f, err := inOrder(es, tagModulus, tagExponent)
	if err != nil {
		return err
	}
	n, e := new(big.Int).SetBytes(f[0].Value), new(big.Int).SetBytes(f[1].Value)
	if n.BitLen() < minRSABits || n.BitLen() > maxRSABits || e.BitLen() > 31 || e.Int64() < 3 || n.Bit(0)&e.Bit(0) == 0 {
		return fmt.Errorf("%w: RSA key of %d bits", ErrUnsupported, n.BitLen())
	}
	k.RSA = &rsa.PublicKey{N: n, E: int(e.Int64())}
	return nil
}

// readCurve reads an EC key: the point alone, or all domain parameters with
// it. Parameters are recognised, never computed with.
func (k *Key) readCurve(es tlv.Elements) error {
	if len(es) == 1 && es[0].Tag == tagPoint {
		k.point = es[0].Value
		return k.checkPoint()
	}
	f, err := inOrder(es, tagPrime, tagA, tagB, tagBase, tagOrder, tagPoint, tagCofactor)
	if err != nil {
		return err
	}
	number := func(i int) *big.Int { return new(big.Int).SetBytes(f[i].Value) }
	k.Group, err = crypt.ExplicitGroup(number(0), number(1), number(2), f[3].Value, number(4), number(6))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	k.point = f[5].Value
	return k.checkPoint()
}

// checkPoint makes sure that the point lies on the curve once that is known.
func (k *Key) checkPoint() error {
	if k.Group == nil {
		if len(k.point) == 0 {
			return fmt.Errorf("%w: empty point", ErrMalformed)
		}
		return nil
	}
	if _, err := k.Group.Element(k.point); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}

// Inherit returns the key with its issuer's domain parameters where it has
// none (TR-03110-3 appendix D.3.3).
func (k Key) Inherit(issuer Key) (Key, error) {
	if k.Algorithm.Scheme != ECDSA || k.Group != nil {
		return k, nil
	}
	if issuer.Group == nil {
		return Key{}, fmt.Errorf("%w: its curve is that of an authority which is not here", ErrUnsupported)
	}
	k.Group = issuer.Group
	if err := k.checkPoint(); err != nil {
		return Key{}, err
	}
	return k, nil
}

// IsPoint reports whether the key is this point, whatever its curve.
func (k Key) IsPoint(point []byte) bool {
	return k.Algorithm.Scheme == ECDSA && bytes.Equal(k.point, point)
}

// Public returns the key for a curve's arithmetic; ok is false for RSA and
// while the curve is unknown.
func (k Key) Public() (key *crypt.PublicKey, ok bool) {
	if k.Group == nil {
		return nil, false
	}
	e, err := k.Group.Element(k.point)
	if err != nil {
		return nil, false
	}
	return &crypt.PublicKey{Group: k.Group, Element: e}, true
}

// Verify checks the key's signature over a message: [ErrSignature], or
// [ErrUnsupported] while the curve is unknown.
func (k Key) Verify(message, signature []byte) error {
	digest := k.Algorithm.Sum(message)
	var err error
	switch k.Algorithm.Scheme {
	case PKCS1:
		err = rsa.VerifyPKCS1v15(k.RSA, k.Algorithm.Hash, digest, signature)
	case PSS:
		err = rsa.VerifyPSS(k.RSA, k.Algorithm.Hash, digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	default:
		public, ok := k.Public()
		if !ok {
			return fmt.Errorf("%w: its curve is not known", ErrUnsupported)
		}
		half := len(signature) / 2
		r, s := new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])
		if len(signature)%2 != 0 || !crypt.VerifyECDSA(public, digest, r, s) {
			return ErrSignature
		}
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return nil
}
