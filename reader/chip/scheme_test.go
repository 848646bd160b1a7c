package chip

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
)

// today is the clock of the issuers under test.
var today = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

func issuerWith(t testing.TB, o IssuerOptions) *Issuer {
	t.Helper()
	i, err := NewIssuerWith(rand.Reader, today, o)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

//lint:file-ignore SA1019 the coordinates are the only form of a key on a brainpool curve

// anyCertificate is a certificate as far as its signature goes.
type anyCertificate struct {
	Body      asn1.RawValue
	Algorithm pkix.AlgorithmIdentifier
	Signature asn1.BitString
}

// verifies checks a certificate's signature with the public half of k, whose
// scheme the name gives.
func verifies(t *testing.T, der []byte, k *signingKey) bool {
	t.Helper()
	var c anyCertificate
	unmarshal(t, der, &c)
	h := k.hash.New()
	h.Write(c.Body.FullBytes)
	return signatureFits(k, h.Sum(nil), c.Signature.Bytes)
}

func signatureFits(k *signingKey, sum, signature []byte) bool {
	switch {
	case k.group != nil:
		// crypto/ecdsa, not the package's own arithmetic, is the judge.
		public := &ecdsa.PublicKey{Curve: k.group.Curve, X: k.ec.public.x, Y: k.ec.public.y} //nolint:staticcheck // as above
		if n := len(signature) / 2; k.plain {
			return ecdsa.Verify(public, sum, new(big.Int).SetBytes(signature[:n]), new(big.Int).SetBytes(signature[n:]))
		}
		return ecdsa.VerifyASN1(public, sum, signature)
	case k.pss:
		return rsa.VerifyPSS(&k.rsa.PublicKey, k.hash, sum, signature, &rsa.PSSOptions{SaltLength: k.hash.Size(), Hash: k.hash}) == nil
	}
	return rsa.VerifyPKCS1v15(&k.rsa.PublicKey, k.hash, sum, signature) == nil
}

// TestSchemes issues a card under every scheme: the chain, the attributes and
// the hashes fit, and another key of the scheme fits nothing.
func TestSchemes(t *testing.T) {
	for _, s := range Schemes() {
		t.Run(string(s), func(t *testing.T) {
			i := issuerWith(t, IssuerOptions{CSCA: s, Signer: s})
			if !verifies(t, i.CSCA(), i.csca.key) || !verifies(t, i.Signer(), i.csca.key) {
				t.Error("the chain does not verify")
			}
			if verifies(t, i.Signer(), i.signer.key) {
				t.Error("a key that did not sign verifies")
			}
			card, err := i.Issue(Sample(), ProfileCCCD, FaultNone)
			if err != nil {
				t.Fatal(err)
			}
			sod := card.files[fileSOD]
			checkSignedData(t, sod, i.signer.key)
			h := i.signer.key.hash.New()
			h.Write(card.files[fileDG1])
			if !bytes.Contains(sod, h.Sum(nil)) {
				t.Error("EF.SOD does not hold the digest of DG1")
			}
		})
	}
	for _, bad := range []Scheme{"p256", "p256-md5", "rsa1-sha1", "2048-sha256", "rsa2048x-sha256", "rsa2048-plain-sha256", "p256xx-sha256", "bp256-plain-", "p999-sha1", "pssrsa2048-sha1"} {
		if _, err := NewIssuerWith(rand.Reader, today, IssuerOptions{CSCA: bad}); err == nil {
			t.Errorf("%s is a scheme", bad)
		}
	}
}

// checkSignedData cuts the signer's attributes and signature out of EF.SOD.
func checkSignedData(t *testing.T, file []byte, k *signingKey) {
	t.Helper()
	var outer asn1.RawValue
	unmarshal(t, file, &outer)
	var info struct {
		Type    asn1.ObjectIdentifier
		Content struct {
			Version      int
			Algorithms   asn1.RawValue
			Content      asn1.RawValue
			Certificates asn1.RawValue
			Signers      []struct {
				Version    int
				ID, Digest asn1.RawValue
				Signed     asn1.RawValue
				Algorithm  pkix.AlgorithmIdentifier
				Signature  []byte
			} `asn1:"set"`
		} `asn1:"explicit,tag:0"`
	}
	unmarshal(t, outer.Bytes, &info)
	signer := info.Content.Signers[0]
	attributes := bytes.Clone(signer.Signed.FullBytes)
	attributes[0] = 0x31
	h := k.hash.New()
	h.Write(attributes)
	sum := h.Sum(nil)
	if !signatureFits(k, sum, signer.Signature) {
		t.Error("the signed attributes do not verify")
	}
	sum[0] ^= 1
	if signatureFits(k, sum, signer.Signature) {
		t.Error("other attributes verify")
	}
}

// TestExplicitCurve: the written-out curve is the one of RFC 5639 and holds
// its own generator; the name's object identifier is not there.
func TestExplicitCurve(t *testing.T) {
	i := issuerWith(t, IssuerOptions{Signer: "bp256x-sha256"})
	// The coefficients of brainpoolP256r1 (RFC 5639 §3.4).
	for _, want := range []string{
		"7D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9",
		"26DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCCDC18FF8C07B6",
	} {
		if !bytes.Contains(i.Signer(), octets(unhex(t, want))) {
			t.Errorf("the coefficient %s is not there", want)
		}
	}
	if named := i.signer.key.group.name; bytes.Contains(i.Signer(), named) {
		t.Error("the curve is named")
	}
	if control := issuerWith(t, IssuerOptions{Signer: "bp256-sha256"}); !bytes.Contains(control.Signer(), control.signer.key.group.name) {
		t.Error("the control does not name its curve")
	}
}

// TestPlainSignature: the signature is as long as twice the order, under an
// identifier of its own.
func TestPlainSignature(t *testing.T) {
	for scheme, arc := range map[Scheme]int{"bp256-plain-sha1": 1, "bp256-plain-sha256": 3, "bp256-plain-sha512": 5} {
		i := issuerWith(t, IssuerOptions{Signer: "p256-sha256", CSCA: scheme})
		var c anyCertificate
		unmarshal(t, i.Signer(), &c)
		want := asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 1, 1, 4, 1, arc}
		if !c.Algorithm.Algorithm.Equal(want) || len(c.Signature.Bytes) != 64 || !verifies(t, i.Signer(), i.csca.key) {
			t.Errorf("%s: %v, %d bytes", scheme, c.Algorithm.Algorithm, len(c.Signature.Bytes))
		}
	}
}

