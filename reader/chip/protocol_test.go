package chip

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"testing"
)

// Every variant of every protocol against the terminal of these tests. The
// worked examples decide what is right; these show that nothing is left out.

var ciphers = []Cipher{TripleDES, AES128, AES192, AES256}

// variants are the mappings over every group, each with one cipher in turn,
// and with every cipher over a curve and a residue group.
func variants() []PACE {
	var out []PACE
	turn := 0
	for _, m := range []Mapping{GM, IM, CAM} {
		for _, group := range groupIDs {
			turn++
			choice := turn % len(ciphers)
			if m == CAM {
				choice = 1 + turn%3 // never 3DES
			}
			for i, c := range ciphers {
				all := group == GroupP256 || group == GroupDH1024
				if p := (PACE{m, group, c}); (all || i == choice) && p.validate() == nil {
					out = append(out, p)
				}
			}
		}
	}
	return out
}

// TestVariants opens a chip by each variant, with a right key and a wrong one,
// and reads a file.
func TestVariants(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range variants() {
		seen[fmt.Sprint(p.Mapping, p.Group)] = true
		t.Run(fmt.Sprintf("%s-%d-%s", p.Mapping, p.Group, p.Cipher), func(t *testing.T) {
			card := issueSpec(t, Spec{PACE: []PACE{p}}, FaultNone)
			x := &terminal{t: t, card: card}
			if sw := x.paceBy(p, passwordCAN, []byte("000000")); sw != swAuthFailed {
				t.Errorf("a wrong CAN: %04X", sw)
			}
			card.Reset()
			if sw := x.paceBy(p, passwordMRZ, passwordSeed(mrzInformation(card.MRZ()))); sw != swOK {
				t.Fatalf("%04X", sw)
			}
			got, sw := x.read(fileDG1, 200)
			if sw != swOK || !bytes.Equal(got, card.files[fileDG1]) {
				t.Errorf("DG1: %04X", sw)
			}
		})
	}
	if want := 14 + 13 + 11; len(seen) != want {
		t.Errorf("%d mappings over groups, want %d", len(seen), want)
	}
}

// TestSeveralVariants: the terminal chooses; where the mechanism is ambiguous
// it must name the parameters.
func TestSeveralVariants(t *testing.T) {
	all := []PACE{{GM, GroupP256, AES128}, {GM, GroupBrainpool256, AES128}, {IM, GroupP256, AES256}, {CAM, GroupP384, AES192}, {GM, GroupDH1024, TripleDES}}
	card := issueSpec(t, Spec{PACE: all}, FaultNone)
	for _, p := range all {
		card.Reset()
		x := &terminal{t: t, card: card}
		if sw := x.paceBy(p, passwordCAN, []byte(card.CAN())); sw != swOK {
			t.Errorf("%v: %04X", p, sw)
		}
	}
	x := &terminal{t: t, card: card}
	set := func(p PACE) uint16 {
		card.Reset()
		_, sw := x.plainData(0, 0x22, 0xC1, 0xA4, slices.Concat(encode(0x80, p.oid()[2:]), encode(0x83, []byte{passwordCAN})))
		return sw
	}
	if sw := set(all[0]); sw != swReference {
		t.Errorf("an ambiguous mechanism: %04X", sw)
	}
	if sw := set(all[2]); sw != swOK {
		t.Errorf("a mechanism of its own: %04X", sw)
	}
}

// TestOwnDomains: the issuer's own numbers open the chip, and EF.CardAccess
// spells out each group once for each mapping.
func TestOwnDomains(t *testing.T) {
	s := Spec{
		PACE:    []PACE{{GM, 40, AES128}, {GM, 40, AES256}, {IM, 40, AES128}, {GM, 41, AES128}, {GM, GroupP256, AES128}},
		Domains: map[int]int{40: GroupBrainpool256, 41: GroupDH1024},
	}
	card := issueSpec(t, s, FaultNone)
	for _, p := range s.PACE {
		card.Reset()
		x := &terminal{t: t, card: card}
		if sw := x.paceBy(p, passwordCAN, []byte(card.CAN())); sw != swOK {
			t.Errorf("%v: %04X", p, sw)
		}
	}
	access := card.masterFiles[fileCardAccess]
	for i, want := range map[int]int{GroupBrainpool256: 2, GroupDH1024: 1, GroupP256: 0} {
		form := FormExplicit
		if i == GroupDH1024 {
			form = FormNamed
		}
		if got := bytes.Count(access, groupOf(t, i).algorithm(form)); got != want {
			t.Errorf("group %d is spelt out %d times, want %d", i, got, want)
		}
	}
}

