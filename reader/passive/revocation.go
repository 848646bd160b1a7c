package passive

import (
	"bytes"
	"errors"
	"time"

	"github.com/tram-station/tram/reader/verdict"
)

// checkRevocation looks for the document signer in the revocation lists of its
// issuer. It is done only after the chain was built: a list says something
// about certificates that its issuer made. A signer that a list names has
// failed, also where a newer list is due; a list that is due says nothing in
// favour.
func checkRevocation(ds, issuer *certificate, t *Trust, now time.Time) verdict.Check {
	if issuer == nil {
		return reasonNoIssuerKnown.check(CheckRevocation, verdict.NotDone)
	}
	var newest *revocationList
	var unusable error
	for _, l := range t.crls {
		if !sameName(l.issuer, ds.issuer) {
			continue
		}
		if err := l.verified(t); err != nil {
			unusable = err
			continue
		}
		if e, ok := l.find(ds.serial); ok {
			return reasonRevoked.with(e.when.Format(time.DateOnly)).check(CheckRevocation, verdict.Failed)
		}
		if _, ok := l.find(issuer.serial); ok && bytes.Equal(issuer.issuer, l.issuer) {
			return reasonIssuerRevoked.check(CheckRevocation, verdict.Inconclusive)
		}
		if newest == nil || l.thisUpdate.After(newest.thisUpdate) {
			newest = l
		}
	}
	switch {
	case newest == nil && errors.Is(unusable, errUnsupported):
		return reasonUnsupported.because(unusable).check(CheckRevocation, verdict.Inconclusive)
	case newest == nil && unusable != nil:
		return reasonWrongCRL.because(unusable).check(CheckRevocation, verdict.Inconclusive)
	case newest == nil:
		return reasonNoCRL.check(CheckRevocation, verdict.NotDone)
	case now.Before(newest.thisUpdate):
		return reasonCRLTime.with(newest.thisUpdate.Format(time.DateOnly)).check(CheckRevocation, verdict.Inconclusive)
	case !newest.nextUpdate.IsZero() && now.After(newest.nextUpdate):
		return reasonCRLDue.with(newest.nextUpdate.Format(time.DateOnly)).check(CheckRevocation, verdict.Inconclusive)
	}
	return reasonNotRevoked.with(newest.thisUpdate.Format(time.DateOnly)).check(CheckRevocation, verdict.Passed)
}
