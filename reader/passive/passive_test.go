package passive

import (
	"bytes"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/osanderson/brainpool"

	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/verdict"
)

// now lies inside the validity of the vectors' certificates.
var now = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

func read(t testing.TB, name ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(append([]string{"testdata"}, name...)...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// vector returns the files of one kind (testdata/make.sh: signed by openssl).
func vector(t testing.TB, kind string) []lds.File {
	return []lds.File{
		{ID: lds.EFDG1, Bytes: read(t, "dg1.bin")},
		{ID: lds.EFDG2, Bytes: read(t, "dg2.bin")},
		{ID: lds.EFSOD, Bytes: read(t, kind, "sod.bin")},
	}
}

func trust(t testing.TB, kind string) *Trust {
	t.Helper()
	tr, err := LoadTrust(filepath.Join("testdata", kind, "csca.der"))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestVectors(t *testing.T) {
	for kind, chain := range map[string]verdict.Outcome{
		"brainpool256":          verdict.Passed,
		"brainpool384-explicit": verdict.Passed,
		"brainpool512-explicit": verdict.Passed,
		"nist-p521":             verdict.Passed,
		"nist-p224":             verdict.Passed,
		"key-id":                verdict.Passed,
		"rsa":                   verdict.Passed,
		"rsa-pss":               verdict.Passed,
		"rsa-pss-mask":          verdict.Passed,
		"rsa-pss-nosalt":        verdict.Passed,
		"indefinite":            verdict.Passed,
		"no-usage":              verdict.Inconclusive,
		"wrong-usage":           verdict.Failed,
	} {
		t.Run(kind, func(t *testing.T) {
			files, tr := vector(t, kind), trust(t, kind)
			expect(t, Verify(files, tr, now), verdict.Passed, verdict.Passed, chain)
			flip(t, files, lds.EFDG2)
			expect(t, Verify(files, tr, now), verdict.Failed, verdict.Passed, chain)
			flip(t, files, lds.EFDG2)
			sod := find(files, lds.EFSOD)
			d, _, err := parseSOD(sod)
			if err != nil {
				t.Fatal(err)
			}
			sod[bytes.LastIndex(sod, d.signers[0].signature)+len(d.signers[0].signature)-1] ^= 1
			if c := Verify(files, tr, now)[1]; c.Outcome != verdict.Failed {
				t.Errorf("a broken signature: %v", c.Outcome)
			}
		})
	}
}

// TestUnknownCurve: a curve that the station does not know is not computed
// with, and nothing is said against the card.
func TestUnknownCurve(t *testing.T) {
	expect(t, Verify(vector(t, "other-curve"), trust(t, "rsa"), now), verdict.Passed, verdict.Inconclusive, verdict.Inconclusive)
	// The issuer can be kept; nothing can be said of its signatures.
	expect(t, Verify(vector(t, "other-curve"), trust(t, "other-curve"), now), verdict.Passed, verdict.Inconclusive, verdict.Inconclusive)
}

// TestShortKey: a key that anybody can take apart says nothing, for or against.
func TestShortKey(t *testing.T) {
	expect(t, Verify(vector(t, "rsa-short"), trust(t, "rsa-short"), now), verdict.Passed, verdict.Inconclusive, verdict.Passed)
}

// TestOtherGenerator: explicit parameters with the right prime and another
// generator are no known curve. Whoever chooses the generator chooses a key
// that fits any signature.
func TestOtherGenerator(t *testing.T) {
	der := read(t, "brainpool384-explicit", "csca.der")
	if _, err := parseCertificate(der); err != nil {
		t.Fatal(err)
	}
	k := brainpool.P384r1().Params()
	at := bytes.Index(der, k.Gx.FillBytes(make([]byte, 48)))
	if at < 0 {
		t.Fatal("no generator in the certificate")
	}
	der[at+47] ^= 1
	c, err := parseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.publicKey(); err == nil {
		t.Error("a curve with a generator of its own was taken")
	}
}

func TestOutcomes(t *testing.T) {
	good := func() []lds.File { return vector(t, "rsa") }
	tr := trust(t, "rsa")
	const (
		passed, failed, open, undone = verdict.Passed, verdict.Failed, verdict.Inconclusive, verdict.NotDone
	)
	t.Run("no SOD", func(t *testing.T) {
		expect(t, Verify(good()[:2], tr, now), failed, undone, undone)
	})
	t.Run("cut SOD", func(t *testing.T) {
		f := good()
		f[2].Bytes = f[2].Bytes[:100]
		expect(t, Verify(f, tr, now), failed, undone, undone)
	})
	t.Run("no groups", func(t *testing.T) { expect(t, Verify(good()[2:], tr, now), undone, passed, passed) })
	t.Run("group not signed", func(t *testing.T) {
		checks := Verify(append(good(), lds.File{ID: lds.EFDG13, Bytes: []byte{0x6D, 0}}), tr, now)
		expect(t, checks, open, passed, passed)
		if !strings.Contains(checks[0].Reason.VI, "DG13") {
			t.Errorf("the group is not named: %s", checks[0].Reason.VI)
		}
	})
	t.Run("group not signed and another wrong", func(t *testing.T) {
		f := append(good(), lds.File{ID: lds.EFDG13, Bytes: []byte{0x6D, 0}})
		flip(t, f, lds.EFDG1)
		expect(t, Verify(f, tr, now), failed, passed, passed)
	})
	t.Run("no trust", func(t *testing.T) { expect(t, Verify(good(), nil, now), passed, passed, open) })
	t.Run("another issuer", func(t *testing.T) {
		expect(t, Verify(good(), trust(t, "brainpool256"), now), passed, passed, open)
	})
	t.Run("long after", func(t *testing.T) {
		// The signer signed its time, which lies within its certificate's.
		checks := Verify(good(), tr, now.AddDate(200, 0, 0))
		expect(t, checks, passed, passed, passed)
		if !strings.Contains(checks[2].Reason.EN, "has ended since") {
			t.Errorf("the end is not told: %s", checks[2].Reason.EN)
		}
	})
	t.Run("too early", func(t *testing.T) {
		expect(t, Verify(good(), tr, now.AddDate(-20, 0, 0)), passed, passed, open)
	})
	t.Run("trusted certificate is no CA", func(t *testing.T) {
		forged := trust(t, "rsa")
		forged.roots[0].ca = false
		expect(t, Verify(good(), forged, now), passed, passed, open)
	})
}

// TestForgedIssuer: a wrong signature under the issuer's own key is a failure;
// under an issuer's name alone it may be a missing generation of its key.
func TestForgedIssuer(t *testing.T) {
	d, _, err := parseSOD(find(vector(t, "rsa"), lds.EFSOD))
	if err != nil {
		t.Fatal(err)
	}
	tr := trust(t, "rsa")
	tr.roots[0].spki = trust(t, "rsa-pss").roots[0].spki
	s := subject{ds: d.certificates[0], now: now}
	if c, _ := checkChain(s, tr); c.Outcome != verdict.Failed {
		t.Errorf("by key: %v", c.Outcome)
	}
	s.ds.authorityKeyID = nil
	if c, _ := checkChain(s, tr); c.Outcome != verdict.Inconclusive {
		t.Errorf("by name: %v", c.Outcome)
	}
}

// TestEveryBit flips each bit of what is signed: the list of digests, the
// signed attributes, the signature, the whole certificate.
func TestEveryBit(t *testing.T) {
	files, tr := vector(t, "rsa"), trust(t, "rsa")
	sod := find(files, lds.EFSOD)
	d, _, err := parseSOD(sod)
	if err != nil {
		t.Fatal(err)
	}
	s := d.signers[0]
	tried := 0
	for _, part := range [][]byte{d.content, s.signed, s.signature, d.certificates[0].raw} {
		at := bytes.Index(sod, part)
		if at < 0 || len(part) == 0 {
			t.Fatal("a signed part is not in EF.SOD")
		}
		for i := at; i < at+len(part); i++ {
			bit := byte(1) << (i % 8)
			sod[i] ^= bit
			if allPassed(Verify(files, tr, now)) {
				t.Errorf("byte %d of EF.SOD does not count", i)
			}
			sod[i] ^= bit
			tried++
		}
	}
	if !allPassed(Verify(files, tr, now)) || tried < 1000 {
		t.Fatalf("the control does not pass, or only %d bits were tried", tried)
	}
}

// allPassed reports whether the checks passed that the vectors can pass: they
// come without a revocation list.
func allPassed(checks []verdict.Check) bool {
	for _, c := range checks[:3] {
		if c.Outcome != verdict.Passed {
			return false
		}
	}
	return true
}

func TestLoadTrust(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	block := func(kind string) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: read(t, kind, "csca.der")})
	}
	write("a.cer", read(t, "rsa", "csca.der"))
	write("again.DER", read(t, "rsa", "csca.der"))
	write("bundle.pem", append(block("brainpool256"), block("nist-p521")...))
	write("broken.crt", []byte("no certificate"))
	write("curve.der", read(t, "other-curve", "csca.der"))
	write("readme.txt", []byte("not looked at"))
	tr, err := LoadTrust(dir)
	if err != nil {
		t.Fatal(err)
	}
	if tr.Len() != 4 || len(tr.Anchors()) != 4 {
		t.Errorf("%d certificates, want 4", tr.Len())
	}
	if len(tr.Warnings) != 1 || tr.Warnings[0].File != "broken.crt" {
		t.Errorf("warnings %v", tr.Warnings)
	}
	if a := tr.Anchors()[0]; a.Subject != "C=VN, O=Synthetic, CN=Vector CSCA brainpool256" || len(a.SHA256) != 64 {
		t.Errorf("first anchor %+v", a)
	}
	expect(t, Verify(vector(t, "brainpool256"), tr, now), verdict.Passed, verdict.Passed, verdict.Passed)
	if _, err := LoadTrust(filepath.Join(dir, "broken.crt")); err == nil {
		t.Error("a broken file alone is no error")
	}
	if _, err := LoadTrust(filepath.Join(dir, "absent")); err == nil {
		t.Error("an absent folder is no error")
	}
}

