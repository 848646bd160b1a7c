package passive

import (
	"crypto"
	"errors"
	"time"

	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/verdict"
)

// signedBy is one signer whose signature is right.
type signedBy struct {
	cert *certificate
	when time.Time // the signing time that it signed; zero when absent
}

// at tells when a document was signed and how exact that is: the signing time,
// else the date of issue that the document states.
func (s signedBy) at(files []lds.File) (when time.Time, slack time.Duration) {
	if !s.when.IsZero() {
		return s.when, 0
	}
	return issueDate(files), issueSlack
}

// checkSigners verifies every signer of signed data and returns those whose
// signature is right; where none is, the first whose certificate is there, so
// that its chain can be told. One wrong signature among several is a wrong
// signature. A signer's certificate may also be one that the trust folder
// holds.
func checkSigners(d *signedData, t *Trust) (verdict.Check, []signedBy) {
	if len(d.signers) == 0 {
		return reasonNoSigner.check(CheckSignature, verdict.Failed), nil
	}
	var valid []signedBy
	var first *certificate
	var weak string
	open := reasonNoCertificate.check(CheckSignature, verdict.Inconclusive)
	for i := range d.signers {
		s := &d.signers[i]
		cert := s.certificate(d.certificates)
		if cert == nil && t != nil {
			cert = s.certificate(t.signers)
		}
		if cert == nil {
			if d.certErr != nil {
				open = reasonUnsupported.because(d.certErr).check(CheckSignature, verdict.Inconclusive)
			}
			continue
		}
		if first == nil {
			first = cert
		}
		switch err := s.verify(d, cert); {
		case errors.Is(err, errUnsupported):
			open = reasonUnsupported.because(err).check(CheckSignature, verdict.Inconclusive)
		case err != nil:
			return reasonWrongSignature.because(err).check(CheckSignature, verdict.Failed), []signedBy{{cert: cert}}
		default:
			weak = s.weak(cert)
			valid = append(valid, signedBy{cert, s.time()})
		}
	}
	switch {
	case len(valid) > 0:
		return reasonSignature.weak(weak).check(CheckSignature, verdict.Passed), valid
	case first != nil:
		return open, []signedBy{{cert: first}}
	}
	return open, nil
}

// weak names what is weak about the signature.
func (s *signer) weak(cert *certificate) string {
	key, err := cert.publicKey()
	if err != nil {
		return ""
	}
	return s.algorithm.weak(key)
}

func weakHash(h crypto.Hash) string {
	if h == crypto.SHA1 {
		return "SHA-1"
	}
	return ""
}

// checkSubjects makes the chain and the revocation check for each signer: one
// that failed decides, else one that passed, else the first.
func checkSubjects(signers []signedBy, t *Trust, about func(signedBy) subject) (chain, revocation verdict.Check) {
	if len(signers) == 0 {
		chain, _ = checkChain(subject{}, t)
		return chain, checkRevocation(nil, nil, t, time.Time{})
	}
	for i, s := range signers {
		sub := about(s)
		c, issuer := checkChain(sub, t)
		r := checkRevocation(s.cert, issuer, t, sub.now)
		if c.Outcome == verdict.Failed || r.Outcome == verdict.Failed {
			return c, r
		}
		if i == 0 || c.Outcome == verdict.Passed && chain.Outcome != verdict.Passed {
			chain, revocation = c, r
		}
	}
	return chain, revocation
}
