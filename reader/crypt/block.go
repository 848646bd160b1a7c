package crypt

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/subtle"
	"errors"
	"fmt"

	"github.com/aead/cmac"
)

// MACSize is the length of every code on the wire, in bytes.
const MACSize = 8

// ErrPadding says that a decrypted block does not end as it must.
var ErrPadding = errors.New("crypt: padding is not 80 00…")

// Pad appends ISO/IEC 9797-1 padding method 2 up to a multiple of size. The
// result does not share memory with b.
func Pad(b []byte, size int) []byte {
	padded := make([]byte, len(b)+size-len(b)%size)
	copy(padded, b)
	padded[len(b)] = 0x80
	return padded
}

// Unpad removes what Pad appended.
func Unpad(b []byte) ([]byte, error) {
	for i := len(b) - 1; i >= 0; i-- {
		switch b[i] {
		case 0:
		case 0x80:
			return b[:i], nil
		default:
			return nil, ErrPadding
		}
	}
	return nil, ErrPadding
}

// NewBlock returns the cipher of the algorithm under a key of its size.
func NewBlock(a Algorithm, key []byte) (cipher.Block, error) {
	if len(key) != a.KeySize() {
		return nil, fmt.Errorf("crypt: %v key of %d bytes", a, len(key))
	}
	if a == TDES {
		return des.NewTripleDESCipher(append(append(make([]byte, 0, 24), key...), key[:8]...))
	}
	return aes.NewCipher(key)
}

// Encrypt encrypts whole blocks in CBC mode; a nil iv is zero.
func Encrypt(block cipher.Block, iv, plain []byte) ([]byte, error) {
	return cbc(block, iv, plain, cipher.NewCBCEncrypter)
}

// Decrypt reverses Encrypt.
func Decrypt(block cipher.Block, iv, sealed []byte) ([]byte, error) {
	return cbc(block, iv, sealed, cipher.NewCBCDecrypter)
}

func cbc(block cipher.Block, iv, in []byte, mode func(cipher.Block, []byte) cipher.BlockMode) ([]byte, error) {
	n := block.BlockSize()
	if len(in) == 0 || len(in)%n != 0 {
		return nil, fmt.Errorf("crypt: %d bytes are not whole blocks of %d", len(in), n)
	}
	if iv == nil {
		iv = make([]byte, n)
	}
	out := make([]byte, len(in))
	mode(block, iv).CryptBlocks(out, in)
	return out, nil
}

// MAC computes codes under one key: the retail MAC (ISO/IEC 9797-1 algorithm
// 3) for 3DES, CMAC cut to eight bytes for AES (Doc 9303-11 §9.8.6).
type MAC struct {
	algorithm Algorithm
	block     cipher.Block // AES; with 3DES single DES under the first half
	second    cipher.Block // 3DES only: single DES under the second half
}

// NewMAC returns the code of the algorithm under a key of its size.
func NewMAC(a Algorithm, key []byte) (*MAC, error) {
	if a != TDES {
		block, err := NewBlock(a, key)
		if err != nil {
			return nil, err
		}
		return &MAC{algorithm: a, block: block}, nil
	}
	if len(key) != a.KeySize() {
		return nil, fmt.Errorf("crypt: %v key of %d bytes", a, len(key))
	}
	first, err := des.NewCipher(key[:8])
	if err != nil {
		return nil, err
	}
	second, err := des.NewCipher(key[8:])
	if err != nil {
		return nil, err
	}
	return &MAC{algorithm: a, block: first, second: second}, nil
}

// Sum returns the code of a message. The retail MAC pads the message; CMAC
// pads only what does not fill its last block, so a caller whose protocol
// wants method-2 padding under CMAC too (secure messaging) pads beforehand.
func (m *MAC) Sum(message []byte) ([]byte, error) {
	if m.algorithm != TDES {
		return cmac.Sum(message, m.block, MACSize)
	}
	return m.retail(Pad(message, m.block.BlockSize())), nil
}

// SumPadded returns the code of a message that gets method-2 padding whatever
// the algorithm (Doc 9303-11 §9.8.6).
func (m *MAC) SumPadded(message []byte) ([]byte, error) {
	padded := Pad(message, m.algorithm.BlockSize())
	if m.algorithm != TDES {
		return cmac.Sum(padded, m.block, MACSize)
	}
	return m.retail(padded), nil
}

func (m *MAC) retail(padded []byte) []byte {
	n := m.block.BlockSize()
	y := make([]byte, n)
	for i := 0; i < len(padded); i += n {
		subtle.XORBytes(y, y, padded[i:i+n])
		m.block.Encrypt(y, y)
	}
	m.second.Decrypt(y, y)
	m.block.Encrypt(y, y)
	return y
}

// Equal compares two codes in constant time.
func Equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
