package crypt

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"errors"
	"fmt"
	"slices"
)

// ErrPadding says that a decrypted block does not end as it must.
var ErrPadding = errors.New("crypt: padding is not 80 00…")

// Pad appends ISO/IEC 9797-1 padding method 2 up to a multiple of size. The
// result does not share memory with b.
func Pad(b []byte, size int) []byte {
	return AppendPad(make([]byte, 0, len(b)+size), b, size)
}

// AppendPad appends b to dst, and the padding of b.
func AppendPad(dst, b []byte, size int) []byte {
	dst = append(append(dst, b...), 0x80)
	for n := len(b) + 1; n%size != 0; n++ {
		dst = append(dst, 0)
	}
	return dst
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
	return cbc(nil, block, iv, plain, cipher.NewCBCEncrypter)
}

// Decrypt reverses Encrypt.
func Decrypt(block cipher.Block, iv, sealed []byte) ([]byte, error) {
	return AppendDecrypt(nil, block, iv, sealed)
}

// AppendDecrypt is Decrypt into the spare room of dst.
func AppendDecrypt(dst []byte, block cipher.Block, iv, sealed []byte) ([]byte, error) {
	return cbc(dst, block, iv, sealed, cipher.NewCBCDecrypter)
}

func cbc(dst []byte, block cipher.Block, iv, in []byte, mode func(cipher.Block, []byte) cipher.BlockMode) ([]byte, error) {
	n := block.BlockSize()
	if len(in) == 0 || len(in)%n != 0 {
		return nil, fmt.Errorf("crypt: %d bytes are not whole blocks of %d", len(in), n)
	}
	if iv == nil {
		iv = make([]byte, n)
	}
	all := slices.Grow(dst, len(in))[:len(dst)+len(in)]
	mode(block, iv).CryptBlocks(all[len(dst):], in)
	return all, nil
}
