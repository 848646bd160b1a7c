//go:build realparts

package chip

import (
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// OpenSSL is an independent judge of what the issuer signs.

// openssl runs it and returns what it says.
func openssl(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "openssl", args...).CombinedOutput()
	return string(out), err
}

func pemFile(t *testing.T, kind string, ders ...[]byte) string {
	t.Helper()
	var b []byte
	for _, der := range ders {
		b = append(b, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})...)
	}
	return rawFile(t, b)
}

func rawFile(t *testing.T, b []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestOpenSSL judges the chain, EF.SOD, the revocation list and the link of
// every scheme; the control of each is one that must fail.
func TestOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Fatal("openssl is not installed: apt-get install openssl")
	}
	stranger := pemFile(t, "CERTIFICATE", issuerWith(t, IssuerOptions{}).CSCA())
	for _, s := range Schemes() {
		t.Run(string(s), func(t *testing.T) {
			i := issuerWith(t, IssuerOptions{CSCA: s, Signer: s})
			if i.csca.key.plain {
				return // OpenSSL does not know r ‖ s
			}
			if i.csca.key.group != nil && i.csca.key.form == FormExplicit {
				judgeExplicit(t, i)
				return
			}
			root, leaf := pemFile(t, "CERTIFICATE", i.CSCA()), pemFile(t, "CERTIFICATE", i.Signer())
			chain := func(root string, more ...string) (string, error) {
				return openssl(t, append(append([]string{"verify", "-auth_level", "0", "-CAfile", root}, more...), leaf)...)
			}
			if out, err := chain(root); err != nil {
				t.Errorf("chain: %s", out)
			}
			if out, err := chain(stranger); err == nil {
				t.Errorf("the chain to a stranger: %s", out)
			}
			revocation(t, i, chain, root)
			card, err := i.Issue(Sample(), ProfileCCCD, FaultNone)
			if err != nil {
				t.Fatal(err)
			}
			judgeSOD(t, card, root, stranger)
		})
	}
}

// judgeExplicit: OpenSSL builds no chain over explicit parameters, but knows
// the curve and verifies EF.SOD with the key on it.
func judgeExplicit(t *testing.T, i *Issuer) {
	t.Helper()
	out, err := openssl(t, "x509", "-noout", "-text", "-in", pemFile(t, "CERTIFICATE", i.Signer()))
	if err != nil || !strings.Contains(out, "Field Type: prime-field") {
		t.Errorf("%v: %s", err, out)
	}
	card, err := i.Issue(Sample(), ProfileCCCD, FaultNone)
	if err != nil {
		t.Fatal(err)
	}
	outer, err := parseObjects(card.files[fileSOD])
	if err != nil {
		t.Fatal(err)
	}
	for broken := range 2 {
		cms := append([]byte(nil), outer[0].value...)
		cms[len(cms)-1] ^= byte(broken)
		out, err := openssl(t, "cms", "-verify", "-inform", "DER", "-in", rawFile(t, cms), "-noverify", "-binary", "-out", os.DevNull)
		if (err != nil) != (broken == 1) {
			t.Errorf("EF.SOD, broken %d: %s", broken, out)
		}
	}
}

// revocation: openssl finds the signer in the list that names it and not in
// the empty one.
func revocation(t *testing.T, i *Issuer, chain func(string, ...string) (string, error), root string) {
	t.Helper()
	for _, revoked := range [][][]byte{nil, {i.Signer()}} {
		crl, err := i.CRL(today.AddDate(-1, 0, 0), today.AddDate(1, 0, 0), revoked...)
		if err != nil {
			t.Fatal(err)
		}
		out, err := chain(root, "-attime", "1795219200", "-crl_check", "-CRLfile", pemFile(t, "X509 CRL", crl))
		if (err != nil) != (revoked != nil) || (revoked != nil) != strings.Contains(out, "certificate revoked") {
			t.Errorf("%d revoked: %v: %s", len(revoked), err, out)
		}
	}
}

func judgeSOD(t *testing.T, card *Card, root, stranger string) {
	t.Helper()
	outer, err := parseObjects(card.files[fileSOD])
	if err != nil {
		t.Fatal(err)
	}
	verify := func(cms []byte, root string) (string, error) {
		return openssl(t, "cms", "-verify", "-inform", "DER", "-in", rawFile(t, cms), "-CAfile", root,
			"-purpose", "any", "-auth_level", "0", "-binary", "-out", os.DevNull)
	}
	if out, err := verify(outer[0].value, root); err != nil {
		t.Errorf("EF.SOD: %s", out)
	}
	if out, err := verify(outer[0].value, stranger); err == nil {
		t.Errorf("EF.SOD under a stranger: %s", out)
	}
	broken := append([]byte(nil), outer[0].value...)
	broken[len(broken)-1] ^= 1
	if out, err := verify(broken, root); err == nil {
		t.Errorf("EF.SOD with a broken signature: %s", out)
	}
}

// TestOpenSSLCardSecurity judges EF.CardSecurity, which is CMS without a
// wrapping.
func TestOpenSSLCardSecurity(t *testing.T) {
	i := issuerWith(t, IssuerOptions{CSCA: "bp384-sha384", Signer: "bp256-sha256"})
	spec, _ := ProfileSpec("pace-cam-bp256-aes128")
	card, err := i.IssueSpec(Sample(), spec, FaultNone)
	if err != nil {
		t.Fatal(err)
	}
	good := card.masterFiles[fileCardSecurity]
	broken := append([]byte(nil), good...)
	broken[len(broken)-1] ^= 1
	for name, cms := range map[string][]byte{"good": good, "broken": broken} {
		out, err := openssl(t, "cms", "-verify", "-inform", "DER", "-in", rawFile(t, cms), "-CAfile", pemFile(t, "CERTIFICATE", i.CSCA()),
			"-purpose", "any", "-binary", "-out", os.DevNull)
		if (err == nil) != (name == "good") {
			t.Errorf("%s: %s", name, out)
		}
	}
}

// TestOpenSSLLists judges a master list and a link certificate.
func TestOpenSSLLists(t *testing.T) {
	first := issuerWith(t, IssuerOptions{})
	second, err := first.Renew(IssuerOptions{Name: "CSCA Tram Test 2", CSCA: "bp384-sha384"})
	if err != nil {
		t.Fatal(err)
	}
	old := pemFile(t, "CERTIFICATE", first.CSCA())
	if out, err := openssl(t, "verify", "-CAfile", old, pemFile(t, "CERTIFICATE", second.Link())); err != nil {
		t.Errorf("link: %s", out)
	}
	if out, err := openssl(t, "verify", "-CAfile", pemFile(t, "CERTIFICATE", second.CSCA()), pemFile(t, "CERTIFICATE", first.CSCA())); err == nil {
		t.Errorf("the old authority under the new one: %s", out)
	}
	list, err := second.MasterList(first.CSCA(), second.CSCA())
	if err != nil {
		t.Fatal(err)
	}
	for root, good := range map[string]bool{pemFile(t, "CERTIFICATE", second.CSCA()): true, old: false} {
		out, err := openssl(t, "cms", "-verify", "-inform", "DER", "-in", rawFile(t, list), "-CAfile", root, "-purpose", "any", "-binary", "-out", os.DevNull)
		if (err == nil) != good {
			t.Errorf("master list, want %t: %s", good, out)
		}
	}
}
