package passive

import (
	"bytes"
	"fmt"
	"sync"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var errCertificate = fmt.Errorf("certificate %w", errMalformed)

// certificate is what passive authentication needs of an X.509 certificate.
// Its slices point into the file it came from; the key is read when it is
// first needed, since of 600 certificates of a trust list one is used.
type certificate struct {
	raw, tbs            []byte
	serial              []byte // the INTEGER as it is encoded
	issuer, subject     []byte // the Names as they are encoded
	notBefore, notAfter time.Time
	algorithm           algorithm
	algorithmErr        error // a signature algorithm this reader does not know
	signature           []byte
	spki                []byte // SubjectPublicKeyInfo as it is encoded
	extensions
	kind      Kind   // in a trust folder; 0 for one that a chip gave
	file      string // of a trust folder, the first that has it
	elsewhere bool   // another file has it too

	once   sync.Once
	key    publicKey // use publicKey()
	keyErr error
}

// parseCertificate reads one DER certificate that fills b, and keeps b.
func parseCertificate(b []byte) (*certificate, error) {
	if len(b) > maxCertificate {
		return nil, fmt.Errorf("certificate of %d bytes: %w", len(b), errMalformed)
	}
	c := &certificate{raw: b}
	in := cryptobyte.String(b)
	var seq, tbs, outerAlg, bits cryptobyte.String
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !in.Empty() ||
		!seq.ReadASN1Element(&tbs, cbasn1.SEQUENCE) || !seq.ReadASN1Element(&outerAlg, cbasn1.SEQUENCE) ||
		!seq.ReadASN1(&bits, cbasn1.BIT_STRING) || !seq.Empty() || len(bits) < 2 || bits[0] != 0 {
		return nil, errCertificate
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
	var in, algorithm, serial, issuer, validity, subject, spki cryptobyte.String
	if !tbs.ReadASN1(&in, cbasn1.SEQUENCE) ||
		!in.SkipOptionalASN1(explicit(0)) || // the version, which the fields show
		!in.ReadASN1Element(&serial, cbasn1.INTEGER) ||
		!in.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) ||
		!in.ReadASN1Element(&issuer, cbasn1.SEQUENCE) ||
		!in.ReadASN1(&validity, cbasn1.SEQUENCE) ||
		!readTime(&validity, &c.notBefore) || !readTime(&validity, &c.notAfter) || !validity.Empty() ||
		!in.ReadASN1Element(&subject, cbasn1.SEQUENCE) ||
		!in.ReadASN1Element(&spki, cbasn1.SEQUENCE) {
		return nil, errCertificate
	}
	c.serial, c.issuer, c.subject, c.spki = serial, issuer, subject, spki
	var list cryptobyte.String
	var has bool
	if !in.SkipOptionalASN1(cbasn1.Tag(1).ContextSpecific()) ||
		!in.SkipOptionalASN1(cbasn1.Tag(2).ContextSpecific()) ||
		!in.ReadOptionalASN1(&list, &has, explicit(3)) || !in.Empty() {
		return nil, errCertificate
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

// publicKey reads the certificate's key. It may be called from several
// goroutines.
func (c *certificate) publicKey() (publicKey, error) {
	c.once.Do(func() { c.key, c.keyErr = readKey(c.spki) })
	return c.key, c.keyErr
}

// signedBy checks the certificate's own signature with the issuer's key.
func (c *certificate) signedBy(issuer *certificate) error {
	return verifySigned(c.algorithm, c.algorithmErr, issuer, c.tbs, c.signature)
}

// verifySigned checks a signature of signer over message; algErr is what came
// of reading the algorithm.
func verifySigned(a algorithm, algErr error, signer *certificate, message, signature []byte) error {
	if algErr != nil {
		return algErr
	}
	key, err := signer.publicKey()
	if err != nil {
		return err
	}
	return a.verify(key, message, signature)
}

// selfIssued reports whether the certificate names itself as its issuer: a
// root, not a link from one key of an issuer to the next (Doc 9303-12 §4.2).
func (c *certificate) selfIssued() bool {
	return sameName(c.issuer, c.subject) &&
		(c.authorityKeyID == nil || c.subjectKeyID == nil || bytes.Equal(c.authorityKeyID, c.subjectKeyID))
}

// issuedBy reports whether issuer may have signed c: it has the key that c
// names, or, where c names none, the name.
func (c *certificate) issuedBy(issuer *certificate) (byKey, byName bool) {
	byKey = c.authorityKeyID != nil && bytes.Equal(c.authorityKeyID, issuer.subjectKeyID)
	return byKey, !byKey && sameName(c.issuer, issuer.subject)
}

// holds reports whether t lies within the certificate's validity.
func (c *certificate) holds(t time.Time) bool { return !t.Before(c.notBefore) && !t.After(c.notAfter) }

// signs reports whether the certificate's key was to be used at t: within its
// private key usage period, where it states one (Doc 9303-12 §7.1.1).
func (c *certificate) signs(t time.Time) bool {
	return c.holds(t) && (c.keyFrom.IsZero() || !t.Before(c.keyFrom)) && (c.keyUntil.IsZero() || !t.After(c.keyUntil))
}
