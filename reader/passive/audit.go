package passive

import (
	"bytes"
	"errors"
	"time"

	"github.com/tram-station/tram/reader/verdict"
)

// Finding is one check of one part of a trust folder.
type Finding struct {
	File    string `json:"file"`
	Subject string `json:"subject"`
	SHA256  string `json:"sha256"`
	verdict.Check
}

// Audit checks a trust folder itself: every root's own signature, every link's
// by the certificate before it, the signers of master lists, revocation lists
// and their age. known is what the station trusted before: nil for a folder
// that is looked at by itself. Master lists are judged by known and by the
// folder's other files, never by their own content.
//
// Failed is what must not be trusted: a wrong signature. Inconclusive is what
// needs the administrator's eye: a link that leads nowhere, a list whose signer
// is not known, a list that is due. A certificate whose time is over is Passed:
// documents outlive the keys of their issuers.
func (t *Trust) Audit(known *Trust, now time.Time) []Finding {
	var list []Finding
	add := func(file, subject string, raw []byte, c verdict.Check) {
		list = append(list, Finding{File: file, Subject: subject, SHA256: hexDigest(raw), Check: c})
	}
	all := t.joined(known, "")
	for _, c := range t.certificates() {
		add(c.file, nameString(c.subject), c.raw, all.checkCertificate(c))
		if v, ok := checkValidity(c, now); ok {
			add(c.file, nameString(c.subject), c.raw, v)
		}
	}
	for _, l := range t.lists {
		subject := ""
		if c := l.signer(); c != nil {
			subject = nameString(c.subject)
		}
		add(l.file, subject, l.raw, l.check(t.joined(known, l.file)))
	}
	for _, l := range t.crls {
		c := all.checkList(l, now)
		if c.Outcome == verdict.Inconclusive && t.superseded(l, all) {
			c = reasonCRLOld.with(l.thisUpdate.Format(time.DateOnly)).check(CheckCRL, verdict.Passed)
		}
		add(l.file, nameString(l.issuer), l.raw, c)
	}
	return list
}

// joined is the trust of both, without the roots that only the file named except
// brought. Its links stay: they count only where another root leads to them.
func (t *Trust) joined(known *Trust, except string) *Trust {
	j := newTrust()
	if known != nil {
		j.roots = append(j.roots, known.roots...)
		j.links = append(j.links, known.links...)
	}
	for _, c := range t.roots {
		if c.file != except || c.elsewhere {
			j.roots = append(j.roots, c)
		}
	}
	j.links = append(j.links, t.links...)
	return j
}

// checkCertificate checks the signature under which a certificate is here.
func (t *Trust) checkCertificate(c *certificate) verdict.Check {
	if c.kind == KindRoot {
		switch err := c.signedBy(c); {
		case errors.Is(err, errUnsupported):
			return reasonNotKnown.because(err).check(CheckSelfSigned, verdict.Inconclusive)
		case err != nil:
			return reasonSelfWrong.check(CheckSelfSigned, verdict.Failed)
		case !c.ca:
			return reasonNoCA.check(CheckSelfSigned, verdict.Inconclusive)
		}
		return reasonSelfSigned.check(CheckSelfSigned, verdict.Passed)
	}
	issuers, check := t.issuersOf(c)
	switch {
	case len(issuers) > 0:
		return reasonLinked.with(nameString(issuers[0].subject)).check(CheckLink, verdict.Passed)
	case check.Outcome == verdict.Failed:
		return reasonLinkWrong.check(CheckLink, verdict.Failed)
	}
	for _, root := range t.roots {
		if bytes.Equal(root.spki, c.spki) {
			return reasonLinkSpare.with(nameString(root.subject)).check(CheckLink, verdict.Passed)
		}
	}
	return reasonLinkOpen.with(nameString(c.issuer)).check(CheckLink, verdict.Inconclusive)
}

// checkValidity tells of a certificate whose time has not come or is over; ok
// is false where there is nothing to tell.
func checkValidity(c *certificate, now time.Time) (check verdict.Check, ok bool) {
	switch {
	case now.Before(c.notBefore):
		return reasonNotYet.with(c.notBefore.Format(time.DateOnly)).check(CheckValidity, verdict.Inconclusive), true
	case now.After(c.notAfter):
		return reasonEnded.with(c.notAfter.Format(time.DateOnly)).check(CheckValidity, verdict.Passed), true
	}
	return check, false
}

// superseded reports whether t holds a newer list of the same issuer.
func (t *Trust) superseded(l *revocationList, all *Trust) bool {
	for _, n := range t.crls {
		if n.thisUpdate.After(l.thisUpdate) && sameName(n.issuer, l.issuer) && n.verify(all) == nil {
			return true
		}
	}
	return false
}

// checkList checks one revocation list by itself.
func (t *Trust) checkList(l *revocationList, now time.Time) verdict.Check {
	switch err := l.verify(t); {
	case errors.Is(err, errNoIssuer):
		return reasonCRLUnknown.with(nameString(l.issuer)).check(CheckCRL, verdict.Inconclusive)
	case errors.Is(err, errUnsupported):
		return reasonNotKnown.because(err).check(CheckCRL, verdict.Inconclusive)
	case err != nil:
		return reasonWrongCRL.because(err).check(CheckCRL, verdict.Failed)
	case now.Before(l.thisUpdate):
		return reasonCRLTime.with(l.thisUpdate.Format(time.DateOnly)).check(CheckCRL, verdict.Inconclusive)
	case !l.nextUpdate.IsZero() && now.After(l.nextUpdate):
		return reasonCRLDue.with(l.nextUpdate.Format(time.DateOnly)).check(CheckCRL, verdict.Inconclusive)
	}
	return reasonCRLGood.with(l.thisUpdate.Format(time.DateOnly)).check(CheckCRL, verdict.Passed)
}
