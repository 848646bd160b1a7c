package chip

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"slices"
	"testing"
)

// sound is a body that is read.
func sound(t *testing.T) cvBody {
	t.Helper()
	k, err := newCVKey(rand.Reader, "p256-sha256")
	if err != nil {
		t.Fatal(err)
	}
	return cvBody{
		authority: "VNTRAMCVCA00001", key: k.object(true), holder: "VNTRAMDV00001",
		role: roleDomesticDV, rights: allRights, from: testNow, until: testNow.AddDate(0, 1, 0),
	}
}

// TestCertificateRefused breaks a body object by object; the control is whole.
func TestCertificateRefused(t *testing.T) {
	whole, err := parseObjects(mustFind(t, sound(t).encode(), 0x7F4E))
	if err != nil {
		t.Fatal(err)
	}
	set := func(tag uint32, value ...byte) func([]object) []object {
		return func(o []object) []object {
			for i := range o {
				if o[i].tag == tag {
					o[i].value = value
				}
			}
			return o
		}
	}
	for name, spoil := range map[string]func([]object) []object{
		"control":         func(o []object) []object { return o },
		"extensions":      func(o []object) []object { return append(o, object{0x65, nil}) },
		"something else":  func(o []object) []object { return append(o, object{0x66, nil}) },
		"too much":        func(o []object) []object { return append(o, object{0x65, nil}, object{0x65, nil}) },
		"too little":      func(o []object) []object { return o[:6] },
		"order":           func(o []object) []object { o[5], o[6] = o[6], o[5]; return o },
		"profile":         set(0x5F29, 1),
		"short authority": set(0x42, 'V', 'N'),
		"long holder":     set(0x5F20, bytes.Repeat([]byte{'A'}, 17)...),
		"no role":         set(0x7F4C),
		"another kind":    set(0x7F4C, slices.Concat(oid(0, 4, 0, 127, 0, 7, 3, 1, 2, 2), encode(0x53, []byte{3}))...),
		"long rights":     set(0x7F4C, slices.Concat(oidInspection(), encode(0x53, []byte{3, 3}))...),
		"short date":      set(0x5F25, 2, 6),
		"no digit":        set(0x5F24, 2, 6, 1, 10, 2, 1),
		"no month":        set(0x5F24, 2, 6, 1, 3, 0, 1),
	} {
		var body []byte
		for _, o := range spoil(slices.Clone(whole)) {
			body = append(body, encode(o.tag, o.value)...)
		}
		data := append(encode(0x7F4E, body), encode(0x5F37, []byte{1})...)
		if _, _, _, err := parseCertificate(data); (err == nil) != (name == "control" || name == "extensions") {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := append(sound(t).encode(), encode(0x5F37, []byte{1})...)
	for name, data := range map[string][]byte{
		"nothing": nil, "no signature": sound(t).encode(), "twice": append(slices.Clone(good), good...),
		"long length": append(sound(t).encode(), 0x5F, 0x37, 0x81, 0x01, 0x01), "cut": good[:len(good)-1],
	} {
		if _, _, _, err := parseCertificate(data); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

// TestCVKeyRefused lists keys that no chip imports.
func TestCVKeyRefused(t *testing.T) {
	ecdsa256, pss256 := oid(0, 4, 0, 127, 0, 7, 2, 2, 2, 2, 3), oid(0, 4, 0, 127, 0, 7, 2, 2, 2, 1, 4)
	g := groupOf(t, GroupP256).(*curve)
	point := encode(0x86, g.encode(g.generator()))
	var domain []byte
	for _, o := range g.cvParameters() {
		domain = append(domain, encode(o.tag, o.value)...)
	}
	foreign := bytes.Clone(domain)
	foreign[len(foreign)-1] ^= 1
	rsaKey := func(n []byte, e ...byte) []byte { return slices.Concat(pss256, encode(0x81, n), encode(0x82, e)) }
	modulus := bytes.Repeat([]byte{0xF1}, 256)
	for name, c := range map[string]struct {
		key       []byte
		inherited *curve
		good      bool
	}{
		"its own parameters":     {slices.Concat(ecdsa256, domain, point), nil, true},
		"inherited parameters":   {slices.Concat(ecdsa256, point), g, true},
		"no parameters":          {slices.Concat(ecdsa256, point), nil, false},
		"foreign parameters":     {slices.Concat(ecdsa256, foreign, point), g, false},
		"no point":               {slices.Concat(ecdsa256, domain), g, false},
		"infinity":               {slices.Concat(ecdsa256, encode(0x86, make([]byte, 65))), g, false},
		"more than a point":      {slices.Concat(ecdsa256, point, point), g, false},
		"no algorithm":           {point, g, false},
		"nothing":                {nil, g, false},
		"another algorithm":      {slices.Concat(oid(1, 2, 3), point), g, false},
		"RSA":                    {rsaKey(modulus, 1, 0, 1), nil, true},
		"RSA of 512 bits":        {rsaKey(modulus[:64], 1, 0, 1), nil, false},
		"RSA of 8192 bits":       {rsaKey(bytes.Repeat(modulus, 4), 1, 0, 1), nil, false},
		"an even modulus":        {rsaKey(append(bytes.Clone(modulus), 0), 1, 0, 1), nil, false},
		"an exponent of one":     {rsaKey(modulus, 1), nil, false},
		"an even exponent":       {rsaKey(modulus, 4), nil, false},
		"a long exponent":        {rsaKey(modulus, 1, 0, 0, 0, 1), nil, false},
		"an exponent of 32 bits": {rsaKey(modulus, 0x80, 0, 0, 1), nil, false},
		"no exponent":            {slices.Concat(pss256, encode(0x81, modulus)), nil, false},
	} {
		if _, err := parseCVKey(c.key, c.inherited); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCVAlgorithms signs by every algorithm of RSA with one key: each verifies
// its own signatures and nobody else's.
func TestCVAlgorithms(t *testing.T) {
	k, err := newCVKey(rand.Reader, "rsa2048-sha256")
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("Trạm")
	for _, a := range cvAlgorithms() {
		if !a.rsa {
			continue
		}
		k.cvAlgorithm = a
		signature, err := k.sign(message, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range cvAlgorithms() {
			if !b.rsa {
				continue
			}
			public, err := parseCVKey((&cvKey{cvPublic: cvPublic{cvAlgorithm: b, rsa: k.rsa}}).object(false), nil)
			if err != nil {
				t.Fatal(err)
			}
			if public.verify(message, signature) != (a == b) {
				t.Errorf("a signature of %v under %v", a.arcs, b.arcs)
			}
		}
	}
}

// TestECDSA compares the package's own signatures with crypto/ecdsa, digests
// longer than the order among them.
func TestECDSA(t *testing.T) {
	for id, c := range map[int]elliptic.Curve{GroupP224: elliptic.P224(), GroupP256: elliptic.P256(), GroupP521: elliptic.P521()} {
		g := groupOf(t, id)
		k, err := drawKey(g, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		public, err := ecdsa.ParseUncompressedPublicKey(c, g.encode(k.public))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha512.Sum512([]byte("Trạm"))
		r, s, err := signECDSA(k, sum[:], rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if !ecdsa.Verify(public, sum[:], r, s) {
			t.Errorf("group %d: crypto/ecdsa does not verify", id)
		}
		plain := plainSignature(g.order(), r, s)
		if !verifyECDSA(g, k.public, sum[:], plain) {
			t.Errorf("group %d: the signature does not verify", id)
		}
		n := len(plain) / 2
		for name, bad := range map[string][]byte{
			"short": plain[1:], "r = 0": append(make([]byte, n), plain[n:]...), "s = 0": append(bytes.Clone(plain[:n]), make([]byte, n)...),
			"r + n": append(bytes.Repeat([]byte{0xFF}, n), plain[n:]...), "twisted": append(bytes.Clone(plain[n:]), plain[:n]...),
		} {
			if verifyECDSA(g, k.public, sum[:], bad) {
				t.Errorf("group %d: %s verifies", id, name)
			}
		}
		// r = G's x with u1 = -u2: the sum is neutral, and no signature.
		minus := new(big.Int).Sub(g.order(), hashInteger(sum[:], g.order()))
		neutral := plainSignature(g.order(), minus.Mod(minus, g.order()), big.NewInt(1))
		if verifyECDSA(g, g.generator(), sum[:], neutral) {
			t.Errorf("group %d: the neutral element verifies", id)
		}
	}
}

// TestTerminalKeyPEM: the file that a reader's terminal loads.
func TestTerminalKeyPEM(t *testing.T) {
	k := certified(t, newTestCVCA(t, "p256-sha256"), CVOptions{}, CVOptions{})
	file, err := k.PEM()
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode(file)
	if block == nil || block.Type != "PRIVATE KEY" || len(rest) != 0 {
		t.Fatalf("PEM %q", file)
	}
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if signer, ok := private.(crypto.Signer); !ok || signer.Public() == nil {
		t.Errorf("a key of %T", private)
	}
}
