package reader_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/auth"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/verdict"
)

// zoneKey takes the key from a zone of any format.
func zoneKey(t testing.TB, card *chip.Card) access.Key {
	t.Helper()
	z, err := mrz.Parse(strings.Join(card.MRZ(), "\n"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := access.MRZ(z.Keys())
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestEveryProtocol reads whole chips: each mapping, kind of group, cipher,
// chip authentication and active authentication at least once.
func TestEveryProtocol(t *testing.T) {
	pace := func(m chip.Mapping, group int, c chip.Cipher) []chip.PACE {
		return []chip.PACE{{Mapping: m, Group: group, Cipher: c}}
	}
	ca := func(c chip.Cipher, group int) []chip.ChipAuth { return []chip.ChipAuth{{Cipher: c, Group: group}} }
	s := newStation(t)
	for _, tt := range []struct {
		spec     chip.Spec
		protocol string // PACE or BAC
		chip     string // in the words of its check
		active   string
	}{
		{chip.Spec{PACE: pace(chip.GM, chip.GroupBrainpool256, chip.AES128), ChipAuth: ca(chip.AES128, chip.GroupBrainpool256), ActiveAuth: chip.AARSA1024SHA1, Extended: true},
			"PACE-ECDH-GM-AES-128 brainpoolP256r1", "CA-ECDH-AES-128 brainpoolP256r1", "AA-RSA-1024 SHA-1"},
		{chip.Spec{PACE: pace(chip.IM, chip.GroupP384, chip.AES256), ChipAuth: ca(chip.AES256, chip.GroupP521), ActiveAuth: chip.AARSA2048SHA256, Extended: true},
			"PACE-ECDH-IM-AES-256 P-384", "CA-ECDH-AES-256 P-521", "AA-RSA-2048 SHA-256"},
		{chip.Spec{PACE: pace(chip.IM, chip.GroupDH2048q256, chip.TripleDES), ChipAuth: ca(chip.TripleDES, chip.GroupP224), ActiveAuth: chip.AAP256DER},
			"PACE-DH-IM-3DES DH-2048-256", "CA-ECDH-3DES P-224", "AA-ECDSA P-256"},
		{chip.Spec{PACE: pace(chip.GM, chip.GroupDH1024, chip.AES192), ChipAuth: ca(chip.AES192, chip.GroupDH2048q256), ActiveAuth: chip.AABrainpool256},
			"PACE-DH-GM-AES-192 DH-1024-160", "CA-DH-AES-192", "AA-ECDSA brainpoolP256r1"},
		{chip.Spec{PACE: pace(chip.CAM, chip.GroupBrainpool384, chip.AES256), ChipAuth: ca(chip.AES256, chip.GroupBrainpool384), Extended: true},
			"PACE-ECDH-CAM-AES-256 brainpoolP384r1", "CAM", ""},
		{chip.Spec{BAC: true, ChipAuth: ca(chip.TripleDES, chip.GroupBrainpool256), ActiveAuth: chip.AAP384},
			"BAC", "CA-ECDH-3DES brainpoolP256r1", "AA-ECDSA P-384"},
		{chip.Spec{BAC: true}, "BAC", "", ""},
	} {
		for _, document := range []chip.Document{chip.DocumentCCCD, chip.DocumentPassport} {
			t.Run(tt.protocol+" "+tt.chip+" "+string(document), func(t *testing.T) {
				tt.spec.Content.Document = document
				card := s.issueSpec(t, tt.spec, chip.FaultNone)
				report, err := s.reader.Read(t.Context(), slot(card), []access.Key{zoneKey(t, card)})
				if err != nil {
					t.Fatal(err)
				}
				if report.Protocol != tt.protocol || verdict.Worst(report.Checks) != verdict.Passed {
					t.Errorf("protocol %q: %+v", report.Protocol, report.Checks)
				}
				for name, words := range map[string]string{reader.CheckChipAuth: tt.chip, reader.CheckActiveAuth: tt.active} {
					outcome := map[bool]verdict.Outcome{true: verdict.NotSupported, false: verdict.Passed}[words == ""]
					if outcomes(report)[name] != outcome || !strings.Contains(reason(report, name).EN, words) {
						t.Errorf("%s: %v (%s)", name, outcomes(report)[name], reason(report, name).EN)
					}
				}
				if _, made := outcomes(report)["card-security"]; made != (tt.chip == "CAM") {
					t.Errorf("EF.CardSecurity: %v", made)
				}
			})
		}
	}
}

// TestCopies: a chip without the private keys of the one that was issued.
func TestCopies(t *testing.T) {
	s := newStation(t)
	cam := chip.Spec{PACE: []chip.PACE{{Mapping: chip.CAM, Group: chip.GroupP256, Cipher: chip.AES128}},
		ChipAuth: []chip.ChipAuth{{Cipher: chip.AES128, Group: chip.GroupP256}}, Extended: true}
	kat := chip.Spec{BAC: true, ChipAuth: []chip.ChipAuth{{Cipher: chip.TripleDES, Group: chip.GroupP256}}, ActiveAuth: chip.AARSA1024SHA256}
	cccd := spec(t, chip.ProfileCCCD, nil)
	for i, tt := range []struct {
		spec  chip.Spec
		fault chip.Fault
		check string
	}{
		{cam, chip.FaultChipClone, reader.CheckChipAuth},
		{kat, chip.FaultChipClone, reader.CheckChipAuth},
		{cccd, chip.FaultChipClone, reader.CheckChipAuth},
		{kat, chip.FaultActiveClone, reader.CheckActiveAuth},
		{cccd, chip.FaultActiveClone, reader.CheckActiveAuth},
	} {
		for fault, want := range map[chip.Fault]verdict.Outcome{tt.fault: verdict.Failed, chip.FaultNone: verdict.Passed} {
			card := s.issueSpec(t, tt.spec, fault)
			report, err := s.reader.Read(t.Context(), slot(card), []access.Key{mrzKey(t, card)})
			if err != nil {
				t.Fatalf("%d %s: %v", i, fault, err)
			}
			if got := outcomes(report)[tt.check]; got != want || report.Document.Face == nil || outcomes(report)["files"] != verdict.Passed {
				t.Errorf("%d %s: %v (%s)", i, fault, got, reason(report, tt.check).EN)
			}
		}
	}
}

// TestTerminal reads fingerprints with the right to, after PACE and after BAC.
func TestTerminal(t *testing.T) {
	s := newStation(t)
	authority, err := chip.NewCVCA(rand.Reader, now, "bp256-sha256")
	if err != nil {
		t.Fatal(err)
	}
	terminal := func(o chip.CVOptions) auth.Terminal { return loadTerminal(t, authority, o) }
	for name, tt := range map[string]struct {
		terminal auth.Terminal
		profile  chip.Profile
		want     verdict.Outcome
		reads    bool
	}{
		"PACE":                   {terminal(chip.CVOptions{}), chip.ProfileCCCD, verdict.Passed, true},
		"BAC":                    {terminal(chip.CVOptions{}), chip.ProfileBAC, verdict.Passed, true},
		"no rights":              {terminal(chip.CVOptions{NoRights: true}), chip.ProfileCCCD, verdict.NotDone, false},
		"forged":                 {terminal(chip.CVOptions{Forged: true}), chip.ProfileCCCD, verdict.Inconclusive, false},
		"none":                   {nil, chip.ProfileCCCD, verdict.NotDone, false},
		"no chip authentication": {terminal(chip.CVOptions{}), chip.ProfileCCCD, verdict.Inconclusive, false},
	} {
		t.Run(name, func(t *testing.T) {
			card := s.issueSpec(t, spec(t, tt.profile, func(sp *chip.Spec) {
				sp.Terminal = &chip.TerminalAuth{Anchor: authority.Certificate()}
				if name == "no chip authentication" {
					sp.ChipAuth = nil
				}
			}), chip.FaultNone)
			s.reader.Terminal = tt.terminal
			report, err := s.reader.Read(t.Context(), slot(card), []access.Key{mrzKey(t, card)})
			if err != nil {
				t.Fatal(err)
			}
			if got := outcomes(report)[reader.CheckTerminal]; got != tt.want || (len(report.Document.Fingers) > 0) != tt.reads {
				t.Errorf("%v (%s), %d fingers", got, reason(report, reader.CheckTerminal).EN, len(report.Document.Fingers))
			}
			for _, check := range []string{"files", "sod-hashes"} {
				if outcomes(report)[check] != verdict.Passed {
					t.Errorf("%s: %s", check, reason(report, check).EN)
				}
			}
		})
	}
}

// loadTerminal writes a terminal's folder and loads it.
func loadTerminal(t *testing.T, authority *chip.CVCA, o chip.CVOptions) auth.Terminal {
	t.Helper()
	verifier, err := authority.Verifier(chip.CVOptions{})
	if err != nil {
		t.Fatal(err)
	}
	key, err := verifier.Terminal(o)
	if err != nil {
		t.Fatal(err)
	}
	private, err := key.PKCS8()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := map[string][]byte{"terminal.pkcs8": private, "cvca.cvcert": authority.Certificate()}
	for i, c := range key.Chain() {
		files[fmt.Sprintf("%d.cvcert", i)] = c
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	loaded, err := auth.LoadTerminal(dir)
	if err != nil {
		t.Fatal(err)
	}
	loaded.Now = func() time.Time { return now }
	return loaded
}

// TestMappingNeedsItsIssuer: a key that PACE maps is worth what the issuer of
// EF.CardSecurity is. A station that does not know the issuer asks for chip
// authentication as well, whose key stands in DG14.
func TestMappingNeedsItsIssuer(t *testing.T) {
	s := newStation(t)
	cam := chip.Spec{PACE: []chip.PACE{{Mapping: chip.CAM, Group: chip.GroupP256, Cipher: chip.AES128}},
		ChipAuth: []chip.ChipAuth{{Cipher: chip.AES128, Group: chip.GroupP256}}, Extended: true}
	for _, tt := range []struct {
		name     string
		fault    chip.Fault
		trusted  bool
		signed   verdict.Outcome
		chip     verdict.Outcome
		protocol string
	}{
		{"trusted issuer", chip.FaultNone, true, verdict.Passed, verdict.Passed, "CAM"},
		{"no trust list", chip.FaultNone, false, verdict.Inconclusive, verdict.Passed, "CA-ECDH-AES-128"},
		{"issuer of another state", chip.FaultOtherState, true, verdict.Failed, verdict.Inconclusive, "EF.CardSecurity"},
	} {
		card := s.issueSpec(t, cam, tt.fault)
		r := *s.reader
		if !tt.trusted {
			r.Trust = nil
		}
		report, err := r.Read(t.Context(), slot(card), []access.Key{mrzKey(t, card)})
		if err != nil {
			t.Fatal(tt.name, err)
		}
		got := outcomes(report)
		if got["card-security"] != tt.signed || got[reader.CheckChipAuth] != tt.chip || !strings.Contains(reason(report, reader.CheckChipAuth).EN, tt.protocol) {
			t.Errorf("%s: %v, %v (%s)", tt.name, got["card-security"], got[reader.CheckChipAuth], reason(report, reader.CheckChipAuth).EN)
		}
	}
}
