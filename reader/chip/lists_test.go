package chip

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"strings"
	"testing"
)

// parsed reads a certificate of a curve that crypto/x509 knows.
func parsed(t *testing.T, der []byte) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestLink: the new key under the old one, also across a change of the name
// and of the algorithm.
func TestLink(t *testing.T) {
	first := issuerWith(t, IssuerOptions{})
	if len(first.Link()) != 0 {
		t.Error("a first generation has a link certificate")
	}
	for _, o := range []IssuerOptions{{}, {Name: "CSCA Tram Test 2", CSCA: "p384-sha384"}} {
		second, err := first.Renew(o)
		if err != nil {
			t.Fatal(err)
		}
		old, link, next := parsed(t, first.CSCA()), parsed(t, second.Link()), parsed(t, second.CSCA())
		if err := link.CheckSignatureFrom(old); err != nil {
			t.Error(err)
		}
		if err := next.CheckSignatureFrom(old); err == nil {
			t.Error("the old key signed the new root")
		}
		if !bytes.Equal(link.RawSubject, next.RawSubject) || !bytes.Equal(link.RawSubjectPublicKeyInfo, next.RawSubjectPublicKeyInfo) {
			t.Error("the link certificate speaks of another key")
		}
		renamed := false
		for _, e := range link.Extensions {
			renamed = renamed || e.Id.String() == "2.23.136.1.1.6.1"
		}
		if renamed != (o.Name != "") {
			t.Errorf("the change of the name is marked: %t", renamed)
		}
		if err := parsed(t, second.Signer()).CheckSignatureFrom(link); err != nil {
			t.Errorf("the new signer under the link: %v", err)
		}
	}
}

// TestCRL revokes one of two signers.
func TestCRL(t *testing.T) {
	i := issuerWith(t, IssuerOptions{Signer: "bp256-sha256"})
	other, err := i.newSigner(signerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	der, err := i.CRL(today, today.AddDate(0, 3, 0), i.Signer())
	if err != nil {
		t.Fatal(err)
	}
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		t.Fatal(err)
	}
	if err := list.CheckSignatureFrom(parsed(t, i.CSCA())); err != nil {
		t.Error(err)
	}
	if !list.ThisUpdate.Equal(today) || !list.NextUpdate.Equal(today.AddDate(0, 3, 0)) || list.Number == nil {
		t.Errorf("the list is of %v to %v, number %v", list.ThisUpdate, list.NextUpdate, list.Number)
	}
	if len(list.RevokedCertificateEntries) != 1 || list.RevokedCertificateEntries[0].SerialNumber.Cmp(i.signer.cert.serial) != 0 {
		t.Errorf("revoked %v", list.RevokedCertificateEntries)
	}
	if list.RevokedCertificateEntries[0].SerialNumber.Cmp(other.cert.serial) == 0 {
		t.Error("the other signer is revoked")
	}
	if _, err := i.CRL(today, today, []byte("no certificate")); err == nil {
		t.Error("revokes what is no certificate")
	}
	empty, err := i.CRL(today, today.AddDate(0, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	if list, err := x509.ParseRevocationList(empty); err != nil || len(list.RevokedCertificateEntries) != 0 {
		t.Errorf("an empty list: %v", err)
	}
}

// TestMasterList reads the CMS with encoding/asn1 and verifies its signer.
func TestMasterList(t *testing.T) {
	i, other := issuerWith(t, IssuerOptions{}), issuerWith(t, IssuerOptions{Country: "UT", State: "UTO"})
	der, err := i.MasterList(i.CSCA(), other.CSCA())
	if err != nil {
		t.Fatal(err)
	}
	var info struct {
		Type    asn1.ObjectIdentifier
		Content struct {
			Version    int
			Algorithms asn1.RawValue
			Content    struct {
				Type  asn1.ObjectIdentifier
				Value []byte `asn1:"explicit,tag:0"`
			}
			Certificates asn1.RawValue
			Signers      asn1.RawValue
		} `asn1:"explicit,tag:0"`
	}
	unmarshal(t, der, &info)
	if info.Content.Content.Type.String() != "2.23.136.1.1.2" {
		t.Errorf("content %v", info.Content.Content.Type)
	}
	var list struct {
		Version      int
		Certificates []asn1.RawValue `asn1:"set"`
	}
	unmarshal(t, info.Content.Content.Value, &list)
	if len(list.Certificates) != 2 {
		t.Fatalf("%d certificates", len(list.Certificates))
	}
	if bytes.Compare(list.Certificates[0].FullBytes, list.Certificates[1].FullBytes) >= 0 {
		t.Error("the set is not in the order of DER")
	}
	certificates, err := x509.ParseCertificates(info.Content.Certificates.Bytes)
	if err != nil || len(certificates) != 2 {
		t.Fatalf("%d certificates of signers: %v", len(certificates), err)
	}
	found := false
	for _, c := range certificates {
		if len(c.UnknownExtKeyUsage) == 1 && c.UnknownExtKeyUsage[0].String() == "2.23.136.1.1.3" {
			found = true
			if err := c.CheckSignatureFrom(parsed(t, i.CSCA())); err != nil {
				t.Error(err)
			}
		}
	}
	if !found {
		t.Error("nobody may sign master lists")
	}
	if own, err := i.MasterList(); err != nil || !bytes.Contains(own, i.CSCA()) {
		t.Errorf("the list of one: %v", err)
	}
}

// TestLDIF folds and unfolds.
func TestLDIF(t *testing.T) {
	i := issuerWith(t, IssuerOptions{})
	crl, err := i.CRL(today, today.AddDate(0, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	text := i.LDIF(i.Signer(), crl, nil)
	for line := range strings.Lines(text) {
		if len(line) > 77 && !strings.HasPrefix(line, "dn: ") {
			t.Errorf("a line of %d characters", len(line))
		}
	}
	values := map[string][]byte{}
	for line := range strings.Lines(strings.ReplaceAll(text, "\n ", "")) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":: "); ok {
			b, err := base64.StdEncoding.DecodeString(value)
			if err != nil {
				t.Fatal(err)
			}
			values[name] = b
		}
	}
	if len(values) != 2 || !bytes.Equal(values["userCertificate;binary"], i.Signer()) || !bytes.Equal(values["certificateRevocationList;binary"], crl) {
		t.Errorf("%d values", len(values))
	}
}
