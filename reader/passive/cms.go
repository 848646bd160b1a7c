package passive

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

const (
	oidSignedData    = "1.2.840.113549.1.7.2"
	oidContentType   = "1.2.840.113549.1.9.3"
	oidMessageDigest = "1.2.840.113549.1.9.4"
	oidLDSSecurity   = "2.23.136.1.1.1" // id-icao-ldsSecurityObject
)

// signedData is a CMS SignedData (RFC 5652 §5.1) as far as EF.SOD uses it.
type signedData struct {
	contentType  string
	content      []byte
	certificates []*certificate
	certErr      error // the first certificate that could not be read
	signers      []signer
}

// signer is one SignerInfo (RFC 5652 §5.3).
type signer struct {
	issuer, serial []byte // as they are encoded; nil when named by keyID
	keyID          []byte
	digest         crypto.Hash
	digestErr      error
	algorithm      algorithm
	algorithmErr   error
	signed         []byte // SignedAttributes as they stand, [0]; nil when absent
	attrs          map[string][]byte
	signature      []byte
}

// parseSignedData reads a ContentInfo that holds SignedData and fills b.
func parseSignedData(b []byte) (*signedData, error) {
	bad := fmt.Errorf("signed data %w", errMalformed)
	in := cryptobyte.String(b)
	var info, wrap, seq, digests, encap, set cryptobyte.String
	var oid asn1.ObjectIdentifier
	var version int
	if !in.ReadASN1(&info, cbasn1.SEQUENCE) || !in.Empty() || !info.ReadASN1ObjectIdentifier(&oid) ||
		oid.String() != oidSignedData || !info.ReadASN1(&wrap, explicit(0)) || !info.Empty() ||
		!wrap.ReadASN1(&seq, cbasn1.SEQUENCE) || !wrap.Empty() ||
		!seq.ReadASN1Integer(&version) || !seq.ReadASN1(&digests, cbasn1.SET) ||
		!seq.ReadASN1(&encap, cbasn1.SEQUENCE) {
		return nil, bad
	}
	d := &signedData{}
	if err := d.readContent(encap); err != nil {
		return nil, err
	}
	var certs cryptobyte.String
	var has bool
	if !seq.ReadOptionalASN1(&certs, &has, explicit(0)) || !seq.SkipOptionalASN1(explicit(1)) ||
		!seq.ReadASN1(&set, cbasn1.SET) || !seq.Empty() {
		return nil, bad
	}
	if err := d.readCertificates(certs); err != nil {
		return nil, err
	}
	for !set.Empty() {
		var si cryptobyte.String
		if len(d.signers) == maxSigners || !set.ReadASN1(&si, cbasn1.SEQUENCE) {
			return nil, bad
		}
		s, err := readSigner(si)
		if err != nil {
			return nil, err
		}
		d.signers = append(d.signers, s)
	}
	return d, nil
}

func (d *signedData) readContent(encap cryptobyte.String) error {
	var oid asn1.ObjectIdentifier
	var wrap, content cryptobyte.String
	if !encap.ReadASN1ObjectIdentifier(&oid) || !encap.ReadASN1(&wrap, explicit(0)) || !encap.Empty() ||
		!wrap.ReadASN1(&content, cbasn1.OCTET_STRING) || !wrap.Empty() {
		return fmt.Errorf("signed content %w", errMalformed)
	}
	d.contentType, d.content = oid.String(), content
	return nil
}

// readCertificates keeps those it can read: the signer's may still be there.
func (d *signedData) readCertificates(certs cryptobyte.String) error {
	for n := 0; !certs.Empty(); n++ {
		var raw cryptobyte.String
		var tag cbasn1.Tag
		if n == maxCertificates || !certs.ReadAnyASN1Element(&raw, &tag) {
			return fmt.Errorf("list of certificates %w", errMalformed)
		}
		if tag != cbasn1.SEQUENCE {
			continue // an attribute certificate or another format
		}
		c, err := parseCertificate(raw)
		if err != nil {
			if d.certErr == nil {
				d.certErr = err
			}
			continue
		}
		d.certificates = append(d.certificates, c)
	}
	return nil
}

