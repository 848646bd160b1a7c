package passive

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/tram-station/tram/reader/verdict"
)

// masterList is a CSCA master list: CMS over a set of certificates (Doc
// 9303-12 §8, CscaMasterList).
type masterList struct {
	raw          []byte
	data         *signedData
	certificates []cryptobyte.String // each as it is encoded
	file         string
}

// parseMasterList reads a master list that fills b.
func parseMasterList(b []byte) (*masterList, error) {
	d, err := parseSignedData(b)
	if err != nil {
		return nil, err
	}
	bad := fmt.Errorf("master list %w", errMalformed)
	if string(d.contentType) != oidMasterList {
		return nil, fmt.Errorf("signed data of type %s, no master list: %w", dotted(d.contentType), errMalformed)
	}
	in := cryptobyte.String(d.content)
	var seq, set cryptobyte.String
	var version int
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !in.Empty() || !seq.ReadASN1Integer(&version) ||
		!seq.ReadASN1(&set, cbasn1.SET) || !seq.Empty() {
		return nil, bad
	}
	if version != 0 {
		return nil, fmt.Errorf("master list, version %d: %w", version, errUnsupported)
	}
	l := &masterList{raw: b, data: d}
	for !set.Empty() {
		var raw cryptobyte.String
		if len(l.certificates) == maxTrusted || !set.ReadASN1Element(&raw, cbasn1.SEQUENCE) {
			return nil, bad
		}
		l.certificates = append(l.certificates, raw)
	}
	return l, nil
}

// signer returns the certificate of who signed the list, or nil.
func (l *masterList) signer() *certificate {
	if len(l.data.signers) == 0 {
		return nil
	}
	return l.data.signers[0].certificate(l.data.certificates)
}

// check tells who signed the list: Passed where the signer comes from an
// issuer that known holds. known must not be the list itself, which would vouch
// for itself.
func (l *masterList) check(known *Trust) verdict.Check {
	signature, valid := checkSigners(l.data, nil)
	signature.Name = CheckMasterList
	if signature.Outcome != verdict.Passed {
		return signature
	}
	ds := valid[0].cert
	issuers, check := known.issuersOf(ds)
	if check.Outcome == verdict.Failed {
		check.Name = CheckMasterList
		return check
	}
	// A document signer vouches for documents, not for authorities.
	if len(issuers) == 0 || !ds.signsLists {
		return reasonListUnknown.with(nameString(ds.subject)).check(CheckMasterList, verdict.Inconclusive)
	}
	return reasonListSigned.with(nameString(ds.subject)).check(CheckMasterList, verdict.Passed)
}

// errNoIssuer says that no certificate of a revocation list's issuer is there.
var errNoIssuer = errors.New("its issuer's certificate is not in the trust list")