// TestCardSecurity: the file is there for the chip authentication mapping, and
// opens to a session only.
func TestCardSecurity(t *testing.T) {
	card := issueSpec(t, Spec{PACE: []PACE{{CAM, GroupBrainpool256, AES128}, {CAM, GroupBrainpool256, AES256}, {GM, GroupP256, AES128}}}, FaultNone)
	x := &terminal{t: t, card: card}
	x.expect("EF.CardSecurity without a session", "00A4020C02011D", swSecurityStatus)
	if sw := x.establish(card.spec.PACE[0], passwordCAN, []byte(card.CAN())); sw != swOK {
		t.Fatalf("%04X", sw)
	}
	if _, sw := x.send(command{ins: insSelect, p1: 2, p2: 0x0C, data: []byte{0x01, 0x1D}}); sw != swOK {
		t.Errorf("EF.CardSecurity in a session: %04X", sw)
	}
	head, sw := x.send(command{ins: insReadBinary, le: 223})
	if file := card.masterFiles[fileCardSecurity]; sw != swOK || !bytes.HasPrefix(file, head) {
		t.Errorf("its first bytes: %04X", sw)
	}
	g := card.mappingKeys[GroupBrainpool256]
	info := publicKeyInfo(g, FormStandardized, small(GroupBrainpool256))
	if n := bytes.Count(card.masterFiles[fileCardSecurity], info); n != 1 {
		t.Errorf("the key of the mapping stands %d times in EF.CardSecurity", n)
	}
}

// TestChipAuthenticationVariants runs every group and cipher, with one key and
// with several.
func TestChipAuthenticationVariants(t *testing.T) {
	forms := []KeyForm{FormNamed, FormExplicit, FormStandardized}
	for i, group := range groupIDs {
		for j, c := range ciphers {
			if group != GroupP256 && group != GroupDH1024 && j != i%len(ciphers) {
				continue
			}
			t.Run(fmt.Sprintf("%d-%s", group, c), func(t *testing.T) {
				s, _ := ProfileSpec(ProfilePACEP256)
				s.ChipAuth = []ChipAuth{{Cipher: c, Group: group, Form: forms[i%len(forms)]}}
				x := open(t, issueSpec(t, s, FaultNone))
				if sw := x.chipAuth(x.card.chipKeys[0]); sw != swOK {
					t.Fatalf("%04X", sw)
				}
				if _, sw := x.read(fileDG1, 200); sw != swOK {
					t.Errorf("the new session: %04X", sw)
				}
				clone := x.card.chipKeys[0]
				clone.public = clone.group.times(clone.public, []byte{2})
				if sw := x.chipAuth(clone); sw != swOK {
					t.Fatalf("%04X", sw)
				}
				if _, sw := split(t, x.card.Process(x.protect(command{ins: insReadBinary, p1: 0x81, le: 4}))); sw != swSMObjects {
					t.Errorf("a terminal with another key of the chip is understood: %04X", sw)
				}
			})
		}
	}
	s, _ := ProfileSpec(ProfilePACEP256)
	s.ChipAuth = []ChipAuth{{Cipher: AES128, Group: GroupP256, KeyID: 1}, {Cipher: AES256, Group: GroupP384, KeyID: 2}, {Cipher: TripleDES, Group: GroupP256, KeyID: 300}, {Cipher: TripleDES, Group: GroupP224, KeyID: 200, NoKAT: true, Unnamed: true}}
	for i := range s.ChipAuth {
		x := open(t, issueSpec(t, s, FaultNone))
		if sw := x.chipAuth(x.card.chipKeys[i]); sw != swOK {
			t.Errorf("key %d: %04X", i, sw)
		}
		wrong := x.card.chipKeys[i]
		wrong.KeyID = 9
		if sw := x.chipAuth(wrong); sw != swReference {
			t.Errorf("an unknown key: %04X", sw)
		}
		wrong.KeyID = 0
		if sw := x.chipAuth(wrong); sw != swReference {
			t.Errorf("an ambiguous key: %04X", sw)
		}
	}
}

