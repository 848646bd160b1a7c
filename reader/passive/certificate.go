package passive

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Extensions (RFC 5280 §4.2, Doc 9303-12 §7.1.1).
const (
	extSubjectKey    = "2.5.29.14"
	extKeyUsage      = "2.5.29.15"
	extBasic         = "2.5.29.19"
	extAuthorityKey  = "2.5.29.35"
	extPrivateUsage  = "2.5.29.16"
	extSubjectAlt    = "2.5.29.17"
	extIssuerAlt     = "2.5.29.18"
	extCRL           = "2.5.29.31"
	extPolicies      = "2.5.29.32"
	extExtendedUsage = "2.5.29.37"
	extNameChange    = "2.23.136.1.1.6.1"
	extDocumentTypes = "2.23.136.1.1.6.2"
	usageSignature   = 0 // bit numbers of KeyUsage
	usageCertSign    = 5
)

// certificate is what passive authentication needs of an X.509 certificate.
type certificate struct {
	raw, tbs            []byte
	serial              []byte // the INTEGER as it is encoded
	issuer, subject     []byte // the Names as they are encoded
	notBefore, notAfter time.Time
	algorithm           algorithm
	algorithmErr        error // a signature algorithm this reader does not know
	signature           []byte
	key                 crypto.PublicKey // nil where keyErr
	keyErr              error
	usage               []byte // KeyUsage bits; nil when the extension is absent
	hasBasic, ca        bool
	subjectKeyID        []byte
	authorityKeyID      []byte
	unknownCritical     string // OID of a critical extension not known here
}

// parseCertificate reads one DER certificate that fills b.
func parseCertificate(b []byte) (*certificate, error) {
	if len(b) > maxCertificate {
		return nil, fmt.Errorf("certificate of %d bytes: %w", len(b), errMalformed)
	}
	c := &certificate{raw: b}
	bad := fmt.Errorf("certificate %w", errMalformed)
	in := cryptobyte.String(b)
	var seq, tbs, outerAlg, bits cryptobyte.String
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !in.Empty() ||
		!seq.ReadASN1Element(&tbs, cbasn1.SEQUENCE) || !seq.ReadASN1Element(&outerAlg, cbasn1.SEQUENCE) ||
		!seq.ReadASN1(&bits, cbasn1.BIT_STRING) || !seq.Empty() || len(bits) < 2 || bits[0] != 0 {
		return nil, bad
	}
	c.tbs, c.signature = tbs, bits[1:]
	innerAlg, err := c.readTBS(tbs)
	if err != nil {
		return nil, err
	}
	// RFC 5280 §4.1.1.2: both must say the same.
	if !bytes.Equal(innerAlg, outerAlg) {
		return nil, fmt.Errorf("certificate with two signature algorithms: %w", errMalformed)
	}
	c.algorithm, c.algorithmErr = readSignatureAlgorithm(&outerAlg)
	return c, nil
}

// readTBS reads the signed part and returns the algorithm it names.
func (c *certificate) readTBS(tbs cryptobyte.String) (alg []byte, err error) {
	bad := fmt.Errorf("certificate %w", errMalformed)
	var in, algorithm, serial, issuer, validity, subject, spki cryptobyte.String
	var version int
	if !tbs.ReadASN1(&in, cbasn1.SEQUENCE) ||
		!in.ReadOptionalASN1Integer(&version, explicit(0), 0) ||
		!in.ReadASN1Element(&serial, cbasn1.INTEGER) ||
		!in.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) ||
		!in.ReadASN1Element(&issuer, cbasn1.SEQUENCE) ||
		!in.ReadASN1(&validity, cbasn1.SEQUENCE) ||
		!readTime(&validity, &c.notBefore) || !readTime(&validity, &c.notAfter) || !validity.Empty() ||
		!in.ReadASN1Element(&subject, cbasn1.SEQUENCE) ||
		!in.ReadASN1Element(&spki, cbasn1.SEQUENCE) {
		return nil, bad
	}
	c.serial, c.issuer, c.subject = serial, issuer, subject
	c.key, c.keyErr = readKey(&spki)
	var list cryptobyte.String
	var has bool
	if !in.SkipOptionalASN1(cbasn1.Tag(1).ContextSpecific()) ||
		!in.SkipOptionalASN1(cbasn1.Tag(2).ContextSpecific()) ||
		!in.ReadOptionalASN1(&list, &has, explicit(3)) || !in.Empty() {
		return nil, bad
	}
	if has {
		if err := c.readExtensions(list); err != nil {
			return nil, err
		}
	}
	return algorithm, nil
}

