package crypt

import (
	"bytes"
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
	padded := mac.AppendPadded(nil, in)
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

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
