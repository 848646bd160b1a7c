package chip

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"  // BAC is 3DES (Doc 9303-11 §4.3)
	"crypto/sha1" // the KDF of 128-bit keys is SHA-1 (Doc 9303-11 §9.7.1)
	"crypto/sha256"
	"encoding/binary"
	bits8 "math/bits"
	"slices"

	"github.com/aead/cmac"
)

// The counters of the key derivation function (Doc 9303-11 §9.7.1).
const (
	counterEnc = 1
	counterMAC = 2
	counterPi  = 3
)

const macSize = 8 // bytes of a MAC or a token on the wire

// keySize is the length of a key: of AES, or of two-key 3DES.
func (c Cipher) keySize() int {
	switch c {
	case AES192:
		return 24
	case AES256:
		return 32
	}
	return 16
}

// arc is the last arc of the protocols' object identifiers; 0 for no cipher.
func (c Cipher) arc() int {
	return 1 + slices.Index([]Cipher{TripleDES, AES128, AES192, AES256}, c)
}

// derive is the key derivation function over secret ‖ counter (Doc 9303-11
// §9.7.1): SHA-1, for longer keys SHA-256, cut to the key; odd parity for 3DES.
func (c Cipher) derive(secret []byte, counter uint32) []byte {
	in := binary.BigEndian.AppendUint32(append([]byte(nil), secret...), counter)
	if c == AES192 || c == AES256 {
		sum := sha256.Sum256(in)
		return sum[:c.keySize()]
	}
	sum := sha1.Sum(in)
	key := sum[:c.keySize()]
	if c == TripleDES {
		parity(key)
	}
	return key
}

// parity makes the number of ones in every byte odd.
func parity(key []byte) {
	for i, b := range key {
		key[i] = b&0xFE | byte(1-bits8.OnesCount8(b>>1)%2)
	}
}

func (c Cipher) block(key []byte) cipher.Block {
	if c == TripleDES {
		return tripleDES(key)
	}
	return aesBlock(key)
}

// token is the MAC over a message that is not padded yet (§4.4.3.4).
func (c Cipher) token(key, data []byte) []byte {
	if c == TripleDES {
		return retailMAC(key, pad(data, 8))
	}
	return aesMAC(key, data)
}

// passwordSeed is the secret that BAC and PACE derive from the MRZ: the SHA-1
// of the MRZ information (Doc 9303-11 §9.7.2 and §9.7.3).
func passwordSeed(mrzInformation string) []byte {
	sum := sha1.Sum([]byte(mrzInformation))
	return sum[:]
}

// pad is padding method 2 of ISO/IEC 9797-1: 80 and zeros.
func pad(b []byte, block int) []byte {
	out := append(append(make([]byte, 0, len(b)+block), b...), 0x80)
	for len(out)%block != 0 {
		out = append(out, 0)
	}
	return out
}

// unpad removes the padding; false where there is none.
func unpad(b []byte) ([]byte, bool) {
	for i := len(b) - 1; i >= 0; i-- {
		switch b[i] {
		case 0x80:
			return b[:i], true
		case 0x00:
		default:
			return nil, false
		}
	}
	return nil, false
}

// retailMAC is MAC algorithm 3 of ISO/IEC 9797-1 with DES and a zero IV, over
// data that is already padded.
func retailMAC(key, padded []byte) []byte {
	first, last := desBlock(key[:8]), desBlock(key[8:16])
	state := make([]byte, 8)
	for i := 0; i+8 <= len(padded); i += 8 {
		for j := range state {
			state[j] ^= padded[i+j]
		}
		first.Encrypt(state, state)
	}
	last.Decrypt(state, state)
	first.Encrypt(state, state)
	return state
}

func desBlock(key []byte) cipher.Block {
	b, err := des.NewCipher(key)
	if err != nil {
		panic("chip: DES key of a wrong size")
	}
	return b
}

func tripleDES(key []byte) cipher.Block {
	b, err := des.NewTripleDESCipher(append(append([]byte(nil), key[:16]...), key[:8]...))
	if err != nil {
		panic("chip: 3DES key of a wrong size")
	}
	return b
}

func aesBlock(key []byte) cipher.Block {
	b, err := aes.NewCipher(key)
	if err != nil {
		panic("chip: AES key of a wrong size")
	}
	return b
}

// aesMAC is AES-CMAC cut to eight bytes, over data without padding.
func aesMAC(key, data []byte) []byte {
	sum, err := cmac.Sum(data, aesBlock(key), aes.BlockSize)
	if err != nil {
		panic("chip: CMAC: " + err.Error())
	}
	return sum[:macSize]
}

// encryptCBC and decryptCBC work on whole blocks.

func encryptCBC(b cipher.Block, iv, plain []byte) []byte {
	out := make([]byte, len(plain))
	cipher.NewCBCEncrypter(b, iv).CryptBlocks(out, plain)
	return out
}

func decryptCBC(b cipher.Block, iv, data []byte) []byte {
	out := make([]byte, len(data))
	cipher.NewCBCDecrypter(b, iv).CryptBlocks(out, data)
	return out
}
