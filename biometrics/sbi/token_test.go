package sbi

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
)

// issue makes a token: header members may be changed before it is signed.
func issue(t *testing.T, key crypto.Signer, algorithm string, change func(map[string]any)) string {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "scanner"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	header := map[string]any{"alg": algorithm, "x5c": []string{base64.StdEncoding.EncodeToString(der)}}
	change(header)
	h, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	text := enc(h) + "." + enc([]byte(`{"serialNo":"1"}`))
	var sig []byte
	digest := sha256.Sum256([]byte(text))
	switch k := key.(type) {
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, k, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		half := (k.Params().BitSize + 7) / 8
		sig = slices.Concat(r.FillBytes(make([]byte, half)), s.FillBytes(make([]byte, half)))
	case ed25519.PrivateKey:
		sig = ed25519.Sign(k, []byte(text))
	case *rsa.PrivateKey:
		if algorithm == "RS384" {
			d := sha512.Sum384([]byte(text))
			sig, err = rsa.SignPKCS1v15(nil, k, crypto.SHA384, d[:])
		} else {
			sig, err = rsa.SignPKCS1v15(nil, k, crypto.SHA256, digest[:])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return text + "." + enc(sig)
}

func TestTokens(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0") // to make a key that is too short
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	as := func(map[string]any) {}
	with := func(name string, v any) func(map[string]any) { return func(h map[string]any) { h[name] = v } }
	for name, c := range map[string]struct {
		key    crypto.Signer
		alg    string
		change func(map[string]any)
		good   bool
	}{
		"ES256":          {p256, "ES256", as, true},
		"EdDSA":          {edwards, "EdDSA", as, true},
		"RS256":          {long, "RS256", as, true},
		"x5c as text":    {p256, "ES256", func(h map[string]any) { h["x5c"] = h["x5c"].([]string)[0] }, true},
		"more members":   {p256, "ES256", with("kid", "1"), true},
		"short RSA":      {short, "RS256", as, false},
		"RS384":          {long, "RS384", as, false},
		"P-384":          {p384, "ES256", as, false},
		"other name":     {p256, "RS256", as, false},
		"HMAC":           {p256, "HS256", as, false},
		"none":           {p256, "none", as, false},
		"crit":           {p256, "ES256", with("crit", []string{"exp"}), false},
		"no x5c":         {p256, "ES256", func(h map[string]any) { delete(h, "x5c") }, false},
		"empty x5c":      {p256, "ES256", with("x5c", []string{}), false},
		"no base64":      {p256, "ES256", with("x5c", []string{"%"}), false},
		"no certificate": {p256, "ES256", with("x5c", []string{"MAA="}), false},
		"long chain": {p256, "ES256", func(h map[string]any) {
			h["x5c"] = slices.Repeat(h["x5c"].([]string), maxCertificates+1)
		}, false},
	} {
		text := issue(t, c.key, c.alg, c.change)
		var id digitalID
		key, err := checker{now: time.Now()}.open(text, &id)
		if c.good != (err == nil) || c.good != (key != nil) || !c.good && !errors.Is(err, ErrUntrusted) || c.good && id.Serial != "1" {
			t.Errorf("%s: %v", name, err)
		}
		for _, later := range []time.Duration{-2 * time.Hour, 2 * time.Hour} {
			if _, err := (checker{now: time.Now().Add(later)}).open(text, &id); !errors.Is(err, ErrUntrusted) {
				t.Errorf("%s, %v later: %v", name, later, err)
			}
		}
		if c.good { // padded, as some encoders do
			parts := strings.Split(text, ".")
			for i := range parts {
				parts[i] += strings.Repeat("=", (4-len(parts[i])%4)%4)
			}
			_, err := parseToken(strings.Join(parts, "."))
			if err != nil {
				t.Errorf("%s, padded: %v", name, err)
			}
		}
	}
	for _, text := range []string{"", ".", "..", "a.b", "a.b.c.d", "!.e30.e30", strings.Repeat("A", maxHeader+1) + ".e30.e30"} {
		if _, err := (checker{}).open(text, &digitalID{}); err == nil {
			t.Errorf("%.20q is a token", text)
		}
	}
}

func TestMessages(t *testing.T) {
	for text, want := range map[string]numbers{
		`["1","2", 3]`: {1, 2, 3}, `"2"`: {2}, `0`: {0}, `""`: nil, `[]`: nil, `null`: nil, `[" 1 "]`: {1},
	} {
		var n numbers
		if err := json.Unmarshal([]byte(text), &n); err != nil || !slices.Equal(n, want) {
			t.Errorf("%s: %v, %v", text, n, err)
		}
	}
	for _, text := range []string{`"x"`, `[-1]`, `[256]`, `{}`, `[[1]]`, `true`} {
		var n numbers
		if err := json.Unmarshal([]byte(text), &n); err == nil {
			t.Errorf("%s: %v", text, n)
		}
	}
	for text, code := range map[string]int{
		`null`: 0, `{}`: 0, `{"errorCode":"0"}`: 0, `{"errorCode":0}`: 0, `{"errorCode":"101"}`: 101, `{"errorCode":101,"errorInfo":"x"}`: 101,
	} {
		var f *failure
		if err := json.Unmarshal([]byte(text), &f); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		var e *Error
		if err := f.err(); errors.As(err, &e) != (code != 0) || code != 0 && e.Code != code || code == 0 && err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := (&failure{Code: "one"}).err(); !errors.Is(err, ErrReply) {
		t.Error(err)
	}
}

// An announcement leads nowhere but to this machine, and to fingers.
func TestFound(t *testing.T) {
	id := func(change ...string) string {
		s := `{"serialNo":"1","make":"M","model":"N","type":"Finger","deviceSubType":"Slap"}`
		return base64.RawURLEncoding.EncodeToString([]byte(strings.NewReplacer(change...).Replace(s)))
	}
	const base = "http://127.0.0.1:4501"
	for name, c := range map[string]struct {
		item discovered
		url  string // "": nothing is found
		bad  bool
	}{
		"plain":          {discovered{Status: "Ready", Digital: id()}, base, false},
		"call-back":      {discovered{Status: "Ready", Digital: id(), Callback: "http://127.0.0.1:4510/"}, "http://127.0.0.1:4510", false},
		"call-back away": {discovered{Status: "Ready", Digital: id(), Callback: "http://192.0.2.1:4501/"}, "", true},
		"call-back name": {discovered{Status: "Ready", Digital: id(), Callback: "http://localhost:4501/"}, "", true},
		"camera":         {discovered{Status: "Ready", Digital: id("Finger", "Face")}, "", false},
		"for proofs":     {discovered{Status: "Ready", Digital: id(), Purpose: "Auth"}, "", false},
		"no name":        {discovered{Status: "Ready", Digital: id(`"M"`, `" "`)}, "", true},
		"long name":      {discovered{Status: "Ready", Digital: id(`"M"`, `"`+strings.Repeat("M", maxName+1)+`"`)}, "", true},
		"control":        {discovered{Status: "Ready", Digital: id(`"M"`, `"\u001b[2J"`)}, "", true},
		"no ID":          {discovered{Status: "Ready"}, "", true},
		"no base64":      {discovered{Status: "Ready", Digital: "%"}, "", true},
		"an error":       {discovered{Error: &failure{Code: "106"}}, "", true},
		"nothing":        {discovered{}, "", false},
	} {
		f, err := c.item.found(base)
		if (err != nil) != c.bad || (f != nil) != (c.url != "") || f != nil && (f.URL != c.url || f.Serial != "1" || f.Name != "M N") {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
}
