package passive

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tram-station/tram/reader/chip"
)

// BenchmarkVerify measures the checks over one small document.
func BenchmarkVerify(b *testing.B) {
	for _, kind := range []string{"nist-p521", "rsa", "rsa-pss", "brainpool256", "brainpool512-explicit"} {
		b.Run(kind, func(b *testing.B) {
			files, tr := vector(b, kind), trust(b, kind)
			b.ReportAllocs()
			for b.Loop() {
				if !allPassed(Verify(files, tr, now)) {
					b.Fatal("does not verify")
				}
			}
		})
	}
}

// BenchmarkVerifyIn600 verifies a document with its issuer among 600 others:
// by the key that its signer names, and by the name alone.
func BenchmarkVerifyIn600(b *testing.B) {
	dir := nationalList(b)
	for _, kind := range []string{"brainpool256", "rsa"} {
		if err := os.WriteFile(filepath.Join(dir, kind+".cer"), read(b, kind, "csca.der"), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	tr, err := LoadTrust(dir)
	if err != nil {
		b.Fatal(err)
	}
	for name, kind := range map[string]string{"brainpool256": "brainpool256", "rsa": "rsa", "unknown": "nist-p521"} {
		b.Run(name, func(b *testing.B) {
			files := vector(b, kind)
			b.ReportAllocs()
			for b.Loop() {
				if allPassed(Verify(files, tr, now)) != (name != "unknown") {
					b.Fatal("another verdict")
				}
			}
		})
	}
}

// BenchmarkLoadTrust loads a master list of 600 certificates, made here, and
// the public ones of Germany and the Netherlands where they are.
func BenchmarkLoadTrust(b *testing.B) {
	b.Run("600", func(b *testing.B) { benchmarkLoad(b, nationalList(b), 600) })
	b.Run("Germany", func(b *testing.B) { benchmarkLoad(b, shared(b, "csca/DE_ML_2026-05-28-08-28-45.ml"), 500) })
	b.Run("Netherlands", func(b *testing.B) { benchmarkLoad(b, shared(b, "csca/NL_ML_2026-07-22.ml"), 350) })
	b.Run("both", func(b *testing.B) { benchmarkLoad(b, shared(b, "csca"), 600) })
}

func benchmarkLoad(b *testing.B, path string, atLeast int) {
	b.ReportAllocs()
	for b.Loop() {
		if t, err := LoadTrust(path); err != nil || len(t.certificates()) < atLeast {
			b.Fatal(len(t.certificates()), err)
		}
	}
}

// nationalList makes a folder with a master list of 600 roots.
func nationalList(b *testing.B) string {
	b.Helper()
	var roots [][]byte
	var last *chip.Issuer
	for n := range 600 {
		i, err := chip.NewIssuerWith(rand.Reader, now, chip.IssuerOptions{Name: fmt.Sprintf("CSCA %d", n)})
		if err != nil {
			b.Fatal(err)
		}
		roots, last = append(roots, i.CSCA()), i
	}
	ml, err := last.MasterList(roots...)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "list.ml"), ml, 0o600); err != nil {
		b.Fatal(err)
	}
	return dir
}
