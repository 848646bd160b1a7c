package crypt

import (
	"bytes"
	"crypto/ecdh"
	"crypto/elliptic"
	"crypto/rand"
	"math/big"
	mrand "math/rand/v2"
	"testing"

	"github.com/osanderson/brainpool"
)

// oracle computes with a curve.
type oracle interface {
	Params() *elliptic.CurveParams
	Add(x1, y1, x2, y2 *big.Int) (x, y *big.Int)
	ScalarMult(x, y *big.Int, k []byte) (*big.Int, *big.Int)
	ScalarBaseMult(k []byte) (x, y *big.Int)
}

// oracles are other people's curves by standardized id. math/big and they
// share nothing with the arithmetic here. P-192 has none and is tried by the
// laws of the group alone.
func oracles() map[int]oracle {
	return map[int]oracle{
		9: brainpool.P192r1(), 11: brainpool.P224r1(), 13: brainpool.P256r1(), 14: brainpool.P320r1(),
		16: brainpool.P384r1(), 17: brainpool.P512r1(),
		10: elliptic.P224(), 12: elliptic.P256(), 15: elliptic.P384(), 18: elliptic.P521(),
	}
}

// scalars are the edges of an order, and random numbers.
func scalars(n *big.Int) [][]byte {
	random := mrand.NewChaCha8([32]byte{1})
	var all [][]byte
	add := func(v *big.Int) { all = append(all, v.Bytes()) }
	for _, d := range []int64{1, 2, 16, 1 << 32} {
		add(big.NewInt(d))
		add(new(big.Int).Sub(n, big.NewInt(d)))
		add(new(big.Int).Add(n, big.NewInt(d)))
	}
	for i := 1; i < n.BitLen(); i += 131 {
		add(new(big.Int).Lsh(big.NewInt(1), uint(i)))
	}
	for i := range 4 {
		k := make([]byte, (n.BitLen()+7)/8+i%3)
		random.Read(k)
		all = append(all, k)
	}
	return all
}

func TestCurvesAgreeWithOthers(t *testing.T) {
	for id, other := range oracles() {
		c := standard(t, id)
		k := other.Params()
		if c.Prime().Cmp(k.P) != 0 || c.Order().Cmp(k.N) != 0 {
			t.Fatalf("%s: another prime or order", c.Name())
		}
		bytesOf := func(x, y *big.Int) []byte {
			b := make([]byte, 1+2*c.Size())
			b[0] = 4
			x.FillBytes(b[1 : 1+c.Size()])
			y.FillBytes(b[1+c.Size():])
			return b
		}
		px, py := k.Gx, k.Gy
		p := must(c.Element(bytesOf(px, py)))(t)
		for _, s := range scalars(k.N) {
			reduced := new(big.Int).SetBytes(s)
			reduced.Mod(reduced, k.N)
			x, y := other.ScalarMult(px, py, reduced.Bytes())
			got := must(c.Mul(p, s))(t)
			if !bytes.Equal(c.Bytes(got), bytesOf(x, y)) {
				t.Fatalf("%s: %X times a point is %X", c.Name(), s, c.Bytes(got))
			}
			bx, by := other.ScalarBaseMult(reduced.Bytes())
			base := must(c.Base(s))(t)
			if !bytes.Equal(c.Bytes(base), bytesOf(bx, by)) {
				t.Fatalf("%s: %X times the generator is %X", c.Name(), s, c.Bytes(base))
			}
			if base.Equal(got) {
				continue // the first round; the oracle's Add does not double
			}
			sx, sy := other.Add(x, y, bx, by)
			if sum := must(c.Add(got, base))(t); !bytes.Equal(c.Bytes(sum), bytesOf(sx, sy)) {
				t.Fatalf("%s: sum %X", c.Name(), c.Bytes(sum))
			}
			p, px, py = got, x, y
		}
	}
}

func TestSecretsAgreeWithECDH(t *testing.T) {
	for _, tt := range []struct {
		id, sessions int
		curve        ecdh.Curve
	}{{12, 300, ecdh.P256()}, {15, 10, ecdh.P384()}, {18, 10, ecdh.P521()}} {
		c := standard(t, tt.id)
		for range tt.sessions {
			theirs := must(tt.curve.GenerateKey(rand.Reader))(t)
			k := must(c.Scalar(rand.Reader))(t)
			mine := must(tt.curve.NewPrivateKey(k))(t)
			want := must(mine.ECDH(theirs.PublicKey()))(t)
			shared := must(c.Mul(must(c.Element(theirs.PublicKey().Bytes()))(t), k))(t)
			if got := c.Secret(shared); !bytes.Equal(got, want) {
				t.Fatalf("%s: secret %X, want %X", c.Name(), got, want)
			}
		}
	}
}