func readSigner(in cryptobyte.String) (signer, error) {
	bad := fmt.Errorf("signer %w", errMalformed)
	var s signer
	var version int
	if !in.ReadASN1Integer(&version) || !s.readID(&in) {
		return s, bad
	}
	var alg, attrs, sig cryptobyte.String
	var has bool
	if !in.ReadASN1Element(&alg, cbasn1.SEQUENCE) {
		return s, bad
	}
	s.digest, s.digestErr = readDigest(&alg)
	if has = in.PeekASN1Tag(explicit(0)); has && !in.ReadASN1Element(&attrs, explicit(0)) {
		return s, bad
	}
	if has {
		s.signed = attrs
		if err := s.readAttributes(attrs); err != nil {
			return s, err
		}
	}
	if !in.ReadASN1Element(&alg, cbasn1.SEQUENCE) {
		return s, bad
	}
	s.algorithm, s.algorithmErr = readSignatureAlgorithm(&alg)
	if s.algorithm.hash == 0 {
		s.algorithm.hash = s.digest
	}
	if !in.ReadASN1(&sig, cbasn1.OCTET_STRING) || !in.SkipOptionalASN1(explicit(1)) || !in.Empty() {
		return s, bad
	}
	s.signature = sig
	return s, nil
}

// readID reads the SignerIdentifier: issuer and serial, or [0] key identifier.
func (s *signer) readID(in *cryptobyte.String) bool {
	var id, issuer, serial cryptobyte.String
	if in.PeekASN1Tag(cbasn1.SEQUENCE) {
		if !in.ReadASN1(&id, cbasn1.SEQUENCE) || !id.ReadASN1Element(&issuer, cbasn1.SEQUENCE) ||
			!id.ReadASN1Element(&serial, cbasn1.INTEGER) || !id.Empty() {
			return false
		}
		s.issuer, s.serial = issuer, serial
		return true
	}
	if !in.ReadASN1(&id, cbasn1.Tag(0).ContextSpecific()) || len(id) == 0 {
		return false
	}
	s.keyID = id
	return true
}

// readAttributes keeps the one value of each attribute. An attribute that
// comes twice is refused: readers would disagree on which counts.
func (s *signer) readAttributes(element cryptobyte.String) error {
	bad := fmt.Errorf("signed attributes %w", errMalformed)
	var in cryptobyte.String
	if !element.ReadASN1(&in, explicit(0)) {
		return bad
	}
	s.attrs = map[string][]byte{}
	for !in.Empty() {
		var attr, set cryptobyte.String
		var oid asn1.ObjectIdentifier
		if len(s.attrs) == maxAttributes || !in.ReadASN1(&attr, cbasn1.SEQUENCE) || !attr.ReadASN1ObjectIdentifier(&oid) ||
			!attr.ReadASN1(&set, cbasn1.SET) || !attr.Empty() {
			return bad
		}
		if _, twice := s.attrs[oid.String()]; twice {
			return bad
		}
		s.attrs[oid.String()] = set
	}
	return nil
}

// certificate returns the signer's certificate out of list, or nil.
func (s *signer) certificate(list []*certificate) *certificate {
	for _, c := range list {
		if s.keyID != nil && bytes.Equal(s.keyID, c.subjectKeyID) ||
			s.serial != nil && bytes.Equal(s.serial, c.serial) && sameName(s.issuer, c.issuer) {
			return c
		}
	}
	return nil
}

// verify checks the signer's signature over the content (RFC 5652 §5.4): the
// signed attributes must name the content's type and digest, and the signature
// is over their DER encoding as a SET OF.
func (s *signer) verify(d *signedData, cert *certificate) error {
	for _, err := range []error{s.digestErr, s.algorithmErr, cert.keyErr} {
		if err != nil {
			return err
		}
	}
	if s.signed == nil {
		return s.algorithm.verify(cert.key, d.content, s.signature)
	}
	var oid asn1.ObjectIdentifier
	ct, md := cryptobyte.String(s.attrs[oidContentType]), cryptobyte.String(s.attrs[oidMessageDigest])
	var sum cryptobyte.String
	if !ct.ReadASN1ObjectIdentifier(&oid) || !ct.Empty() || !md.ReadASN1(&sum, cbasn1.OCTET_STRING) || !md.Empty() {
		return fmt.Errorf("signed attributes %w", errMalformed)
	}
	if oid.String() != d.contentType {
		return fmt.Errorf("signed content type %w", errMismatch)
	}
	if !bytes.Equal(sum, digest(s.digest, d.content)) {
		return fmt.Errorf("digest of the signed content %w", errMismatch)
	}
	set := bytes.Clone(s.signed)
	set[0] = byte(cbasn1.SET)
	return s.algorithm.verify(cert.key, set, s.signature)
}
