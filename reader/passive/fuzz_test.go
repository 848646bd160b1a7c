package passive

import (
	"bytes"
	"testing"

	"github.com/tram-station/tram/reader/lds"
)

var kinds = []string{"brainpool256", "brainpool384-explicit", "nist-p224", "key-id", "rsa", "rsa-pss", "no-usage", "other-curve"}

// FuzzVerify feeds any bytes as EF.SOD. All three checks may pass only where
// the signed list of digests is the vector's own.
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
		_ = nameString(c.subject)
		_ = sameName(c.subject, c.issuer)
	})
}
