package crypt

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"math/big"
	"testing"
)

// sized is what every group of this package offers.
type sized interface {
	Integrated
	Size() int
	ScalarSize() int
	Order() *big.Int
}

func standard(t testing.TB, id int) sized {
	t.Helper()
	g, err := StandardGroup(id)
	if err != nil {
		t.Fatal(err)
	}
	return g.(sized)
}

func TestGenericMapping(t *testing.T) {
	// Doc 9303-11 appendix G.1.
	c := standard(t, 13)
	pk := must(c.Element(unhex(t, "04824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F5730D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C54")))(t)
	sk := unhex(t, "7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99")
	h := must(c.Mul(pk, sk))(t)
	if got := hex.EncodeToString(c.Bytes(h)); got != "0460332ef2450b5d247ef6d3868397d398852ed6e8caf6ffeef6bf85ca57057fd50840ca7415baf3e43bd414d35aa4608b93a2caf3a4e3ea4e82c9c13d03eb7181" {
		t.Fatalf("H = %s", got)
	}
	sg := must(c.Base(unhex(t, "3F00C4D39D153F2B2A214A078D899B22")))(t)
	g := must(c.Add(sg, h))(t)
	if got := hex.EncodeToString(c.Bytes(g)); got != "048ced63c91426d4f0eb1435e7cb1d74a46723a0af21c89634f65a9ae87a9265e28c879506743f8611ac33645c5b985c80b5f09a0b83407c1b6a4d857ae76fe522" {
		t.Fatalf("mapped generator = %s", got)
	}
	theirs := must(c.Element(unhex(t, "049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F094")))(t)
	k := must(c.Mul(theirs, unhex(t, "A73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595")))(t)
	if got := hex.EncodeToString(c.Secret(k)); got != "28768d20701247dae81804c9e780ede582a9996db4a315020b2733197db84925" {
		t.Fatalf("secret = %s", got)
	}
}

func TestSecretKeepsLeadingZero(t *testing.T) {
	c := standard(t, 13)
	theirs := must(c.Element(unhex(t, "048B8AF78BF9C14538719EB084820214BA22E590F90098806EF85F1F3D297FF38D2E02149332A7D9E8C87427B41044B74266715D6F383FC47FA0559E15E96E321B")))(t)
	k := must(c.Mul(theirs, unhex(t, "4484B8276B415F842D12914C9A1C05105ACD9AD3C58426F6FB526F10B7C63330")))(t)
	if got := hex.EncodeToString(c.Secret(k)); got != "00d78ffeccabc90cc2fe5b4c0983cffd09c33b9693c5faaf7ddd54ea3188cd5f" {
		t.Fatalf("secret = %s", got)
	}
}

