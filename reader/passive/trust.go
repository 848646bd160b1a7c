package passive

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"time"
)

// MaxTrustFile is the length of a trust file in bytes beyond which it is not
// read.
const MaxTrustFile = 64 << 20

// Limits of a trust folder.
const (
	maxTrusted  = 8192
	maxWarnings = 256
)

// Trust is what a station's administrator imported: country signing
// certificates, which are anchors by themselves; links from one key of an
// issuer to its next, which count as far as an anchor leads to them; revocation
// lists; and certificates of document signers, which help where a document does
// not carry its own. It is read only after it was loaded, and may be used from
// several goroutines.
type Trust struct {
	// Warnings tells which files of the folder were left out, and why.
	Warnings []Warning
	// Duplicates counts the certificates that came again: lists overlap.
	Duplicates int

	roots, links, signers []*certificate
	crls                  []*revocationList
	lists                 []*masterList
	seed                  maphash.Seed
	seen                  map[uint64]*certificate // by a hash of its bytes
}

// Warning is one file, or one part of it, that a trust folder holds and that
// could not be used.
type Warning struct {
	File string
	Err  error
}

func (w Warning) String() string { return w.File + ": " + w.Err.Error() }

// Kind is what a certificate is in a trust folder.
type Kind uint8

// The kinds of certificates.
const (
	KindRoot   Kind = iota + 1 // names itself as its issuer: an anchor
	KindLink                   // of an authority, under another key
	KindSigner                 // of a document or master list signer
)

func (k Kind) String() string {
	switch k {
	case KindRoot:
		return "csca"
	case KindLink:
		return "link"
	case KindSigner:
		return "signer"
	}
	return "unknown"
}

// MarshalText writes the kind's name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Anchor describes one certificate of a trust folder for people.
type Anchor struct {
	Kind      Kind      `json:"kind"`
	Country   string    `json:"country"` // C of the subject, in capitals
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	Serial    string    `json:"serial"` // hexadecimal
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	SHA256    string    `json:"sha256"` // of the certificate, hexadecimal
	File      string    `json:"file"`   // from which it came
}

// add takes one DER certificate, which stays where it is; a second copy is
// dropped.
func (t *Trust) add(der []byte, file string) error {
	if len(der) > maxCertificate {
		return fmt.Errorf("certificate of %d bytes: %w", len(der), errMalformed)
	}
	sum := maphash.Bytes(t.seed, der)
	if c := t.seen[sum]; c != nil && bytes.Equal(c.raw, der) {
		t.Duplicates++
		c.elsewhere = c.elsewhere || c.file != file
		return nil
	}
	if len(t.roots)+len(t.links)+len(t.signers) == maxTrusted {
		return fmt.Errorf("more than %d certificates", maxTrusted)
	}
	c, err := parseCertificate(der)
	if err != nil {
		return err
	}
	t.seen[sum] = c
	c.file = file
	switch {
	case c.selfIssued():
		c.kind = KindRoot
		t.roots = append(t.roots, c)
	case c.ca || c.may(usageCertSign): // several links do not say that they are CAs
		c.kind = KindLink
		t.links = append(t.links, c)
	default:
		c.kind = KindSigner
		t.signers = append(t.signers, c)
	}
	return nil
}

// Len is the number of certificates that a chain may lead to; a nil Trust has
// none.
func (t *Trust) Len() int {
	if t == nil {
		return 0
	}
	return len(t.roots) + len(t.links)
}

// certificates lists all of them, roots first.
func (t *Trust) certificates() []*certificate {
	if t == nil {
		return nil
	}
	return slices.Concat(t.roots, t.links, t.signers)
}

// Anchors describes the certificates that a chain may lead to, sorted by
// country, subject and age.
func (t *Trust) Anchors() []Anchor {
	return slices.DeleteFunc(t.Certificates(), func(a Anchor) bool { return a.Kind == KindSigner })
}

// Certificates describes all certificates, sorted by country, subject and age.
func (t *Trust) Certificates() []Anchor {
	var list []Anchor
	for _, c := range t.certificates() {
		list = append(list, c.describe())
	}
	slices.SortStableFunc(list, func(a, b Anchor) int {
		return cmp.Or(strings.Compare(a.Country, b.Country), strings.Compare(a.Subject, b.Subject), a.NotBefore.Compare(b.NotBefore))
	})
	return list
}

func (c *certificate) describe() Anchor {
	return Anchor{
		Kind: c.kind, Country: country(c.subject),
		Subject: nameString(c.subject), Issuer: nameString(c.issuer), Serial: serialString(c.serial),
		NotBefore: c.notBefore, NotAfter: c.notAfter, SHA256: hexDigest(c.raw), File: c.file,
	}
}

func hexDigest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// RevocationList describes one revocation list for people.
type RevocationList struct {
	Country    string    `json:"country"`
	Issuer     string    `json:"issuer"`
	ThisUpdate time.Time `json:"this_update"`
	NextUpdate time.Time `json:"next_update,omitzero"` // zero where it names none
	Revoked    int       `json:"revoked"`              // entries
	SHA256     string    `json:"sha256"`
	File       string    `json:"file"`
}

// RevocationLists describes the revocation lists, in the order of their files.
func (t *Trust) RevocationLists() []RevocationList {
	if t == nil {
		return nil
	}
	var list []RevocationList
	for _, l := range t.crls {
		list = append(list, RevocationList{
			Country: country(l.issuer), Issuer: nameString(l.issuer), ThisUpdate: l.thisUpdate, NextUpdate: l.nextUpdate,
			Revoked: l.count, SHA256: hexDigest(l.raw), File: l.file,
		})
	}
	return list
}

// MasterList describes one master list for people.
type MasterList struct {
	Country      string    `json:"country"` // of who signed it, with the next two; "" where its certificate is missing
	Signer       string    `json:"signer"`
	Issuer       string    `json:"issuer"`
	Signed       time.Time `json:"signed,omitzero"` // zero where it does not say
	Certificates int       `json:"certificates"`
	SHA256       string    `json:"sha256"`
	File         string    `json:"file"`
}

// MasterLists describes the master lists, in the order of their files.
func (t *Trust) MasterLists() []MasterList {
	if t == nil {
		return nil
	}
	var list []MasterList
	for _, l := range t.lists {
		m := MasterList{Certificates: len(l.certificates), SHA256: hexDigest(l.raw), File: l.file}
		if c := l.signer(); c != nil {
			m.Country, m.Signer, m.Issuer = country(c.subject), nameString(c.subject), nameString(c.issuer)
		}
		if len(l.data.signers) > 0 {
			m.Signed = l.data.signers[0].time()
		}
		list = append(list, m)
	}
	return list
}
