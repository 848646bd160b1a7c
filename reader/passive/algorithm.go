package passive

import (
	"crypto"
	_ "crypto/sha1" // hashes by crypto.Hash
	_ "crypto/sha256"
	_ "crypto/sha512"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// scheme is the mathematics of a signature.
type scheme uint8

const (
	pkcs1 scheme = iota + 1
	pss
	ecdsaASN1
	ecdsaPlain // r ‖ s in fixed length (BSI TR-03111 §5.2.1)
)

// algorithm is a signature algorithm. hash is 0 where the identifier names a
// key type only and the digest comes from elsewhere (RFC 5652 §10.1.2).
type algorithm struct {
	scheme scheme
	hash   crypto.Hash
	mask   crypto.Hash // of PSS's mask generation
	salt   int         // bytes, PSS
}

// hashOf tells a digest by its identifier.
func hashOf(oid []byte) (crypto.Hash, bool) {
	switch string(oid) {
	case oidSHA1:
		return crypto.SHA1, true
	case oidSHA224:
		return crypto.SHA224, true
	case oidSHA256:
		return crypto.SHA256, true
	case oidSHA384:
		return crypto.SHA384, true
	case oidSHA512:
		return crypto.SHA512, true
	}
	return 0, false
}

// signatureOf tells a signature algorithm other than RSA-PSS by its identifier
// (Doc 9303-12 §4.4, RFC 5754, BSI TR-03111 §5.2.1).
func signatureOf(oid []byte) (algorithm, bool) {
	switch string(oid) {
	case oidRSA:
		return algorithm{scheme: pkcs1}, true
	case oidRSASHA1:
		return algorithm{scheme: pkcs1, hash: crypto.SHA1}, true
	case oidRSASHA224:
		return algorithm{scheme: pkcs1, hash: crypto.SHA224}, true
	case oidRSASHA256:
		return algorithm{scheme: pkcs1, hash: crypto.SHA256}, true
	case oidRSASHA384:
		return algorithm{scheme: pkcs1, hash: crypto.SHA384}, true
	case oidRSASHA512:
		return algorithm{scheme: pkcs1, hash: crypto.SHA512}, true
	case oidEC:
		return algorithm{scheme: ecdsaASN1}, true
	case oidECDSASHA1:
		return algorithm{scheme: ecdsaASN1, hash: crypto.SHA1}, true
	case oidECDSASHA224:
		return algorithm{scheme: ecdsaASN1, hash: crypto.SHA224}, true
	case oidECDSASHA256:
		return algorithm{scheme: ecdsaASN1, hash: crypto.SHA256}, true
	case oidECDSASHA384:
		return algorithm{scheme: ecdsaASN1, hash: crypto.SHA384}, true
	case oidECDSASHA512:
		return algorithm{scheme: ecdsaASN1, hash: crypto.SHA512}, true
	case oidPlainSHA1:
		return algorithm{scheme: ecdsaPlain, hash: crypto.SHA1}, true
	case oidPlainSHA224:
		return algorithm{scheme: ecdsaPlain, hash: crypto.SHA224}, true
	case oidPlainSHA256:
		return algorithm{scheme: ecdsaPlain, hash: crypto.SHA256}, true
	case oidPlainSHA384:
		return algorithm{scheme: ecdsaPlain, hash: crypto.SHA384}, true
	case oidPlainSHA512:
		return algorithm{scheme: ecdsaPlain, hash: crypto.SHA512}, true
	}
	return algorithm{}, false
}

// identifier splits an AlgorithmIdentifier into its OID and parameters.
func identifier(s *cryptobyte.String) (oid, params cryptobyte.String, err error) {
	var ok bool
	if !s.ReadASN1(&params, cbasn1.SEQUENCE) {
		return nil, nil, fmt.Errorf("algorithm identifier %w", errMalformed)
	}
	if oid, ok = readOID(&params); !ok {
		return nil, nil, fmt.Errorf("algorithm identifier %w", errMalformed)
	}
	return oid, params, nil
}

// readDigest reads the AlgorithmIdentifier of a hash. Absent and NULL
// parameters are the same (RFC 5754 §2).
func readDigest(s *cryptobyte.String) (crypto.Hash, error) {
	oid, _, err := identifier(s)
	if err != nil {
		return 0, err
	}
	h, ok := hashOf(oid)
	if !ok {
		return 0, fmt.Errorf("digest %s %w", dotted(oid), errUnsupported)
	}
	return h, nil
}

// readSignatureAlgorithm reads the AlgorithmIdentifier of a signature.
func readSignatureAlgorithm(s *cryptobyte.String) (algorithm, error) {
	oid, params, err := identifier(s)
	if err != nil {
		return algorithm{}, err
	}
	if string(oid) == oidPSS {
		return readPSS(params)
	}
	a, ok := signatureOf(oid)
	if !ok {
		return algorithm{}, fmt.Errorf("signature %s %w", dotted(oid), errUnsupported)
	}
	return a, nil
}

// explicit is the context-specific constructed tag n.
func explicit(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }

func digest(h crypto.Hash, b []byte) []byte {
	w := h.New()
	w.Write(b)
	return w.Sum(nil)
}

// verify checks a signature over message. errMismatch means it is wrong;
// errUnsupported that it was not tried.
func (a algorithm) verify(key publicKey, message, signature []byte) error {
	if a.hash == 0 {
		return fmt.Errorf("signature without a digest %w", errUnsupported)
	}
	sum := digest(a.hash, message)
	switch {
	case key.RSA != nil && (a.scheme == pkcs1 || a.scheme == pss):
		return a.verifyRSA(key.RSA, sum, signature)
	case key.RSA == nil && (a.scheme == ecdsaASN1 || a.scheme == ecdsaPlain):
		r, s, ok := a.pair(signature)
		if !ok {
			return fmt.Errorf("signature %w", errMismatch)
		}
		return verifyECDSA(key, sum, r, s)
	}
	return fmt.Errorf("signature algorithm and key of two kinds: %w", errMismatch)
}

// pair reads the two numbers of an ECDSA signature.
func (a algorithm) pair(signature []byte) (r, s *big.Int, ok bool) {
	r, s = new(big.Int), new(big.Int)
	if a.scheme == ecdsaPlain {
		half := len(signature) / 2
		return r.SetBytes(signature[:half]), s.SetBytes(signature[half:]), len(signature)%2 == 0 && len(signature) <= maxPlain
	}
	in := cryptobyte.String(signature)
	var seq cryptobyte.String
	ok = in.ReadASN1(&seq, cbasn1.SEQUENCE) && in.Empty() &&
		seq.ReadASN1Integer(r) && seq.ReadASN1Integer(s) && seq.Empty()
	return r, s, ok
}

// weak names what is weak about a signature of this algorithm by this key, or
// "". Documents live for ten years: what was good when they were made passes,
// and is named.
func (a algorithm) weak(key publicKey) string {
	switch {
	case a.hash == crypto.SHA1:
		return "SHA-1"
	case key.RSA != nil && key.RSA.N.BitLen() < minRSABits:
		return fmt.Sprintf("RSA-%d", key.RSA.N.BitLen())
	}
	return ""
}
