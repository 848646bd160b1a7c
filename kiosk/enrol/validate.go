package enrol

import (
	"slices"
	"strings"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/mrz/cccd"
)

// centralPrefix begins the codes of issues for which the central would turn the
// dossier down. No reason of the officer helps against them.
const centralPrefix = "central:"

// findings is the central's validator, run while the citizen is there: when
// everything else is done and before the officer signs. It needs no network.
func (s *state) findings(fields []Field, r *rules.Pack, now time.Time) []rules.Finding {
	if s.corrects != nil || s.as == nil || s.looksOnly() || s.chip == nil && !s.cardless() || s.step(r) != StepSign {
		return nil
	}
	var out []rules.Finding
	for _, f := range r.Validate(s.candidate(fields, r, now)) {
		if !s.excused(f) {
			out = append(out, f)
		}
	}
	return out
}

// excused reports whether the enrolment has a reason for what is missing: a
// member of the family that there is not.
func (s *state) excused(f rules.Finding) bool {
	if f.Code != rules.FindFamily {
		return false
	}
	for _, m := range s.family {
		if m.Relation == f.Of && m.Absent != "" {
			return true
		}
	}
	return false
}

// findingCode is the code of the issue that a finding is.
func findingCode(f rules.Finding) string {
	if f.Of == "" {
		return centralPrefix + f.Code
	}
	return centralPrefix + f.Code + ":" + f.Of
}

func isFinding(code string) bool { return strings.HasPrefix(code, centralPrefix) }

// candidatePart puts one section into what the validator looks at.
type candidatePart func(s *state, c *rules.Candidate, r *rules.Pack)

// candidateParts are the sections that are looked at.
var candidateParts = join(paperCandidates, kindCandidates)

var paperCandidates = map[string]candidatePart{
	rules.SectionKind:      func(*state, *rules.Candidate, *rules.Pack) {},
	rules.SectionEvidence:  func(s *state, c *rules.Candidate, _ *rules.Pack) { c.Evidence = s.chip != nil },
	rules.SectionIdentity:  candidateIdentity,
	rules.SectionPerson:    candidatePerson,
	rules.SectionPortrait:  candidatePortrait,
	rules.SectionPrints:    candidatePrints,
	rules.SectionFamily:    candidateFamily,
	rules.SectionDocuments: candidateDocuments,
	rules.SectionConsent:   candidateConsent,
}

// candidate is the enrolment as the central will see it.
func (s *state) candidate(fields []Field, r *rules.Pack, now time.Time) rules.Candidate {
	c := rules.Candidate{Kind: s.as.Code, Day: s.day(now), Fields: map[string]string{}}
	if s.opening != nil {
		c.Reason = s.opening.Reason
	}
	for _, f := range fields {
		c.Fields[f.Name] = f.Value
	}
	if _, err := cccd.ParseNumber(c.Fields[fieldNumber]); err == nil && c.Fields[fieldNationality] == "" {
		c.Fields[fieldNationality] = vietnam // only citizens have such a number
	}
	for _, part := range candidateParts {
		part(s, &c, r)
	}
	return c
}

func candidateIdentity(s *state, c *rules.Candidate, _ *rules.Pack) {
	i := s.identity
	if i == nil {
		return
	}
	if s.cardless() {
		c.NoCard = i.Card + i.Reason
	}
	for _, p := range i.Papers {
		c.Identity = append(c.Identity, paperCandidate(p))
	}
	if len(i.Zone) > 0 && !slices.ContainsFunc(i.Papers, func(p Paper) bool { return p.Type == paperPassport }) { // it was read
		c.Identity = append(c.Identity, rules.CandidatePaper{Type: paperPassport, Number: i.Fields[fieldDocument], Seen: true})
	}
}

func paperCandidate(p Paper) rules.CandidatePaper {
	return rules.CandidatePaper{Type: p.Type, Number: p.Number, Seen: p.OriginalSeen, Scan: len(p.Pages) > 0}
}

func candidatePerson(s *state, c *rules.Candidate, _ *rules.Pack) {
	if s.person != nil {
		c.Phone, c.Email = s.person.Phone, s.person.Email
	}
}

func candidatePortrait(s *state, c *rules.Candidate, _ *rules.Pack) {
	if p := s.portrait; p != nil {
		c.Portrait = &rules.CandidatePortrait{Width: p.Width, Height: p.Height, Accepted: s.decision != nil}
	}
}

func candidatePrints(s *state, c *rules.Candidate, r *rules.Pack) {
	for at, p := range s.kept {
		_, excused := s.acks[weakIssue(p, r).code]
		c.Prints = append(c.Prints, rules.CandidatePrint{Finger: at.finger, Rolled: at.rolled, Score: p.Quality.Score, Minutiae: p.minutiae(), Excused: excused})
	}
	for f := biometrics.RightThumb; f <= biometrics.LeftLittle; f++ {
		if x, excepted := s.exceptions[f]; excepted {
			c.Declined = append(c.Declined, rules.CandidateDeclined{Finger: f, Reason: x.Reason, Photo: x.photo != nil,
				Supervisor: x.supervisor != "", Waiting: s.fingersDone(r)})
		}
	}
}

func candidateFamily(s *state, c *rules.Candidate, _ *rules.Pack) {
	for _, m := range s.family {
		if m.Absent == "" {
			c.Family = append(c.Family, rules.CandidateMember{Code: m.Relation, Fields: map[string]string{"name": m.Name, "number": m.Number, "nationality": m.Nationality}})
		}
	}
}

func candidateDocuments(s *state, c *rules.Candidate, _ *rules.Pack) {
	for _, d := range s.documents {
		if s.agreesTo(d) { // no other one goes out
			c.Documents = append(c.Documents, rules.CandidatePaper{Type: d.Type, Number: d.Number, Seen: d.OriginalSeen, Scan: len(d.Pages) > 0, Consent: true})
		}
	}
	for _, d := range s.dependants {
		one := rules.CandidateDependant{Relation: d.Relation, Number: d.Number}
		if p := d.Paper; p != nil {
			one.Paper = rules.CandidatePaper{Type: p.Type, Number: p.Number, Seen: p.OriginalSeen, Scan: len(p.Pages) > 0}
		}
		c.Dependants = append(c.Dependants, one)
	}
}

func candidateConsent(s *state, c *rules.Candidate, _ *rules.Pack) {
	if a := s.registration; a != nil {
		c.Consent = &rules.CandidateConsent{Registration: a.yes, Signed: s.signed != ""}
	}
}
