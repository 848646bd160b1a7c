package access

import (
	"context"
	"fmt"
	"io"
	"math/big"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/crypt"
	"github.com/tram-station/tram/reader/tlv"
)

// margin is how many bits more than the prime has the pseudo-random function
// yields, so that the remainder is as good as even (Doc 9303-11 §4.4.3.3.2).
const margin = 64

// mapIntegrated is G' = f(R(s, t)) with a second nonce t of ours (Doc 9303-11
// §4.4.3.3.2).
func (p *pace) mapIntegrated(ctx context.Context, s []byte) (*mapped, error) {
	group, ok := p.group.(crypt.Integrated)
	if !ok {
		return nil, fmt.Errorf("%w: integrated mapping on %s", ErrUnsupported, p.group.Name())
	}
	if want := seedSize(p.algorithm); len(s) != want {
		return nil, fmt.Errorf("%w: nonce of %d bytes where %d must be", ErrProtocol, len(s), want)
	}
	t := make([]byte, p.algorithm.KeySize())
	if _, err := io.ReadFull(p.rand, t); err != nil {
		return nil, fmt.Errorf("random bytes: %w", err)
	}
	answer, err := p.authenticate(ctx, apdu.ClassChained, tlv.Encode(doMapMine, t))
	if err != nil {
		return nil, err
	}
	if n := len(answer.Value(doMapTheirs)); n != 0 {
		return nil, fmt.Errorf("%w: %d bytes of mapping data where none must be", ErrProtocol, n)
	}
	r, err := pseudoRandom(p.algorithm, s, t, group.Prime())
	if err != nil {
		return nil, err
	}
	generator, err := group.MapInteger(r)
	if err != nil {
		return nil, err
	}
	return &mapped{generator: generator}, nil
}

// seedSize is the length l of the nonce s in bytes: the fewest blocks that hold
// a key.
func seedSize(a crypt.Algorithm) int {
	n := a.BlockSize()
	return (a.KeySize() + n - 1) / n * n
}

// pseudoRandom is R(s, t) modulo the prime, in the prime's length: x1 ‖ x2 ‖ …
// with k0 = E(t, s), xi = E(ki-1, c1) and ki = E(ki-1, c0), where E is the
// cipher in CBC mode and every k is cut to a key.
func pseudoRandom(a crypt.Algorithm, s, t []byte, prime *big.Int) ([]byte, error) {
	c0, c1 := seedConstants(len(s))
	k, err := encrypt(a, t, s)
	if err != nil {
		return nil, err
	}
	var x []byte
	for len(x)*8 < prime.BitLen()+margin {
		key := k[:a.KeySize()]
		block, err := encrypt(a, key, c1)
		if err != nil {
			return nil, err
		}
		x = append(x, block...)
		if k, err = encrypt(a, key, c0); err != nil {
			return nil, err
		}
	}
	r := new(big.Int).SetBytes(x)
	return r.Mod(r, prime).FillBytes(make([]byte, (prime.BitLen()+7)/8)), nil
}

func encrypt(a crypt.Algorithm, key, plain []byte) ([]byte, error) {
	block, err := crypt.NewBlock(a, key)
	if err != nil {
		return nil, err
	}
	return crypt.Encrypt(block, nil, plain)
}

// seedConstants are c0 and c1 of Doc 9303-11 §4.4.3.3.2 for nonces of 16 bytes
// (3DES, AES-128) and of 32 (AES-192, AES-256).
func seedConstants(size int) (c0, c1 []byte) {
	if size == 16 {
		return []byte{0xA6, 0x68, 0x89, 0x2A, 0x7C, 0x41, 0xE3, 0xCA, 0x73, 0x9F, 0x40, 0xB0, 0x57, 0xD8, 0x59, 0x04},
			[]byte{0xA4, 0xE1, 0x36, 0xAC, 0x72, 0x5F, 0x73, 0x8B, 0x01, 0xC1, 0xF6, 0x02, 0x17, 0xC1, 0x88, 0xAD}
	}
	return []byte{
			0xD4, 0x63, 0xD6, 0x52, 0x34, 0x12, 0x4E, 0xF7, 0x89, 0x70, 0x54, 0x98, 0x6D, 0xCA, 0x0A, 0x17,
			0x4E, 0x28, 0xDF, 0x75, 0x8C, 0xBA, 0xA0, 0x3F, 0x24, 0x06, 0x16, 0x41, 0x4D, 0x5A, 0x16, 0x76,
		}, []byte{
			0x54, 0xBD, 0x72, 0x55, 0xF0, 0xAA, 0xF8, 0x31, 0xBE, 0xC3, 0x42, 0x3F, 0xCF, 0x39, 0xD6, 0x9B,
			0x6C, 0xBF, 0x06, 0x66, 0x77, 0xD0, 0xFA, 0xAE, 0x5A, 0xAD, 0xD9, 0x9D, 0xF8, 0xE5, 0x35, 0x17,
		}
}
