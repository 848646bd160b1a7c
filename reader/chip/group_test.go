package chip

import (
	"bytes"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"math/big"
	"testing"
)

// groupIDs are the standardised identifiers of Doc 9303-11 §9.5.1.
var groupIDs = []int{0, 1, 2, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}

// TestGroups: every standardised group has the order it claims, commutes in a
// key agreement, and keeps what it encodes.
func TestGroups(t *testing.T) {
	for id := -1; id < 40; id++ {
		g, ok := standardGroup(id)
		if known := bytes.IndexByte([]byte{0, 1, 2, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}, byte(id)) >= 0; ok != known {
			t.Errorf("group %d: %t", id, ok)
		}
		if !ok {
			continue
		}
		if g.id() != id || !g.order().ProbablyPrime(20) || !g.prime().ProbablyPrime(20) {
			t.Errorf("group %d: not of prime order over a prime field", id)
		}
		// (n-1)·G + G is neutral
		last := new(big.Int).Sub(g.order(), big.NewInt(1)).Bytes()
		if !g.neutral(g.plus(g.times(g.generator(), last), g.generator())) {
			t.Errorf("group %d: the generator has another order", id)
		}
		a, err := drawKey(g, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		b, err := drawKey(g, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "shared secret", a.agree(b.public), b.agree(a.public))
		if got := len(a.agree(b.public)); got != (g.prime().BitLen()+7)/8 {
			t.Errorf("group %d: a secret of %d bytes", id, got)
		}
		back, err := g.parse(g.encode(a.public))
		if err != nil || back.x.Cmp(a.public.x) != 0 {
			t.Errorf("group %d: a public key does not come back: %v", id, err)
		}
	}
}

// TestCoefficients: the solved coefficients put every point on the curve, and
// those of the NIST curves agree with crypto/elliptic.
func TestCoefficients(t *testing.T) {
	for _, id := range groupIDs {
		g, ok := groupOf(t, id).(*curve)
		if !ok {
			continue
		}
		for k := range byte(20) {
			p := g.times(g.generator(), []byte{k + 1})
			if y2 := new(big.Int).Mul(p.y, p.y); y2.Mod(y2, g.prime()).Cmp(g.cubic(p.x)) != 0 {
				t.Errorf("group %d: a point off the curve", id)
			}
		}
	}
	// RFC 5639 §3.4.
	bp := groupOf(t, GroupBrainpool256).(*curve)
	equal(t, "a", bp.a.Bytes(), unhex(t, "7D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9"))
	equal(t, "b", bp.b.Bytes(), unhex(t, "26DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCCDC18FF8C07B6"))
}

// TestFromInteger: the integrated mapping yields elements of the group, and
// refuses P-224, whose prime it cannot take.
func TestFromInteger(t *testing.T) {
	for _, id := range groupIDs {
		g := groupOf(t, id)
		for k := int64(2); k < 12; k++ {
			e, ok := g.fromInteger(big.NewInt(k))
			if ok != (id != GroupP224) {
				t.Fatalf("group %d: %t", id, ok)
			}
			if !ok {
				continue
			}
			if _, err := g.parse(g.encode(e)); err != nil {
				t.Errorf("group %d: %d maps outside the group", id, k)
			}
		}
	}
}

// TestPoints: only points of the curve in the uncompressed form pass.
func TestPoints(t *testing.T) {
	for _, id := range []int{GroupP256, GroupBrainpool256} {
		g := groupOf(t, id).(*curve)
		good := g.encode(g.generator())
		if p, err := g.parse(good); err != nil || !bytes.Equal(g.encode(p), good) {
			t.Fatalf("the generator: %v", err)
		}
		beyond := append([]byte{4}, g.fixed(g.generator().x)...)
		bad := map[string][]byte{
			"empty":      nil,
			"infinity":   append([]byte{4}, make([]byte, 64)...),
			"compressed": append([]byte{3}, good[1:]...),
			"short":      good[:64],
			"off":        append(append([]byte(nil), good[:64]...), good[64]^1),
			"x ≥ p":      append(append([]byte{4}, g.prime().Bytes()...), good[33:]...),
			"y ≥ p":      append(beyond, bytes.Repeat([]byte{0xFF}, 32)...),
		}
		for name, b := range bad {
			if _, err := g.parse(b); err == nil {
				t.Errorf("%s passes", name)
			}
		}
	}
}

// TestResidues: only elements of the subgroup without leading zeros pass.
func TestResidues(t *testing.T) {
	for _, id := range []int{GroupDH1024, GroupDH2048q224, GroupDH2048q256} {
		g := groupOf(t, id).(*field)
		good := g.g.Bytes()
		if _, err := g.parse(good); err != nil {
			t.Fatalf("the generator: %v", err)
		}
		less := new(big.Int).Sub(g.p, big.NewInt(1))
		for name, b := range map[string][]byte{
			"empty":        nil,
			"zero":         {0},
			"one":          {1},
			"two":          {2}, // of another order
			"order two":    less.Bytes(),
			"the prime":    g.p.Bytes(),
			"beyond":       new(big.Int).Add(g.p, g.g).Bytes(),
			"leading zero": append([]byte{0}, good...),
		} {
			if _, err := g.parse(b); err == nil {
				t.Errorf("group %d: %s passes", id, name)
			}
		}
	}
}

// TestPointAliases: a coordinate plus the prime names the same point, and is
// refused all the same.
func TestPointAliases(t *testing.T) {
	g := groupOf(t, GroupBrainpool256).(*curve)
	room := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), g.prime())
	aliases := 0
	for k := int64(1); aliases < 4; k++ {
		p := g.times(g.generator(), g.fixed(big.NewInt(k)))
		if p.x.Cmp(room) < 0 {
			aliases++
			alias := element{new(big.Int).Add(p.x, g.prime()), p.y}
			if _, err := g.parse(g.encode(alias)); err == nil {
				t.Error("x + p passes")
			}
		}
		if p.y.Cmp(room) < 0 {
			aliases++
			alias := element{p.x, new(big.Int).Add(p.y, g.prime())}
			if _, err := g.parse(g.encode(alias)); err == nil {
				t.Error("y + p passes")
			}
		}
	}
}