// TestActiveVariants verifies each kind of signature with crypto/x509's key
// where that reads DG15.
func TestActiveVariants(t *testing.T) {
	var long *activeKey // of 2048 bits: making one takes its time
	for _, a := range []ActiveAuth{
		AARSA1024SHA1, AARSA1024SHA256, AARSA2048SHA1, AARSA2048SHA224, AARSA2048SHA256, AARSA2048SHA384, AARSA2048SHA512,
		AAP256, AAP256DER, AAP384, AAP384DER, AABrainpool256, AABrainpool256DER,
	} {
		t.Run(string(a), func(t *testing.T) {
			s, _ := ProfileSpec(ProfilePACEP256)
			v, _ := a.variant()
			if s.ActiveAuth = a; v.bits == 2048 && long != nil {
				s.ActiveAuth = AAP256
			}
			card := issueSpec(t, s, FaultNone)
			if s.ActiveAuth != a {
				card.activeKey = &activeKey{activeVariant: v, rsa: long.rsa}
				card.files[fileDG15] = dg15(card.activeKey)
			} else if v.bits == 2048 {
				long = card.activeKey
			}
			x := open(t, card)
			challenge := []byte("8 bytes!")
			signature, sw := x.send(command{ins: insInternalAuthenticate, data: challenge, le: 256})
			if sw != swOK {
				t.Fatalf("%04X", sw)
			}
			if !activeVerifies(t, x.card, v, challenge, signature) {
				t.Error("the signature does not verify")
			}
			if activeVerifies(t, x.card, v, []byte("8 Bytes!"), signature) {
				t.Error("the signature verifies for another challenge")
			}
		})
	}
}

func activeVerifies(t *testing.T, card *Card, v activeVariant, challenge, signature []byte) bool {
	t.Helper()
	info := mustFind(t, card.files[fileDG15], tagDG15)
	h := v.hash.New()
	if v.group == GroupBrainpool256 { // crypto/x509 does not know it
		h.Write(challenge)
		k := card.activeKey.ec
		if v.der {
			signature = plainOf(t, signature, 32)
		}
		return verifyECDSA(k.group, k.public, h.Sum(nil), signature)
	}
	key, err := x509.ParsePKIXPublicKey(info)
	if err != nil {
		t.Fatal(err)
	}
	switch key := key.(type) {
	case *rsa.PublicKey:
		f := new(big.Int).Exp(new(big.Int).SetBytes(signature), big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, key.Size()))
		tail := map[crypto.Hash]string{crypto.SHA1: "BC", crypto.SHA224: "38CC", crypto.SHA256: "34CC", crypto.SHA384: "36CC", crypto.SHA512: "35CC"}[v.hash]
		f, ok := bytes.CutSuffix(f, unhex(t, tail))
		if !ok || f[0] != 0x6A {
			t.Fatalf("recovered %X", f)
		}
		at := len(f) - v.hash.Size()
		h.Write(f[1:at])
		h.Write(challenge)
		return bytes.Equal(h.Sum(nil), f[at:])
	case *ecdsa.PublicKey:
		h.Write(challenge)
		if v.der {
			return ecdsa.VerifyASN1(key, h.Sum(nil), signature)
		}
		n := len(signature) / 2
		return ecdsa.Verify(key, h.Sum(nil), new(big.Int).SetBytes(signature[:n]), new(big.Int).SetBytes(signature[n:]))
	}
	t.Fatalf("a key of %T", key)
	return false
}

func plainOf(t *testing.T, der []byte, size int) []byte {
	t.Helper()
	var s struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &s); err != nil || len(rest) != 0 {
		t.Fatalf("no signature in DER: %v", err)
	}
	return append(s.R.FillBytes(make([]byte, size)), s.S.FillBytes(make([]byte, size))...)
}

// TestNoActiveAuthentication: without a key there is no DG15 and no signature.
func TestNoActiveAuthentication(t *testing.T) {
	s, _ := ProfileSpec(ProfilePACEP256)
	s.ActiveAuth = ""
	x := open(t, issueSpec(t, s, FaultNone))
	if _, sw := x.send(command{ins: insInternalAuthenticate, data: []byte("8 bytes!"), le: 256}); sw != swInstruction {
		t.Errorf("a signature without a key: %04X", sw)
	}
	if _, sw := x.send(command{ins: insReadBinary, p1: 0x8F, le: 4}); sw != swFileNotFound {
		t.Errorf("DG15: %04X", sw)
	}
}

