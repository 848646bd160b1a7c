package passive

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/verdict"
	"github.com/tram-station/tram/testdata"
)

// shared returns a folder of specimens that lie beside the repository.
func shared(t testing.TB, name string) string {
	t.Helper()
	return testdata.Shared(t, "data", "chip", name)
}

// specimen reads files by name → identifier.
func specimen(t *testing.T, dir string, names map[string]lds.FileID) []lds.File {
	t.Helper()
	var files []lds.File
	for name, id := range names {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, lds.File{ID: id, Name: lds.FileName(id), Bytes: b})
	}
	return files
}

var (
	bsi = map[string]lds.FileID{
		"Datagroup1.bin": lds.EFDG1, "Datagroup2.bin": lds.EFDG2, "Datagroup3.bin": lds.EFDG3,
		"Datagroup14.bin": lds.EFDG14, "EF_SOD.bin": lds.EFSOD, "EF_COM.bin": lds.EFCOM,
	}
	loes = map[string]lds.FileID{
		"ef0101.bin": lds.EFDG1, "ef0102.bin": lds.EFDG2, "ef010F.bin": lds.EFDG15,
		"ef011D.bin": lds.EFSOD, "ef011E.bin": lds.EFCOM,
	}
	persosim = map[string]lds.FileID{
		"EF_DG1.bin": lds.EFDG1, "EF_DG2_jp2.bin": lds.EFDG2, "EF_DG3.bin": lds.EFDG3, "EF_SOD.bin": lds.EFSOD,
	}
	synthetic = map[string]lds.FileID{
		"LDS_0101.bin": lds.EFDG1, "LDS_0102.bin": lds.EFDG2, "LDS_010D.bin": lds.EFDG13,
		"LDS_010E.bin": lds.EFDG14, "LDS_011D.bin": lds.EFSOD, "LDS_011E.bin": lds.EFCOM,
	}
)

// expect compares the first three outcomes and looks at the words of all.
func expect(t *testing.T, checks []verdict.Check, hashes, signature, chain verdict.Outcome) {
	t.Helper()
	want := []struct {
		name string
		o    verdict.Outcome
	}{{CheckHashes, hashes}, {CheckSignature, signature}, {CheckChain, chain}}
	if len(checks) != len(want)+1 || checks[len(want)].Name != CheckRevocation {
		t.Fatalf("checks %+v", checks)
	}
	for i, c := range checks {
		if i < len(want) && (c.Name != want[i].name || c.Outcome != want[i].o) {
			t.Errorf("%s: %v, want %s: %v (%s)", c.Name, c.Outcome, want[i].name, want[i].o, c.Reason.EN)
		}
		if c.Reason.VI == "" || c.Reason.EN == "" || strings.Contains(c.Reason.VI+c.Reason.EN, "%") {
			t.Errorf("%s: words missing or unfilled: %+v", c.Name, c.Reason)
		}
		if (c.Outcome == verdict.Failed || c.Outcome == verdict.Inconclusive) && (c.Next.VI == "" || c.Next.EN == "") {
			t.Errorf("%s: %v without a next step", c.Name, c.Outcome)
		}
	}
}

func TestSpecimenBSI2008(t *testing.T) {
	dir := shared(t, "jmrtd/bsi2008")
	files := specimen(t, dir, bsi)
	then := time.Date(2008, 6, 1, 0, 0, 0, 0, time.UTC)
	// Brainpool P-224 with explicit parameters and SHA-1; its CSCA is not
	// public, so the chain cannot be built.
	expect(t, Verify(files, nil, then), verdict.Passed, verdict.Passed, verdict.Inconclusive)

	b, err := os.ReadFile(filepath.Join(dir, "Datagroup15.bin"))
	if err != nil {
		t.Fatal(err)
	}
	checks := Verify(append(files, lds.File{ID: lds.EFDG15, Bytes: b}), nil, then)
	expect(t, checks, verdict.Inconclusive, verdict.Passed, verdict.Inconclusive)
	if r := checks[0].Reason; !strings.Contains(r.EN, "DG15") || !strings.Contains(r.VI, "DG15") {
		t.Errorf("the unsigned group is not named: %+v", r)
	}
}

func TestSpecimenLoes2006(t *testing.T) {
	files := specimen(t, shared(t, "jmrtd/loes2006"), loes)
	then := time.Date(2007, 6, 1, 0, 0, 0, 0, time.UTC)
	expect(t, Verify(files, nil, then), verdict.Passed, verdict.Passed, verdict.Inconclusive)
	flip(t, files, lds.EFDG1)
	expect(t, Verify(files, nil, then), verdict.Failed, verdict.Passed, verdict.Inconclusive)
}

func TestSpecimenPersoSim(t *testing.T) {
	files := specimen(t, shared(t, "persosim"), persosim)
	then := time.Date(2016, 6, 1, 0, 0, 0, 0, time.UTC)
	// Its list claims SHA-256 over digests of 28 bytes: nothing matches, while
	// the list itself is signed as it must be.
	expect(t, Verify(files, nil, then), verdict.Failed, verdict.Passed, verdict.Inconclusive)
}

