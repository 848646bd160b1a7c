package passive

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha1" // hashes by crypto.Hash
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/asn1"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// scheme is the mathematics of a signature.
type scheme uint8

const (
	pkcs1 scheme = iota + 1
	pss
	ecdsaASN1
)

// algorithm is a signature algorithm. hash is 0 where the identifier names a
// key type only and the digest comes from elsewhere (RFC 5652 §10.1.2).
type algorithm struct {
	scheme scheme
	hash   crypto.Hash
	salt   int // bytes, PSS; crypto/rsa takes 0 as any length
}

var digests = map[string]crypto.Hash{
	"1.3.14.3.2.26":          crypto.SHA1,
	"2.16.840.1.101.3.4.2.4": crypto.SHA224,
	"2.16.840.1.101.3.4.2.1": crypto.SHA256,
	"2.16.840.1.101.3.4.2.2": crypto.SHA384,
	"2.16.840.1.101.3.4.2.3": crypto.SHA512,
}

const oidPSS = "1.2.840.113549.1.1.10"

var signatures = map[string]algorithm{
	"1.2.840.113549.1.1.1":  {scheme: pkcs1}, // rsaEncryption
	"1.2.840.113549.1.1.5":  {scheme: pkcs1, hash: crypto.SHA1},
	"1.2.840.113549.1.1.14": {scheme: pkcs1, hash: crypto.SHA224},
	"1.2.840.113549.1.1.11": {scheme: pkcs1, hash: crypto.SHA256},
	"1.2.840.113549.1.1.12": {scheme: pkcs1, hash: crypto.SHA384},
	"1.2.840.113549.1.1.13": {scheme: pkcs1, hash: crypto.SHA512},
	"1.2.840.10045.2.1":     {scheme: ecdsaASN1}, // id-ecPublicKey
	"1.2.840.10045.4.1":     {scheme: ecdsaASN1, hash: crypto.SHA1},
	"1.2.840.10045.4.3.1":   {scheme: ecdsaASN1, hash: crypto.SHA224},
	"1.2.840.10045.4.3.2":   {scheme: ecdsaASN1, hash: crypto.SHA256},
	"1.2.840.10045.4.3.3":   {scheme: ecdsaASN1, hash: crypto.SHA384},
	"1.2.840.10045.4.3.4":   {scheme: ecdsaASN1, hash: crypto.SHA512},
}

// identifier splits an AlgorithmIdentifier into its OID and parameters.
func identifier(s *cryptobyte.String) (oid asn1.ObjectIdentifier, params cryptobyte.String, err error) {
	var seq cryptobyte.String
	if !s.ReadASN1(&seq, cbasn1.SEQUENCE) || !seq.ReadASN1ObjectIdentifier(&oid) {
		return nil, nil, fmt.Errorf("algorithm identifier %w", errMalformed)
	}
	return oid, seq, nil
}

// readDigest reads the AlgorithmIdentifier of a hash. Absent and NULL
// parameters are the same (RFC 5754 §2).
func readDigest(s *cryptobyte.String) (crypto.Hash, error) {
	oid, _, err := identifier(s)
	if err != nil {
		return 0, err
	}
	h, ok := digests[oid.String()]
	if !ok {
		return 0, fmt.Errorf("digest %v %w", oid, errUnsupported)
	}
	return h, nil
}

// readSignatureAlgorithm reads the AlgorithmIdentifier of a signature.
func readSignatureAlgorithm(s *cryptobyte.String) (algorithm, error) {
	oid, params, err := identifier(s)
	if err != nil {
		return algorithm{}, err
	}
	if oid.String() == oidPSS {
		return readPSS(params)
	}
	a, ok := signatures[oid.String()]
	if !ok {
		return algorithm{}, fmt.Errorf("signature %v %w", oid, errUnsupported)
	}
	return a, nil
}

// readPSS reads RSASSA-PSS-params (RFC 4055 §3.1): all fields have defaults.
func readPSS(params cryptobyte.String) (algorithm, error) {
	a := algorithm{scheme: pss, hash: crypto.SHA1, salt: 20}
	mgf := crypto.SHA1
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
		_, inner, err := identifier(&field)
		if err != nil {
			return algorithm{}, err
		}
		if mgf, err = readDigest(&inner); err != nil {
			return algorithm{}, err
		}
	}
	trailer := 1
	if !seq.ReadOptionalASN1Integer(&a.salt, explicit(2), 20) ||
		!seq.ReadOptionalASN1Integer(&trailer, explicit(3), 1) || !seq.Empty() || a.salt < 0 || a.salt > maxRSABits/8 {
		return algorithm{}, bad
	}
	if mgf != a.hash || trailer != 1 {
		return algorithm{}, fmt.Errorf("RSA-PSS with two hashes %w", errUnsupported)
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
func (a algorithm) verify(key crypto.PublicKey, message, signature []byte) error {
	if a.hash == 0 {
		return fmt.Errorf("signature without a digest %w", errUnsupported)
	}
	sum := digest(a.hash, message)
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		if a.scheme == ecdsaASN1 {
			if !ecdsa.VerifyASN1(k, sum, signature) {
				return fmt.Errorf("signature %w", errMismatch)
			}
			return nil
		}
	case *rsa.PublicKey:
		if a.scheme == pkcs1 || a.scheme == pss {
			return a.verifyRSA(k, sum, signature)
		}
	}
	return fmt.Errorf("signature algorithm and key of two kinds: %w", errMismatch)
}

func (a algorithm) verifyRSA(k *rsa.PublicKey, sum, signature []byte) error {
	var err error
	if a.scheme == pss {
		err = rsa.VerifyPSS(k, a.hash, sum, signature, &rsa.PSSOptions{SaltLength: a.salt, Hash: a.hash})
	} else {
		err = rsa.VerifyPKCS1v15(k, a.hash, sum, signature)
	}
	if err != nil {
		return fmt.Errorf("signature %w: %w", errMismatch, err)
	}
	return nil
}
