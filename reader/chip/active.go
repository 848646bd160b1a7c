package chip

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // the hashes of the variants
	_ "crypto/sha512"
	"fmt"
	"io"
	"math/big"
)

// Active authentication (Doc 9303-11 §6.1).

// activeVariant is what the name of a variant means.
type activeVariant struct {
	hash  crypto.Hash
	bits  int // of the RSA key; 0: ECDSA
	group int // of the ECDSA key
	der   bool
	arc   int // of the hash in ecdsa-plain-signatures (BSI TR-03111 §5.2.1.1)
}

func (a ActiveAuth) variant() (activeVariant, bool) {
	v, ok := map[ActiveAuth]activeVariant{
		AARSA1024SHA1:     {hash: crypto.SHA1, bits: 1024},
		AARSA1024SHA256:   {hash: crypto.SHA256, bits: 1024},
		AARSA2048SHA1:     {hash: crypto.SHA1, bits: 2048},
		AARSA2048SHA224:   {hash: crypto.SHA224, bits: 2048},
		AARSA2048SHA256:   {hash: crypto.SHA256, bits: 2048},
		AARSA2048SHA384:   {hash: crypto.SHA384, bits: 2048},
		AARSA2048SHA512:   {hash: crypto.SHA512, bits: 2048},
		AAP256:            {hash: crypto.SHA256, group: GroupP256, arc: 3},
		AAP256DER:         {hash: crypto.SHA256, group: GroupP256, arc: 3, der: true},
		AAP384:            {hash: crypto.SHA384, group: GroupP384, arc: 4},
		AAP384DER:         {hash: crypto.SHA384, group: GroupP384, arc: 4, der: true},
		AABrainpool256:    {hash: crypto.SHA256, group: GroupBrainpool256, arc: 3},
		AABrainpool256DER: {hash: crypto.SHA256, group: GroupBrainpool256, arc: 3, der: true},
	}[a]
	return v, ok
}

// activeKey is the chip's key; nil is none.
type activeKey struct {
	activeVariant
	rsa *rsa.PrivateKey
	ec  keyPair
}

// newActiveKey makes a key for the variant.
func newActiveKey(a ActiveAuth, random io.Reader) (*activeKey, error) {
	if a == "" {
		return nil, nil
	}
	v, ok := a.variant()
	if !ok {
		return nil, fmt.Errorf("chip: there is no active authentication %q", a)
	}
	k := &activeKey{activeVariant: v}
	var err error
	if v.bits != 0 {
		k.rsa, err = rsa.GenerateKey(rand.Reader, v.bits)
	} else {
		g, _ := standardGroup(v.group)
		k.ec, err = drawKey(g, random)
	}
	if err != nil {
		return nil, fmt.Errorf("chip: make the key of active authentication: %w", err)
	}
	return k, nil
}

// keyInfo is the SubjectPublicKeyInfo of DG15.
func (k *activeKey) keyInfo() []byte {
	if k.rsa == nil {
		return keyInfo(k.ec.group, k.ec.public, FormNamed)
	}
	key := sequence(integer(k.rsa.N), small(int64(k.rsa.E)))
	return sequence(sequence(oid(1, 2, 840, 113549, 1, 1, 1), encode(0x05)), bits(key))
}

// sign signs a challenge as the variant does.
func (k *activeKey) sign(challenge []byte, random io.Reader) ([]byte, error) {
	if k.rsa != nil {
		return k.signRSA(challenge, random)
	}
	h := k.hash.New()
	h.Write(challenge)
	r, s, err := signECDSA(k.ec, h.Sum(nil), random)
	if err != nil {
		return nil, err
	}
	if k.der {
		return sequence(integer(r), integer(s)), nil
	}
	return plainSignature(k.ec.group.order(), r, s), nil
}

// signRSA is ISO/IEC 9796-2 digital signature scheme 1, whose nonce fills the
// key.
func (k *activeKey) signRSA(challenge []byte, random io.Reader) ([]byte, error) {
	size := k.rsa.Size()
	nonce := make([]byte, size-1-k.hash.Size()-len(k.trailer()))
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, err
	}
	f := new(big.Int).SetBytes(k.representative(nonce, challenge))
	return f.Exp(f, k.rsa.D, k.rsa.N).FillBytes(make([]byte, size)), nil
}

// representative is what an RSA key signs: 6A, for a part of the message is
// outside, the nonce, the hash over nonce and challenge, and the trailer.
func (v activeVariant) representative(nonce, challenge []byte) []byte {
	h := v.hash.New()
	h.Write(nonce)
	h.Write(challenge)
	return append(h.Sum(append([]byte{0x6A}, nonce...)), v.trailer()...)
}

// trailer is BC for SHA-1, the hash's number and CC for the others
// (Doc 9303-11 §6.1.2.2).
func (v activeVariant) trailer() []byte {
	switch v.hash {
	case crypto.SHA224:
		return []byte{0x38, 0xCC}
	case crypto.SHA256:
		return []byte{0x34, 0xCC}
	case crypto.SHA384:
		return []byte{0x36, 0xCC}
	case crypto.SHA512:
		return []byte{0x35, 0xCC}
	}
	return []byte{0xBC}
}

// signECDSA signs a digest (BSI TR-03111 §4.2.1).
func signECDSA(k keyPair, digest []byte, random io.Reader) (r, s *big.Int, err error) {
	n := k.group.order()
	e := hashInteger(digest, n)
	for {
		nonce, err := drawKey(k.group, random)
		if err != nil {
			return nil, nil, err
		}
		r = new(big.Int).Mod(nonce.public.x, n)
		s = new(big.Int).Mul(r, new(big.Int).SetBytes(k.private))
		s.Add(s, e).Mul(s, new(big.Int).ModInverse(new(big.Int).SetBytes(nonce.private), n)).Mod(s, n)
		if r.Sign() > 0 && s.Sign() > 0 {
			return r, s, nil
		}
	}
}

// hashInteger is the leftmost bits of a digest, as many as the order has.
func hashInteger(digest []byte, n *big.Int) *big.Int {
	e := new(big.Int).SetBytes(digest)
	if extra := 8*len(digest) - n.BitLen(); extra > 0 {
		e.Rsh(e, uint(extra))
	}
	return e
}

// plainSignature is r ‖ s, each as long as the order (BSI TR-03111 §5.2.1).
func plainSignature(n, r, s *big.Int) []byte {
	size := (n.BitLen() + 7) / 8
	return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
}

// internalAuthenticate signs the terminal's challenge with the key of DG15.
func (c *Card) internalAuthenticate(cmd command) answer {
	if c.state.session == nil || !c.state.app {
		return status(swSecurityStatus)
	}
	if c.activeKey == nil {
		return status(swInstruction)
	}
	if len(cmd.data) != challengeSize || cmd.le == 0 {
		return status(swWrongLength)
	}
	signature, err := c.activeKey.sign(cmd.data, c.random)
	if err != nil {
		return status(swConditions)
	}
	if c.spec.ExactLength && cmd.le != len(signature) {
		return status(swExactLength | uint16(len(signature)&0xFF))
	}
	return answer{data: signature, sw: swOK}
}