func TestSpecimensSynthetic(t *testing.T) {
	for _, name := range []string{"bac-p256", "cam-p256", "pace-bp256"} {
		t.Run(name, func(t *testing.T) {
			dir := shared(t, filepath.Join("synthetic", name))
			files := specimen(t, dir, synthetic)
			trust, err := LoadTrust(filepath.Join(dir, "csca.der"))
			if err != nil {
				t.Fatal(err)
			}
			now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
			expect(t, Verify(files, trust, now), verdict.Passed, verdict.Passed, verdict.Passed)
			expect(t, Verify(files, nil, now), verdict.Passed, verdict.Passed, verdict.Inconclusive)
			expect(t, Verify(files, trust, now.AddDate(20, 0, 0)), verdict.Passed, verdict.Passed, verdict.Inconclusive)
			flip(t, files, lds.EFDG2)
			expect(t, Verify(files, trust, now), verdict.Failed, verdict.Passed, verdict.Passed)
		})
	}
}

// TestBSINoUsage: whichever issuers the station trusts, the signer of the set of
// 2008 does not say what its key is for.
func TestBSINoUsage(t *testing.T) {
	files := specimen(t, shared(t, "jmrtd/bsi2008"), bsi)
	checks := Verify(files, trust(t, "rsa"), time.Date(2008, 6, 1, 0, 0, 0, 0, time.UTC))
	expect(t, checks, verdict.Passed, verdict.Passed, verdict.Inconclusive)
	if r := checks[2].Reason.EN; !strings.Contains(r, "does not state what its key may be used for") {
		t.Errorf("reason: %s", r)
	}
	if r := checks[0].Reason.EN; !strings.Contains(r, "SHA-1 is weak") {
		t.Errorf("SHA-1 is not named: %s", r)
	}
}

// TestSpecimenCardSecurity: one of a chip with mapping authentication, whose
// signer is known, and an early one of version 1 without signed attributes.
func TestSpecimenCardSecurity(t *testing.T) {
	then := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	dir := shared(t, "synthetic/cam-p256")
	tr, err := LoadTrust(filepath.Join(dir, "csca.der"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path  string
		trust *Trust
		want  verdict.Outcome
		keys  int
	}{
		{filepath.Join(dir, "MF_011D.bin"), tr, verdict.Passed, 1},
		{filepath.Join(dir, "MF_011D.bin"), trust(t, "rsa"), verdict.Inconclusive, 1},
		{shared(t, "jmrtd/efcardsecurity/efcardsecurity.dump"), tr, verdict.Inconclusive, 1},
	} {
		b, err := os.ReadFile(c.path)
		if err != nil {
			t.Fatal(err)
		}
		infos, check := CardSecurity(b, c.trust, then)
		if check.Outcome != c.want || check.Name != CheckCardSecurity || infos == nil || len(infos.ChipAuthKeys) != c.keys {
			t.Errorf("%s: %+v", c.path, check)
		}
		// The signature must count: its last byte, then the first of the list.
		for _, at := range []int{len(b) - 1, bytes.Index(b, []byte{0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02})} {
			b[at] ^= 1
			if _, check := CardSecurity(b, c.trust, then); check.Outcome != verdict.Failed {
				t.Errorf("%s, byte %d: %+v", c.path, at, check)
			}
			b[at] ^= 1
		}
	}
}

// TestPublicTrustLists loads the national lists that lie in shared: brainpool
// with explicit parameters, RSA, RSA-PSS. Every root's own signature is right,
// every link is led to or has its key in a root, and each list's signer comes
// from a root beside the list.
func TestPublicTrustLists(t *testing.T) {
	then := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for dir, want := range map[string]struct{ certificates, lists int }{
		"csca":                           {627, 2},
		"csca/IDN_2010_SERIES_CSCA_CERT": {5, 0},
	} {
		tr, err := LoadTrust(shared(t, dir))
		if err != nil {
			t.Fatal(err)
		}
		if len(tr.Warnings) > 0 || len(tr.Certificates()) != want.certificates || len(tr.MasterLists()) != want.lists {
			t.Errorf("%s: %d certificates, warnings %v", dir, len(tr.Certificates()), tr.Warnings)
		}
		for _, f := range tr.Audit(nil, then) {
			if f.Outcome != verdict.Passed {
				t.Errorf("%s: %s: %s %v %s", f.File, f.Subject, f.Name, f.Outcome, f.Reason.EN)
			}
		}
	}
}

// TestPublicCountries: the country of each public root is one that the table
// finds for some issuing state.
func TestPublicCountries(t *testing.T) {
	tr, err := LoadTrust(shared(t, "csca"))
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]string{"DE": "D", "UN": "UNO", "EU": "EUE", "KS": "RKS", "VN": "VNM", "NL": "NLD", "TW": "TWN", "TL": "TLS"}
	found := map[string]bool{}
	for _, c := range tr.certificates() {
		if state := states[country(c.subject)]; state != "" {
			found[state] = true
			if c.fitsState(state) != fits || c.fitsState("LAO") != misfit {
				t.Errorf("%s does not fit %s", nameString(c.subject), state)
			}
		}
	}
	if len(found) != len(states) {
		t.Errorf("only %v", found)
	}
}

// flip changes the last byte of a file.
func flip(t *testing.T, files []lds.File, id lds.FileID) {
	t.Helper()
	b := find(files, id)
	if len(b) == 0 {
		t.Fatalf("no %v among the files", id)
	}
	b[len(b)-1] ^= 1
}
