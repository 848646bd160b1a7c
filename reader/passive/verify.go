package passive

import (
	"bytes"
	"errors"
	"time"

	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/verdict"
)

// issueSlack is how far the date of issue that a document states may be from
// the day on which it was signed.
const issueSlack = 31 * 24 * time.Hour

// Verify makes the checks of passive authentication over the files as they
// were read: the data groups against the digests of EF.SOD ("sod-hashes"),
// EF.SOD's signature ("sod-signature"), the signer's certificate against the
// trusted ones and against what DG1 says of its issuer ("chain"), and against
// the revocation lists of that issuer ("revocation"). It always returns all
// four, in this order.
//
// Failed means that something is wrong with what the chip gave: a digest, a
// signature, a missing or broken EF.SOD, an issuer of another country, a
// revoked signer. Inconclusive means that the station cannot tell: no trusted
// issuer, an algorithm it does not know, a certificate out of its time or
// without the usage it must state, a data group that nobody signed. t may be
// nil.
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
	signature, signers := checkSigners(d, t)
	chain, revocation := checkSubjects(signers, t, func(s signedBy) subject {
		when, slack := s.at(files)
		return subject{ds: s.cert, claim: claimFrom(files), signed: when, slack: slack, now: now}
	})
	return []verdict.Check{checkHashes(files, object), signature, chain, revocation}
}

// SignedGroups lists the data groups whose digests EF.SOD holds, in ascending
// order, or nil where EF.SOD cannot be read. Nothing is verified.
func SignedGroups(sod []byte) []lds.FileID {
	_, object, err := parseSOD(sod)
	if err != nil {
		return nil
	}
	var ids []lds.FileID
	for n, sum := range object.groups {
		if sum != nil {
			ids = append(ids, lds.DataGroup(n))
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

// claimFrom reads what DG1 says of the document's issuer. Whether DG1 is the
// one that was signed is for the digests to say.
func claimFrom(files []lds.File) claim {
	zone, err := lds.ParseDG1(find(files, lds.EFDG1))
	if err != nil {
		return claim{}
	}
	return claimOf(zone.Zone)
}

// issueDate returns the date of issue that DG12 or, on a Vietnamese card, DG13
// states; zero where neither does.
func issueDate(files []lds.File) time.Time {
	if d, err := lds.ParseDG12(find(files, lds.EFDG12)); err == nil {
		if t, ok := d.Issued.Time(); ok {
			return t
		}
	}
	if d, err := lds.ParseDG13(find(files, lds.EFDG13)); err == nil {
		return d.IssueDate
	}
	return time.Time{}
}

// broken is the verdict where EF.SOD says nothing: the other checks have
// nothing to stand on.
func broken(o verdict.Outcome, why reason) []verdict.Check {
	return []verdict.Check{
		why.check(CheckHashes, o),
		reasonNothingSigned.check(CheckSignature, verdict.NotDone),
		reasonNothingSigned.check(CheckChain, verdict.NotDone),
		reasonNothingSigned.check(CheckRevocation, verdict.NotDone),
	}
}

// checkHashes compares every data group that was read with its signed digest.
func checkHashes(files []lds.File, o *securityObject) verdict.Check {
	var good, wrong, unsigned []string
	for _, f := range files {
		n := f.ID.Group()
		if n == 0 {
			continue
		}
		switch want := o.groups[n]; {
		case want == nil:
			unsigned = append(unsigned, f.ID.String())
		case bytes.Equal(want, digest(o.hash, f.Bytes)):
			good = append(good, f.ID.String())
		default:
			wrong = append(wrong, f.ID.String())
		}
	}
	switch {
	case wrong != nil:
		return reasonWrongDigest.with(wrong...).check(CheckHashes, verdict.Failed)
	case unsigned != nil:
		return reasonUnsigned.with(unsigned...).check(CheckHashes, verdict.Inconclusive)
	case good == nil:
		return reasonNoGroups.check(CheckHashes, verdict.NotDone)
	}
	return reasonDigests.with(good...).weak(weakHash(o.hash)).check(CheckHashes, verdict.Passed)
}
