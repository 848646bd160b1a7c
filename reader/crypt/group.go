package crypt

import (
	"crypto/sha1"
	"io"
	"math/big"
)

// Element is a public value of a [Group]: a finite point of a curve, or a
// number of the subgroup of a prime field. It belongs to the group that made
// it.
type Element interface {
	Equal(Element) bool
}

// Group is where a key agreement takes place: an elliptic curve, or the
// subgroup of a prime field. The curve's words are used for both: Add is the
// group's operation, which is a multiplication in a prime field.
type Group interface {
	// Name is the usual name: "brainpoolP256r1", "P-256", "DH-2048-256".
	Name() string
	// Scalar draws a private key from 1 to the order less one, in the fixed
	// length of the order.
	Scalar(rand io.Reader) ([]byte, error)
	// Base returns k times the generator. k may be longer than the order.
	Base(k []byte) (Element, error)
	// Mul returns k times e; the neutral element is [ErrPoint].
	Mul(e Element, k []byte) (Element, error)
	// Add returns a + b; the neutral element is [ErrPoint].
	Add(a, b Element) (Element, error)
	// Element reads a public key from the chip and checks that it is one of
	// the group: an uncompressed point, or a number (Doc 9303-11 §9.4).
	// Anything else is [ErrPoint].
	Element(b []byte) (Element, error)
	// Bytes writes a public key as it is sent: a point in fixed length, a
	// number in as few bytes as it takes.
	Bytes(e Element) []byte
	// Secret is the shared secret of a key agreement that ended at e, as a
	// fixed-length octet string: a point's X coordinate, or the number in the
	// prime's length (Doc 9303-11 §9.6).
	Secret(e Element) []byte
}

// Integrated is a group that PACE with integrated mapping can use (Doc 9303-11
// §4.4.3.3.2).
type Integrated interface {
	Group
	// Prime is the prime of the field, to which the pseudo-random function is
	// reduced.
	Prime() *big.Int
	// MapInteger maps a number modulo the prime, big endian, to an element
	// (Doc 9303-11 appendix B). ErrCurve where the group has no such mapping.
	MapInteger(t []byte) (Element, error)
}

// Compressed is a public key as terminal authentication names it (TR-03110-3
// §A.2.2.3): a point's X coordinate, or the SHA-1 of a number.
func Compressed(g Group, e Element) []byte {
	if _, ok := g.(*DH); ok {
		h := sha1.Sum(g.Bytes(e))
		return h[:]
	}
	return g.Secret(e)
}
