package chip

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"fmt"
	"io"
	"math/big"
)

// The keys in card-verifiable certificates (Doc 9303-11 §7.1.4, §9.4).

// cvAlgorithm is how a terminal's key signs.
type cvAlgorithm struct {
	arcs [2]int // behind id-TA
	rsa  bool
	pss  bool
	hash crypto.Hash
}

// cvAlgorithms are the object identifiers of BSI TR-03110-3 §A.7.3; Doc 9303
// keeps some of them.
func cvAlgorithms() []cvAlgorithm {
	return []cvAlgorithm{
		{[2]int{1, 1}, true, false, crypto.SHA1},
		{[2]int{1, 2}, true, false, crypto.SHA256},
		{[2]int{1, 3}, true, true, crypto.SHA1},
		{[2]int{1, 4}, true, true, crypto.SHA256},
		{[2]int{1, 5}, true, false, crypto.SHA512},
		{[2]int{1, 6}, true, true, crypto.SHA512},
		{[2]int{2, 1}, false, false, crypto.SHA1},
		{[2]int{2, 2}, false, false, crypto.SHA224},
		{[2]int{2, 3}, false, false, crypto.SHA256},
		{[2]int{2, 4}, false, false, crypto.SHA384},
		{[2]int{2, 5}, false, false, crypto.SHA512},
	}
}

func (a cvAlgorithm) oid() []byte { return oid(0, 4, 0, 127, 0, 7, 2, 2, 2, a.arcs[0], a.arcs[1]) }

func (a cvAlgorithm) digest(message []byte) []byte {
	h := a.hash.New()
	h.Write(message)
	return h.Sum(nil)
}

// cvPublic is a public key of a certificate.
type cvPublic struct {
	cvAlgorithm
	rsa   *rsa.PublicKey
	group *curve
	point element
}

// The sizes of an RSA key that a chip takes.
const (
	minRSABits = 1024
	maxRSABits = 4096
)

// parseCVKey reads the content of a public key data object. A key without
// domain parameters takes those of the key that signed it; nil: there is none.
func parseCVKey(b []byte, inherited *curve) (cvPublic, error) {
	objects, err := parseObjects(b)
	if err != nil || len(objects) == 0 || objects[0].tag != 0x06 {
		return cvPublic{}, errCV
	}
	var out cvPublic
	for _, a := range cvAlgorithms() {
		if bytes.Equal(a.oid(), encode(0x06, objects[0].value)) {
			out.cvAlgorithm = a
		}
	}
	switch {
	case out.hash == 0:
		return cvPublic{}, fmt.Errorf("%w: an unknown algorithm", errCV)
	case out.cvAlgorithm.rsa:
		out.rsa, err = parseCVRSA(objects[1:])
		return out, err
	}
	out.group = inherited
	if has(objects, 0x81) {
		if out.group, err = curveOf(objects[1:]); err != nil {
			return cvPublic{}, err
		}
	}
	if out.group == nil || !has(objects, 0x86) || !has(objects, 0x81) && len(objects) != 2 {
		return cvPublic{}, errCV
	}
	out.point, err = out.group.parse(find(objects, 0x86))
	return out, err
}

func parseCVRSA(objects []object) (*rsa.PublicKey, error) {
	const maxExponent = 4 // bytes (Doc 9303-11 §7.1.4.1.2)
	if len(objects) != 2 || objects[0].tag != 0x81 || objects[1].tag != 0x82 {
		return nil, errCV
	}
	n, e := new(big.Int).SetBytes(objects[0].value), new(big.Int).SetBytes(objects[1].value)
	if n.BitLen() < minRSABits || n.BitLen() > maxRSABits || n.Bit(0) == 0 || len(objects[1].value) > maxExponent {
		return nil, errCV
	}
	const least = 3
	if e.Cmp(big.NewInt(least)) < 0 || e.Bit(0) == 0 || e.BitLen() > 31 {
		return nil, errCV
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}, nil
}

// curveOf recognises explicit domain parameters; a chip computes with none
// that it does not know.
func curveOf(objects []object) (*curve, error) {
	for id := GroupP192; id <= GroupP521; id++ {
		c, ok := standardCurve(id)
		if !ok {
			continue
		}
		want := c.cvParameters()
		same := len(objects) >= len(want)+1
		for i, o := range want {
			same = same && objects[i].tag == o.tag && bytes.Equal(objects[i].value, o.value)
		}
		if same {
			return c, nil
		}
	}
	return nil, fmt.Errorf("%w: unknown domain parameters", errCV)
}

