package crypt

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
)

// spki writes a SubjectPublicKeyInfo. params adds what follows the OID.
func spki(t testing.TB, oid string, params func(*cryptobyte.Builder), key []byte) []byte {
	t.Helper()
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(objectID(t, oid))
			params(b)
		})
		b.AddASN1BitString(key)
	})
	return must(b.Bytes())(t)
}

func objectID(t testing.TB, s string) asn1.ObjectIdentifier {
	t.Helper()
	var oid asn1.ObjectIdentifier
	for _, arc := range strings.Split(s, ".") {
		v, ok := new(big.Int).SetString(arc, 10)
		if !ok {
			t.Fatal(s)
		}
		oid = append(oid, int(v.Int64()))
	}
	return oid
}

// spelt writes ECParameters of a curve; change edits them first.
func spelt(c *Curve, compressed bool, change func(p *explicit)) func(*cryptobyte.Builder) {
	p := &explicit{p: number(c.text.p), n: number(c.text.n), h: big.NewInt(1), field: oidPrime,
		a: number(c.text.a).Bytes(), b: number(c.text.b).Bytes()}
	x, y := number(c.text.x).FillBytes(make([]byte, c.size)), number(c.text.y).FillBytes(make([]byte, c.size))
	if compressed {
		p.g = append([]byte{2 | y[len(y)-1]&1}, x...)
	} else {
		p.g = append(append([]byte{4}, x...), y...)
	}
	if change != nil {
		change(p)
	}
	return func(b *cryptobyte.Builder) {
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(1)
			b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
				oid := asn1.ObjectIdentifier{1, 2, 840, 10045, 1, 1}
				if p.field != oidPrime {
					oid[5] = 2
				}
				b.AddASN1ObjectIdentifier(oid)
				b.AddASN1BigInt(p.p)
			})
			b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1OctetString(p.a)
				b.AddASN1OctetString(p.b)
				if p.seed != nil {
					b.AddASN1BitString(p.seed)
				}
			})
			b.AddASN1OctetString(p.g)
			b.AddASN1BigInt(p.n)
			if p.h != nil {
				b.AddASN1BigInt(p.h)
			}
		})
	}
}

type explicit struct {
	p, n, h       *big.Int
	a, b, g, seed []byte
	field         string
}

func named(t testing.TB, oid string) func(*cryptobyte.Builder) {
	return func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(objectID(t, oid)) }
}

func integer(v ...*big.Int) func(*cryptobyte.Builder) {
	return func(b *cryptobyte.Builder) {
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
			for _, v := range v {
				b.AddASN1BigInt(v)
			}
		})
	}
}

func single(id int) func(*cryptobyte.Builder) {
	return func(b *cryptobyte.Builder) { b.AddASN1Int64(int64(id)) }
}

