package cvc

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/reader/tlv"
)

// load reads a file of testdata: a name and hexadecimal digits a line.
func load(t testing.TB, name string) map[string][]byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string][]byte{}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if key == "source" {
			continue
		}
		if fields[key], err = hex.DecodeString(value); err != nil {
			t.Fatal(err)
		}
	}
	return fields
}

func TestForeignAuthorities(t *testing.T) {
	tests := []struct {
		file, holder string
		algorithm    Algorithm
		rights       Rights
		from, to     string
	}{
		{"deiscvca00001.txt", "DEISCVCA00001", Algorithm{ECDSA, crypto.SHA256}, Rights{DG3: true, DG4: true}, "2014-05-05", "2015-05-05"},
		{"eac-worked-example-ecdh.txt", "DECVCAAT00001", Algorithm{ECDSA, crypto.SHA512}, Rights{DG3: true, DG4: true}, "2010-09-30", "2011-09-25"},
		{"eac-worked-example-dh.txt", "DETESTCVCA00003", Algorithm{PKCS1, crypto.SHA1}, Rights{DG3: true, DG4: true}, "2010-03-24", "2011-03-19"},
	}
	for _, tt := range tests {
		c := parse(t, load(t, tt.file)["authority"])
		if c.Holder != tt.holder || c.Authority != tt.holder || !c.SelfSigned() || c.Role != Authority ||
			c.Rights != tt.rights || c.Key.Algorithm != tt.algorithm ||
			c.Effective.Format(time.DateOnly) != tt.from || c.Expiry.Format(time.DateOnly) != tt.to {
			t.Errorf("%s: %s of %s, %v, %v, %+v, %v to %v", tt.file, c.Holder, c.Authority, c.Role, c.Key.Algorithm, c.Rights, c.Effective, c.Expiry)
		}
		if err := c.Key.Verify(c.Body, c.Signature); err != nil {
			t.Errorf("%s: %v", tt.file, err)
		}
		for i := range c.Signature {
			bad := bytes.Clone(c.Signature)
			bad[i] ^= 1
			if err := c.Key.Verify(c.Body, bad); !errors.Is(err, ErrSignature) {
				t.Fatalf("%s: byte %d of the signature changed: %v", tt.file, i, err)
			}
		}
		for _, bad := range [][]byte{c.Signature[:len(c.Signature)-1], append(bytes.Clone(c.Signature), 0), nil} {
			if err := c.Key.Verify(c.Body, bad); !errors.Is(err, ErrSignature) {
				t.Fatalf("%s: signature of %d bytes: %v", tt.file, len(bad), err)
			}
		}
		body := bytes.Clone(c.Body)
		body[len(body)-1] ^= 1
		if err := c.Key.Verify(body, c.Signature); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: changed body: %v", tt.file, err)
		}
	}
}

func TestPointOffItsCurve(t *testing.T) {
	// A published sample whose Y coordinate is larger than the prime.
	if c, err := Parse(load(t, "decvcaepass001.txt")["authority"]); !errors.Is(err, ErrMalformed) || c != nil {
		t.Fatal(err)
	}
}

func TestWorkedExampleChain(t *testing.T) {
	// The curve of the two lower certificates is the authority's.
	v := load(t, "eac-worked-example-ecdh.txt")
	authority, verifier, terminal := parse(t, v["authority"]), parse(t, v["verifier"]), parse(t, v["terminal"])
	all := []*Certificate{terminal, authority, verifier}
	path, err := Path(all, terminal, []string{"DECVCAAT00002", "DECVCAAT00001"})
	if err != nil || len(path) != 2 || path[0] != verifier || path[1] != terminal {
		t.Fatalf("%v, %v", path, err)
	}
	now := time.Date(2010, 10, 20, 0, 0, 0, 0, time.UTC)
	if err := Check(path, all, now); err != nil {
		t.Fatal(err)
	}
	if Granted(path) != (Rights{}) {
		t.Fatal("an authentication terminal may read fingerprints")
	}
	if _, ok := verifier.Key.Public(); ok {
		t.Fatal("a curve came from nowhere")
	}
	if err := verifier.Key.Verify(terminal.Body, terminal.Signature); !errors.Is(err, ErrUnsupported) {
		t.Fatalf("verified without a curve: %v", err)
	}
	// Swapped signatures show.
	swapped := *terminal
	swapped.Signature = verifier.Signature
	if err := Check([]*Certificate{verifier, &swapped}, all, now); !errors.Is(err, ErrSignature) {
		t.Fatal(err)
	}
	// Without the authority, its curve and its signature are left to the chip.
	if err := Check(path, []*Certificate{verifier, terminal}, now); err != nil {
		t.Fatal(err)
	}
	if err := Check(path, all, now.AddDate(1, 0, 0)); !errors.Is(err, ErrExpired) {
		t.Fatal(err)
	}
}