// TestPIN: three tries, then the PUK; a right PIN gives them back.
func TestPIN(t *testing.T) {
	spec := Spec{PACE: []PACE{{GM, GroupP256, AES128}}, PIN: "123456", PUK: "9876543210"}
	card := issueSpec(t, spec, FaultNone)
	try := func(ref byte, secret string, want uint16) {
		t.Helper()
		card.Reset()
		x := &terminal{t: t, card: card}
		if sw := x.pace(ref, []byte(secret)); sw != want {
			t.Errorf("password %d %q: %04X, want %04X", ref, secret, sw, want)
		}
	}
	try(passwordPIN, "000000", 0x63C2)
	try(passwordPIN, "123456", swOK)
	try(passwordPIN, "000000", 0x63C2)
	try(passwordPIN, "000001", 0x63C1)
	card.Reset()
	(&terminal{t: t, card: card}).expect("MSE tells the tries", "0022C1A40F800A04007F00070202040202830103", 0x63C1)
	try(passwordCAN, card.CAN(), swOK)
	try(passwordPUK, "0000000000", swAuthFailed)
	try(passwordPIN, "000002", 0x63C0)
	try(passwordPIN, "123456", swBlocked)
	try(passwordPUK, "9876543210", swOK)
	try(passwordPIN, "123456", swOK)

	none := issueSpec(t, Spec{PACE: spec.PACE}, FaultNone)
	x := &terminal{t: t, card: none}
	for _, ref := range []byte{passwordPIN, passwordPUK, 5, 0} {
		if sw := x.pace(ref, []byte("123456")); sw != swReference {
			t.Errorf("password %d of a card without: %04X", ref, sw)
		}
	}
}

// TestSuspendedPIN: the last try waits for the CAN.
func TestSuspendedPIN(t *testing.T) {
	card := issueSpec(t, Spec{PACE: []PACE{{GM, GroupP256, AES128}}, PIN: "123456", SuspendPIN: true}, FaultNone)
	x := &terminal{t: t, card: card}
	for range 2 {
		card.Reset()
		x.pace(passwordPIN, []byte("000000"))
	}
	card.Reset()
	if sw := x.pace(passwordPIN, []byte("123456")); sw != swConditions {
		t.Errorf("a suspended PIN: %04X", sw)
	}
	card.Reset()
	if sw := x.establish(card.spec.PACE[0], passwordCAN, []byte(card.CAN())); sw != swOK {
		t.Fatalf("CAN: %04X", sw)
	}
	if sw := x.pace(passwordPIN, []byte("123456")); sw != swOK {
		t.Errorf("the PIN after the CAN: %04X", sw)
	}
}

// TestSpecRefused lists what cannot be issued; the empty spec is the control.
func TestSpecRefused(t *testing.T) {
	issuer, err := testIssuer()
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]Spec{
		"control":          {},
		"group":            {PACE: []PACE{{GM, 3, AES128}}},
		"cipher":           {PACE: []PACE{{GM, GroupP256, "DES"}}},
		"mapping":          {PACE: []PACE{{"XM", GroupP256, AES128}}},
		"IM on P-224":      {PACE: []PACE{{IM, GroupP224, AES128}}},
		"CAM on DH":        {PACE: []PACE{{CAM, GroupDH1024, AES128}}},
		"CAM with 3DES":    {PACE: []PACE{{CAM, GroupP256, TripleDES}}},
		"PIN without PACE": {PIN: "123456"},
		"key's group":      {ChipAuth: []ChipAuth{{Cipher: AES128, Group: 40}}},
		"key's cipher":     {ChipAuth: []ChipAuth{{Group: GroupP256}}},
		"keys without ids": {ChipAuth: []ChipAuth{{Cipher: AES128, Group: GroupP256}, {Cipher: AES256, Group: GroupP256}}},
		"keys of one id":   {ChipAuth: []ChipAuth{{Cipher: AES128, Group: GroupP256, KeyID: 1}, {Cipher: AES256, Group: GroupP256, KeyID: 1}}},
		"own number":       {Domains: map[int]int{13: GroupP256}},
		"own group":        {Domains: map[int]int{40: 3}, PACE: []PACE{{GM, 40, AES128}}},
		"own number, CAM":  {Domains: map[int]int{40: GroupP256}, PACE: []PACE{{CAM, 40, AES128}}},
		"a group's file":   {Terminal: &TerminalAuth{File: fileDG3}},
		"negative id":      {ChipAuth: []ChipAuth{{Cipher: AES128, Group: GroupP256, KeyID: -1}}},
		"unnamed AES":      {ChipAuth: []ChipAuth{{Cipher: AES128, Group: GroupP256, Unnamed: true}}},
		"active":           {ActiveAuth: "dsa"},
	} {
		if _, err := issuer.IssueSpec(Sample(), s, FaultNone); (err == nil) != (name == "control") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
