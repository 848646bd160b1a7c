package crypt

import (
	"bytes"
	"crypto/rand"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDeriveKey(t *testing.T) {
	mrz := sha1.Sum([]byte("L898902C<369080619406236"))
	tests := []struct {
		name      string
		algorithm Algorithm
		secret    string
		use       Use
		want      string
	}{
		{"Doc 9303-11 D.2, encryption", TDES, hex.EncodeToString(mrz[:16]), ForEncryption, "AB94FDECF2674FDFB9B391F85D7F76F2"},
		{"Doc 9303-11 D.2, code", TDES, hex.EncodeToString(mrz[:16]), ForMAC, "7962D9ECE03D1ACD4C76089DCE131543"},
		{"Doc 9303-11 G.1, K_π", AES128, "7E2D2A41C74EA0B38CD36F863939BFA8E9032AAD", ForPassword, "89DED1B26624EC1E634C1989302849DD"},
		{"Doc 9303-11 G.1, session", AES128, "28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925", ForEncryption, "F5F0E35C0D7161EE6724EE513A0D9A7F"},
		{"leading zero", AES128, "00D78FFECCABC90CC2FE5B4C0983CFFD09C33B9693C5FAAF7DDD54EA3188CD5F", ForMAC, "B68A7EC484C21758A8BE31688078196E"},
		{"a stripped secret gives another key", AES128, "D78FFECCABC90CC2FE5B4C0983CFFD09C33B9693C5FAAF7DDD54EA3188CD5F", ForMAC, "FDC103CB233EDF8D9BC4B64F0701AAB3"},
	}
	for _, tt := range tests {
		if got := DeriveKey(tt.algorithm, unhex(t, tt.secret), tt.use); !bytes.Equal(got, unhex(t, tt.want)) {
			t.Errorf("%s: %X, want %s", tt.name, got, tt.want)
		}
	}
	for _, a := range []Algorithm{TDES, AES128, AES192, AES256} {
		key := DeriveKey(a, []byte("secret"), ForMAC)
		if len(key) != a.KeySize() {
			t.Errorf("%v: key of %d bytes", a, len(key))
		}
		if _, err := NewBlock(a, key); err != nil {
			t.Errorf("%v: %v", a, err)
		}
		if _, err := NewBlock(a, key[1:]); err == nil {
			t.Errorf("%v takes a key that is one byte short", a)
		}
		if _, err := NewMAC(a, key[1:]); err == nil {
			t.Errorf("%v takes a MAC key that is one byte short", a)
		}
	}
}

func TestBACCryptogram(t *testing.T) {
	// Doc 9303-11 appendix D.3.
	plain := unhex(t, "781723860C06C2264608F919887022120B795240CB7049B01C19B33E32804F0B")
	want := unhex(t, "72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2")
	block, err := NewBlock(TDES, unhex(t, "AB94FDECF2674FDFB9B391F85D7F76F2"))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := Encrypt(block, nil, plain)
	if err != nil || !bytes.Equal(sealed, want) {
		t.Fatalf("E_IFD = %X, %v", sealed, err)
	}
	if opened, err := Decrypt(block, nil, sealed); err != nil || !bytes.Equal(opened, plain) {
		t.Fatalf("S = %X, %v", opened, err)
	}
	mac, err := NewMAC(TDES, unhex(t, "7962D9ECE03D1ACD4C76089DCE131543"))
	if err != nil {
		t.Fatal(err)
	}
	if code, err := mac.Sum(sealed); err != nil || !Equal(code, unhex(t, "5F1448EEA8AD90A7")) {
		t.Fatalf("M_IFD = %X, %v", code, err)
	}
}

func TestPACEToken(t *testing.T) {
	// Doc 9303-11 appendix G.1: CMAC without method-2 padding.
	mac, err := NewMAC(AES128, unhex(t, "FE251C7858B356B24514B3BD5F4297D1"))
	if err != nil {
		t.Fatal(err)
	}
	in := unhex(t, "7F494F060A04007F000702020402028641049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F094")
	if code, err := mac.Sum(in); err != nil || !Equal(code, unhex(t, "C2B0BD78D94BA866")) {
		t.Fatalf("T_IFD = %X, %v", code, err)
	}
	padded, err := mac.SumPadded(in)
	if err != nil || Equal(padded, unhex(t, "C2B0BD78D94BA866")) {
		t.Fatalf("the padded code is the same: %X, %v", padded, err)
	}
}

func TestPadding(t *testing.T) {
	for n := range 33 {
		b := bytes.Repeat([]byte{0x00}, n) // zeros look like padding
		p := Pad(b, 16)
		if len(p)%16 != 0 || len(p) <= n {
			t.Fatalf("%d bytes pad to %d", n, len(p))
		}
		if u, err := Unpad(p); err != nil || !bytes.Equal(u, b) {
			t.Fatalf("%d bytes come back as %X, %v", n, u, err)
		}
	}
	for _, bad := range [][]byte{nil, {0, 0}, {0x80, 1}, {0x81, 0}} {
		if _, err := Unpad(bad); !errors.Is(err, ErrPadding) {
			t.Errorf("Unpad(%X) = %v", bad, err)
		}
	}
	block, _ := NewBlock(AES128, make([]byte, 16))
	for _, bad := range [][]byte{nil, make([]byte, 15)} {
		if _, err := Decrypt(block, nil, bad); err == nil {
			t.Errorf("%d bytes decrypt", len(bad))
		}
	}
}

func TestGenericMapping(t *testing.T) {
	// Doc 9303-11 appendix G.1.
	c := BrainpoolP256r1()
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
	c := BrainpoolP256r1()
	theirs := must(c.Element(unhex(t, "048B8AF78BF9C14538719EB084820214BA22E590F90098806EF85F1F3D297FF38D2E02149332A7D9E8C87427B41044B74266715D6F383FC47FA0559E15E96E321B")))(t)
	k := must(c.Mul(theirs, unhex(t, "4484B8276B415F842D12914C9A1C05105ACD9AD3C58426F6FB526F10B7C63330")))(t)
	if got := hex.EncodeToString(c.Secret(k)); got != "00d78ffeccabc90cc2fe5b4c0983cffd09c33b9693c5faaf7ddd54ea3188cd5f" {
		t.Fatalf("secret = %s", got)
	}
}

func TestCurves(t *testing.T) {
	for id := 10; id <= 18; id++ {
		c, err := StandardCurve(id)
		if err != nil {
			t.Fatal(err)
		}
		a, b := must(c.Scalar(rand.Reader))(t), must(c.Scalar(rand.Reader))(t)
		pa, pb := must(c.Base(a))(t), must(c.Base(b))(t)
		ab, ba := must(c.Mul(pa, b))(t), must(c.Mul(pb, a))(t)
		if !ab.Equal(ba) || ab.Equal(pa) || !bytes.Equal(c.Secret(ab), c.Secret(ba)) {
			t.Errorf("%s: the two ends do not agree", c.Name())
		}
		if again := must(c.Element(c.Bytes(pa)))(t); !again.Equal(pa) {
			t.Errorf("%s: a point changes when written and read", c.Name())
		}
		if sum := must(c.Add(pa, pa))(t); !sum.Equal(must(c.Mul(pa, []byte{2}))(t)) {
			t.Errorf("%s: P+P is not 2P", c.Name())
		}
		if _, err := c.Base(c.group.Params().N.Bytes()); !errors.Is(err, ErrPoint) {
			t.Errorf("%s: the order times the generator is %v, not infinity", c.Name(), err)
		}
	}
	for _, id := range []int{0, 8, 9, 19, -1} {
		if _, err := StandardCurve(id); !errors.Is(err, ErrCurve) {
			t.Errorf("id %d: %v", id, err)
		}
	}
}

func TestPointRefused(t *testing.T) {
	for _, c := range []*Curve{P256(), BrainpoolP256r1()} {
		g := must(c.Base([]byte{1}))(t)
		good := c.Bytes(g)
		if _, err := c.Element(good); err != nil {
			t.Fatalf("%s: the generator is refused: %v", c.Name(), err)
		}
		edit := func(f func(b []byte) []byte) []byte { return f(append([]byte(nil), good...)) }
		p := c.group.Params().P.Bytes()
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
	c := BrainpoolP256r1()
	zero, tooLarge, good := make([]byte, 32), bytes.Repeat([]byte{0xFF}, 32), bytes.Repeat([]byte{0x11}, 32)
	k, err := c.Scalar(bytes.NewReader(bytes.Join([][]byte{zero, tooLarge, good}, nil)))
	if err != nil || !bytes.Equal(k, good) {
		t.Fatalf("scalar %X, %v", k, err)
	}
	if _, err := c.Scalar(bytes.NewReader(good[:31])); err == nil {
		t.Fatal("a short random source gives a scalar")
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