func TestParsePublicKeyEC(t *testing.T) {
	for _, c := range curves {
		c.ready()
		e := must(c.Base([]byte{0xA5, 0x01}))(t)
		point := c.Bytes(e)
		short := append([]byte{2 | point[len(point)-1]&1}, point[1:1+c.size]...)
		for name, b := range map[string][]byte{
			"named":                spki(t, oidEC, named(t, c.oid), point),
			"spelt out":            spki(t, oidEC, spelt(c, false, nil), point),
			"compressed generator": spki(t, oidEC, spelt(c, true, nil), point),
			"no cofactor":          spki(t, oidEC, spelt(c, false, func(p *explicit) { p.h = nil }), point),
			"seed":                 spki(t, oidEC, spelt(c, false, func(p *explicit) { p.seed = []byte("seed") }), point),
			"padded a":             spki(t, oidEC, spelt(c, false, func(p *explicit) { p.a = append([]byte{0}, p.a...) }), point),
			"standardized":         spki(t, oidStandard, single(c.id), point),
			"compressed":           spki(t, oidEC, named(t, c.oid), short),
		} {
			k, err := ParsePublicKey(b)
			if name == "compressed" && c.name == "P-224" {
				if !errors.Is(err, ErrCurve) {
					t.Errorf("%s %s: %v", c.name, name, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s %s: %v", c.name, name, err)
				continue
			}
			if k.RSA != nil || k.Group != Group(c) || !k.Element.Equal(e) {
				t.Errorf("%s %s: another key", c.name, name)
			}
		}
		flipped := bytes.Clone(short)
		flipped[0] ^= 1
		if c.name != "P-224" {
			k := must(ParsePublicKey(spki(t, oidEC, named(t, c.oid), flipped)))(t)
			if _, err := c.Add(k.Element, e); !errors.Is(err, ErrPoint) {
				t.Errorf("%s: the other root is not the negative: %v", c.name, err)
			}
		}
	}
}

func TestParsePublicKeyRefuses(t *testing.T) {
	c := standard(t, 13).(*Curve)
	d := standard(t, 2).(*DH)
	point := c.Bytes(must(c.Base([]byte{3}))(t))
	off := append(bytes.Clone(point[:64]), point[64]^1)
	good := spki(t, oidEC, named(t, c.oid), point)
	change := func(f func(p *explicit)) []byte { return spki(t, oidEC, spelt(c, false, f), point) }
	p, g, q := number(d.p), number(d.g), number(d.q)
	y := must(asn1.Marshal(new(big.Int).SetBytes(d.Bytes(must(d.Base([]byte{3}))(t)))))(t)
	number := func(v *big.Int) []byte { return must(asn1.Marshal(v))(t) }
	one := big.NewInt(1)
	tests := map[string]struct {
		der  []byte
		want error
	}{
		"good":             {good, nil},
		"good DH":          {spki(t, oidDHX942, integer(p, g, q), y), nil},
		"good PKCS #3":     {spki(t, oidDHPKCS3, integer(p, g), y), nil},
		"good standard DH": {spki(t, oidStandard, single(2), y), nil},
		"nothing":          {nil, ErrKey},
		"cut":              {good[:len(good)-1], ErrKey},
		"more":             {append(bytes.Clone(good), 0), ErrKey},
		"no parameters":    {spki(t, oidEC, func(*cryptobyte.Builder) {}, point), ErrKey},
		"unknown type":     {spki(t, "1.2.3.4", named(t, c.oid), point), ErrCurve},
		"unknown curve":    {spki(t, oidEC, named(t, "1.3.132.0.10"), point), ErrCurve},
		"unknown id":       {spki(t, oidStandard, single(3), point), ErrCurve},
		"off curve":        {spki(t, oidEC, named(t, c.oid), off), ErrPoint},
		"off, compressed":  {spki(t, oidEC, named(t, c.oid), append([]byte{2}, bytes.Repeat([]byte{0}, 31)...)), ErrPoint},
		"empty point":      {spki(t, oidEC, named(t, c.oid), nil), ErrPoint},
		"hybrid":           {spki(t, oidEC, named(t, c.oid), append([]byte{6}, point[1:]...)), ErrPoint},
		"infinity":         {spki(t, oidEC, named(t, c.oid), []byte{0}), ErrPoint},
		"other a":          {change(func(p *explicit) { p.a[5] ^= 1 }), ErrCurve},
		"other b":          {change(func(p *explicit) { p.b[5] ^= 1 }), ErrCurve},
		"other generator":  {change(func(p *explicit) { p.g = point }), ErrCurve},
		"other order":      {change(func(p *explicit) { p.n.Add(p.n, one) }), ErrCurve},
		"other prime":      {change(func(p *explicit) { p.p.Add(p.p, one) }), ErrCurve},
		"cofactor":         {change(func(p *explicit) { p.h = big.NewInt(4) }), ErrCurve},
		"binary field":     {change(func(p *explicit) { p.field = "" }), ErrCurve},
		"negative prime":   {change(func(p *explicit) { p.p.Neg(p.p) }), ErrKey},
		"zero order":       {change(func(p *explicit) { p.n.SetInt64(0) }), ErrKey},
		"huge prime":       {change(func(p *explicit) { p.p.Lsh(one, 20000) }), ErrKey},
		"DH other q":       {spki(t, oidDHX942, integer(p, g, p), y), ErrCurve},
		"DH other g":       {spki(t, oidDHPKCS3, integer(p, one), y), ErrCurve},
		"DH without q":     {spki(t, oidDHX942, integer(p, g), y), ErrKey},
		"DH zero":          {spki(t, oidDHPKCS3, integer(p, g), number(new(big.Int))), ErrKey},
		"DH one":           {spki(t, oidDHPKCS3, integer(p, g), number(one)), ErrPoint},
		"DH p-1":           {spki(t, oidDHPKCS3, integer(p, g), number(new(big.Int).Sub(p, one))), ErrPoint},
		"DH p":             {spki(t, oidDHPKCS3, integer(p, g), number(p)), ErrPoint},
		"DH 2":             {spki(t, oidDHPKCS3, integer(p, g), number(big.NewInt(2))), ErrPoint},
		"DH too long":      {spki(t, oidDHPKCS3, integer(p, g), number(new(big.Int).Lsh(p, 8))), ErrPoint},
		"DH a point":       {spki(t, oidDHPKCS3, integer(p, g), point), ErrKey},
		"RSA a point":      {spki(t, oidRSA, func(b *cryptobyte.Builder) { b.AddASN1NULL() }, point), ErrKey},
	}
	for name, tt := range tests {
		k, err := ParsePublicKey(tt.der)
		if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) || (err == nil) != (k != nil) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func TestParsePublicKeyOfOthers(t *testing.T) {
	r := must(rsa.GenerateKey(rand.Reader, 2048))(t)
	k := must(ParsePublicKey(must(x509.MarshalPKIXPublicKey(&r.PublicKey))(t)))(t)
	if k.RSA == nil || !k.RSA.Equal(&r.PublicKey) || k.Group != nil {
		t.Error("another RSA key")
	}
	for _, curve := range []elliptic.Curve{elliptic.P224(), elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		e := must(ecdsa.GenerateKey(curve, rand.Reader))(t)
		k := must(ParsePublicKey(must(x509.MarshalPKIXPublicKey(&e.PublicKey))(t)))(t)
		want := must(e.PublicKey.Bytes())(t)
		if !bytes.Equal(k.Group.Bytes(k.Element), want) {
			t.Errorf("%s: another key", curve.Params().Name)
		}
		digest := bytes.Repeat([]byte{7}, 32)
		sig := must(ecdsa.SignASN1(rand.Reader, e, digest))(t)
		var rs struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(sig, &rs); err != nil {
			t.Fatal(err)
		}
		if !VerifyECDSA(k, digest, rs.R, rs.S) || VerifyECDSA(k, digest[16:], rs.R, rs.S) {
			t.Errorf("%s: a signature of crypto/ecdsa", curve.Params().Name)
		}
	}
}

func TestParseGroup(t *testing.T) {
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(objectID(t, oidStandard))
		b.AddASN1Int64(16)
	})
	identifier := must(b.Bytes())(t)
	if g, err := ParseGroup(identifier); err != nil || g.Name() != "brainpoolP384r1" {
		t.Fatalf("%v, %v", g, err)
	}
	if _, err := ParseGroup(append(identifier, 0)); !errors.Is(err, ErrKey) {
		t.Fatal(err)
	}
}

func FuzzParsePublicKey(f *testing.F) {
	c := standard(f, 13).(*Curve)
	d := standard(f, 0).(*DH)
	point := c.Bytes(must(c.Base([]byte{3}))(f))
	f.Add(spki(f, oidEC, named(f, c.oid), point))
	f.Add(spki(f, oidEC, spelt(c, true, nil), append([]byte{3}, point[1:33]...)))
	f.Add(spki(f, oidStandard, single(13), point))
	y := must(asn1.Marshal(new(big.Int).SetBytes(d.Bytes(must(d.Base([]byte{9}))(f)))))(f)
	f.Add(spki(f, oidDHX942, integer(number(d.p), number(d.g), number(d.q)), y))
	f.Add(spki(f, oidRSA, func(b *cryptobyte.Builder) { b.AddASN1NULL() }, must(asn1.Marshal(rsa.PublicKey{N: number(d.p), E: 65537}))(f)))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := ParsePublicKey(b)
		if err != nil {
			if k != nil || !errors.Is(err, ErrKey) && !errors.Is(err, ErrCurve) && !errors.Is(err, ErrPoint) {
				t.Fatal(k, err)
			}
			return
		}
		if k.RSA != nil {
			return
		}
		again, err := k.Group.Element(k.Group.Bytes(k.Element))
		if err != nil || !again.Equal(k.Element) {
			t.Fatalf("%s: %v", k.Group.Name(), err)
		}
	})
}