func TestSignedGroups(t *testing.T) {
	got := SignedGroups(read(t, "rsa", "sod.bin"))
	if len(got) != 2 || got[0] != lds.EFDG1 || got[1] != lds.EFDG2 {
		t.Errorf("groups %v", got)
	}
	if SignedGroups([]byte{0x77, 0}) != nil {
		t.Error("groups out of nothing")
	}
}

// TestHostileNames: what a certificate calls itself is shown to people.
func TestHostileNames(t *testing.T) {
	name := []byte("\x30\x1c\x31\x1a\x30\x18\x06\x03\x55\x04\x03\x0c\x11a\x1b[31m\xff\u202e<b>\nzzz")
	if got := nameString(name); got != "CN=a?[31m??<b> zzz" {
		t.Errorf("name %q", got)
	}
}

// TestSignerNames: the vectors name their signer in both ways that CMS has.
func TestSignerNames(t *testing.T) {
	for kind, byKey := range map[string]bool{"brainpool256": false, "key-id": true} {
		d, _, err := parseSOD(read(t, kind, "sod.bin"))
		if err != nil {
			t.Fatal(err)
		}
		if s := d.signers[0]; (s.keyID != nil) != byKey || (s.serial != nil) == byKey {
			t.Errorf("%s: key identifier %x, serial number %x", kind, s.keyID, s.serial)
		}
		if d.signers[0].certificate(nil) != nil {
			t.Error("a certificate out of an empty list")
		}
	}
}