// cvParameters are the domain parameters 81 to 85 (§9.4.4).
func (c *curve) cvParameters() []object {
	return []object{
		{0x81, c.prime().Bytes()}, {0x82, c.a.Bytes()}, {0x83, c.b.Bytes()},
		{0x84, c.encode(c.generator())}, {0x85, c.order().Bytes()},
	}
}

// verify checks a signature over a message.
func (k cvPublic) verify(message, signature []byte) bool {
	sum := k.digest(message)
	switch {
	case k.pss:
		return rsa.VerifyPSS(k.rsa, k.hash, sum, signature, &rsa.PSSOptions{SaltLength: k.hash.Size()}) == nil
	case k.rsa != nil:
		return rsa.VerifyPKCS1v15(k.rsa, k.hash, sum, signature) == nil
	}
	return verifyECDSA(k.group, k.point, sum, signature)
}

// verifyECDSA checks a plain signature r ‖ s (BSI TR-03111 §4.2.1).
func verifyECDSA(g group, public element, digest, signature []byte) bool {
	n := g.order()
	size := (n.BitLen() + 7) / 8
	if len(signature) != 2*size {
		return false
	}
	r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
	if r.Sign() == 0 || s.Sign() == 0 || r.Cmp(n) >= 0 || s.Cmp(n) >= 0 {
		return false
	}
	w := new(big.Int).ModInverse(s, n)
	u1, u2 := new(big.Int).Mul(hashInteger(digest, n), w), new(big.Int).Mul(r, w)
	p := g.plus(g.times(g.generator(), u1.Mod(u1, n).Bytes()), g.times(public, u2.Mod(u2, n).Bytes()))
	return !g.neutral(p) && new(big.Int).Mod(p.x, n).Cmp(r) == 0
}

// cvKey is a private key that certifies or signs for a terminal.
type cvKey struct {
	cvPublic
	ec      keyPair
	private *rsa.PrivateKey
}

// newCVKey makes a key for a scheme, say "p256-sha256" or "pss2048-sha256".
func newCVKey(random io.Reader, s Scheme) (*cvKey, error) {
	scheme, err := parseScheme(s)
	if err != nil {
		return nil, err
	}
	k := &cvKey{}
	for _, a := range cvAlgorithms() {
		if a.rsa == (scheme.group == nil) && a.pss == scheme.pss && a.hash == scheme.hash {
			k.cvAlgorithm = a
		}
	}
	if k.hash == 0 {
		return nil, fmt.Errorf("chip: terminal authentication has no object identifier for %q", s)
	}
	if scheme.group == nil {
		if k.private, err = rsa.GenerateKey(random, scheme.bits); err != nil {
			return nil, fmt.Errorf("chip: make a terminal key: %w", err)
		}
		k.rsa = &k.private.PublicKey
		return k, nil
	}
	k.group = scheme.group
	k.ec, err = drawKey(k.group, random)
	k.point = k.ec.public
	return k, err
}

// object is the content of the public key data object; domain adds the
// parameters of the curve, which only a CVCA's certificates carry.
func (k *cvKey) object(domain bool) []byte {
	out := k.oid()
	if k.rsa != nil {
		out = append(out, encode(0x81, k.rsa.N.Bytes())...)
		return append(out, encode(0x82, big.NewInt(int64(k.rsa.E)).Bytes())...)
	}
	if domain {
		for _, o := range k.group.cvParameters() {
			out = append(out, encode(o.tag, o.value)...)
		}
	}
	out = append(out, encode(0x86, k.group.encode(k.point))...)
	if domain {
		out = append(out, encode(0x87, []byte{1})...)
	}
	return out
}

func (k *cvKey) sign(message []byte, random io.Reader) ([]byte, error) {
	sum := k.digest(message)
	switch {
	case k.pss:
		return rsa.SignPSS(random, k.private, k.hash, sum, &rsa.PSSOptions{SaltLength: k.hash.Size()})
	case k.rsa != nil:
		return rsa.SignPKCS1v15(random, k.private, k.hash, sum)
	}
	r, s, err := signECDSA(k.ec, sum, random)
	if err != nil {
		return nil, err
	}
	return plainSignature(k.group.order(), r, s), nil
}
