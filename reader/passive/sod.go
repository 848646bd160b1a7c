package passive

import (
	"crypto"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/tram-station/tram/reader/lds"
)

// maxGroups is the number of data groups (Doc 9303-10 §4).
const maxGroups = 16

// securityObject is an LDSSecurityObject, version 0 or 1 (Doc 9303-10
// §4.6.2.3): the digest of each data group at its number; nil when absent.
type securityObject struct {
	hash   crypto.Hash
	groups [maxGroups + 1][]byte
}

// parseSOD reads EF.SOD: the tag 77 around signed data that holds an
// LDSSecurityObject.
func parseSOD(b []byte) (*signedData, *securityObject, error) {
	if len(b) > maxSOD {
		return nil, nil, fmt.Errorf("EF.SOD of %d bytes: %w", len(b), errMalformed)
	}
	b, err := distinguished(b)
	if err != nil {
		return nil, nil, err
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
	if string(d.contentType) != oidLDSSecurity {
		return nil, nil, fmt.Errorf("EF.SOD signs %s, no list of digests: %w", dotted(d.contentType), errMalformed)
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
	var seq, alg, list, info, text cryptobyte.String
	var version int
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !in.Empty() || !seq.ReadASN1Integer(&version) ||
		!seq.ReadASN1Element(&alg, cbasn1.SEQUENCE) || !seq.ReadASN1(&list, cbasn1.SEQUENCE) {
		return nil, bad
	}
	switch version {
	case 0:
	case 1: // adds the versions of LDS and Unicode, which nothing here depends on
		if !seq.ReadASN1(&info, cbasn1.SEQUENCE) || !info.ReadASN1(&text, cbasn1.PrintableString) ||
			!info.ReadASN1(&text, cbasn1.PrintableString) || !info.Empty() {
			return nil, fmt.Errorf("LDS version %w", errMalformed)
		}
	default:
		return nil, fmt.Errorf("list of digests, version %d: %w", version, errUnsupported)
	}
	if !seq.Empty() {
		return nil, bad
	}
	h, err := readDigest(&alg)
	if err != nil {
		return nil, err
	}
	o := &securityObject{hash: h}
	for !list.Empty() {
		var pair, sum cryptobyte.String
		var number int
		if !list.ReadASN1(&pair, cbasn1.SEQUENCE) || !pair.ReadASN1Integer(&number) ||
			!pair.ReadASN1(&sum, cbasn1.OCTET_STRING) || !pair.Empty() || number < 1 || number > maxGroups {
			return nil, bad
		}
		// A digest of the wrong length is no broken list: it matches nothing.
		if o.groups[number] != nil || len(sum) == 0 {
			return nil, bad
		}
		o.groups[number] = sum
	}
	return o, nil
}