func readTime(s *cryptobyte.String, t *time.Time) bool {
	if s.PeekASN1Tag(cbasn1.UTCTime) {
		return s.ReadASN1UTCTime(t)
	}
	return s.ReadASN1GeneralizedTime(t)
}

func (c *certificate) readExtensions(list cryptobyte.String) error {
	bad := fmt.Errorf("certificate extension %w", errMalformed)
	var seq cryptobyte.String
	if !list.ReadASN1(&seq, cbasn1.SEQUENCE) || !list.Empty() {
		return bad
	}
	seen := map[string]bool{}
	for !seq.Empty() {
		var ext, value cryptobyte.String
		var oid asn1.ObjectIdentifier
		var critical bool
		if len(seen) == maxExtensions || !seq.ReadASN1(&ext, cbasn1.SEQUENCE) || !ext.ReadASN1ObjectIdentifier(&oid) ||
			!optionalBoolean(&ext, &critical) ||
			!ext.ReadASN1(&value, cbasn1.OCTET_STRING) || !ext.Empty() || seen[oid.String()] {
			return bad
		}
		seen[oid.String()] = true
		if !c.readExtension(oid.String(), value, critical) {
			return fmt.Errorf("%w: %v", bad, oid)
		}
	}
	return nil
}

// readExtension keeps what is needed; ok is false where the value is broken.
func (c *certificate) readExtension(oid string, v cryptobyte.String, critical bool) (ok bool) {
	var s cryptobyte.String
	switch oid {
	case extKeyUsage:
		var bits asn1.BitString
		if !v.ReadASN1BitString(&bits) {
			return false
		}
		c.usage = make([]byte, max(1, bits.BitLength))
		for i := range bits.BitLength {
			c.usage[i] = byte(bits.At(i))
		}
	case extBasic:
		c.hasBasic = true
		return v.ReadASN1(&s, cbasn1.SEQUENCE) && optionalBoolean(&s, &c.ca)
	case extSubjectKey:
		if !v.ReadASN1(&s, cbasn1.OCTET_STRING) {
			return false
		}
		c.subjectKeyID = s
	case extAuthorityKey:
		var id cryptobyte.String
		var has bool
		if !v.ReadASN1(&s, cbasn1.SEQUENCE) || !s.ReadOptionalASN1(&id, &has, cbasn1.Tag(0).ContextSpecific()) {
			return false
		}
		if has {
			c.authorityKeyID = id
		}
	case extPrivateUsage, extSubjectAlt, extIssuerAlt, extCRL, extPolicies, extExtendedUsage, extNameChange, extDocumentTypes:
		// Known, and nothing in them decides here.
	default:
		if critical {
			c.unknownCritical = oid
		}
	}
	return true
}

// optionalBoolean reads a BOOLEAN DEFAULT FALSE.
func optionalBoolean(s *cryptobyte.String, out *bool) bool {
	return !s.PeekASN1Tag(cbasn1.BOOLEAN) || s.ReadASN1Boolean(out)
}

// may reports whether KeyUsage grants a bit.
func (c *certificate) may(bit int) bool { return bit < len(c.usage) && c.usage[bit] == 1 }

// signedBy checks the certificate's own signature with the issuer's key.
func (c *certificate) signedBy(issuer *certificate) error {
	if c.algorithmErr != nil {
		return c.algorithmErr
	}
	if issuer.keyErr != nil {
		return issuer.keyErr
	}
	return c.algorithm.verify(issuer.key, c.tbs, c.signature)
}
