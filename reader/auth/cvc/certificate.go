// Package cvc reads card verifiable certificates (TR-03110-3 appendix C.1,
// Doc 9303-12 §9): the passes by which a terminal shows a chip that its state
// lets it read fingerprints and irises. Nothing here talks to a chip.
package cvc

import (
	"errors"
	"fmt"
	"time"

	"github.com/tram-station/tram/reader/tlv"
)

// MaxSize bounds one certificate, in bytes: RSA with 8192 bits takes half.
const MaxSize = 4096

var (
	// ErrMalformed says that bytes are no card verifiable certificate.
	ErrMalformed = errors.New("not a card verifiable certificate: get the terminal's certificates again")
	// ErrUnsupported says that a key or a signature algorithm is unknown.
	ErrUnsupported = errors.New("the certificate uses an algorithm that this program does not know")
	// ErrSignature says that a certificate is not what its issuer signed.
	ErrSignature = errors.New("the certificate's signature is wrong: get the terminal's certificates again")
	// ErrExpired says that a certificate is not valid today.
	ErrExpired = errors.New("the terminal's certificate is not valid today: renew it, or set the clock")
	// ErrNoPath says that no certificates lead from an authority that the chip
	// trusts to the terminal.
	ErrNoPath = errors.New("no certificates lead from the authority that this chip trusts to the terminal: import those of the card's state")
)

// Data objects of a certificate (TR-03110-3 appendix D.2).
const (
	tagCertificate = 0x7F21
	tagBody        = 0x7F4E
	tagSignature   = 0x5F37
	tagProfile     = 0x5F29
	tagAuthority   = 0x42
	tagPublicKey   = 0x7F49
	tagHolder      = 0x5F20
	tagTemplate    = 0x7F4C
	tagEffective   = 0x5F25
	tagExpiry      = 0x5F24
	tagExtensions  = 0x65
	tagObjectID    = 0x06
	tagDiscretion  = 0x53
)

// A reference is a country code, a mnemonic of up to nine characters and a
// sequence number of five (TR-03110-3 §2.7).
const (
	minReference = 2 + 1 + 5
	maxReference = 2 + 9 + 5
)

// inspectionSystem is id-IS, 0.4.0.127.0.7.3.1.2.1, as content octets: the
// only kind of terminal that reads fingerprints of eMRTDs.
var inspectionSystem = string([]byte{0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x02, 0x01})

// Role is what a certificate's holder is.
type Role uint8

// The roles, by the two upper bits of the authorisation.
const (
	Terminal Role = iota
	ForeignVerifier
	DomesticVerifier
	Authority // the country verifying certification authority
)

func (r Role) String() string {
	return [...]string{"terminal", "foreign document verifier", "domestic document verifier", "authority"}[r&3]
}

// Rights is what a certificate lets its holder read. A terminal may what every
// certificate of its path grants.
type Rights struct {
	DG3 bool // fingerprints
	DG4 bool // irises
}

// And returns what both grant.
func (r Rights) And(o Rights) Rights { return Rights{r.DG3 && o.DG3, r.DG4 && o.DG4} }

// Certificate is one card verifiable certificate.
type Certificate struct {
	Content   []byte // body and signature: what PSO:Verify Certificate takes
	Body      []byte // 7F4E with its header: what is signed
	Signature []byte
	Authority string // CAR: whose key verifies it
	Holder    string // CHR
	Key       Key
	Role      Role
	Rights    Rights
	Effective time.Time // the first day, UTC
	Expiry    time.Time // the last day, UTC
}

// maxDiscretion bounds a holder's authorisation, in bytes: five are the most
// that TR-03110-4 has.
const maxDiscretion = 8

