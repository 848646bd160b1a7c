package auth

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"fmt"
	"math/big"

	"github.com/tram-station/tram/reader/crypt"
)

// Parts of a message representative of ISO/IEC 9796-2 scheme 1, which is what
// an RSA signature of active authentication opens to (Doc 9303-11 §6.1.2.1,
// appendix F).
const (
	headerMask    = 0xF0
	headerFull    = 0x40 // the whole message is in the signature
	headerPartial = 0x60 // the rest of the message, our challenge, follows it
	fillLast      = 0x0A // low nibble of the last byte before the message
	fillMore      = 0x0B
	fillByte      = 0xBB
	fillEnd       = 0xBA

	trailerImplicit = 0xBC // one byte: the hash is agreed on elsewhere
	trailerExplicit = 0xCC // two bytes: the hash by its number in ISO/IEC 10118
)

// maxRSABits bounds the key of active authentication.
const maxRSABits = 8192

// trailerHash returns the hash of a two-byte trailer's first byte. A hash that
// exists and is not known here is [ErrUnsupported]; any other number is what
// the signature of another key opens to.
func trailerHash(b byte) (crypto.Hash, error) {
	switch b {
	case 0x33:
		return crypto.SHA1, nil
	case 0x34:
		return crypto.SHA256, nil
	case 0x35:
		return crypto.SHA512, nil
	case 0x36:
		return crypto.SHA384, nil
	case 0x38:
		return crypto.SHA224, nil
	case 0x39:
		return crypto.SHA512_224, nil
	case 0x3A:
		return crypto.SHA512_256, nil
	case 0x31, 0x32, 0x37: // RIPEMD-160, RIPEMD-128, Whirlpool
		return 0, fmt.Errorf("%w: hash %02X of ISO/IEC 10118", ErrUnsupported, b)
	}
	return 0, fmt.Errorf("%w: trailer %02X CC", ErrMismatch, b)
}

// representative is an opened signature.
type representative struct {
	message []byte // what the signature carries of the message
	digest  []byte
	hash    crypto.Hash
	full    bool // nothing of the message is outside
}

// parseRepresentative reads a message representative as long as the modulus.
// implicit is the hash where the trailer names none.
func parseRepresentative(f []byte, implicit crypto.Hash) (*representative, error) {
	if len(f) < 2 || f[len(f)-1]&0x0F != 0x0C {
		return nil, fmt.Errorf("%w: the signature does not open", ErrMismatch)
	}
	r := &representative{hash: implicit}
	body := f
	switch f[len(f)-1] {
	case trailerImplicit:
		body = body[:len(body)-1]
	case trailerExplicit:
		body = body[:len(body)-2]
	default:
		return nil, fmt.Errorf("%w: trailer %02X", ErrMismatch, f[len(f)-1])
	}
	start, err := r.readHeader(body)
	if err != nil {
		return nil, err
	}
	if len(f)-len(body) == 2 {
		if r.hash, err = trailerHash(f[len(f)-2]); err != nil {
			return nil, err
		}
	}
	end := len(body) - r.hash.Size()
	if end < start {
		return nil, fmt.Errorf("%w: no room for the digest", ErrMismatch)
	}
	r.message, r.digest = body[start:end], body[end:]
	return r, nil
}

// readHeader checks the header and the filling, and returns where the message
// starts.
func (r *representative) readHeader(body []byte) (int, error) {
	if len(body) == 0 || body[0]&headerMask != headerFull && body[0]&headerMask != headerPartial {
		return 0, fmt.Errorf("%w: the signature does not open", ErrMismatch)
	}
	r.full = body[0]&headerMask == headerFull
	if body[0]&0x0F == fillLast {
		return 1, nil
	}
	if body[0]&0x0F == fillMore {
		for i, b := range body[1:] {
			switch b {
			case fillByte:
				continue
			case fillEnd:
				return i + 2, nil
			}
			break
		}
	}
	return 0, fmt.Errorf("%w: filling", ErrMismatch)
}

// answers reports whether the signature is over a message that ends with our
// challenge.
func (r *representative) answers(challenge []byte) bool {
	h := r.hash.New()
	h.Write(r.message)
	if !r.full {
		h.Write(challenge)
	} else if !bytes.HasSuffix(r.message, challenge) {
		return false
	}
	return crypt.Equal(h.Sum(nil), r.digest)
}

// verifyRSA opens a signature and checks that it answers the challenge. It
// returns the hash that was used: the trailer's, or the first of hashes that
// fits where the trailer names none.
func verifyRSA(key *rsa.PublicKey, signature, challenge []byte, hashes []crypto.Hash) (crypto.Hash, error) {
	bits := key.N.BitLen()
	if bits > maxRSABits || bits%8 != 0 {
		return 0, fmt.Errorf("%w: RSA key of %d bits", ErrUnsupported, bits)
	}
	s := new(big.Int).SetBytes(signature)
	if len(signature) != bits/8 || s.Cmp(key.N) >= 0 {
		return 0, fmt.Errorf("%w: signature of %d bytes under a key of %d bits", ErrMismatch, len(signature), bits)
	}
	f := s.Exp(s, big.NewInt(int64(key.E)), key.N)
	if f.Sign() > 0 && new(big.Int).And(f, big.NewInt(0x0F)).Int64() != 0x0C {
		// The signer may send the smaller of s and n - s (ISO/IEC 9796-2).
		f.Sub(key.N, f)
	}
	opened := f.FillBytes(make([]byte, bits/8))
	err := fmt.Errorf("%w: the signature is over something else", ErrMismatch)
	for _, hash := range hashes {
		r, broken := parseRepresentative(opened, hash)
		if broken != nil {
			err = broken
		} else if r.answers(challenge) {
			return r.hash, nil
		}
	}
	return 0, err
}
