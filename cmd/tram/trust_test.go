package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/reader/chip"
)

// authority is an invented issuer with its files in a folder.
type authority struct {
	*chip.Issuer
	t   *testing.T
	dir string
}

func newAuthority(t *testing.T, o chip.IssuerOptions) authority {
	t.Helper()
	i, err := chip.NewIssuerWith(rand.Reader, time.Now(), o)
	if err != nil {
		t.Fatal(err)
	}
	return authority{i, t, t.TempDir()}
}

// file writes b and returns its path.
func (a authority) file(name string, b []byte, err error) string {
	a.t.Helper()
	path := filepath.Join(a.dir, name)
	if err == nil {
		err = os.WriteFile(path, b, 0o600)
	}
	if err != nil {
		a.t.Fatal(err)
	}
	return path
}

func (a authority) csca() string { return a.file("csca.cer", a.CSCA(), nil) }

func (a authority) masterList() string {
	b, err := a.MasterList()
	return a.file("list.ml", b, err)
}

func (a authority) crl(from, until int) string {
	b, err := a.CRL(time.Now().AddDate(0, 0, from), time.Now().AddDate(0, 0, until))
	return a.file("list.crl", b, err)
}

func sha(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// stored lists the trust folder.
func stored(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestTrustImport: nothing is added that nobody agreed to, or that is broken.
func TestTrustImport(t *testing.T) {
	vn := newAuthority(t, chip.IssuerOptions{})
	broken := bytes.Clone(vn.CSCA())
	broken[len(broken)-1] ^= 1
	ml, err := vn.MasterList()
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(ml, vn.CSCA())
	if at < 0 {
		t.Fatal("the list does not hold the certificate")
	}
	changed := bytes.Clone(ml)
	changed[at+len(vn.CSCA())-1] ^= 1
	other := strings.Repeat("0", 64)
	for name, c := range map[string]struct {
		args []string
		code int
		file string // how the stored one ends; "" for none
	}{
		"not agreed":       {[]string{vn.csca()}, exitUsage, ""},
		"yes":              {[]string{"--yes", vn.csca()}, exitGood, ".cer"},
		"expected":         {[]string{"--expect", sha(vn.CSCA()), vn.csca()}, exitGood, ".cer"},
		"expected, spaced": {[]string{"--expect", strings.ToUpper(sha(vn.CSCA())[:32]) + ":" + sha(vn.CSCA())[32:], vn.csca()}, exitGood, ".cer"},
		"another expected": {[]string{"--expect", other, vn.csca()}, exitVerification, ""},
		"yes and another":  {[]string{"--yes", "--expect", other, vn.csca()}, exitVerification, ""},
		"no digest":        {[]string{"--expect", "1234", vn.csca()}, exitUsage, ""},
		"inner expected":   {[]string{"--expect", sha(vn.CSCA()), vn.masterList()}, exitGood, ".ml"},
		"list":             {[]string{"--yes", vn.masterList()}, exitGood, ".ml"},
		"revocation list":  {[]string{"--yes", vn.csca(), vn.crl(-1, 30)}, exitGood, ".crl"},
		"ldif":             {[]string{"--yes", vn.file("pkd", []byte(vn.LDIF(nil, nil, ml)), nil)}, exitGood, ".ldif"},
		"pem":              {[]string{"--yes", vn.file("a.txt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: vn.CSCA()}), nil)}, exitGood, ".pem"},
		"wrong signature":  {[]string{"--yes", vn.file("broken.cer", broken, nil)}, exitVerification, ""},
		"changed list":     {[]string{"--yes", vn.file("changed.ml", changed, nil)}, exitVerification, ""},
		"one of two wrong": {[]string{"--yes", vn.csca(), vn.file("broken.cer", broken, nil)}, exitVerification, ""},
		"no certificate":   {[]string{"--yes", vn.file("note.cer", []byte("hello"), nil)}, exitInvalid, ""},
		"absent":           {[]string{"--yes", filepath.Join(vn.dir, "absent")}, exitUsage, ""},
		"no file":          {[]string{"--yes"}, exitUsage, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "trust")
			code, out, stderr := tram("", append([]string{"trust", "import", "--dir", dir}, c.args...)...)
			names := stored(t, dir)
			if code != c.code || (len(names) > 0) != (c.file != "") {
				t.Fatalf("exit %d, %v\n%s%s", code, names, out, stderr)
			}
			if c.file != "" && !strings.HasSuffix(names[len(names)-1], c.file) {
				t.Errorf("stored as %v", names)
			}
			if c.code != exitGood && stderr == "" {
				t.Error("no word of what went wrong")
			}
			if again, _, _ := tram("", append([]string{"trust", "import", "--dir", dir}, c.args...)...); again != c.code || len(stored(t, dir)) != len(names) {
				t.Errorf("the second time: exit %d, %v", again, stored(t, dir))
			}
		})
	}
}

// TestTrustShow: import tells what it adds and who vouches for it.
func TestTrustShow(t *testing.T) {
	vn, de := newAuthority(t, chip.IssuerOptions{}), newAuthority(t, chip.IssuerOptions{Country: "DE", State: "D", Name: "CSCA Test D"})
	dir := filepath.Join(t.TempDir(), "trust")
	code, out, _ := tram("", "trust", "import", "--dir", dir, vn.masterList())
	if code != exitUsage || !strings.Contains(out, sha(vn.CSCA())) || !strings.Contains(out, "not trusted yet") {
		t.Errorf("exit %d: %s", code, out)
	}
	if code, _, stderr := tram("", "trust", "import", "--dir", dir, "--yes", vn.csca()); code != exitGood {
		t.Fatal(stderr)
	}
	b, err := vn.MasterList(vn.CSCA(), de.CSCA())
	code, out, stderr := tram("", "trust", "import", "--json", "--yes", "--dir", dir, vn.file("two.ml", b, err))
	if code != exitGood {
		t.Fatal(stderr)
	}
	v := parsed(t, out)
	added := v["certificates"].([]any)
	if len(added) != 1 || added[0].(map[string]any)["country"] != "DE" || added[0].(map[string]any)["kind"] != "csca" || v["added"] != true {
		t.Errorf("added %v", added)
	}
	for _, f := range v["findings"].([]any) {
		if f.(map[string]any)["outcome"] != "passed" {
			t.Error(f)
		}
	}
}

func TestTrustLsVerify(t *testing.T) {
	vn := newAuthority(t, chip.IssuerOptions{})
	dir := filepath.Join(t.TempDir(), "trust")
	ls := func() map[string]any {
		t.Helper()
		code, out, stderr := tram("", "trust", "ls", "--json", "--dir", dir)
		if code != exitGood {
			t.Fatal(stderr)
		}
		return parsed(t, out)
	}
	verify := func(want int, args ...string) map[string]any {
		t.Helper()
		code, out, stderr := tram("", append([]string{"trust", "verify", "--json", "--dir", dir}, args...)...)
		if code != want {
			t.Errorf("verify: exit %d, want %d: %s %s", code, want, out, stderr)
		}
		return parsed(t, out)
	}
	if n := len(ls()["certificates"].([]any)); n != 0 {
		t.Errorf("%d certificates in no folder", n)
	}
	verify(exitGood)
	if code, _, stderr := tram("", "trust", "import", "--yes", "--dir", dir, vn.csca(), vn.masterList(), vn.crl(-9, 9)); code != exitGood {
		t.Fatal(stderr)
	}
	v := ls()
	if len(v["certificates"].([]any)) != 1 || len(v["master_lists"].([]any)) != 1 || len(v["revocation_lists"].([]any)) != 1 {
		t.Error(v)
	}
	if v := verify(exitGood, "--strict"); v["duplicates"] != 1.0 || v["failed"] != 0.0 || v["passed"].(float64) < 3 {
		t.Error(v)
	}
	if code, out, _ := tram("", "trust", "ls", "--dir", dir); code != exitGood || !strings.Contains(out, "CSCA Tram Test") || !strings.Contains(out, "1 master lists") {
		t.Errorf("exit %d: %s", code, out)
	}
	stale := newAuthority(t, chip.IssuerOptions{Name: "CSCA Stale"})
	if code, _, stderr := tram("", "trust", "import", "--yes", "--dir", dir, stale.csca(), stale.crl(-90, -60)); code != exitGood {
		t.Fatal(stderr)
	}
	verify(exitGood)
	verify(exitVerification, "--strict")
	vn.dir = dir
	vn.file("scrap.cer", []byte("no certificate"), nil)
	if v := verify(exitVerification); v["failed"] != 1.0 {
		t.Error(v["failed"])
	}
	if code, _, stderr := tram("", "trust", "ls", "--dir", dir); code != exitGood || !strings.Contains(stderr, "scrap.cer") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}
