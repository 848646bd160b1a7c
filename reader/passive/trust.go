package passive

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Limits of a trust folder.
const (
	maxTrustFile = 16 << 20
	maxTrusted   = 8192
)

// Trust is a set of country signing certificates that a station's
// administrator imported: each is an anchor by itself. It is read only after
// it was loaded.
type Trust struct {
	// Warnings tells which files of the folder were left out, and why.
	Warnings []Warning

	anchors []*certificate
	seen    map[[sha256.Size]byte]bool
}

// Warning is one file that a trust folder holds and that could not be used.
type Warning struct {
	File string
	Err  error
}

func (w Warning) String() string { return w.File + ": " + w.Err.Error() }

// Anchor describes one trusted certificate for people.
type Anchor struct {
	Subject, Issuer     string
	NotBefore, NotAfter time.Time
	SHA256              string // of the certificate, hexadecimal
}

// LoadTrust reads certificates out of one file, or out of every .cer, .der,
// .crt and .pem file of a folder; DER and PEM are told by their content. A
// file of the folder that cannot be read becomes a warning; an error means
// that the path itself is of no use.
func LoadTrust(path string) (*Trust, error) {
	t := &Trust{seen: map[[sha256.Size]byte]bool{}}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("trust folder: %w", err)
	}
	if !info.IsDir() {
		if err := t.load(path); err != nil {
			return nil, fmt.Errorf("trust file %s: %w", path, err)
		}
		return t, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("trust folder: %w", err)
	}
	for _, e := range entries {
		switch strings.ToLower(filepath.Ext(e.Name())) {
		case ".cer", ".der", ".crt", ".pem":
			if err := t.load(filepath.Join(path, e.Name())); err != nil {
				t.Warnings = append(t.Warnings, Warning{File: e.Name(), Err: err})
			}
		}
	}
	return t, nil
}

// load adds the certificates of one file.
func (t *Trust) load(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read only: nothing is lost
	b, err := io.ReadAll(io.LimitReader(f, maxTrustFile+1))
	if err != nil {
		return err
	}
	if len(b) > maxTrustFile {
		return fmt.Errorf("larger than %d bytes", maxTrustFile)
	}
	if !bytes.Contains(b, []byte("-----BEGIN")) {
		return t.add(b)
	}
	found := false
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		if err := t.add(block.Bytes); err != nil {
			return err
		}
		found = true
	}
	if !found {
		return errors.New("no certificate in it")
	}
	return nil
}

// add takes one DER certificate; a second copy is dropped.
func (t *Trust) add(der []byte) error {
	sum := sha256.Sum256(der)
	if t.seen[sum] {
		return nil
	}
	if len(t.anchors) == maxTrusted {
		return fmt.Errorf("more than %d certificates", maxTrusted)
	}
	c, err := parseCertificate(bytes.Clone(der))
	if err != nil {
		return err
	}
	if c.keyErr != nil {
		return c.keyErr
	}
	t.seen[sum] = true
	t.anchors = append(t.anchors, c)
	return nil
}

// Len is the number of trusted certificates; a nil Trust has none.
func (t *Trust) Len() int {
	if t == nil {
		return 0
	}
	return len(t.anchors)
}

// Anchors describes the trusted certificates, sorted by subject.
func (t *Trust) Anchors() []Anchor {
	if t == nil {
		return nil
	}
	list := make([]Anchor, 0, len(t.anchors))
	for _, c := range t.anchors {
		sum := sha256.Sum256(c.raw)
		list = append(list, Anchor{
			Subject: nameString(c.subject), Issuer: nameString(c.issuer),
			NotBefore: c.notBefore, NotAfter: c.notAfter, SHA256: hex.EncodeToString(sum[:]),
		})
	}
	slices.SortFunc(list, func(a, b Anchor) int {
		if n := strings.Compare(a.Subject, b.Subject); n != 0 {
			return n
		}
		return a.NotBefore.Compare(b.NotBefore)
	})
	return list
}

// issuers returns the anchors that may have signed c: those whose key it
// names, else those whose name it names.
func (t *Trust) issuers(c *certificate) (list []*certificate, byKey bool) {
	if t == nil {
		return nil, false
	}
	for _, a := range t.anchors {
		if c.authorityKeyID != nil && bytes.Equal(c.authorityKeyID, a.subjectKeyID) {
			list = append(list, a)
		}
	}
	if list != nil {
		return list, true
	}
	for _, a := range t.anchors {
		if sameName(c.issuer, a.subject) {
			list = append(list, a)
		}
	}
	return list, false
}
