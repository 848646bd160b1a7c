package passive

import (
	"bytes"
	"crypto"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// signedData is a CMS SignedData (RFC 5652 §5.1) as far as EF.SOD,
// EF.CardSecurity and master lists use it.
type signedData struct {
	contentType  []byte // an identifier
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
	attributes
	signature []byte
}

// attributes are the signed attributes that are used, each the content of its
// SET; nil when absent.
type attributes struct{ contentType, messageDigest, signingTime []byte }

// parseSignedData reads a ContentInfo that holds SignedData and fills b, in
// DER or BER.
func parseSignedData(b []byte) (*signedData, error) {
	bad := fmt.Errorf("signed data %w", errMalformed)
	b, err := distinguished(b)
	if err != nil {
		return nil, err
	}
	in := cryptobyte.String(b)
	var info, wrap, seq, digests, encap, set, certs cryptobyte.String
	var version int
	var has bool
	if !in.ReadASN1(&info, cbasn1.SEQUENCE) || !in.Empty() {
		return nil, bad
	}
	if oid, ok := readOID(&info); !ok || string(oid) != oidSignedData {
		return nil, bad
	}
	if !info.ReadASN1(&wrap, explicit(0)) || !info.Empty() ||
		!wrap.ReadASN1(&seq, cbasn1.SEQUENCE) || !wrap.Empty() ||
		!seq.ReadASN1Integer(&version) || !seq.ReadASN1(&digests, cbasn1.SET) ||
		!seq.ReadASN1(&encap, cbasn1.SEQUENCE) ||
		!seq.ReadOptionalASN1(&certs, &has, explicit(0)) || !seq.SkipOptionalASN1(explicit(1)) ||
		!seq.ReadASN1(&set, cbasn1.SET) || !seq.Empty() {
		return nil, bad
	}
	d := &signedData{}
	if err := d.readContent(encap); err != nil {
		return nil, err
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
	var wrap, content cryptobyte.String
	oid, ok := readOID(&encap)
	if !ok || !encap.ReadASN1(&wrap, explicit(0)) || !encap.Empty() ||
		!wrap.ReadASN1(&content, cbasn1.OCTET_STRING) || !wrap.Empty() {
		return fmt.Errorf("signed content %w", errMalformed)
	}
	d.contentType, d.content = oid, content
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
	if !in.ReadASN1Element(&alg, cbasn1.SEQUENCE) {
		return s, bad
	}
	s.digest, s.digestErr = readDigest(&alg)
	if in.PeekASN1Tag(explicit(0)) {
		if !in.ReadASN1Element(&attrs, explicit(0)) || !s.readAttributes(attrs) {
			return s, fmt.Errorf("signed attributes %w", errMalformed)
		}
		s.signed = attrs
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
func (s *signer) readAttributes(element cryptobyte.String) bool {
	var in cryptobyte.String
	if !element.ReadASN1(&in, explicit(0)) {
		return false
	}
	var seen [maxAttributes][]byte
	for n := 0; !in.Empty(); n++ {
		var attr, set cryptobyte.String
		if n == maxAttributes || !in.ReadASN1(&attr, cbasn1.SEQUENCE) {
			return false
		}
		oid, ok := readOID(&attr)
		if !ok || !attr.ReadASN1(&set, cbasn1.SET) || !attr.Empty() ||
			slices.ContainsFunc(seen[:n], func(o []byte) bool { return bytes.Equal(o, oid) }) {
			return false
		}
		seen[n] = oid
		switch string(oid) {
		case oidContentType:
			s.contentType = set
		case oidMessageDigest:
			s.messageDigest = set
		case oidSigningTime:
			s.signingTime = set
		}
	}
	return true
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

// time returns the signing time that the signature covers, zero when absent.
func (s *signer) time() time.Time {
	in := cryptobyte.String(s.signingTime)
	var t time.Time
	if !readTime(&in, &t) {
		return time.Time{}
	}
	return t
}

// verify checks the signer's signature over the content (RFC 5652 §5.4): the
// signed attributes must name the content's type and digest, and the signature
// is over their DER encoding as a SET OF.
func (s *signer) verify(d *signedData, cert *certificate) error {
	if s.signed == nil {
		return s.verifyContent(d, cert)
	}
	if s.digestErr != nil {
		return s.digestErr
	}
	ct, md := cryptobyte.String(s.contentType), cryptobyte.String(s.messageDigest)
	var sum cryptobyte.String
	oid, ok := readOID(&ct)
	if !ok || !ct.Empty() || !md.ReadASN1(&sum, cbasn1.OCTET_STRING) || !md.Empty() {
		return fmt.Errorf("signed attributes %w", errMalformed)
	}
	if !bytes.Equal(oid, d.contentType) {
		return fmt.Errorf("signed content type %w", errMismatch)
	}
	if !bytes.Equal(sum, digest(s.digest, d.content)) {
		return fmt.Errorf("digest of the signed content %w", errMismatch)
	}
	set := bytes.Clone(s.signed)
	set[0] = byte(cbasn1.SET)
	err := verifySigned(s.algorithm, s.algorithmErr, cert, set, s.signature)
	if sorted := sortedSet(set); err != nil && !bytes.Equal(sorted, set) {
		// DER sorts a SET OF; some issuers sign the sorted one and send
		// another order. Both hold the same attributes.
		return verifySigned(s.algorithm, s.algorithmErr, cert, sorted, s.signature)
	}
	return err
}

// verifyContent checks a signature without signed attributes, which is over
// the content itself. RFC 5652 §5.3 wants attributes for our contents, and
// early EF.CardSecurity have none. What could be taken for a set of attributes
// is refused: their signature would count for it.
func (s *signer) verifyContent(d *signedData, cert *certificate) error {
	posing := &signer{}
	if len(d.content) > 0 && d.content[0] == byte(cbasn1.SET) {
		set := bytes.Clone(d.content)
		set[0] = byte(explicit(0))
		if posing.readAttributes(set); posing.messageDigest != nil {
			return fmt.Errorf("signed attributes in place of content: %w", errMismatch)
		}
	}
	return verifySigned(s.algorithm, s.algorithmErr, cert, d.content, s.signature)
}

// sortedSet returns a SET OF with its elements in the order of DER (X.690
// §11.6).
func sortedSet(set cryptobyte.String) []byte {
	whole := set
	var in cryptobyte.String
	var tag cbasn1.Tag
	if !set.ReadASN1(&in, cbasn1.SET) {
		return whole
	}
	var list [][]byte
	for !in.Empty() {
		var e cryptobyte.String
		if !in.ReadAnyASN1Element(&e, &tag) {
			return whole
		}
		list = append(list, e)
	}
	slices.SortFunc(list, bytes.Compare)
	head := len(whole) - len(bytes.Join(list, nil))
	return append(bytes.Clone(whole[:head]), bytes.Join(list, nil)...)
}
