package passive

import (
	"bytes"
	"crypto/rand"
	"encoding/pem"
	"testing"

	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/verdict"
)

var kinds = []string{"brainpool256", "brainpool384-explicit", "nist-p224", "key-id", "rsa", "rsa-pss", "rsa-pss-mask",
	"indefinite", "no-usage", "other-curve"}

// FuzzVerify feeds any bytes as EF.SOD. The first three checks may pass only
// where the signed list of digests is the vector's own.
func FuzzVerify(f *testing.F) {
	for _, k := range kinds {
		f.Add(read(f, k, "sod.bin"))
	}
	tr := trust(f, "rsa")
	files := vector(f, "rsa")
	d, _, err := parseSOD(files[2].Bytes)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sod []byte) {
		checks := Verify([]lds.File{files[0], files[1], {ID: lds.EFSOD, Bytes: sod}}, tr, now)
		if len(checks) != 4 {
			t.Fatalf("%d checks", len(checks))
		}
		if got, _, err := parseSOD(sod); allPassed(checks) && (err != nil || !bytes.Equal(got.content, d.content)) {
			t.Fatal("another list of digests passed")
		}
		SignedGroups(sod)
	})
}

// FuzzCertificate reads any bytes as a certificate.
func FuzzCertificate(f *testing.F) {
	for _, k := range kinds {
		f.Add(read(f, k, "csca.der"))
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		c, err := parseCertificate(der)
		if err != nil {
			return
		}
		key, err := c.publicKey()
		if !bytes.Equal(c.raw, der) || !bytes.Contains(der, c.tbs) || err == nil && key == nil {
			t.Fatal("the certificate is not what was read")
		}
		_ = c.signedBy(c)
		_ = c.describe()
		_ = c.fitsState("VNM")
		_ = c.signsType("ID")
		if !sameName(c.subject, c.subject) {
			t.Fatal("a name is not itself")
		}
	})
}

// FuzzCardSecurity feeds any bytes as EF.CardSecurity: nothing passes under an
// issuer that signed none.
func FuzzCardSecurity(f *testing.F) {
	for _, k := range kinds {
		f.Add(read(f, k, "sod.bin")[4:])
	}
	w := newWorkshop(f)
	f.Add(w.cardSecurity(w.paceInfo(), w.hand(nil)))
	tr := trust(f, "rsa")
	f.Fuzz(func(t *testing.T, b []byte) {
		infos, check := CardSecurity(b, tr, now)
		if check.Outcome == verdict.Passed || check.Reason.EN == "" || check.Outcome == verdict.Failed && infos != nil {
			t.Fatalf("%+v, infos %v", check, infos)
		}
	})
}

// FuzzTrust reads any bytes as a trust file: certificates, PEM, LDIF, master
// lists, revocation lists. What was read is kept as it stood.
func FuzzTrust(f *testing.F) {
	for _, k := range kinds {
		der := read(f, k, "csca.der")
		f.Add(der)
		f.Add(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	issuer, err := chip.NewIssuer(rand.Reader, now)
	if err != nil {
		f.Fatal(err)
	}
	ml, err := issuer.MasterList()
	crl, err2 := issuer.CRL(now, now, issuer.Signer())
	if err != nil || err2 != nil {
		f.Fatal(err, err2)
	}
	f.Add(ml)
	f.Add(crl)
	f.Add([]byte(issuer.LDIF(issuer.Signer(), crl, ml)))
	files := vector(f, "rsa")
	f.Fuzz(func(t *testing.T, b []byte) {
		tr, err := ParseTrust("any", b)
		if err != nil {
			return
		}
		if len(tr.certificates())+len(tr.crls)+len(tr.lists)+tr.Duplicates == 0 {
			t.Fatal("nothing was taken, and no error")
		}
		for _, c := range tr.certificates() {
			again, err := ParseTrust("any", c.raw)
			if err != nil || again.Certificates()[0] != c.describe() {
				t.Fatalf("%+v cannot be read again: %v", c.describe(), err)
			}
		}
		_, _ = tr.MasterLists(), tr.RevocationLists()
		Verify(files, tr, now)
		if len(tr.certificates()) < 4 { // signatures take their time
			tr.Audit(nil, now)
		}
	})
}

// FuzzBER rewrites any bytes: what comes out is stable, and DER stays.
func FuzzBER(f *testing.F) {
	for _, k := range kinds {
		f.Add(read(f, k, "sod.bin"))
	}
	f.Add([]byte{0x24, 0x80, 0x24, 0x80, 4, 1, 1, 0, 0, 4, 1, 2, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		der, err := distinguished(b)
		if err != nil {
			return
		}
		again, err := distinguished(der)
		if err != nil || !bytes.Equal(der, again) {
			t.Fatalf("%x becomes %x, then %x, %v", b, der, again, err)
		}
	})
}