// state is an authority with two keys, a verifier and a terminal.
type state struct {
	all                                 []*Certificate
	self1, self2, link, verifier, local *Certificate
}

func newState(t testing.TB) state {
	t.Helper()
	one, two := newHolder(t, "VNCVCA00001"), newHolder(t, "VNCVCA00002")
	dv, is := newHolder(t, "VNDV00001"), newHolder(t, "VNIS00001")
	s := state{
		self1:    parse(t, one.certify(t, request{subject: one, bits: 0xC3, parameters: true})),
		self2:    parse(t, two.certify(t, request{subject: two, bits: 0xC3, parameters: true})),
		link:     parse(t, one.certify(t, request{subject: two, bits: 0xC3})),
		verifier: parse(t, two.certify(t, request{subject: dv, bits: 0x83})),
		local:    parse(t, dv.certify(t, request{subject: is, bits: 0x01})),
	}
	s.all = []*Certificate{s.local, s.self1, s.link, s.verifier, s.self2}
	return s
}

func TestPath(t *testing.T) {
	s := newState(t)
	tests := []struct {
		trusted []string
		want    []*Certificate
	}{
		{[]string{"VNCVCA00001"}, []*Certificate{s.link, s.verifier, s.local}},
		{[]string{"VNCVCA00002", "VNCVCA00001"}, []*Certificate{s.verifier, s.local}},
		{[]string{"VNCVCA00001", "VNCVCA00002"}, []*Certificate{s.verifier, s.local}},
		{[]string{"VNDV00001"}, []*Certificate{s.local}},
	}
	for _, tt := range tests {
		path, err := Path(s.all, s.local, tt.trusted)
		if err != nil || len(path) != len(tt.want) {
			t.Fatalf("%v: %d certificates, %v", tt.trusted, len(path), err)
		}
		for i := range path {
			if path[i] != tt.want[i] {
				t.Errorf("%v: certificate %d is of %s", tt.trusted, i, path[i].Holder)
			}
		}
		if err := Check(path, s.all, today()); err != nil {
			t.Errorf("%v: %v", tt.trusted, err)
		}
		if Granted(path) != (Rights{DG3: true}) {
			t.Errorf("%v grants %+v", tt.trusted, Granted(path))
		}
	}
	for _, trusted := range [][]string{nil, {"VNCVCA00009"}, {"VNIS00001"}} {
		if _, err := Path(s.all, s.local, trusted); !errors.Is(err, ErrNoPath) {
			t.Errorf("%v: %v", trusted, err)
		}
	}
}

func TestPathEnds(t *testing.T) {
	// Two verifiers that certify each other, many times over.
	a, b, is := newHolder(t, "VNDVA00001"), newHolder(t, "VNDVB00001"), newHolder(t, "VNIS00001")
	local := parse(t, a.certify(t, request{subject: is, bits: 3}))
	all := []*Certificate{local}
	for range 20 {
		all = append(all, parse(t, a.certify(t, request{subject: b, bits: 0x83})), parse(t, b.certify(t, request{subject: a, bits: 0x83})))
	}
	if _, err := Path(all, local, []string{"VNCVCA00001"}); !errors.Is(err, ErrNoPath) {
		t.Fatal(err)
	}
}

func TestCheckRefuses(t *testing.T) {
	s := newState(t)
	path := []*Certificate{s.link, s.verifier, s.local}
	day := time.Date(2026, 12, 31, 23, 59, 0, 0, time.UTC)
	for now, want := range map[time.Time]error{
		day: nil, day.Add(time.Minute): ErrExpired,
		time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC):    nil,
		time.Date(2025, 12, 31, 23, 0, 0, 0, time.UTC): ErrExpired,
	} {
		if err := Check(path, s.all, now); !errors.Is(err, want) {
			t.Errorf("%v: %v", now, err)
		}
	}
	other := newState(t) // same names, other keys
	for name, path := range map[string][]*Certificate{
		"link":     {other.link, s.verifier, s.local},
		"verifier": {s.link, other.verifier, s.local},
		"terminal": {s.link, s.verifier, other.local},
	} {
		if err := Check(path, s.all, today()); !errors.Is(err, ErrSignature) {
			t.Errorf("foreign %s: %v", name, err)
		}
	}
	// A link of the past leads to its key all the same.
	late := day.AddDate(0, 1, 0)
	if err := Check([]*Certificate{s.link}, s.all, late); err != nil {
		t.Errorf("expired link: %v", err)
	}
	if err := Check([]*Certificate{s.verifier}, s.all, late); !errors.Is(err, ErrExpired) {
		t.Errorf("expired verifier: %v", err)
	}
	// An authority may not certify a terminal, nor a terminal anybody.
	if err := Check([]*Certificate{s.link, s.local}, s.all, today()); !errors.Is(err, ErrNoPath) {
		t.Errorf("terminal below an authority: %v", err)
	}
	if err := Check([]*Certificate{s.local, s.local}, s.all, today()); !errors.Is(err, ErrNoPath) {
		t.Errorf("terminal below a terminal: %v", err)
	}
}

