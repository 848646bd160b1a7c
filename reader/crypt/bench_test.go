package crypt

import (
	"crypto/ecdh"
	"crypto/rand"
	"testing"
)

// BenchmarkGroup is the reader's part of the key agreements of one read: PACE
// with generic mapping (two multiples of the generator, three of points) and
// chip authentication (one and one), with the public values read and written.
// BenchmarkECDH is the measure to hold it against: an exchange of crypto/ecdh
// on P-256 (one and one).
func BenchmarkGroup(b *testing.B) {
	for _, id := range []int{13, 12, 8, 9, 10, 11, 14, 15, 16, 17, 18, 0, 1, 2} {
		g := standard(b, id)
		k := must(g.Scalar(rand.Reader))(b)
		theirs := g.Bytes(must(g.Base(must(g.Scalar(rand.Reader))(b)))(b))
		b.Run(g.Name(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				read := func() Element { return must(g.Element(theirs))(b) }
				g.Bytes(must(g.Base(k))(b))
				h := must(g.Mul(read(), k))(b)
				mapped := must(g.Add(must(g.Base(k[:16]))(b), h))(b)
				g.Bytes(must(g.Mul(mapped, k))(b))
				g.Secret(must(g.Mul(read(), k))(b))
				g.Bytes(must(g.Base(k))(b))
				g.Secret(must(g.Mul(read(), k))(b))
			}
		})
	}
}

func BenchmarkECDH(b *testing.B) {
	theirs := must(ecdh.P256().GenerateKey(rand.Reader))(b)
	b.ReportAllocs()
	for b.Loop() {
		mine := must(ecdh.P256().GenerateKey(rand.Reader))(b)
		if _, err := mine.ECDH(theirs.PublicKey()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMul(b *testing.B) {
	for _, id := range []int{13, 12, 15, 17, 18} {
		g := standard(b, id)
		k := must(g.Scalar(rand.Reader))(b)
		p := must(g.Base(k))(b)
		b.Run(g.Name(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				must(g.Mul(p, k))(b)
			}
		})
	}
}
