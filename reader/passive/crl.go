package passive

import (
	"bytes"
	"encoding/asn1"
	"fmt"
	"sync"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var errCRL = fmt.Errorf("revocation list %w", errMalformed)

// revocationList is a CRL (RFC 5280 §5, profile of Doc 9303-12 §7.1.4).
type revocationList struct {
	raw, tbs               []byte
	issuer                 []byte // the Name as it is encoded
	authorityKeyID         []byte
	thisUpdate, nextUpdate time.Time // nextUpdate is zero when absent
	revoked                cryptobyte.String
	count                  int // entries
	algorithm              algorithm
	algorithmErr           error
	signature              []byte
	unknownCritical        []byte // identifier of a critical extension not known here
	file                   string

	once sync.Once
	err  error // of the signature; use verifiedBy
}

// parseCRL reads one DER revocation list that fills b, and keeps b.
func parseCRL(b []byte) (*revocationList, error) {
	l := &revocationList{raw: b}
	in := cryptobyte.String(b)
	var seq, tbs, alg, inner, bits cryptobyte.String
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !in.Empty() ||
		!seq.ReadASN1Element(&tbs, cbasn1.SEQUENCE) || !seq.ReadASN1Element(&alg, cbasn1.SEQUENCE) ||
		!seq.ReadASN1(&bits, cbasn1.BIT_STRING) || !seq.Empty() || len(bits) < 2 || bits[0] != 0 {
		return nil, errCRL
	}
	l.tbs, l.signature = tbs, bits[1:]
	var issuer cryptobyte.String
	var version int
	if !tbs.ReadASN1(&in, cbasn1.SEQUENCE) ||
		in.PeekASN1Tag(cbasn1.INTEGER) && !in.ReadASN1Integer(&version) ||
		!in.ReadASN1Element(&inner, cbasn1.SEQUENCE) || !bytes.Equal(inner, alg) ||
		!in.ReadASN1Element(&issuer, cbasn1.SEQUENCE) || !readTime(&in, &l.thisUpdate) {
		return nil, errCRL
	}
	l.issuer = issuer
	if (in.PeekASN1Tag(cbasn1.UTCTime) || in.PeekASN1Tag(cbasn1.GeneralizedTime)) && !readTime(&in, &l.nextUpdate) {
		return nil, errCRL
	}
	if in.PeekASN1Tag(cbasn1.SEQUENCE) && !in.ReadASN1(&l.revoked, cbasn1.SEQUENCE) {
		return nil, errCRL
	}
	var ext cryptobyte.String
	var has bool
	if !in.ReadOptionalASN1(&ext, &has, explicit(0)) || !in.Empty() || has && !l.readExtensions(ext) {
		return nil, errCRL
	}
	if err := l.entries(func(revokedEntry) bool { l.count++; return l.count <= maxRevoked }); err != nil {
		return nil, err
	}
	l.algorithm, l.algorithmErr = readSignatureAlgorithm(&alg)
	return l, nil
}

func (l *revocationList) readExtensions(list cryptobyte.String) bool {
	var seq cryptobyte.String
	if !list.ReadASN1(&seq, cbasn1.SEQUENCE) || !list.Empty() {
		return false
	}
	for n := 0; !seq.Empty(); n++ {
		var ext, value cryptobyte.String
		var critical bool
		if n == maxExtensions || !seq.ReadASN1(&ext, cbasn1.SEQUENCE) {
			return false
		}
		oid, ok := readOID(&ext)
		if !ok || !optionalBoolean(&ext, &critical) || !ext.ReadASN1(&value, cbasn1.OCTET_STRING) || !ext.Empty() {
			return false
		}
		switch {
		case string(oid) == extAuthorityKey:
			if !readAuthorityKey(value, &l.authorityKeyID) {
				return false
			}
		case critical:
			l.unknownCritical = oid
		}
	}
	return true
}

// revokedEntry is one line of a revocation list.
type revokedEntry struct {
	serial []byte // the INTEGER as it is encoded
	when   time.Time
}

// entries calls do for each entry until it reports false.
func (l *revocationList) entries(do func(revokedEntry) bool) error {
	for in := l.revoked; !in.Empty(); {
		var e, serial cryptobyte.String
		var r revokedEntry
		if !in.ReadASN1(&e, cbasn1.SEQUENCE) || !e.ReadASN1Element(&serial, cbasn1.INTEGER) || !readTime(&e, &r.when) {
			return errCRL
		}
		r.serial = serial
		if !do(r) {
			if l.count > maxRevoked {
				return fmt.Errorf("revocation list of more than %d entries: %w", maxRevoked, errMalformed)
			}
			return nil
		}
	}
	return nil
}

// find returns the entry of a serial number.
func (l *revocationList) find(serial []byte) (found revokedEntry, ok bool) {
	// parseCRL walked over the entries: there is no error.
	_ = l.entries(func(e revokedEntry) bool {
		ok = bytes.Equal(e.serial, serial)
		if ok {
			found = e
		}
		return !ok
	})
	return found, ok
}

// verified checks that a trusted certificate of the list's issuer signed it,
// once: a trust folder does not change after it was loaded.
func (l *revocationList) verified(t *Trust) error {
	l.once.Do(func() { l.err = l.verify(t) })
	return l.err
}

func (l *revocationList) verify(t *Trust) error {
	if l.unknownCritical != nil {
		return fmt.Errorf("revocation list with extension %s %w", dotted(l.unknownCritical), errUnsupported)
	}
	err := errNoIssuer
	for _, list := range [][]*certificate{t.roots, t.links} {
		for _, a := range list {
			if !sameName(l.issuer, a.subject) || l.authorityKeyID != nil && a.subjectKeyID != nil && !bytes.Equal(l.authorityKeyID, a.subjectKeyID) {
				continue
			}
			if a.hasUsage && !a.may(usageCRLSign) {
				continue
			}
			err = verifySigned(l.algorithm, l.algorithmErr, a, l.tbs, l.signature)
			if err == nil && t.trusts(a, maxLinks) {
				return nil
			}
		}
	}
	return err
}

// serialString writes a serial number for people, in hexadecimal.
func serialString(serial []byte) string {
	var v asn1.RawValue
	if _, err := asn1.Unmarshal(serial, &v); err != nil {
		return "?"
	}
	return fmt.Sprintf("%X", v.Bytes)
}
