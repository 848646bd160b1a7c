// Package crypt holds the primitives that Doc 9303-11 builds on: key
// derivation, padding, the two message authentication codes, the ciphers of a
// session, the groups of its key agreements, and the public keys in them.
// Nothing here talks to a chip.
//
// Groups are computed in constant time: no branch and no address depends on a
// private key, a nonce or a shared secret. Only the verification of signatures,
// where all is public, may be quicker.
package crypt

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Algorithm is the block cipher of a protocol or a session.
type Algorithm uint8

// The ciphers of Doc 9303-11 §9.7.1 and §9.8.
const (
	TDES Algorithm = iota + 1 // two-key 3DES in CBC, retail MAC
	AES128
	AES192
	AES256
)

// KeySize returns the length of a key in bytes: 16 for two-key 3DES.
func (a Algorithm) KeySize() int {
	switch a {
	case AES192:
		return 24
	case AES256:
		return 32
	default:
		return 16
	}
}

// BlockSize returns the length of a block in bytes.
func (a Algorithm) BlockSize() int {
	if a == TDES {
		return 8
	}
	return 16
}

func (a Algorithm) String() string {
	switch a {
	case TDES:
		return "3DES"
	case AES128:
		return "AES-128"
	case AES192:
		return "AES-192"
	case AES256:
		return "AES-256"
	}
	return fmt.Sprintf("algorithm %d", uint8(a))
}

// Use is the counter that tells the keys of one secret apart.
type Use uint32

// The counters of Doc 9303-11 §9.7.1.
const (
	ForEncryption Use = 1
	ForMAC        Use = 2
	ForPassword   Use = 3 // K_π, which opens the PACE nonce
)

// DeriveKey is the key derivation function KDF(secret, use) of Doc 9303-11
// §9.7.1. A shared secret must come in its full length, leading zeros
// included. Two-key 3DES keys get odd parity.
func DeriveKey(a Algorithm, secret []byte, use Use) []byte {
	in := binary.BigEndian.AppendUint32(append([]byte(nil), secret...), uint32(use))
	var key []byte
	if a == AES192 || a == AES256 {
		h := sha256.Sum256(in)
		key = h[:a.KeySize()]
	} else {
		h := sha1.Sum(in)
		key = h[:a.KeySize()]
	}
	if a == TDES {
		for i, b := range key {
			key[i] = oddParity(b)
		}
	}
	return key
}

func oddParity(b byte) byte {
	b &^= 1
	if bits.OnesCount8(b)%2 == 0 {
		b |= 1
	}
	return b
}