// TestProfileOfCertificates reads the extensions of Doc 9303-12 table 5 with
// crypto/x509.
func TestProfileOfCertificates(t *testing.T) {
	i := issuerWith(t, IssuerOptions{Country: "UT", State: "UTO", Documents: []string{"P"}})
	for name, c := range map[string]struct {
		der  []byte
		want []string
		not  string
	}{
		"CSCA": {i.CSCA(), []string{"2.5.29.35", "2.5.29.14", "2.5.29.15", "2.5.29.19", "2.5.29.16", "2.5.29.17", "2.5.29.18", "2.5.29.31"}, "2.23.136.1.1.6.2"},
		"DS":   {i.Signer(), []string{"2.5.29.35", "2.5.29.14", "2.5.29.15", "2.5.29.16", "2.5.29.17", "2.5.29.18", "2.5.29.31", "2.23.136.1.1.6.2"}, "2.5.29.19"},
	} {
		cert, err := x509.ParseCertificate(c.der)
		if err != nil {
			t.Fatal(err)
		}
		has := map[string]pkix.Extension{}
		for _, e := range cert.Extensions {
			has[e.Id.String()] = e
		}
		for _, id := range c.want {
			if _, ok := has[id]; !ok {
				t.Errorf("%s: no extension %s", name, id)
			}
		}
		if _, ok := has[c.not]; ok {
			t.Errorf("%s: extension %s", name, c.not)
		}
		if !has["2.5.29.15"].Critical || !bytes.Contains(has["2.5.29.17"].Value, []byte("UTO")) || !slices.Equal(cert.Subject.Country, []string{"UT"}) {
			t.Errorf("%s: usage %v, state %X, country %v", name, has["2.5.29.15"], has["2.5.29.17"].Value, cert.Subject.Country)
		}
		if len(cert.CRLDistributionPoints) != 1 || !strings.HasSuffix(cert.CRLDistributionPoints[0], "UT.crl") {
			t.Errorf("%s: revocation lists at %v", name, cert.CRLDistributionPoints)
		}
		if id := keyIdentifier(i.csca.key.subjectPublicKey()); !bytes.Equal(cert.AuthorityKeyId, id) {
			t.Errorf("%s: authority %X", name, cert.AuthorityKeyId)
		}
	}
	var documents struct {
		Version int
		Codes   []string `asn1:"set"`
	}
	cert, _ := x509.ParseCertificate(i.Signer())
	for _, e := range cert.Extensions {
		if e.Id.String() == "2.23.136.1.1.6.2" {
			unmarshal(t, e.Value, &documents)
		}
	}
	if !slices.Equal(documents.Codes, []string{"P"}) {
		t.Errorf("document codes %v", documents.Codes)
	}
}

// TestTimes: dates from 2050 on are written as GeneralizedTime.
func TestTimes(t *testing.T) {
	for day, want := range map[time.Time]byte{
		time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC): 0x17,
		time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC):      0x18,
	} {
		var got time.Time
		der := derTime(day)
		unmarshal(t, der, &got)
		if der[0] != want || !got.Equal(day) {
			t.Errorf("%v: %X", day, der)
		}
	}
	i := issuerWith(t, IssuerOptions{Until: time.Date(2055, 1, 1, 0, 0, 0, 0, time.UTC)})
	if c, err := x509.ParseCertificate(i.Signer()); err != nil || c.NotAfter.Year() != 2055 {
		t.Errorf("%v", err)
	}
}