func TestGroups(t *testing.T) {
	ids := []int{0, 1, 2, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}
	for _, id := range ids {
		c := standard(t, id)
		if got, ok := StandardID(c); !ok || got != id {
			t.Errorf("%s: id %d, %t", c.Name(), got, ok)
		}
		a, b := must(c.Scalar(rand.Reader))(t), must(c.Scalar(rand.Reader))(t)
		if len(a) != c.ScalarSize() || len(b) != c.ScalarSize() {
			t.Errorf("%s: scalars of %d and %d bytes", c.Name(), len(a), len(b))
		}
		pa, pb := must(c.Base(a))(t), must(c.Base(b))(t)
		ab, ba := must(c.Mul(pa, b))(t), must(c.Mul(pb, a))(t)
		if !ab.Equal(ba) || ab.Equal(pa) || !bytes.Equal(c.Secret(ab), c.Secret(ba)) || len(c.Secret(ab)) != c.Size() {
			t.Errorf("%s: the two ends do not agree", c.Name())
		}
		if again := must(c.Element(c.Bytes(pa)))(t); !again.Equal(pa) {
			t.Errorf("%s: an element changes when written and read", c.Name())
		}
		if sum := must(c.Add(pa, pa))(t); !sum.Equal(must(c.Mul(pa, []byte{2}))(t)) {
			t.Errorf("%s: P+P is not 2P", c.Name())
		}
		if sum := must(c.Add(pa, pb))(t); !sum.Equal(must(c.Add(pb, pa))(t)) || sum.Equal(must(c.Add(pa, pa))(t)) {
			t.Errorf("%s: P+Q is not Q+P", c.Name())
		}
		// A scalar longer than the order counts as what is left of it.
		long := append(c.Order().Bytes(), make([]byte, 40)...)
		long[len(long)-1] = 5
		if p := must(c.Base(long))(t); !p.Equal(must(c.Base([]byte{5}))(t)) {
			t.Errorf("%s: (order·2^320+5)·G is not 5·G", c.Name())
		}
		if p := must(c.Mul(pa, long))(t); !p.Equal(must(c.Mul(pa, []byte{5}))(t)) {
			t.Errorf("%s: (order·2^320+5)·P is not 5·P", c.Name())
		}
		for _, k := range [][]byte{nil, {0}, c.Order().Bytes(), long[:len(long)-1]} {
			if _, err := c.Base(k); !errors.Is(err, ErrPoint) {
				t.Errorf("%s: %X times the generator: %v", c.Name(), k, err)
			}
			if _, err := c.Mul(pa, k); !errors.Is(err, ErrPoint) {
				t.Errorf("%s: %X times a point: %v", c.Name(), k, err)
			}
		}
		minus := must(c.Mul(pa, new(big.Int).Sub(c.Order(), big.NewInt(1)).Bytes()))(t)
		if _, err := c.Add(pa, minus); !errors.Is(err, ErrPoint) {
			t.Errorf("%s: P-P: %v", c.Name(), err)
		}
		foreign := must(standard(t, ids[(id+1)%3]).Base([]byte{1}))(t)
		if _, err := c.Mul(foreign, a); (id != ids[(id+1)%3]) && !errors.Is(err, ErrPoint) {
			t.Errorf("%s multiplies an element of another group: %v", c.Name(), err)
		}
		if _, err := c.Add(pa, foreign); (id != ids[(id+1)%3]) && !errors.Is(err, ErrPoint) {
			t.Errorf("%s adds an element of another group: %v", c.Name(), err)
		}
	}
	for _, id := range []int{3, 7, 19, -1} {
		if _, err := StandardGroup(id); !errors.Is(err, ErrCurve) {
			t.Errorf("id %d: %v", id, err)
		}
	}
}

func TestPointRefused(t *testing.T) {
	for _, id := range []int{12, 13} {
		c := standard(t, id)
		g := must(c.Base([]byte{1}))(t)
		good := c.Bytes(g)
		if _, err := c.Element(good); err != nil {
			t.Fatalf("%s: the generator is refused: %v", c.Name(), err)
		}
		edit := func(f func(b []byte) []byte) []byte { return f(append([]byte(nil), good...)) }
		p := c.Prime().Bytes()
		tests := map[string][]byte{
			"empty":        nil,
			"short":        edit(func(b []byte) []byte { return b[:64] }),
			"long":         edit(func(b []byte) []byte { return append(b, 0) }),
			"compressed":   edit(func(b []byte) []byte { b[0] = 2; return b[:33] }),
			"hybrid":       edit(func(b []byte) []byte { b[0] = 6; return b }),
			"off curve":    edit(func(b []byte) []byte { b[64] ^= 1; return b }),
			"infinity":     edit(func(b []byte) []byte { clear(b[1:]); return b }),
			"unreduced":    edit(func(b []byte) []byte { copy(b[1:33], p); return b }),
			"swapped axes": edit(func(b []byte) []byte { return append(append([]byte{4}, b[33:]...), b[1:33]...) }),
		}
		for name, b := range tests {
			if _, err := c.Element(b); !errors.Is(err, ErrPoint) {
				t.Errorf("%s %s: %v", c.Name(), name, err)
			}
		}
	}
}

func TestScalarIsInRange(t *testing.T) {
	c := standard(t, 13)
	zero, tooLarge, good := make([]byte, 32), bytes.Repeat([]byte{0xFF}, 32), bytes.Repeat([]byte{0x11}, 32)
	k, err := c.Scalar(bytes.NewReader(bytes.Join([][]byte{zero, tooLarge, good}, nil)))
	if err != nil || !bytes.Equal(k, good) {
		t.Fatalf("scalar %X, %v", k, err)
	}
	if _, err := c.Scalar(bytes.NewReader(good[:31])); err == nil {
		t.Fatal("a short random source gives a scalar")
	}
}
