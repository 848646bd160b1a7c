package lds

import (
	"encoding/asn1"
	"errors"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// PublicKey is DG15: the key of active authentication (Doc 9303-11 §9.2.2).
type PublicKey struct {
	Algorithm asn1.ObjectIdentifier
	SPKI      []byte // SubjectPublicKeyInfo, DER
}

// ParseDG15 decodes DG15. The key itself is left to who uses it.
func ParseDG15(b []byte) (*PublicKey, error) {
	in := cryptobyte.String(b)
	var body, spki, seq, alg, bits cryptobyte.String
	k := &PublicKey{}
	if len(b) > maxSecurityBytes || !in.ReadASN1(&body, cbasn1.Tag(groupTags[15])) || !in.Empty() ||
		!body.ReadASN1Element(&spki, cbasn1.SEQUENCE) || !body.Empty() {
		return nil, errors.New("DG15: no public key in it")
	}
	k.SPKI = spki
	if !spki.ReadASN1(&seq, cbasn1.SEQUENCE) || !seq.ReadASN1(&alg, cbasn1.SEQUENCE) ||
		!alg.ReadASN1ObjectIdentifier(&k.Algorithm) ||
		!seq.ReadASN1(&bits, cbasn1.BIT_STRING) || !seq.Empty() {
		return nil, errors.New("DG15: the public key is not well formed")
	}
	return k, nil
}
