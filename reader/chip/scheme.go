package chip

import (
	"crypto"
	"crypto/rsa"
	_ "crypto/sha1" // the schemes reach their hashes by crypto.Hash
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"fmt"
	"io"
	"strings"
)

// How an issuer signs. crypto/x509 knows no brainpool curve, no explicit
// parameters and writes no SHA-1: keys and algorithms are encoded here.

// Scheme names a signature scheme as "key-hash". The keys are p192 p224 p256
// p384 p521 (NIST), bp192 bp224 bp256 bp320 bp384 bp512 (brainpool r1), rsa2048
// rsa3072 rsa4096 (PKCS#1 v1.5) and pss2048 pss3072 pss4096 (RSASSA-PSS), and
// with an x behind what is written out: p256x the curve by its parameters in
// place of its name, pss2048x a key that is for RSASSA-PSS alone. The hashes
// are sha1 sha224 sha256 sha384 sha512, on a curve plain-sha256 and so on too:
// r ‖ s in place of a sequence (BSI TR-03111 §5.2.1).
type Scheme string

// SchemeDefault is what an issuer signs with that was not told otherwise.
const SchemeDefault Scheme = "p256-sha256"

// Schemes lists one scheme of each kind; any other pair of key and hash is
// taken too.
func Schemes() []Scheme {
	return []Scheme{
		SchemeDefault, "p256-sha1", "p256-sha224", "p384-sha384", "p521-sha512",
		"bp256-sha256", "bp384-sha384", "bp512-sha512", "p256x-sha256", "bp256x-sha256", "bp384x-sha384",
		"bp256-plain-sha256", "p384-plain-sha384",
		"rsa2048-sha1", "rsa2048-sha256", "rsa2048-sha512", "pss2048-sha256", "pss2048-sha512", "pss2048x-sha256",
	}
}

// signatureScheme is what a [Scheme] means.
type signatureScheme struct {
	group *curve  // nil: RSA
	form  KeyForm // of the public key
	plain bool    // r ‖ s
	bits  int     // of an RSA modulus
	pss   bool
	hash  crypto.Hash
}

func parseScheme(s Scheme) (signatureScheme, error) {
	key, hash, _ := strings.Cut(string(s), "-")
	out, ok := schemeKey(key)
	hash, out.plain = strings.CutPrefix(hash, "plain-")
	h, known := hashNames()[hash]
	if !ok || !known || out.plain && out.group == nil {
		return signatureScheme{}, fmt.Errorf("chip: there is no signature scheme %q: choose one like %v", s, Schemes())
	}
	out.hash = h
	return out, nil
}

func hashNames() map[string]crypto.Hash {
	return map[string]crypto.Hash{
		"sha1": crypto.SHA1, "sha224": crypto.SHA224, "sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512,
	}
}

func schemeKey(key string) (signatureScheme, bool) {
	named, long := strings.CutSuffix(key, "x")
	var s signatureScheme
	if long {
		s.form = FormExplicit
	}
	if id, ok := groupNames()[named]; ok {
		s.group, ok = standardCurve(id)
		return s, ok
	}
	size, pss := strings.CutPrefix(named, "pss")
	if !pss {
		var known bool
		if size, known = strings.CutPrefix(named, "rsa"); !known || long {
			return s, false
		}
	}
	s.pss = pss
	s.bits = map[string]int{"2048": 2048, "3072": 3072, "4096": 4096}[size]
	return s, s.bits != 0
}

// signingKey is a private key with the way it signs.
type signingKey struct {
	signatureScheme
	ec  keyPair
	rsa *rsa.PrivateKey
}

func newSigningKey(random io.Reader, s Scheme) (*signingKey, error) {
	scheme, err := parseScheme(s)
	if err != nil {
		return nil, err
	}
	k := &signingKey{signatureScheme: scheme}
	if scheme.group != nil {
		k.ec, err = drawKey(scheme.group, random)
	} else {
		k.rsa, err = rsa.GenerateKey(random, scheme.bits)
	}
	if err != nil {
		return nil, fmt.Errorf("chip: make a key for %s: %w", s, err)
	}
	return k, nil
}