// Parse reads one certificate (7F21) that fills all of b, of profile 0. One for
// another kind of terminal than an inspection system grants nothing here. The
// result points into b.
func Parse(b []byte) (*Certificate, error) {
	if len(b) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes", ErrMalformed, len(b))
	}
	content, err := tlv.Only(b, tagCertificate)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	parts, err := objects(content, tagBody, tagSignature)
	if err != nil {
		return nil, err
	}
	c := &Certificate{Content: content, Body: parts[0].Raw, Signature: parts[1].Value}
	if err := c.readBody(parts[0].Value); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Certificate) readBody(body []byte) error {
	all, err := tlv.Parse(body)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if n := len(all); n > 0 && all[n-1].Tag == tagExtensions {
		all = all[:n-1] // certificate extensions decide nothing here
	}
	f, err := inOrder(all, tagProfile, tagAuthority, tagPublicKey, tagHolder, tagTemplate, tagEffective, tagExpiry)
	if err != nil {
		return err
	}
	if profile := f[0].Value; len(profile) != 1 || profile[0] != 0 {
		return fmt.Errorf("%w: profile %X", ErrMalformed, profile)
	}
	if c.Authority, err = reference(f[1].Value); err != nil {
		return err
	}
	if c.Key, err = readKey(f[2].Value); err != nil {
		return err
	}
	if c.Holder, err = reference(f[3].Value); err != nil {
		return err
	}
	if err := c.readTemplate(f[4].Value); err != nil {
		return err
	}
	if c.Effective, err = date(f[5].Value); err != nil {
		return err
	}
	if c.Expiry, err = date(f[6].Value); err != nil {
		return err
	}
	if c.Expiry.Before(c.Effective) {
		return fmt.Errorf("%w: it expires before it is valid", ErrMalformed)
	}
	return nil
}

// readTemplate reads the holder's authorisation (TR-03110-4 §2.1): the role in
// the two upper bits, for an inspection system the rights in the lower ones of
// a single byte.
func (c *Certificate) readTemplate(b []byte) error {
	f, err := objects(b, tagObjectID, tagDiscretion)
	if err != nil {
		return err
	}
	bits := f[1].Value
	if len(bits) == 0 || len(bits) > maxDiscretion {
		return fmt.Errorf("%w: authorisation of %d bytes", ErrMalformed, len(bits))
	}
	c.Role = Role(bits[0] >> 6)
	if string(f[0].Value) == inspectionSystem {
		if len(bits) != 1 {
			return fmt.Errorf("%w: authorisation of %d bytes", ErrMalformed, len(bits))
		}
		c.Rights = Rights{DG3: bits[0]&1 != 0, DG4: bits[0]&2 != 0}
	}
	return nil
}

// SelfSigned reports whether the certificate says of an authority what it says
// of itself; a chip is never sent one.
func (c *Certificate) SelfSigned() bool { return c.Authority == c.Holder }

// CheckDate returns [ErrExpired] where now is outside the certificate's days,
// both included.
func (c *Certificate) CheckDate(now time.Time) error {
	if now.Before(c.Effective) || !now.Before(c.Expiry.AddDate(0, 0, 1)) {
		return fmt.Errorf("%w (%s: %s to %s)", ErrExpired, c.Holder,
			c.Effective.Format(time.DateOnly), c.Expiry.Format(time.DateOnly))
	}
	return nil
}

// objects parses b as exactly these data objects in their order.
func objects(b []byte, tags ...uint32) (tlv.Elements, error) {
	es, err := tlv.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return inOrder(es, tags...)
}

func inOrder(es tlv.Elements, tags ...uint32) (tlv.Elements, error) {
	if len(es) != len(tags) {
		return nil, fmt.Errorf("%w: %d data objects where %d must stand", ErrMalformed, len(es), len(tags))
	}
	for i, tag := range tags {
		if es[i].Tag != tag {
			return nil, fmt.Errorf("%w: data object %X where %X must stand", ErrMalformed, es[i].Tag, tag)
		}
	}
	return es, nil
}

// reference reads a certification authority or holder reference.
func reference(b []byte) (string, error) {
	if len(b) < minReference || len(b) > maxReference {
		return "", fmt.Errorf("%w: reference of %d bytes", ErrMalformed, len(b))
	}
	for _, c := range b {
		if c < 0x20 || c > 0x7E {
			return "", fmt.Errorf("%w: reference with a byte %02X", ErrMalformed, c)
		}
	}
	return string(b), nil
}

// date reads six digits YYMMDD, one a byte, of the years 2000 to 2099.
func date(b []byte) (time.Time, error) {
	if len(b) != 6 {
		return time.Time{}, fmt.Errorf("%w: date of %d bytes", ErrMalformed, len(b))
	}
	for _, d := range b {
		if d > 9 {
			return time.Time{}, fmt.Errorf("%w: date with a digit %02X", ErrMalformed, d)
		}
	}
	two := func(i int) int { return int(b[i])*10 + int(b[i+1]) }
	year, month, day := 2000+two(0), time.Month(two(2)), two(4)
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if t.Month() != month || t.Day() != day {
		return time.Time{}, fmt.Errorf("%w: no such date", ErrMalformed)
	}
	return t, nil
}
