package passive

import (
	"encoding/asn1"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Bit numbers of KeyUsage (RFC 5280 §4.2.1.3).
const (
	usageSignature = 0
	usageCertSign  = 5
	usageCRLSign   = 6
)

var errExtension = fmt.Errorf("certificate extension %w", errMalformed)

// extensions is what Doc 9303-12 §7.1.1 puts beside a certificate's key.
type extensions struct {
	hasUsage          bool
	usage             asn1.BitString // of KeyUsage
	ca                bool
	subjectKeyID      []byte
	authorityKeyID    []byte
	keyFrom, keyUntil time.Time // private key usage period; zero where open
	documents         []byte    // DocumentTypeList, undecoded
	subjectAlt        []byte    // GeneralNames, undecoded
	signsLists        bool      // its key is for master lists, not for documents
	unknownCritical   []byte    // identifier of a critical extension not known here
}

// knownExtensions are those that this program knows (RFC 5280 §4.2, Doc 9303-12
// §7.1.1).
var knownExtensions = [...]string{
	extKeyUsage, extBasic, extSubjectKey, extAuthorityKey, extPrivateUsage, extDocumentTypes, extSubjectAlt,
	extIssuerAlt, extCRL, extPolicies, extExtendedUsage, extNameChange,
}

// readExtensions reads the list. A known one that comes twice is refused:
// readers would disagree on which counts.
func (c *certificate) readExtensions(list cryptobyte.String) error {
	var seq cryptobyte.String
	if !list.ReadASN1(&seq, cbasn1.SEQUENCE) || !list.Empty() {
		return errExtension
	}
	var seen uint32
	for n := 0; !seq.Empty(); n++ {
		var ext, value cryptobyte.String
		var critical bool
		if n == maxExtensions || !seq.ReadASN1(&ext, cbasn1.SEQUENCE) {
			return errExtension
		}
		oid, ok := readOID(&ext)
		if !ok || !optionalBoolean(&ext, &critical) ||
			!ext.ReadASN1(&value, cbasn1.OCTET_STRING) || !ext.Empty() {
			return errExtension
		}
		if i := slices.Index(knownExtensions[:], string(oid)); i >= 0 {
			if seen&(1<<i) != 0 {
				return errExtension
			}
			seen |= 1 << i
		}
		if !c.readExtension(oid, value, critical) {
			return fmt.Errorf("%w: %s", errExtension, dotted(oid))
		}
	}
	return nil
}

// readExtension keeps what is needed; ok is false where the value is broken.
func (e *extensions) readExtension(oid, v cryptobyte.String, critical bool) (ok bool) {
	var s cryptobyte.String
	switch string(oid) {
	case extKeyUsage:
		e.hasUsage = true
		return v.ReadASN1BitString(&e.usage)
	case extBasic:
		return v.ReadASN1(&s, cbasn1.SEQUENCE) && optionalBoolean(&s, &e.ca)
	case extSubjectKey:
		ok = v.ReadASN1(&s, cbasn1.OCTET_STRING)
		e.subjectKeyID = s
		return ok
	case extAuthorityKey:
		return readAuthorityKey(v, &e.authorityKeyID)
	case extPrivateUsage:
		return v.ReadASN1(&s, cbasn1.SEQUENCE) &&
			optionalTime(&s, 0, &e.keyFrom) && optionalTime(&s, 1, &e.keyUntil) && s.Empty()
	case extDocumentTypes:
		e.documents = v
	case extSubjectAlt:
		e.subjectAlt = v
	case extExtendedUsage:
		return e.readPurposes(v)
	default: // in a known one, nothing decides here
		if critical && !slices.Contains(knownExtensions[:], string(oid)) {
			e.unknownCritical = oid
		}
	}
	return true
}

// readAuthorityKey reads the key identifier out of an AuthorityKeyIdentifier.
func readAuthorityKey(v cryptobyte.String, key *[]byte) bool {
	var s, id cryptobyte.String
	var has bool
	if !v.ReadASN1(&s, cbasn1.SEQUENCE) || !s.ReadOptionalASN1(&id, &has, cbasn1.Tag(0).ContextSpecific()) {
		return false
	}
	if has {
		*key = id
	}
	return true
}

// readPurposes looks for the one purpose that decides here: signing master lists
// (Doc 9303-12 §7.1.1). Document signers name none.
func (e *extensions) readPurposes(v cryptobyte.String) bool {
	var seq cryptobyte.String
	if !v.ReadASN1(&seq, cbasn1.SEQUENCE) {
		return false
	}
	for !seq.Empty() {
		oid, ok := readOID(&seq)
		if !ok {
			return false
		}
		e.signsLists = e.signsLists || string(oid) == oidMasterListSigner
	}
	return true
}

// optionalTime reads a GeneralizedTime under an implicit tag.
func optionalTime(s *cryptobyte.String, tag uint8, t *time.Time) bool {
	var v cryptobyte.String
	var has bool
	if !s.ReadOptionalASN1(&v, &has, cbasn1.Tag(tag).ContextSpecific()) {
		return false
	}
	if !has {
		return true
	}
	at, err := time.Parse("20060102150405Z0700", string(v))
	*t = at
	return err == nil
}

// optionalBoolean reads a BOOLEAN DEFAULT FALSE. DER writes true as FF; one
// issuer of the public lists writes 01, which is BER and says the same.
func optionalBoolean(s *cryptobyte.String, out *bool) bool {
	var v cryptobyte.String
	var has bool
	if !s.ReadOptionalASN1(&v, &has, cbasn1.BOOLEAN) || has && len(v) != 1 {
		return false
	}
	if has {
		*out = v[0] != 0
	}
	return true
}

// may reports whether KeyUsage grants a bit.
func (e *extensions) may(bit int) bool { return e.usage.At(bit) == 1 }
