package passive

import (
	"crypto"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/tram-station/tram/reader/lds"
)

// securityObject is an LDSSecurityObject, version 0 or 1 (Doc 9303-10
// §4.6.2.3): the digest of each data group.
type securityObject struct {
	hash   crypto.Hash
	groups map[lds.FileID][]byte
}

// parseSOD reads EF.SOD: the tag 77 around signed data that holds an
// LDSSecurityObject.
func parseSOD(b []byte) (*signedData, *securityObject, error) {
	if len(b) > maxSOD {
		return nil, nil, fmt.Errorf("EF.SOD of %d bytes: %w", len(b), errMalformed)
	}
	in := cryptobyte.String(b)
	var body cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.Tag(lds.EFSOD.Tag())) || !in.Empty() {
		return nil, nil, fmt.Errorf("EF.SOD %w", errMalformed)
	}
	d, err := parseSignedData(body)
	if err != nil {
		return nil, nil, err
	}
	if d.contentType != oidLDSSecurity {
		return nil, nil, fmt.Errorf("EF.SOD signs %s, no list of digests: %w", d.contentType, errMalformed)
	}
	o, err := parseSecurityObject(d.content)
	if err != nil {
		return nil, nil, err
	}
	return d, o, nil
}

func parseSecurityObject(b []byte) (*securityObject, error) {
	bad := fmt.Errorf("list of digests %w", errMalformed)
	in := cryptobyte.String(b)
	var seq, alg, list cryptobyte.String
	var version int
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !in.Empty() || !seq.ReadASN1Integer(&version) ||
		!seq.ReadASN1Element(&alg, cbasn1.SEQUENCE) || !seq.ReadASN1(&list, cbasn1.SEQUENCE) {
		return nil, bad
	}
	// Version 1 adds the LDS version, which nothing here depends on.
	if version < 0 || version > 1 || !seq.SkipOptionalASN1(cbasn1.SEQUENCE) || !seq.Empty() {
		return nil, fmt.Errorf("list of digests, version %d: %w", version, errMalformed)
	}
	h, err := readDigest(&alg)
	if err != nil {
		return nil, err
	}
	o := &securityObject{hash: h, groups: map[lds.FileID][]byte{}}
	for !list.Empty() {
		var pair, sum cryptobyte.String
		var number int
		if !list.ReadASN1(&pair, cbasn1.SEQUENCE) || !pair.ReadASN1Integer(&number) ||
			!pair.ReadASN1(&sum, cbasn1.OCTET_STRING) || !pair.Empty() || number < 1 || number > 16 {
			return nil, bad
		}
		id := lds.DataGroup(number)
		// A digest of the wrong length is no broken list: it matches nothing.
		if o.groups[id] != nil || len(sum) == 0 {
			return nil, bad
		}
		o.groups[id] = sum
	}
	return o, nil
}
