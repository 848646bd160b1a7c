package passive

import (
	"errors"
	"fmt"
	"time"

	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/verdict"
)

// CardSecurity verifies EF.CardSecurity (Doc 9303-11 §9.2.11): signature, chain
// and revocation in one check named "card-security", judged as [Verify] judges
// EF.SOD's. It returns the security infos unless the check failed: chip
// authentication by PACE with mapping compares its key with theirs, and is
// worth no more than this check is.
//
// files are those that were read, EF.SOD's verdict being another check: with DG1
// among them the issuer must be of the country that it names. Without, whichever
// authority of the trust list may have signed, also one that has nothing to do
// with the document.
func CardSecurity(b []byte, t *Trust, now time.Time, files ...lds.File) (*lds.SecurityInfos, verdict.Check) {
	d, infos, err := parseCardSecurity(b)
	if err != nil {
		return nil, reasonBrokenCardSecurity.because(err).check(CheckCardSecurity, verdict.Failed)
	}
	signature, signers := checkSigners(d, t)
	chain, revocation := checkSubjects(signers, t, func(s signedBy) subject {
		when, slack := s.at(files)
		return subject{ds: s.cert, claim: claimFrom(files), signed: when, slack: slack, now: now}
	})
	// The gravest decides. A missing revocation list says nothing.
	worst := signature
	for _, c := range []verdict.Check{chain, revocation} {
		if c.Outcome == verdict.Failed && worst.Outcome != verdict.Failed ||
			c.Outcome == verdict.Inconclusive && worst.Outcome == verdict.Passed {
			worst = c
		}
	}
	if worst.Outcome == verdict.Passed {
		worst = reasonCardSecurity.with(nameString(signers[0].cert.issuer)).check("", verdict.Passed)
	}
	worst.Name = CheckCardSecurity
	if worst.Outcome == verdict.Failed {
		return nil, worst
	}
	return infos, worst
}

func parseCardSecurity(b []byte) (*signedData, *lds.SecurityInfos, error) {
	if len(b) > maxSOD {
		return nil, nil, fmt.Errorf("EF.CardSecurity of %d bytes: %w", len(b), errMalformed)
	}
	d, err := parseSignedData(b)
	if err != nil {
		return nil, nil, err
	}
	if string(d.contentType) != oidCardSecurity {
		return nil, nil, fmt.Errorf("EF.CardSecurity signs %s, no security infos: %w", dotted(d.contentType), errMalformed)
	}
	infos, err := lds.ParseSecurityInfos(d.content)
	if err != nil {
		return nil, nil, errors.Join(errMalformed, err)
	}
	return d, infos, nil
}
