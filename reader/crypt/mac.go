package crypt

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/subtle"
	"fmt"
)

// MACSize is the length of every code on the wire, in bytes.
const MACSize = 8

// MAC computes codes under one key: the retail MAC (ISO/IEC 9797-1 algorithm
// 3) for 3DES, CMAC (NIST SP 800-38B) cut to eight bytes for AES (Doc 9303-11
// §9.8.6). One goroutine uses it at a time; it works without allocating.
type MAC struct {
	block  cipher.Block // AES; with 3DES single DES under the first half
	second cipher.Block // 3DES only: single DES under the second half

	chain        []byte // one block: what the message came to so far
	used         int    // bytes of the last block that are in the chain
	whole, short []byte // AES only: the subkeys K1 and K2
}

// NewMAC returns the code of the algorithm under a key of its size.
func NewMAC(a Algorithm, key []byte) (*MAC, error) {
	if len(key) != a.KeySize() {
		return nil, fmt.Errorf("crypt: %v key of %d bytes", a, len(key))
	}
	m := &MAC{chain: make([]byte, a.BlockSize())}
	var err error
	if a != TDES {
		if m.block, err = aes.NewCipher(key); err != nil {
			return nil, err
		}
		m.whole = make([]byte, a.BlockSize())
		m.block.Encrypt(m.whole, m.whole)
		timesX(m.whole)
		m.short = append([]byte(nil), m.whole...)
		timesX(m.short)
		return m, nil
	}
	if m.block, err = des.NewCipher(key[:8]); err != nil {
		return nil, err
	}
	if m.second, err = des.NewCipher(key[8:]); err != nil {
		return nil, err
	}
	return m, nil
}

// timesX multiplies by x in the field of 2^128 elements (SP 800-38B §6.1).
func timesX(b []byte) {
	var carry byte
	for i := len(b) - 1; i >= 0; i-- {
		b[i], carry = b[i]<<1|carry, b[i]>>7
	}
	b[len(b)-1] ^= -carry & 0x87
}

// Sum returns the code of a message. The retail MAC pads the message; CMAC
// pads only what does not fill its last block, so a caller whose protocol
// wants method-2 padding under CMAC too (secure messaging) uses AppendPadded.
func (m *MAC) Sum(message []byte) ([]byte, error) {
	if m.second != nil {
		return m.AppendPadded(nil, message), nil
	}
	m.write(message)
	last := m.whole
	if m.used < len(m.chain) {
		m.chain[m.used] ^= 0x80
		last = m.short
	}
	subtle.XORBytes(m.chain, m.chain, last)
	return m.finish(nil), nil
}

// AppendPadded appends the code of the parts, one after the other, to dst.
// They get method-2 padding whatever the algorithm (Doc 9303-11 §9.8.6).
func (m *MAC) AppendPadded(dst []byte, parts ...[]byte) []byte {
	for _, p := range parts {
		m.write(p)
	}
	if m.used == len(m.chain) {
		m.block.Encrypt(m.chain, m.chain)
		m.used = 0
	}
	m.chain[m.used] ^= 0x80
	if m.second == nil { // the block is whole now
		subtle.XORBytes(m.chain, m.chain, m.whole)
	}
	return m.finish(dst)
}

// write chains a part. A block that is whole waits for what follows, since the
// last one is treated otherwise.
func (m *MAC) write(p []byte) {
	for len(p) > 0 {
		if m.used == len(m.chain) {
			m.block.Encrypt(m.chain, m.chain)
			m.used = 0
		}
		n := subtle.XORBytes(m.chain[m.used:], m.chain[m.used:], p)
		m.used += n
		p = p[n:]
	}
}

// finish takes the last block, appends the code and is ready for another.
func (m *MAC) finish(dst []byte) []byte {
	m.block.Encrypt(m.chain, m.chain)
	if m.second != nil {
		m.second.Decrypt(m.chain, m.chain)
		m.block.Encrypt(m.chain, m.chain)
	}
	dst = append(dst, m.chain[:MACSize]...)
	clear(m.chain)
	m.used = 0
	return dst
}

// Equal compares two codes in constant time.
func Equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
