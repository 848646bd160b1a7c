package passive

import (
	"bytes"
	"errors"
	"time"

	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/verdict"
)

// Verify makes the three checks of passive authentication over the files as
// they were read: the data groups against the digests of EF.SOD
// ("sod-hashes"), EF.SOD's signature ("sod-signature"), and the signer's
// certificate against the trusted ones ("chain"). It always returns all
// three, in this order.
//
// Failed means that something is wrong with what the chip gave: a digest, a
// signature, a missing or broken EF.SOD. Inconclusive means that the station
// cannot tell: no trusted issuer, an algorithm it does not know, a
// certificate out of its time or without the usage it must state, a data
// group that nobody signed. t may be nil. Revocation lists are not consulted.
func Verify(files []lds.File, t *Trust, now time.Time) []verdict.Check {
	sod := find(files, lds.EFSOD)
	if sod == nil {
		return broken(verdict.Failed, reasonNoSOD)
	}
	d, object, err := parseSOD(sod)
	if errors.Is(err, errUnsupported) {
		return broken(verdict.Inconclusive, reasonUnsupported.because(err))
	} else if err != nil {
		return broken(verdict.Failed, reasonBrokenSOD.because(err))
	}
	signature, cert := checkSignature(d)
	return []verdict.Check{checkHashes(files, object), signature, checkChain(cert, t, now)}
}

// SignedGroups lists the data groups whose digests EF.SOD holds, in ascending
// order, or nil where EF.SOD cannot be read. Nothing is verified.
func SignedGroups(sod []byte) []lds.FileID {
	_, object, err := parseSOD(sod)
	if err != nil {
		return nil
	}
	var ids []lds.FileID
	for n := 1; n <= 16; n++ {
		if id := lds.DataGroup(n); object.groups[id] != nil {
			ids = append(ids, id)
		}
	}
	return ids
}

func find(files []lds.File, id lds.FileID) []byte {
	for _, f := range files {
		if f.ID == id {
			return f.Bytes
		}
	}
	return nil
}

// broken is the verdict where EF.SOD says nothing: the other two checks have
// nothing to stand on.
func broken(o verdict.Outcome, why reason) []verdict.Check {
	return []verdict.Check{
		why.check(CheckHashes, o),
		reasonNothingSigned.check(CheckSignature, verdict.NotDone),
		reasonNothingSigned.check(CheckChain, verdict.NotDone),
	}
}

// checkHashes compares every data group that was read with its signed digest.
func checkHashes(files []lds.File, o *securityObject) verdict.Check {
	var good, wrong, unsigned []string
	for _, f := range files {
		if f.ID.Group() == 0 {
			continue
		}
		want, signed := o.groups[f.ID]
		switch {
		case !signed:
			unsigned = append(unsigned, f.ID.String())
		case bytes.Equal(want, digest(o.hash, f.Bytes)):
			good = append(good, f.ID.String())
		default:
			wrong = append(wrong, f.ID.String())
		}
	}
	switch {
	case wrong != nil:
		return reasonWrongDigest.with(wrong).check(CheckHashes, verdict.Failed)
	case unsigned != nil:
		return reasonUnsigned.with(unsigned).check(CheckHashes, verdict.Inconclusive)
	case good == nil:
		return reasonNoGroups.check(CheckHashes, verdict.NotDone)
	}
	return reasonDigests.with(good).check(CheckHashes, verdict.Passed)
}

// checkSignature verifies every signer of EF.SOD and returns the first one's
// certificate. One wrong signature among several is a wrong signature.
func checkSignature(d *signedData) (verdict.Check, *certificate) {
	if len(d.signers) == 0 {
		return reasonNoSigner.check(CheckSignature, verdict.Failed), nil
	}
	var first *certificate
	for i := range d.signers {
		s := &d.signers[i]
		cert := s.certificate(d.certificates)
		if cert == nil {
			if d.certErr != nil {
				return reasonUnsupported.because(d.certErr).check(CheckSignature, verdict.Inconclusive), nil
			}
			return reasonNoCertificate.check(CheckSignature, verdict.Inconclusive), nil
		}
		if first == nil {
			first = cert
		}
		if err := s.verify(d, cert); errors.Is(err, errUnsupported) {
			return reasonUnsupported.because(err).check(CheckSignature, verdict.Inconclusive), first
		} else if err != nil {
			return reasonWrongSignature.because(err).check(CheckSignature, verdict.Failed), first
		}
	}
	return reasonSignature.check(CheckSignature, verdict.Passed), first
}

// checkChain ties the document signer's certificate to a trusted one
// (Doc 9303-11 §5.1 step 2, profiles of Doc 9303-12 §7.1).
func checkChain(ds *certificate, t *Trust, now time.Time) verdict.Check {
	switch {
	case ds == nil:
		return reasonNoSignerKnown.check(CheckChain, verdict.NotDone)
	case ds.usage != nil && !ds.may(usageSignature):
		return reasonMayNotSign.check(CheckChain, verdict.Failed)
	case t.Len() == 0:
		return reasonNoTrust.check(CheckChain, verdict.Inconclusive)
	}
	anchor, check := anchorOf(ds, t)
	if anchor == nil {
		return check
	}
	switch {
	case ds.usage == nil || anchor.usage == nil:
		return reasonNoUsage.check(CheckChain, verdict.Inconclusive)
	case !anchor.may(usageCertSign) || !anchor.ca:
		return reasonNoCA.check(CheckChain, verdict.Inconclusive)
	case ds.unknownCritical != "" || anchor.unknownCritical != "":
		return reasonCritical.check(CheckChain, verdict.Inconclusive)
	case now.Before(ds.notBefore) || now.After(ds.notAfter):
		return reasonSignerTime.between(ds).check(CheckChain, verdict.Inconclusive)
	case now.Before(anchor.notBefore) || now.After(anchor.notAfter):
		return reasonAnchorTime.between(anchor).check(CheckChain, verdict.Inconclusive)
	}
	return reasonChain.with([]string{nameString(anchor.subject)}).check(CheckChain, verdict.Passed)
}

// anchorOf finds the trusted certificate that signed ds. Where an anchor has
// the very key that ds names and its signature is wrong, that is a failure;
// where only the name fits, another generation of the issuer's key may be
// missing here.
func anchorOf(ds *certificate, t *Trust) (*certificate, verdict.Check) {
	candidates, byKey := t.issuers(ds)
	if len(candidates) == 0 {
		return nil, reasonUnknownIssuer.with([]string{nameString(ds.issuer)}).check(CheckChain, verdict.Inconclusive)
	}
	var unsupported error
	for _, a := range candidates {
		err := ds.signedBy(a)
		if err == nil {
			return a, verdict.Check{}
		}
		if errors.Is(err, errUnsupported) {
			unsupported = err
		}
	}
	switch {
	case unsupported != nil:
		return nil, reasonUnsupported.because(unsupported).check(CheckChain, verdict.Inconclusive)
	case byKey:
		return nil, reasonWrongIssuer.check(CheckChain, verdict.Failed)
	}
	return nil, reasonUnknownIssuer.with([]string{nameString(ds.issuer)}).check(CheckChain, verdict.Inconclusive)
}
