package enrol

import "github.com/tram-station/tram/kiosk/rules"

// kindCandidates tell the central's validator what only some kinds have.
var kindCandidates = map[string]candidatePart{
	rules.SectionGuardian: candidateGuardian,
	rules.SectionRequest:  candidateRequest,
}

// candidateGuardian counts a guardian without a readable card as verified where
// the reason was given: the exception is in the dossier.
func candidateGuardian(s *state, c *rules.Candidate, _ *rules.Pack) {
	g := s.guardian
	if g.said == nil {
		return
	}
	fields := s.guardianFields(g.said)
	c.Guardian = &rules.CandidateGuardian{Number: value(fields, fieldNumber), Birth: value(fields, fieldBirth), Relation: g.said.Relation,
		Verified: g.chip != nil || g.said.Reason != "", Papers: []rules.CandidatePaper{paperCandidate(g.said.Paper)}}
}

// candidateRequest says of a list of documents that there is one.
func candidateRequest(s *state, c *rules.Candidate, _ *rules.Pack) {
	q := s.request
	if q == nil {
		return
	}
	c.Request = &rules.CandidateRequest{Action: q.Action, Reason: q.Reason, Fields: q.Fields}
	if len(q.Items) > 0 {
		c.Request.Action = q.Items[0].Action
	}
}