// TestScalar draws again until the number is a private key, and masks the bits
// that the order has not.
func TestScalar(t *testing.T) {
	g := groupOf(t, GroupBrainpool256)
	want := bytes.Repeat([]byte{0x11}, 32)
	random := bytes.NewReader(append(append(make([]byte, 32), g.order().Bytes()...), want...))
	k, err := drawScalar(g, random)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "scalar", k, want)
	if _, err := drawScalar(g, random); err == nil {
		t.Error("a scalar without randomness")
	}
	k, err = drawScalar(groupOf(t, GroupP521), bytes.NewReader(bytes.Repeat([]byte{0xF0}, 66)))
	if err != nil || k[0] != 0 || len(k) != 66 {
		t.Errorf("a scalar of 521 bits: %X, %v", k, err)
	}
}

// TestKeyInfo reads the forms of a public key back with encoding/asn1.
func TestKeyInfo(t *testing.T) {
	type info struct {
		Algorithm struct {
			OID        asn1.ObjectIdentifier
			Parameters asn1.RawValue
		}
		Key asn1.BitString
	}
	for _, id := range groupIDs {
		g := groupOf(t, id)
		k, err := drawKey(g, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []KeyForm{FormNamed, FormExplicit, FormStandardized} {
			var got info
			unmarshal(t, keyInfo(g, k.public, form), &got)
			want := g.encode(k.public)
			key := got.Key.Bytes
			if g.arc() == 1 {
				y := new(big.Int)
				unmarshal(t, key, &y)
				key = y.Bytes()
			}
			equal(t, "the key", key, want)
			if form == FormStandardized && got.Algorithm.OID.String() != "0.4.0.127.0.7.1.2" {
				t.Errorf("group %d: %s", id, got.Algorithm.OID)
			}
		}
	}
	// What crypto/elliptic calls the same.
	if g := groupOf(t, GroupP384); g.order().Cmp(elliptic.P384().Params().N) != 0 {
		t.Error("P-384 has another order")
	}
}