func TestRSA(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ca := &holder{name: "VNCVCA00001", rsa: key}
	c := parse(t, ca.certify(t, request{subject: ca, bits: 0xC3}))
	if c.Key.Algorithm != (Algorithm{PSS, crypto.SHA256}) || c.Key.Algorithm.String() != "RSA-PSS-SHA-256" {
		t.Fatal(c.Key.Algorithm)
	}
	if err := c.Key.Verify(c.Body, c.Signature); err != nil {
		t.Fatal(err)
	}
	c.Signature[9] ^= 1
	if err := c.Key.Verify(c.Body, c.Signature); !errors.Is(err, ErrSignature) {
		t.Fatal(err)
	}
}

func TestMalformed(t *testing.T) {
	ca := newHolder(t, "VNCVCA00001")
	good := ca.certify(t, request{subject: ca, bits: 0xC3, parameters: true})
	parse(t, good)
	replace := func(old, with []byte) []byte {
		if bytes.Count(good, old) == 0 || len(old) != len(with) {
			t.Fatalf("%X", old)
		}
		return bytes.Replace(good, old, with, 1)
	}
	body, err := tlv.Only(good, tagCertificate)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		b    []byte
		want error
	}{
		"empty":            {nil, ErrMalformed},
		"cut":              {good[:len(good)-1], ErrMalformed},
		"more after it":    {append(bytes.Clone(good), 0), ErrMalformed},
		"no wrapper":       {body, ErrMalformed},
		"too large":        {make([]byte, MaxSize+1), ErrMalformed},
		"profile":          {replace([]byte{0x5F, 0x29, 1, 0}, []byte{0x5F, 0x29, 1, 1}), ErrMalformed},
		"reference":        {replace([]byte("VNCVCA00001"), []byte("VNCVCA\x000001")), ErrMalformed},
		"a day":            {replace(digits("260101"), digits("260231")), ErrMalformed},
		"a digit":          {replace(digits("260101"), []byte{2, 6, 0, 1, 0, 10}), ErrMalformed},
		"ends before":      {replace(digits("260101"), digits("270101")), ErrMalformed},
		"order of objects": {replace([]byte{0x5F, 0x25}, []byte{0x5F, 0x24}), ErrMalformed},
		"key type":         {replace(oidWith(2, 3), oidWith(2, 6)), ErrUnsupported},
		"key type RSA":     {replace(oidWith(2, 3), oidWith(1, 2)), ErrMalformed},
		"another curve":    {replace(ca.ec.Params().N.Bytes(), append([]byte{0x7F}, ca.ec.Params().N.Bytes()[1:]...)), ErrUnsupported},
	}
	for name, tt := range tests {
		if c, err := Parse(tt.b); !errors.Is(err, tt.want) || c != nil {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	point, err := ca.ec.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	off := bytes.Clone(point)
	off[64] ^= 1
	if _, err := Parse(replace(point, off)); !errors.Is(err, ErrMalformed) {
		t.Errorf("point off the curve: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"decvcaepass001.txt", "deiscvca00001.txt", "eac-worked-example-ecdh.txt", "eac-worked-example-dh.txt"} {
		for _, b := range load(f, name) {
			f.Add(b)
		}
	}
	f.Add([]byte{0x7F, 0x21, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Parse(b)
		if err != nil {
			if c != nil || !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrUnsupported) {
				t.Fatalf("%+v, %v", c, err)
			}
			return
		}
		// What the chip is sent is what was read.
		es, err := tlv.Parse(c.Content)
		if err != nil || len(es) != 2 || !bytes.Equal(es[0].Raw, c.Body) || !bytes.Equal(es[1].Value, c.Signature) {
			t.Fatalf("content: %v", err)
		}
		all := []*Certificate{c}
		if path, err := Path(all, c, []string{c.Authority}); err != nil || Check(path, all, c.Effective) == nil && c.SelfSigned() &&
			c.Key.Verify(c.Body, c.Signature) != nil {
			t.Fatalf("a certificate that its own key did not sign is taken: %v", err)
		}
	})
}
