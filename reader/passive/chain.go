package passive

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tram-station/tram/reader/verdict"
)

// maxLinks bounds the link certificates between a document signer's issuer and
// a trusted root.
const maxLinks = 8

// subject is what a chain is built for: a document signer, what it signed, and
// when.
type subject struct {
	ds     *certificate
	claim  claim
	signed time.Time     // when the document was signed; zero where unknown
	slack  time.Duration // how much earlier or later that may be
	now    time.Time
}

// checkChain ties the document signer's certificate to a trusted one
// (Doc 9303-11 §5.1 step 2, profiles of Doc 9303-12 §7.1) and returns the
// issuer where there is one. It fails where something is wrong with what the
// chip gave: a signature under the issuer's own key, a certificate for another
// purpose, an issuer that speaks for another country than the document names.
// What is missing, or deviates from the profile, is inconclusive.
func checkChain(s subject, t *Trust) (verdict.Check, *certificate) {
	ds := s.ds
	switch {
	case ds == nil:
		return reasonNoSignerKnown.check(CheckChain, verdict.NotDone), nil
	case ds.hasUsage && !ds.may(usageSignature), ds.signsLists:
		return reasonMayNotSign.check(CheckChain, verdict.Failed), nil
	case t.Len() == 0:
		return reasonNoTrust.check(CheckChain, verdict.Inconclusive), nil
	}
	issuers, check := t.issuersOf(ds)
	switch {
	case check.Outcome == verdict.Failed:
		return check, nil
	case !ds.hasUsage:
		return reasonNoUsage.check(CheckChain, verdict.Inconclusive), nil
	case len(issuers) == 0:
		return check, nil
	}
	// One key may stand in several certificates: a root and a link to it.
	best := 0
	for i, issuer := range issuers {
		c := s.judge(issuer)
		if i == 0 || c.Outcome == verdict.Passed {
			check, best = c, i
		}
		if c.Outcome == verdict.Passed {
			break
		}
	}
	return check, issuers[best]
}

// judge looks at everything but the signature between a document signer and
// the trusted issuer that signed it.
func (s subject) judge(issuer *certificate) verdict.Check {
	ds := s.ds
	names := []string{nameString(issuer.subject)}
	switch {
	case !issuer.hasUsage:
		return reasonNoUsage.check(CheckChain, verdict.Inconclusive)
	case !issuer.may(usageCertSign) || !issuer.ca:
		return reasonNoCA.check(CheckChain, verdict.Inconclusive)
	case ds.unknownCritical != nil || issuer.unknownCritical != nil:
		return reasonCritical.check(CheckChain, verdict.Inconclusive)
	}
	if s.claim.state != "" {
		states := fmt.Sprintf("%s, %s", country(issuer.subject), printable(s.claim.state))
		switch issuer.fitsState(s.claim.state) {
		case misfit:
			return reasonOtherCountry.with(states).check(CheckChain, verdict.Failed)
		case unknownFit:
			return reasonUnknownCountry.with(states).check(CheckChain, verdict.Inconclusive)
		}
	}
	if c := country(ds.subject); c != "" && !strings.EqualFold(c, country(issuer.subject)) {
		return reasonSignerCountry.with(c+", "+country(issuer.subject)).check(CheckChain, verdict.Inconclusive)
	}
	if !ds.signsType(s.claim.code) {
		return reasonOtherType.with(printable(s.claim.code)).check(CheckChain, verdict.Inconclusive)
	}
	why, ok := s.inTime(issuer)
	if !ok {
		return why.check(CheckChain, verdict.Inconclusive)
	}
	return why.with(names...).check(CheckChain, verdict.Passed)
}

// inTime judges validity when the document was signed. A document signer signs
// for some months; its certificate lives as long as the documents, which
// Doc 9303-12 §4.5 calls its validity. A card without an end outlives both:
// where it is known when it was signed, certificates that have ended since do
// not count against it.
func (s subject) inTime(issuer *certificate) (why reason, ok bool) {
	ds := s.ds
	switch {
	case s.now.Before(ds.notBefore):
		return reasonSignerTime.between(ds), false
	case s.now.Before(issuer.notBefore):
		return reasonAnchorTime.between(issuer), false
	case !issuer.signs(ds.notBefore):
		return reasonIssuedLate.between(issuer), false
	}
	ended := s.now.After(ds.notAfter)
	if s.signed.IsZero() {
		if ended {
			return reasonSignerTime.between(ds), false
		}
		return reasonChain, true
	}
	if !ds.signs(s.signed.Add(s.slack)) && !ds.signs(s.signed.Add(-s.slack)) && !ds.signs(s.signed) {
		return reasonSignedLate.with(s.signed.Format(time.DateOnly)), false
	}
	if ended || s.now.After(issuer.notAfter) {
		return reasonChainEnded, true
	}
	return reasonChain, true
}

// issuersOf finds the trusted certificates that signed c, roots first. Where a
// trusted certificate has the very key and the name that c gives and its
// signature is wrong, that is a failure; where only the name fits, another
// generation of the issuer's key may be missing here.
func (t *Trust) issuersOf(c *certificate) ([]*certificate, verdict.Check) {
	byKey, byName := t.candidates(c)
	list := byKey
	if len(list) == 0 {
		list = byName
	}
	unknown := reasonUnknownIssuer.with(nameString(c.issuer)).check(CheckChain, verdict.Inconclusive)
	var signers []*certificate
	var unsupported error
	wrong := false
	for _, a := range list {
		err := c.signedBy(a)
		switch {
		case err == nil && t.trusts(a, maxLinks):
			signers = append(signers, a)
		case errors.Is(err, errUnsupported):
			unsupported = err
		case err != nil:
			wrong = wrong || sameName(c.issuer, a.subject)
		}
	}
	switch {
	case len(signers) > 0:
		return signers, verdict.Check{}
	case unsupported != nil:
		return nil, reasonUnsupported.because(unsupported).check(CheckChain, verdict.Inconclusive)
	case wrong && len(byKey) > 0:
		return nil, reasonWrongIssuer.check(CheckChain, verdict.Failed)
	}
	return nil, unknown
}

// candidates lists the certificates that may have signed c, by the key that c
// names and by its issuer's name, roots first.
func (t *Trust) candidates(c *certificate) (byKey, byName []*certificate) {
	if t == nil {
		return nil, nil
	}
	for _, list := range [][]*certificate{t.roots, t.links} {
		for _, a := range list {
			key, name := c.issuedBy(a)
			if key {
				byKey = append(byKey, a)
			} else if name {
				byName = append(byName, a)
			}
		}
	}
	return byKey, byName
}

// trusts reports whether c is a root of the folder, or a link that a trusted
// certificate signed, over at most depth steps.
func (t *Trust) trusts(c *certificate, depth int) bool {
	if c.kind == KindRoot {
		return true
	}
	if depth == 0 || c.kind != KindLink || !c.ca {
		return false
	}
	byKey, byName := t.candidates(c)
	for _, a := range append(byKey, byName...) {
		if a != c && c.signedBy(a) == nil && t.trusts(a, depth-1) {
			return true
		}
	}
	return false
}
