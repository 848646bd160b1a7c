package crypt

import "math/big"

// VerifyECDSA reports whether (r, s) is a signature of the digest under a key
// on a curve (TR-03111 §4.2.1.2). A digest longer than the order is cut to its
// leftmost bits. Everything here is public: its time may tell.
func VerifyECDSA(k *PublicKey, digest []byte, r, s *big.Int) bool {
	c, ok := k.Group.(*Curve)
	if !ok {
		return false
	}
	q, err := c.own(k.Element)
	n := c.order.prime
	if err != nil || r.Sign() <= 0 || s.Sign() <= 0 || r.Cmp(n) >= 0 || s.Cmp(n) >= 0 {
		return false
	}
	e := new(big.Int).SetBytes(digest)
	if extra := 8*len(digest) - n.BitLen(); extra > 0 {
		e.Rsh(e, uint(extra))
	}
	w := new(big.Int).ModInverse(s, n)
	e.Mul(e, w).Mod(e, n)
	w.Mul(w, r).Mod(w, n)
	var buf [scalarSize]byte
	var sum, part projective
	c.base.times(&c.plane, &sum, e.FillBytes(buf[:c.order.size]))
	c.times(&part, &q, w.FillBytes(buf[:c.order.size]))
	c.sum(&sum, &sum, &part)
	end, err := c.finite(&sum)
	if err != nil {
		return false
	}
	x := new(big.Int).SetBytes(c.Secret(end))
	return x.Mod(x, n).Cmp(r) == 0
}
