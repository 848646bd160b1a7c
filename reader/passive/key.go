package passive

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/tram-station/tram/reader/crypt"
)

// publicKey is RSA, or EC on a curve that is named or spelt out; nil beside an
// error.
type publicKey = *crypt.PublicKey

// readKey reads a SubjectPublicKeyInfo.
func readKey(spki []byte) (publicKey, error) {
	k, err := crypt.ParsePublicKey(spki)
	switch {
	case errors.Is(err, crypt.ErrCurve):
		return nil, fmt.Errorf("public key %w: %w", errUnsupported, err)
	case err != nil:
		return nil, fmt.Errorf("public key %w: %w", errMalformed, err)
	}
	return k, nil
}

// verifyECDSA checks a signature over a digest. A key of another group than a
// curve is not for this algorithm.
func verifyECDSA(k publicKey, sum []byte, r, s *big.Int) error {
	if _, ok := k.Group.(*crypt.Curve); !ok {
		return fmt.Errorf("ECDSA with a key of %s %w", k.Group.Name(), errUnsupported)
	}
	if !crypt.VerifyECDSA(k, sum, r, s) {
		return fmt.Errorf("signature %w", errMismatch)
	}
	return nil
}
