package chip

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"slices"
	"testing"
	"time"
)

var testNow = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

func newTestCVCA(t testing.TB, s Scheme) *CVCA {
	t.Helper()
	a, err := NewCVCA(rand.Reader, testNow, s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// certified makes a verifier and a terminal under it.
func certified(t testing.TB, a *CVCA, dv, is CVOptions) *TerminalKey {
	t.Helper()
	v, err := a.Verifier(dv)
	if err != nil {
		t.Fatal(err)
	}
	k, err := v.Terminal(is)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// guarded is a chip that trusts an authority.
func guarded(t testing.TB, a *CVCA, change ...func(*Spec)) *Card {
	t.Helper()
	s, _ := ProfileSpec(ProfilePACEP256)
	s.Terminal = &TerminalAuth{Anchor: a.Certificate()}
	for _, f := range change {
		f(&s)
	}
	return issueSpec(t, s, FaultNone)
}

func issueSpec(t testing.TB, s Spec, f Fault) *Card {
	t.Helper()
	i, err := testIssuer()
	if err != nil {
		t.Fatal(err)
	}
	card, err := i.IssueSpec(Sample(), s, f)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// fingers reports whether DG3 can be read.
func (x *terminal) fingers() bool {
	x.t.Helper()
	_, sw := x.send(command{ins: insReadBinary, p1: 0x83, le: 4})
	if sw != swOK && sw != swSecurityStatus {
		x.t.Errorf("DG3 answers %04X", sw)
	}
	return sw == swOK
}

// TestTerminalAuthentication opens DG3 with every scheme.
func TestTerminalAuthentication(t *testing.T) {
	for _, s := range []Scheme{
		"p224-sha224", "p256-sha1", "p256-sha256", "p384-sha384", "p521-sha512", "bp256-sha256", "bp384-sha384", "bp512-sha512",
		"rsa2048-sha256", "pss2048-sha512", // the others: TestCVAlgorithms
	} {
		t.Run(string(s), func(t *testing.T) {
			a := newTestCVCA(t, s)
			x := open(t, guarded(t, a))
			k := certified(t, a, CVOptions{}, CVOptions{})
			if sw := x.chipAuth(x.card.chipKeys[0]); sw != swOK {
				t.Fatalf("chip authentication: %04X", sw)
			}
			if x.fingers() {
				t.Fatal("DG3 is open before the terminal is known")
			}
			if sw := x.showChain(k.Chain()); sw != swOK {
				t.Fatalf("chain: %04X", sw)
			}
			if sw := x.terminalAuth(k); sw != swOK || !x.fingers() {
				t.Fatalf("terminal authentication: %04X", sw)
			}
			got, sw := x.read(fileDG3, 223)
			if sw != swOK || !bytes.Equal(got, x.card.files[fileDG3]) {
				t.Errorf("DG3: %04X", sw)
			}
			if sw := x.showChain(k.Chain()); sw != swOK {
				t.Fatalf("the chain again: %04X", sw)
			}
			if sw := x.terminalAuth(k); sw != swSecurityStatus {
				t.Errorf("a second terminal in one session: %04X", sw)
			}
		})
	}
}

// TestTerminalAuthenticationAfter: the chip names itself by its document
// number after BAC, by its PACE key otherwise, and takes the newest key of the
// terminal; in a Diffie-Hellman group keys are compressed by their hash.
func TestTerminalAuthenticationAfter(t *testing.T) {
	a := newTestCVCA(t, "p256-sha256")
	k := certified(t, a, CVOptions{}, CVOptions{})
	for name, c := range map[string]struct {
		change func(*Spec)
		skipCA bool
	}{
		"BAC":     {change: func(s *Spec) { s.PACE, s.BAC = nil, true }},
		"PACE-DH": {change: func(s *Spec) { s.PACE = []PACE{{GM, GroupDH1024, AES128}} }},
		"CA-DH":   {change: func(s *Spec) { s.ChipAuth = []ChipAuth{{Cipher: TripleDES, Group: GroupDH2048q256}} }},
		"CAM":     {change: func(s *Spec) { s.PACE = []PACE{{CAM, GroupBrainpool256, AES128}} }, skipCA: true},
		"CAM, CA": {change: func(s *Spec) { s.PACE = []PACE{{CAM, GroupBrainpool256, AES128}} }},
	} {
		t.Run(name, func(t *testing.T) {
			x := open(t, guarded(t, a, c.change))
			if !c.skipCA {
				if sw := x.chipAuth(x.card.chipKeys[0]); sw != swOK {
					t.Fatalf("chip authentication: %04X", sw)
				}
			}
			if sw := x.showChain(k.Chain()); sw != swOK {
				t.Fatalf("chain: %04X", sw)
			}
			if sw := x.terminalAuth(k); sw != swOK || !x.fingers() {
				t.Errorf("%04X, DG3 stays closed", sw)
			}
		})
	}
}

// TestTerminalRefused lists terminals that read nothing; the first is the
// control that does.
func TestTerminalRefused(t *testing.T) {
	a, other := newTestCVCA(t, "p256-sha256"), newTestCVCA(t, "p256-sha256")
	day := func(n int) time.Time { return testNow.AddDate(0, 0, n) }
	for _, c := range []struct {
		name        string
		dv, is      CVOptions
		by          *CVCA
		chain, auth uint16
	}{
		{name: "control", chain: swOK, auth: swOK},
		{name: "another authority of the same name", by: other, chain: swAuthFailed},
		{name: "forged verifier", dv: CVOptions{Forged: true}, chain: swAuthFailed},
		{name: "forged terminal", is: CVOptions{Forged: true}, chain: swAuthFailed},
		{name: "expired verifier", dv: CVOptions{From: day(-100), Until: day(-40)}, chain: swConditions},
		{name: "expired terminal", is: CVOptions{From: day(-9), Until: day(-8)}, chain: swConditions},
		{name: "verifier without rights", dv: CVOptions{NoRights: true}, chain: swOK, auth: swOK},
		{name: "terminal without rights", is: CVOptions{NoRights: true}, chain: swOK, auth: swOK},
		{name: "irises only", is: CVOptions{Rights: ReadDG4}, chain: swOK, auth: swOK},
	} {
		t.Run(c.name, func(t *testing.T) {
			by := c.by
			if by == nil {
				by = a
			}
			k := certified(t, by, c.dv, c.is)
			x := open(t, guarded(t, a))
			if sw := x.chipAuth(x.card.chipKeys[0]); sw != swOK {
				t.Fatalf("chip authentication: %04X", sw)
			}
			if sw := x.showChain(k.Chain()); sw != c.chain {
				t.Fatalf("the chain answers %04X, want %04X", sw, c.chain)
			}
			if c.chain == swOK {
				if sw := x.terminalAuth(k); sw != c.auth {
					t.Errorf("the terminal: %04X, want %04X", sw, c.auth)
				}
			} else if sw := x.terminalAuth(k); sw != swReference {
				t.Errorf("a terminal that was not imported: %04X", sw)
			}
			if x.fingers() != (c.name == "control") {
				t.Error("DG3 is open to the wrong terminal, or closed to the right one")
			}
		})
	}
}

// TestTerminalOrder: what is out of its order is refused, and a wrong
// signature leaves the session alive.
func TestTerminalOrder(t *testing.T) {
	a := newTestCVCA(t, "p256-sha256")
	k := certified(t, a, CVOptions{}, CVOptions{})
	x := open(t, guarded(t, a))
	set := func(p2 byte, name string) uint16 {
		_, sw := x.send(command{ins: insManageSecurity, p1: 0x81, p2: p2, data: encode(0x83, []byte(name))})
		return sw
	}
	if sw := x.showChain(k.Chain()); sw != swOK { // certificates may come first
		t.Fatalf("chain: %04X", sw)
	}
	if sw := set(0xA4, reference("IS", 1)); sw != swConditions {
		t.Errorf("a terminal before chip authentication: %04X", sw)
	}
	if _, sw := x.send(command{ins: insGetChallenge, le: 8}); sw != swConditions {
		t.Errorf("a challenge for nobody: %04X", sw)
	}
	if sw := x.chipAuth(x.card.chipKeys[0]); sw != swOK {
		t.Fatalf("chip authentication: %04X", sw)
	}
	if sw := set(0xA4, reference("IS", 1)); sw != swReference {
		t.Errorf("a terminal of the session before: %04X", sw)
	}
	if sw := set(0xB6, reference("DV", 1)); sw != swReference {
		t.Errorf("a verifier nobody has shown: %04X", sw)
	}
	if _, sw := x.sendLong(command{ins: insPerformSecurity, p2: 0xBE, data: []byte{1}}); sw != swConditions {
		t.Errorf("a certificate under no key: %04X", sw)
	}
	if sw := x.showChain(k.Chain()); sw != swOK {
		t.Fatalf("chain: %04X", sw)
	}
	good := x.comp
	x.comp = bytes.Repeat([]byte{1}, 32)
	if sw := x.terminalAuth(k); sw != swAuthFailed || x.fingers() {
		t.Errorf("a signature for another session: %04X", sw)
	}
	x.comp = good
	if sw := x.terminalAuth(k); sw != swOK || !x.fingers() {
		t.Errorf("the right signature: %04X", sw)
	}
	if _, sw := x.send(command{ins: insExternalAuthenticate, data: make([]byte, 64)}); sw != swSecurityStatus {
		t.Errorf("without a challenge: %04X", sw)
	}
	if sw := x.chipAuth(x.card.chipKeys[0]); sw != swOK || x.fingers() {
		t.Errorf("the rights outlive their session: %04X", sw)
	}
	x.card.Reset()
	x = open(t, x.card)
	if x.fingers() {
		t.Error("the rights outlive a reset")
	}
}

// TestLinkCertificate leads a chip to the next generation, across schemes: the
// chip keeps two anchors and names both.
func TestLinkCertificate(t *testing.T) {
	first := newTestCVCA(t, "p256-sha256")
	second, err := first.Next("bp384-sha384")
	if err != nil {
		t.Fatal(err)
	}
	third, err := second.Next("rsa2048-sha256")
	if err != nil {
		t.Fatal(err)
	}
	card := guarded(t, first)
	k := certified(t, third, CVOptions{}, CVOptions{})
	x := open(t, card)
	if sw := x.chipAuth(card.chipKeys[0]); sw != swOK {
		t.Fatalf("chip authentication: %04X", sw)
	}
	if sw := x.showChain(k.Chain()); sw != swReference {
		t.Errorf("a chain to an unknown anchor: %04X", sw)
	}
	chain := append([][]byte{second.Link(), third.Link()}, k.Chain()...)
	if sw := x.showChain(chain); sw != swOK {
		t.Fatalf("the linked chain: %04X", sw)
	}
	if sw := x.terminalAuth(k); sw != swOK || !x.fingers() {
		t.Fatalf("%04X", sw)
	}
	file, sw := x.read(fileCVCA, 36)
	want := slices.Concat(encode(0x42, []byte(third.Reference())), encode(0x42, []byte(second.Reference())))
	if sw != swOK || !bytes.HasPrefix(file, want) || len(file) != fileCVCASize {
		t.Errorf("EF.CVCA %X, %04X", file, sw)
	}
	card.Reset()
	x = open(t, card)
	if sw := x.chipAuth(card.chipKeys[0]); sw != swOK {
		t.Fatalf("chip authentication: %04X", sw)
	}
	if sw := x.showChain(k.Chain()); sw != swOK {
		t.Errorf("the chip forgot its anchor with its power: %04X", sw)
	}
	old := certified(t, first, CVOptions{}, CVOptions{})
	if sw := x.showChain(old.Chain()); sw != swReference {
		t.Errorf("the chip keeps a third anchor: %04X", sw)
	}
}

// TestReferenceFile: EF.CVCA stands where DG14 says.
func TestReferenceFile(t *testing.T) {
	a := newTestCVCA(t, "p256-sha256")
	for _, id := range []uint16{0, 0x0117} {
		x := open(t, guarded(t, a, func(s *Spec) { s.Terminal.File = id }))
		named := encode(0x30, octets([]byte{0x01, 0x17}), octets([]byte{0x17}))
		if got := bytes.Contains(x.card.files[fileDG14], named); got != (id != 0) {
			t.Errorf("file %04X is named: %t", id, got)
		}
		for at, want := range map[uint16]bool{0x0117: id != 0, fileCVCA: id == 0} {
			data, sw := x.send(command{ins: insReadBinary, p1: 0x80 | byte(at&0x1F), le: 2})
			if (sw == swOK && data[0] == 0x42) != want {
				t.Errorf("file %04X, read at %04X: %04X", id, at, sw)
			}
		}
	}
}

// TestReferencesInPACE: a terminal that shows its authorization template is
// told whom the chip trusts.
func TestReferencesInPACE(t *testing.T) {
	a := newTestCVCA(t, "p256-sha256")
	card := guarded(t, a)
	for _, asks := range []bool{false, true} {
		card.Reset()
		x := &terminal{t: t, card: card}
		p := card.spec.PACE[0]
		if asks {
			x.chat = encode(0x7F4C, oidInspection(), encode(0x53, []byte{0x03}))
		}
		if sw := x.establish(p, passwordCAN, []byte(card.CAN())); sw != swOK {
			t.Fatalf("%04X", sw)
		}
		if got := string(find(x.lastToken, 0x87)) == a.Reference(); got != asks {
			t.Errorf("asked %t, told %t", asks, got)
		}
	}
}

// TestTerminalKeyFile: the private key is read back by crypto/x509 where that
// knows the curve.
func TestTerminalKeyFile(t *testing.T) {
	for _, s := range []Scheme{"p256-sha256", "p384-sha384", "rsa2048-sha256"} {
		k := certified(t, newTestCVCA(t, s), CVOptions{}, CVOptions{})
		der, err := k.PKCS8()
		if err != nil {
			t.Fatal(err)
		}
		private, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		if got := fmt.Sprintf("%T", private); got != "*ecdsa.PrivateKey" && got != "*rsa.PrivateKey" {
			t.Errorf("%s: %s", s, got)
		}
	}
}

// TestAnchorRefused: only a self-signed authority is an anchor.
func TestAnchorRefused(t *testing.T) {
	a := newTestCVCA(t, "p256-sha256")
	next, err := a.Next("p256-sha256")
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := testIssuer()
	if err != nil {
		t.Fatal(err)
	}
	broken := a.Certificate()
	broken[len(broken)-1] ^= 1
	for name, anchor := range map[string][]byte{
		"control": a.Certificate(), "link": next.Link(), "broken": broken, "nothing": {},
		"verifier": certified(t, a, CVOptions{}, CVOptions{}).Chain()[0],
	} {
		s, _ := ProfileSpec(ProfilePACEP256)
		s.Terminal = &TerminalAuth{Anchor: anchor}
		if _, err := issuer.IssueSpec(Sample(), s, FaultNone); (err == nil) != (name == "control") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