// sign returns the signature over a message: SEQUENCE{r, s}, r ‖ s or an RSA
// block.
func (k *signingKey) sign(random io.Reader, message []byte) ([]byte, error) {
	h := k.hash.New()
	h.Write(message)
	sum := h.Sum(nil)
	switch {
	case k.group != nil:
		r, s, err := signECDSA(k.ec, sum, random)
		if err != nil {
			return nil, err
		}
		if k.plain {
			return plainSignature(k.group.order(), r, s), nil
		}
		return sequence(integer(r), integer(s)), nil
	case k.pss:
		return rsa.SignPSS(random, k.rsa, k.hash, sum, &rsa.PSSOptions{SaltLength: k.hash.Size(), Hash: k.hash})
	}
	return rsa.SignPKCS1v15(random, k.rsa, k.hash, sum)
}

// subjectPublicKey is the public key as its bit string holds it.
func (k *signingKey) subjectPublicKey() []byte {
	if k.rsa != nil {
		return x509.MarshalPKCS1PublicKey(&k.rsa.PublicKey)
	}
	return k.group.keyBits(k.ec.public)
}

// publicKey is the SubjectPublicKeyInfo (RFC 3279, RFC 5480).
func (k *signingKey) publicKey() []byte {
	if k.group != nil {
		return keyInfo(k.group, k.ec.public, k.form)
	}
	algorithm := sequence(oid(1, 2, 840, 113549, 1, 1, 1), derNull()) // rsaEncryption, of PSS keys too (RFC 4055 §1.2)
	if k.pss && k.form == FormExplicit {
		algorithm = k.algorithm()
	}
	return sequence(algorithm, bits(k.subjectPublicKey()))
}

// algorithm is the AlgorithmIdentifier of this key's signatures.
func (k *signingKey) algorithm() []byte {
	ecdsaArc := map[crypto.Hash]int{crypto.SHA224: 1, crypto.SHA256: 2, crypto.SHA384: 3, crypto.SHA512: 4}
	rsaArc := map[crypto.Hash]int{crypto.SHA1: 5, crypto.SHA224: 14, crypto.SHA256: 11, crypto.SHA384: 12, crypto.SHA512: 13}
	switch {
	case k.plain:
		return sequence(oid(0, 4, 0, 127, 0, 7, 1, 1, 4, 1, 1+ecdsaArc[k.hash]))
	case k.group != nil && k.hash == crypto.SHA1:
		return sequence(oid(1, 2, 840, 10045, 4, 1))
	case k.group != nil:
		return sequence(oid(1, 2, 840, 10045, 4, 3, ecdsaArc[k.hash]))
	case k.pss:
		digest := digestAlgorithm(k.hash)
		return sequence(oid(1, 2, 840, 113549, 1, 1, 10), sequence(
			explicit(0, digest),
			explicit(1, sequence(oid(1, 2, 840, 113549, 1, 1, 8), digest)),
			explicit(2, small(int64(k.hash.Size())))))
	}
	return sequence(oid(1, 2, 840, 113549, 1, 1, rsaArc[k.hash]), derNull())
}

// digestAlgorithm is the AlgorithmIdentifier of a hash, without parameters
// (RFC 5754 §2).
func digestAlgorithm(h crypto.Hash) []byte {
	switch h {
	case crypto.SHA1:
		return sequence(oid(1, 3, 14, 3, 2, 26))
	case crypto.SHA224:
		return sequence(oid(2, 16, 840, 1, 101, 3, 4, 2, 4))
	case crypto.SHA384:
		return sequence(oid(2, 16, 840, 1, 101, 3, 4, 2, 2))
	case crypto.SHA512:
		return sequence(oid(2, 16, 840, 1, 101, 3, 4, 2, 3))
	}
	return sequence(oid(2, 16, 840, 1, 101, 3, 4, 2, 1))
}
