package main

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/reader/auth"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/passive"
)

// issueCard issues a card with the defaults of the flags, changed.
func issueCard(t *testing.T, change func(*issueOptions, *trustOptions)) (*made, error) {
	t.Helper()
	o := issueOptions{profile: "cccd", issuer: "p256-sha256", country: "VN", seed: 1}
	form := trustOptions{form: trustCertificate}
	change(&o, &form)
	return makeCard(o, form, rand.Reader, time.Now())
}

// TestDocuments issues a profile of each document; whose card it is fits. The
// others, which take long to draw, need only exist: behind the real service all
// of them are read.
func TestDocuments(t *testing.T) {
	for _, p := range chip.AllProfiles() {
		if _, err := (issueOptions{profile: string(p)}).spec(); err != nil {
			t.Error(err)
		}
	}
	for _, p := range []chip.Profile{chip.ProfileCCCD, chip.ProfilePassport, chip.ProfileResidence, chip.ProfileResidenceTD2} {
		m, err := issueCard(t, func(o *issueOptions, _ *trustOptions) { o.profile = string(p) })
		if err != nil {
			t.Errorf("%s: %v", p, err)
			continue
		}
		lines := m.card.MRZ()
		if foreign := strings.Contains(lines[1], "UTO"); foreign != strings.HasPrefix(lines[0], "IR") || m.trust["csca.cer"] == nil {
			t.Errorf("%s: %v", p, lines)
		}
	}
	for name, c := range map[string]struct {
		change func(*issueOptions, *trustOptions)
		start  string // of the zone
	}{
		"passport": {func(o *issueOptions, _ *trustOptions) { o.document = "passport" }, "P<VNM"},
		"state":    {func(o *issueOptions, _ *trustOptions) { o.fault = "other-state" }, "IDUTO"},
		"many": {func(o *issueOptions, _ *trustOptions) {
			o.groups, o.size, o.encoding, o.directory = []int{3, 11}, 40000, "39794", true
		}, "IDVNM"},
		"issuers":  {func(o *issueOptions, _ *trustOptions) { o.issuer = "bp384-sha384/pss2048-sha256" }, "IDVNM"},
		"old face": {func(o *issueOptions, _ *trustOptions) { o.profile, o.encoding = "residence", "19794" }, "IRVNM"},
	} {
		m, err := issueCard(t, c.change)
		if err != nil || !strings.HasPrefix(m.card.MRZ()[0], c.start) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWrongChoices: each is refused with a reason.
func TestWrongChoices(t *testing.T) {
	for name, change := range map[string]func(*issueOptions, *trustOptions){
		"profile":  func(o *issueOptions, _ *trustOptions) { o.profile = "x" },
		"fault":    func(o *issueOptions, _ *trustOptions) { o.fault = "pull@x" },
		"document": func(o *issueOptions, _ *trustOptions) { o.document = "visa" },
		"groups":   func(o *issueOptions, _ *trustOptions) { o.groups = []int{15} },
		"size":     func(o *issueOptions, _ *trustOptions) { o.size = 10 },
		"encoding": func(o *issueOptions, _ *trustOptions) { o.encoding = "x" },
		"issuer":   func(o *issueOptions, _ *trustOptions) { o.issuer = "p256" },
		"signer":   func(o *issueOptions, _ *trustOptions) { o.issuer = "p256-sha256/x" },
		"trust":    func(_ *issueOptions, f *trustOptions) { f.form = "x" },
	} {
		if m, err := issueCard(t, change); err == nil || m != nil {
			t.Errorf("%s: issued", name)
		}
	}
}

// TestTrustForms: the reader takes the folder of every form, which holds what
// the form says.
func TestTrustForms(t *testing.T) {
	want := map[string][]string{
		trustCertificate: {"csca.cer", "csca.crl"}, trustLink: {"csca-link.cer", "csca.cer", "csca.crl"},
		trustMasterList: {"csca.crl", "csca.ml"}, trustLDIF: {"csca.ldif"},
	}
	for _, form := range trustForms() {
		m, err := issueCard(t, func(_ *issueOptions, f *trustOptions) { f.form, f.crl = form, true })
		if err != nil {
			t.Fatal(err)
		}
		p, clean, err := lay("", m)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		entries, err := os.ReadDir(p.trust)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if !slices.Equal(names, want[form]) {
			t.Errorf("%s: %v", form, names)
		}
		if trust, err := passive.LoadTrust(p.trust); err != nil || trust.Len() == 0 {
			t.Errorf("%s: %d certificates, %v", form, trust.Len(), err)
		}
		clean()
		if _, err := os.Stat(p.trust); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the folder stays: %v", form, err)
		}
	}
}

// TestRevoked: the list is there without being asked for, and names the card's
// signer; a list that was asked for does not.
func TestRevoked(t *testing.T) {
	for _, fault := range []string{"", "ds-revoked"} {
		m, err := issueCard(t, func(o *issueOptions, f *trustOptions) { o.fault, f.crl = fault, fault == "" })
		if err != nil {
			t.Fatal(err)
		}
		list, err := x509.ParseRevocationList(m.trust["csca.crl"])
		if err != nil {
			t.Fatal(err)
		}
		signer, err := x509.ParseCertificate(m.card.Signer())
		if err != nil {
			t.Fatal(err)
		}
		revoked := slices.ContainsFunc(list.RevokedCertificateEntries, func(e x509.RevocationListEntry) bool {
			return e.SerialNumber.Cmp(signer.SerialNumber) == 0
		})
		if revoked != (fault != "") {
			t.Errorf("%q: revoked %t", fault, revoked)
		}
	}
}

// TestTerminal: the folder is one that terminal authentication loads.
func TestTerminal(t *testing.T) {
	out := t.TempDir()
	p := start(t, "chip", "--listen", "127.0.0.1:0", "--out", out, "--terminal", "--profile", "residence")
	if p.printed.Terminal != filepath.Join(out, "terminal") || p.printed.PIN == "" || p.printed.PUK == "" {
		t.Errorf("printed %+v", p.printed)
	}
	if _, err := auth.LoadTerminal(p.printed.Terminal); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(filepath.Join(p.printed.Terminal, "terminal.pkcs8")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key: %v", err)
	}
	if code := p.end(t); code != exitGood {
		t.Errorf("exit %d: %s", code, p.stderr)
	}
	var stderr bytes.Buffer
	if code := run(t.Context(), []string{"chip", "--terminal", "--json"}, &stderr, &stderr); code != exitUsage {
		t.Errorf("a key without a place: exit %d", code)
	}
	var said struct{ Error string }
	if err := json.Unmarshal(stderr.Bytes(), &said); err != nil || !strings.Contains(said.Error, "--out") {
		t.Errorf("%s", &stderr)
	}
}

// TestHelp lists every profile and every fault.
func TestHelp(t *testing.T) {
	var b bytes.Buffer
	if code := run(t.Context(), []string{"chip", "--help"}, &b, &b); code != exitGood {
		t.Fatalf("exit %d", code)
	}
	for _, p := range chip.AllProfiles() {
		if !strings.Contains(b.String(), "  "+string(p)+"\n") {
			t.Errorf("no profile %s", p)
		}
	}
	for _, f := range chip.Faults() {
		if !strings.Contains(b.String(), f.Words()) {
			t.Errorf("no fault %s", f)
		}
	}
}

// TestPick: the first reader whose name holds the part.
func TestPick(t *testing.T) {
	readers := []string{"Virtual PCD 00 00", "Virtual PCD 00 01"}
	for part, want := range map[string]string{"": readers[0], "01": readers[1], "Virtual": readers[0]} {
		if got, err := pick(readers, part); err != nil || got != want {
			t.Errorf("%q: %q, %v", part, got, err)
		}
	}
	if _, err := pick(readers, "OMNIKEY"); !errors.Is(err, errNoReader) {
		t.Errorf("%v", err)
	}
	if _, err := pick(nil, ""); !errors.Is(err, errNoReader) {
		t.Errorf("%v", err)
	}
}
