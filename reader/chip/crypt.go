package chip

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"  // BAC is 3DES (Doc 9303-11 §4.3)
	"crypto/sha1" // the KDF of 128-bit keys is SHA-1 (Doc 9303-11 §9.7.1)
	"encoding/binary"

	"github.com/aead/cmac"
)

// The counters of the key derivation function (Doc 9303-11 §9.7.1).
const (
	counterEnc = 1
	counterMAC = 2
	counterPi  = 3
)

const macSize = 8 // bytes of a MAC or a token on the wire

// kdf is SHA-1 over secret ‖ counter, cut to 16 bytes (Doc 9303-11 §9.7.1):
// the key of AES-128, and of two-key 3DES once its parity is adjusted.
func kdf(secret []byte, counter uint32) []byte {
	h := sha1.New()
	h.Write(secret)
	h.Write(binary.BigEndian.AppendUint32(nil, counter))
	return h.Sum(nil)[:16]
}

// kdf3DES is [kdf] with odd parity in every byte.
func kdf3DES(secret []byte, counter uint32) []byte {
	key := kdf(secret, counter)
	for i, b := range key {
		ones := 0
		for v := b >> 1; v != 0; v >>= 1 {
			ones += int(v & 1)
		}
		key[i] = b&0xFE | byte(1-ones%2)
	}
	return key
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
