package passive

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// trustFiles are the endings of what [LoadTrust] looks at in a folder. What a
// file holds is told by its content.
var trustFiles = []string{".cer", ".crl", ".crt", ".der", ".ldif", ".ml", ".pem"}

// errNothing says that a file holds nothing to trust.
var errNothing = errors.New("no certificate, master list or revocation list in it")

// LoadTrust reads one file, or every .cer, .crl, .crt, .der, .ldif, .ml and
// .pem file of a folder: certificates, revocation lists and master lists, in DER,
// PEM or LDIF. A file of the folder that cannot be read becomes a warning, as
// does a part of a list; an error means that the path itself is of no use.
// Signatures of the folder's own content are not checked here, which would cost
// more than reading a card does: see [Trust.Audit].
func LoadTrust(path string) (*Trust, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("trust folder: %w", err)
	}
	t := newTrust()
	if !info.IsDir() {
		if err := t.load(path, filepath.Base(path)); err != nil {
			return nil, fmt.Errorf("trust file %s: %w", path, err)
		}
		return t, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("trust folder: %w", err)
	}
	for _, e := range entries {
		if !slices.Contains(trustFiles, strings.ToLower(filepath.Ext(e.Name()))) {
			continue
		}
		if err := t.load(filepath.Join(path, e.Name()), e.Name()); err != nil {
			t.warn(e.Name(), err)
		}
	}
	return t, nil
}

// ParseTrust reads what LoadTrust reads out of one file, from memory. It keeps
// b. An error means that nothing in b could be used.
func ParseTrust(name string, b []byte) (*Trust, error) {
	t := newTrust()
	if err := t.Add(name, b); err != nil {
		return nil, err
	}
	return t, nil
}

// Add reads one more file from memory and keeps b. It must not run beside
// anything else that uses t.
func (t *Trust) Add(name string, b []byte) error {
	if t.seen == nil {
		t.seed, t.seen = maphash.MakeSeed(), map[uint64]*certificate{}
	}
	return t.parse(name, b)
}

func newTrust() *Trust {
	return &Trust{seed: maphash.MakeSeed(), seen: map[uint64]*certificate{}}
}

func (t *Trust) warn(file string, err error) {
	if len(t.Warnings) < maxWarnings {
		t.Warnings = append(t.Warnings, Warning{File: file, Err: err})
	}
}

// load reads one file.
func (t *Trust) load(path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read only: nothing is lost
	size := int64(0)
	if info, err := f.Stat(); err == nil {
		size = min(info.Size(), MaxTrustFile)
	}
	b := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	if _, err := b.ReadFrom(io.LimitReader(f, MaxTrustFile+1)); err != nil {
		return err
	}
	return t.parse(name, b.Bytes())
}

// parse tells DER, PEM and LDIF by their first bytes.
func (t *Trust) parse(name string, b []byte) error {
	if len(b) > MaxTrustFile {
		return fmt.Errorf("larger than %d bytes: import the lists of the countries that come here, not the whole directory", MaxTrustFile)
	}
	switch {
	case len(b) > 0 && b[0] == byte(cbasn1.SEQUENCE):
		return t.object(name, b)
	case bytes.Contains(b, []byte("-----BEGIN")):
		return t.pem(name, b)
	case isLDIF(b):
		return t.ldif(name, b)
	}
	return errNothing
}

// pem reads the blocks of a PEM bundle.
func (t *Trust) pem(name string, b []byte) error {
	var p parts
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "CERTIFICATE", "X509 CRL", "CMS", "PKCS7":
			p.took(t.object(name, block.Bytes))
		}
	}
	return p.end(t, name)
}

// parts counts what a file of several parts gave.
type parts struct {
	good   int
	failed []error
}

func (p *parts) took(err error) {
	if err != nil {
		p.failed = append(p.failed, err)
	} else {
		p.good++
	}
}

// end warns of the parts that failed; a file without a good one is of no use.
func (p *parts) end(t *Trust, name string) error {
	switch {
	case p.good == 0 && p.failed == nil:
		return errNothing
	case p.good == 0:
		return p.failed[0]
	}
	for _, err := range p.failed {
		t.warn(name, err)
	}
	return nil
}

// object reads one encoded object: a certificate, a revocation list or a master
// list, told by the shape of what its first field holds.
func (t *Trust) object(name string, b []byte) error {
	in := cryptobyte.String(b)
	var seq, tbs cryptobyte.String
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) {
		return t.list(name, b) // BER perhaps
	}
	if seq.PeekASN1Tag(cbasn1.OBJECT_IDENTIFIER) {
		return t.list(name, b)
	}
	if !seq.ReadASN1(&tbs, cbasn1.SEQUENCE) {
		return errNothing
	}
	if isCRL(tbs) {
		l, err := parseCRL(b)
		if err != nil {
			return err
		}
		l.file = name
		t.crls = append(t.crls, l)
		return nil
	}
	return t.add(b, name)
}

// isCRL tells a TBSCertList from a TBSCertificate: after version and algorithm,
// which a certificate's serial number parts, comes the issuer and then a time.
func isCRL(tbs cryptobyte.String) bool {
	var algorithm, issuer cryptobyte.String
	return tbs.SkipOptionalASN1(cbasn1.INTEGER) &&
		tbs.ReadASN1(&algorithm, cbasn1.SEQUENCE) && tbs.ReadASN1(&issuer, cbasn1.SEQUENCE) &&
		(tbs.PeekASN1Tag(cbasn1.UTCTime) || tbs.PeekASN1Tag(cbasn1.GeneralizedTime))
}

// list reads a master list and takes its certificates. One that cannot be used
// does not spoil the others.
func (t *Trust) list(name string, b []byte) error {
	l, err := parseMasterList(b)
	if err != nil {
		return err
	}
	l.file = name
	t.lists = append(t.lists, l)
	for _, der := range l.certificates {
		if err := t.add(der, name); err != nil {
			t.warn(name, err)
		}
	}
	return nil
}
