package passive

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// readPSS reads RSASSA-PSS-params (RFC 4055 §3.1): all fields have defaults.
func readPSS(params cryptobyte.String) (algorithm, error) {
	a := algorithm{scheme: pss, hash: crypto.SHA1, mask: crypto.SHA1, salt: 20}
	if params.Empty() {
		return a, nil
	}
	var seq, field cryptobyte.String
	var has bool
	var err error
	bad := fmt.Errorf("RSA-PSS parameters %w", errMalformed)
	if !params.ReadASN1(&seq, cbasn1.SEQUENCE) || !seq.ReadOptionalASN1(&field, &has, explicit(0)) {
		return algorithm{}, bad
	}
	if has {
		if a.hash, err = readDigest(&field); err != nil {
			return algorithm{}, err
		}
	}
	if !seq.ReadOptionalASN1(&field, &has, explicit(1)) {
		return algorithm{}, bad
	}
	if has {
		oid, inner, err := identifier(&field)
		if err != nil {
			return algorithm{}, err
		}
		if string(oid) != oidMGF1 {
			return algorithm{}, fmt.Errorf("RSA-PSS mask %s %w", dotted(oid), errUnsupported)
		}
		if a.mask, err = readDigest(&inner); err != nil {
			return algorithm{}, err
		}
	}
	trailer := 1
	if !seq.ReadOptionalASN1Integer(&a.salt, explicit(2), 20) ||
		!seq.ReadOptionalASN1Integer(&trailer, explicit(3), 1) || !seq.Empty() || a.salt < 0 || a.salt > maxSalt || trailer != 1 {
		return algorithm{}, bad
	}
	return a, nil
}

func (a algorithm) verifyRSA(k *rsa.PublicKey, sum, signature []byte) error {
	var err error
	switch {
	case a.scheme == pkcs1:
		err = rsa.VerifyPKCS1v15(k, a.hash, sum, signature)
	case a.mask == a.hash && a.salt > 0: // crypto/rsa takes 0 as any length
		err = rsa.VerifyPSS(k, a.hash, sum, signature, &rsa.PSSOptions{SaltLength: a.salt, Hash: a.hash})
	default:
		err = a.verifyPSS(k, sum, signature)
	}
	switch {
	case errors.Is(err, rsa.ErrVerification):
		return fmt.Errorf("signature %w", errMismatch)
	case err != nil: // a key too short, or none that RSA can have: nothing was tried
		return fmt.Errorf("RSA key of %d bits %w: %w", k.N.BitLen(), errUnsupported, err)
	}
	return nil
}

// verifyPSS is EMSA-PSS-VERIFY (RFC 8017 §9.1.2) for what crypto/rsa does not
// offer: a mask from another hash than the message's, and no salt. Everything
// in it is public.
func (a algorithm) verifyPSS(k *rsa.PublicKey, sum, signature []byte) error {
	s := new(big.Int).SetBytes(signature)
	if len(signature) != k.Size() || s.Cmp(k.N) >= 0 || k.N.Bit(0) == 0 {
		return rsa.ErrVerification
	}
	bits := k.N.BitLen() - 1
	em := make([]byte, (bits+7)/8)
	m := s.Exp(s, big.NewInt(int64(k.E)), k.N)
	if m.BitLen() > bits {
		return rsa.ErrVerification
	}
	m.FillBytes(em)
	n := len(em) - len(sum) - 1
	if n < a.salt+1 || em[len(em)-1] != 0xBC {
		return rsa.ErrVerification
	}
	db, h := em[:n], em[n:n+len(sum)]
	mask(db, a.mask, h)
	db[0] &= 0xFF >> (8*len(em) - bits)
	zeros := n - a.salt - 1
	if !bytes.Equal(db[:zeros], make([]byte, zeros)) || db[zeros] != 1 {
		return rsa.ErrVerification
	}
	w := a.hash.New()
	w.Write(make([]byte, 8))
	w.Write(sum)
	w.Write(db[zeros+1:])
	if !bytes.Equal(w.Sum(nil), h) {
		return rsa.ErrVerification
	}
	return nil
}

// mask applies MGF1 (RFC 8017 §B.2.1) of seed to b.
func mask(b []byte, h crypto.Hash, seed []byte) {
	w := h.New()
	for counter := uint32(0); len(b) > 0; counter++ {
		w.Reset()
		w.Write(seed)
		w.Write(binary.BigEndian.AppendUint32(nil, counter))
		for i, x := range w.Sum(nil) {
			if i < len(b) {
				b[i] ^= x
			}
		}
		b = b[min(len(b), h.Size()):]
	}
}
