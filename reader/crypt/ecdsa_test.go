package crypt

import (
	"crypto/rand"
	"crypto/sha512"
	"math/big"
	"testing"
)

// signature makes an ECDSA signature with another arithmetic.
func signature(t testing.TB, id int, d *big.Int, digest []byte) (r, s *big.Int) {
	t.Helper()
	curve := oracles()[id]
	n := curve.Params().N
	k := must(rand.Int(rand.Reader, n))(t)
	r, _ = curve.ScalarBaseMult(k.Bytes())
	e := new(big.Int).SetBytes(digest)
	if extra := 8*len(digest) - n.BitLen(); extra > 0 {
		e.Rsh(e, uint(extra))
	}
	s = new(big.Int).Mul(r, d)
	s.Add(s, e).Mul(s, k.ModInverse(k, n)).Mod(s, n)
	return r.Mod(r, n), s
}

func TestVerifyECDSA(t *testing.T) {
	for id := range oracles() {
		c := standard(t, id)
		n := c.Order()
		d := must(rand.Int(rand.Reader, n))(t)
		key := &PublicKey{Group: c, Element: must(c.Base(d.Bytes()))(t)}
		other := &PublicKey{Group: c, Element: must(c.Base([]byte{7}))(t)}
		for _, length := range []int{0, 1, 20, 28, 32, 48, 64} {
			sum := sha512.Sum512([]byte{byte(id), byte(length)})
			digest := sum[:length]
			r, s := signature(t, id, d, digest)
			if !VerifyECDSA(key, digest, r, s) {
				t.Fatalf("%s: a good signature of %d bytes is refused", c.Name(), length)
			}
			if length != 32 {
				continue
			}
			one := big.NewInt(1)
			bad := map[string]bool{
				"another key":    VerifyECDSA(other, digest, r, s),
				"another r":      VerifyECDSA(key, digest, new(big.Int).Xor(r, one), s),
				"another s":      VerifyECDSA(key, digest, r, new(big.Int).Xor(s, one)),
				"r zero":         VerifyECDSA(key, digest, new(big.Int), s),
				"s zero":         VerifyECDSA(key, digest, r, new(big.Int)),
				"r negative":     VerifyECDSA(key, digest, new(big.Int).Sub(r, n), s),
				"r too large":    VerifyECDSA(key, digest, new(big.Int).Add(r, n), s),
				"s too large":    VerifyECDSA(key, digest, r, new(big.Int).Add(s, n)),
				"a key of RSA":   VerifyECDSA(&PublicKey{}, digest, r, s),
				"foreign point":  VerifyECDSA(&PublicKey{Group: c, Element: nil}, digest, r, s),
				"a prime field":  VerifyECDSA(&PublicKey{Group: standard(t, 0)}, digest, r, s),
				"another digest": VerifyECDSA(key, append([]byte{digest[0] ^ 0x80}, digest[1:]...), r, s),
			}
			for name, accepted := range bad {
				if accepted {
					t.Errorf("%s: %s is accepted", c.Name(), name)
				}
			}
		}
	}
}

func TestVerifyECDSAEndsAtInfinity(t *testing.T) {
	// With Q = -G and e = r the sum is infinity, which is no signature; nor
	// does a zero digest with it break anything.
	c := standard(t, 13)
	minus := new(big.Int).Sub(c.Order(), big.NewInt(1))
	key := &PublicKey{Group: c, Element: must(c.Base(minus.Bytes()))(t)}
	r := big.NewInt(1234567)
	if VerifyECDSA(key, r.FillBytes(make([]byte, 32)), r, big.NewInt(99)) {
		t.Fatal("infinity is a signature")
	}
}
