package chip

import (
	"fmt"
	"io"
	"time"
)

// CMS SignedData (RFC 5652) as EF.SOD, EF.CardSecurity and master lists carry
// it: one signer, named by issuer and serial number, with signed attributes.

// signedContent is what is signed, by whom and when.
type signedContent struct {
	contentType []byte // object identifier
	content     []byte
	signer      authority
	others      [][]byte // certificates beside the signer's
	when        time.Time
	spoil       bool // break the last bit of the signature
}

// seal writes the ContentInfo.
func (s signedContent) seal(random io.Reader) ([]byte, error) {
	k := s.signer.key
	h := k.hash.New()
	h.Write(s.content)
	attributes := s.attributes(h.Sum(nil))
	signature, err := k.sign(random, sortedSet(attributes...))
	if err != nil {
		return nil, fmt.Errorf("chip: sign: %w", err)
	}
	if s.spoil {
		signature[len(signature)-1] ^= 1 // still well-formed
	}
	digest := digestAlgorithm(k.hash)
	attributeSet := sortedSet(attributes...)
	attributeSet[0] = 0xA0 // [0] IMPLICIT on the wire, SET OF when signed (§5.4)
	signerInfo := sequence(
		small(1),
		sequence(s.signer.cert.issuer, integer(s.signer.cert.serial)),
		digest,
		attributeSet,
		k.algorithm(),
		octets(signature))
	certificates := sortedSet(append([][]byte{s.signer.cert.raw}, s.others...)...)
	certificates[0] = 0xA0
	signedData := sequence(
		small(3),
		set(digest),
		sequence(s.contentType, explicit(0, octets(s.content))),
		certificates,
		set(signerInfo))
	return sequence(oid(1, 2, 840, 113549, 1, 7, 2), explicit(0, signedData)), nil
}

// attributes are content type, message digest and signing time.
func (s signedContent) attributes(digest []byte) [][]byte {
	return [][]byte{
		sequence(oid(1, 2, 840, 113549, 1, 9, 3), set(s.contentType)),
		sequence(oid(1, 2, 840, 113549, 1, 9, 4), set(octets(digest))),
		sequence(oid(1, 2, 840, 113549, 1, 9, 5), set(derTime(s.when))),
	}
}
