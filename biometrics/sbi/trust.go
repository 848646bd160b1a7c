package sbi

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tram-station/tram/reader/verdict"
)

// rootFiles are the endings of what LoadRoots reads.
var rootFiles = []string{".cer", ".crt", ".der", ".pem"}

// LoadRoots reads the certificates that vouch for scanners: every .cer, .crt,
// .der and .pem file of a folder, in DER or PEM. Scanners often send their own
// certificate alone, so each authority of the folder counts as a root, whoever
// signed it. A folder without any is an error: it would trust nobody.
func LoadRoots(dir string) (*x509.CertPool, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("trust in scanners: %w", err)
	}
	pool, n := x509.NewCertPool(), 0
	for _, e := range entries {
		if !slices.Contains(rootFiles, strings.ToLower(filepath.Ext(e.Name()))) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("trust in scanners: %w", err)
		}
		certs, err := parseCertificates(b)
		if err != nil {
			return nil, fmt.Errorf("trust in scanners: %s: %w", e.Name(), err)
		}
		for _, c := range certs {
			if c.BasicConstraintsValid && c.IsCA {
				pool.AddCert(c)
				n++
			}
		}
	}
	if n == 0 {
		return nil, fmt.Errorf("trust in scanners: no certificate of an authority in %s: put the maker's there", dir)
	}
	return pool, nil
}

// parseCertificates reads one certificate in DER, or those of a PEM file.
func parseCertificates(b []byte) ([]*x509.Certificate, error) {
	block, rest := pem.Decode(b)
	if block == nil {
		return x509.ParseCertificates(b)
	}
	var all []*x509.Certificate
	for ; block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// Trust says whether the scanner is known to be genuine: passed when its key
// leads to a root, and inconclusive while the station has no roots. Where it
// fails there is no scanner: [Open] and Capture end with [ErrUntrusted].
func (s *Scanner) Trust() verdict.Check {
	c := verdict.Check{Name: "scanner-signature", Outcome: verdict.Passed, Reason: verdict.Words{
		VI: "Chữ ký của máy quét vân tay dẫn tới chứng thư tin cậy.",
		EN: "The fingerprint scanner's signature leads to a trusted certificate."}}
	if s.cfg.Roots == nil {
		c.Outcome = verdict.Inconclusive
		c.Reason = verdict.Words{
			VI: "Chưa có ai chứng thực máy quét vân tay này: trạm chưa có chứng thư của nhà sản xuất.",
			EN: "Nobody vouches for this fingerprint scanner: the station has no certificates of its maker."}
		c.Next = verdict.Words{
			VI: "Quản trị viên cài chứng thư của nhà sản xuất vào trạm.",
			EN: "An administrator installs the maker's certificates."}
	}
	return c
}
