package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/mrz/compare"
)

// day is a Monday.
var day = time.Date(2026, 11, 16, 9, 0, 0, 0, Hanoi)

func seen(kind, number string) CandidatePaper {
	return CandidatePaper{Type: kind, Number: number, Seen: true, Scan: true, Consent: true}
}

// good is a candidate of a kind in which nothing is missing.
func good(p *Pack, kind string) Candidate {
	one, _ := p.For(kind)
	c := Candidate{
		Kind: kind, Station: one.As().Stations[0], Day: day, Evidence: one.As().Card != CardNone, Phone: "0912345678", Email: "thu@example.com",
		Fields: map[string]string{
			compare.Number: "001090990001", compare.Name: "Nguyễn Văn Thử", compare.Birth: "1990-01-31", compare.Sex: "Nam", compare.Nationality: "VNM",
			compare.Issue: "2022-03-01", compare.Expiry: "2030-01-31", compare.OldNumber: "012345678",
		},
		Portrait:   &CandidatePortrait{Width: 480, Height: 640, Accepted: true},
		Documents:  []CandidatePaper{seen("driving-licence", "010123456789"), seen("tax-code", "0123456787")},
		Dependants: []CandidateDependant{{Relation: "child", Number: "001215990002", Paper: seen("birth-certificate", "12/2015")}},
		Consent:    &CandidateConsent{Registration: true, Signed: true},
	}
	for _, f := range one.Fingers {
		c.Prints = append(c.Prints, CandidatePrint{Finger: f, Score: 80, Minutiae: 40})
	}
	if k := one.As(); len(k.Reasons) > 0 {
		c.Reason = k.Reasons[0].Code
	}
	switch kind {
	case Child:
		c.Fields[compare.Birth], c.Fields[compare.Issue], c.Fields[compare.Expiry] = "2016-05-05", "2024-08-01", "2030-05-05"
		fallthrough
	case Ward:
		c.Guardian = &CandidateGuardian{Number: "001190990002", Birth: "1990-02-02", Relation: "mother", Verified: true, Papers: []CandidatePaper{seen("birth-certificate", "123/2016")}}
	case Foreigner:
		c.Identity = []CandidatePaper{seen("passport", "X1234567"), seen("residence-card", "NN-1234567")}
		c.Fields[compare.Number], c.Fields[compare.Nationality] = "", "LAO"
	case Issuance:
		c.Family = []CandidateMember{{Code: "father", Fields: map[string]string{"name": "Nguyễn Văn Cha", "number": "001060990003", "nationality": "VNM"}}}
	case Lock:
		c.Request = &CandidateRequest{Action: "lock", Reason: "device-lost"}
	case Documents:
		c.Request = &CandidateRequest{Action: "add"}
	case Organisation:
		c.Request = &CandidateRequest{Action: "register", Fields: map[string]string{"organisation": "Công ty Thử", "tax_code": "0123456787", "address": "12 đường Thử", "role": "Giám đốc"}}
	}
	return c
}

// TestValidateGood: the good candidate of each kind is turned down for nothing.
func TestValidateGood(t *testing.T) {
	p := defaultPack(t)
	for _, k := range p.Kinds {
		if found := p.Validate(good(p, k.Code)); len(found) != 0 {
			t.Errorf("%s: %+v", k.Code, found)
		}
	}
}

// TestValidateRules breaks each rule once: exactly that is found.
func TestValidateRules(t *testing.T) {
	p := defaultPack(t)
	p.Signature, p.PortraitMinWidth, p.PortraitMinHeight = true, 300, 400
	p.Document("driving-licence").Scan = true
	p.Member("father").Required = true
	used := map[string]bool{}
	for _, b := range broken {
		c := good(p, b.kind)
		b.change(&c)
		var codes []string
		for _, f := range p.Validate(c) {
			codes = append(codes, strings.TrimSuffix(fmt.Sprintf("%s %s", f.Code, f.Of), " "))
			used[f.Code] = true
			if f.Section != b.section || f.Words.VI == "" || f.Words.EN == "" || f.Next.VI == "" || f.Next.EN == "" {
				t.Errorf("%s, %s: %+v", b.kind, b.want, f)
			}
		}
		if !slices.Equal(codes, []string{b.want}) {
			t.Errorf("%s: found %q, not %q", b.kind, codes, b.want)
		}
	}
	for code := range findings {
		if !used[code] && code != FindDeadline {
			t.Errorf("no rule shows %s", code)
		}
	}
}

// TestValidateDeadline: a calendar without a working day gives no deadline.
func TestValidateDeadline(t *testing.T) {
	p := defaultPack(t)
	p.Calendar.Weekend = weekdays
	if found := p.Validate(good(p, Citizen)); len(found) != 1 || found[0].Code != FindDeadline {
		t.Errorf("found %+v", found)
	}
}

// broken is each rule of the validator, with a candidate that breaks it alone.
var broken = []struct {
	kind, want, section string
	change              func(*Candidate)
}{
	{Citizen, "kind-unknown citizens", SectionKind, func(c *Candidate) { c.Kind = "citizens" }},
	{Citizen, "station-not-allowed immigration", SectionKind, func(c *Candidate) { c.Station = "immigration" }},
	{Foreigner, "station-not-allowed commune", SectionKind, func(c *Candidate) { c.Station = "commune" }},
	{Issuance, "reason-unknown", SectionKind, func(c *Candidate) { c.Reason = "" }},
	{Issuance, "reason-unknown other", SectionKind, func(c *Candidate) { c.Reason = "other" }},

	{Citizen, "chip-not-read", SectionEvidence, func(c *Candidate) { c.Evidence = false }},
	{Citizen, "chip-not-read", SectionEvidence, func(c *Candidate) { c.Evidence, c.NoCard = false, "lost" }},
	{Issuance, "chip-not-read", SectionEvidence, func(c *Candidate) { c.Evidence, c.Identity = false, []CandidatePaper{seen("passport", "X1234567")} }},
	{Citizen, "card-expired", SectionEvidence, func(c *Candidate) { c.Fields[compare.Expiry] = "2026-11-15" }},

	{Issuance, "paper-missing", SectionIdentity, func(c *Candidate) { c.Evidence, c.NoCard = false, "lost" }},
	{Foreigner, "paper-missing residence-card", SectionIdentity, func(c *Candidate) { c.Identity = c.Identity[:1] }},
	{Foreigner, "paper-number passport", SectionIdentity, func(c *Candidate) { c.Identity[0].Number = "x" }},
	{Foreigner, "paper-unseen passport", SectionIdentity, func(c *Candidate) { c.Identity[0].Seen = false }},

	{Child, "guardian-missing", SectionGuardian, func(c *Candidate) { c.Guardian = nil }},
	{Child, "guardian-not-verified", SectionGuardian, func(c *Candidate) { c.Guardian.Verified = false }},
	{Child, "guardian-not-verified", SectionGuardian, func(c *Candidate) { c.Guardian.Number = "1" }},
	{Ward, "guardian-is-the-citizen", SectionGuardian, func(c *Candidate) { c.Guardian.Number = c.Fields[compare.Number] }},
	{Child, "guardian-age", SectionGuardian, func(c *Candidate) { c.Guardian.Birth = "2008-11-17" }},
	{Child, "guardian-age", SectionGuardian, func(c *Candidate) { c.Guardian.Birth = "1990" }},
	{Child, "relation-unknown neighbour", SectionGuardian, func(c *Candidate) { c.Guardian.Relation = "neighbour" }},
	{Child, "paper-missing", SectionGuardian, func(c *Candidate) { c.Guardian.Papers = nil }},
	{Child, "paper-unseen birth-certificate", SectionGuardian, func(c *Candidate) { c.Guardian.Papers[0].Seen = false }},

	{Citizen, "field-missing name", SectionPerson, func(c *Candidate) { c.Fields[compare.Name] = "" }},
	{Citizen, "field-missing number", SectionPerson, func(c *Candidate) { delete(c.Fields, compare.Number) }},
	{Citizen, "field-format number", SectionPerson, func(c *Candidate) { c.Fields[compare.Number] = "00109099000" }},
	{Citizen, "field-format old_number", SectionPerson, func(c *Candidate) { c.Fields[compare.OldNumber] = "12" }},
	{Citizen, "field-format birth", SectionPerson, func(c *Candidate) { c.Fields[compare.Birth] = "31/01/1990" }},
	{Citizen, "dates-implausible", SectionPerson, func(c *Candidate) { c.Fields[compare.Issue] = "1989-01-01" }},
	{Citizen, "dates-implausible", SectionPerson, func(c *Candidate) { c.Fields[compare.Expiry] = "2021-01-01" }},
	{Citizen, "dates-implausible", SectionPerson, func(c *Candidate) { c.Fields[compare.Birth] = "2027-01-01" }},
	{Citizen, "dates-implausible", SectionPerson, func(c *Candidate) { c.Fields[compare.Issue] = "2026-11-17" }},
	{Citizen, "age-not-allowed 13", SectionPerson, func(c *Candidate) { c.Fields[compare.Birth] = "2012-11-17" }},
	{Child, "age-not-allowed 14", SectionPerson, func(c *Candidate) { c.Fields[compare.Birth] = "2012-11-16" }},
	{Child, "age-not-allowed 5", SectionPerson, func(c *Candidate) { c.Fields[compare.Birth] = "2020-11-17" }},
	{Citizen, "phone-format", SectionPerson, func(c *Candidate) { c.Phone = "" }},
	{Citizen, "email-format", SectionPerson, func(c *Candidate) { c.Email = "thu" }},

	{Citizen, "portrait-missing", SectionPortrait, func(c *Candidate) { c.Portrait = nil }},
	{Citizen, "portrait-missing", SectionPortrait, func(c *Candidate) { c.Portrait.Accepted = false }},
	{Citizen, "portrait-small", SectionPortrait, func(c *Candidate) { c.Portrait.Width = 299 }},

	{Citizen, "finger-missing 7", SectionPrints, func(c *Candidate) { c.Prints = c.Prints[:1] }},
	{Issuance, "finger-missing 10", SectionPrints, func(c *Candidate) { c.Prints = c.Prints[:9] }},
	{Citizen, "finger-weak 2", SectionPrints, func(c *Candidate) { c.Prints[0].Score = 39 }},
	{Citizen, "finger-weak 2", SectionPrints, func(c *Candidate) { c.Prints[0].Score, c.Prints[0].Minutiae = -1, 11 }},
	{Citizen, "finger-not-proven 7", SectionPrints, func(c *Candidate) { c.Declined = declined("missing", true, false) }},
	{Citizen, "finger-not-proven 7", SectionPrints, func(c *Candidate) { c.Declined = declined("missing", false, true) }},
	{Citizen, "finger-not-proven 7", SectionPrints, func(c *Candidate) { c.Declined = declined("bored", true, true) }},

	{Issuance, "family-missing father", SectionFamily, func(c *Candidate) { c.Family = nil }},
	{Issuance, "family-missing father", SectionFamily, func(c *Candidate) { c.Family = append(c.Family, c.Family[0]) }},
	{Issuance, "family-missing name", SectionFamily, func(c *Candidate) { c.Family[0].Fields["name"] = "" }},
	{Issuance, "field-format number", SectionFamily, func(c *Candidate) { c.Family[0].Fields["number"] = "12" }},
	{Issuance, "relation-unknown uncle", SectionFamily, func(c *Candidate) { c.Family = append(c.Family, CandidateMember{Code: "uncle"}) }},

	{Lock, "request-missing", SectionRequest, func(c *Candidate) { c.Request = nil }},
	{Lock, "request-missing", SectionRequest, func(c *Candidate) { c.Request.Reason = "" }},
	{Organisation, "request-missing role", SectionRequest, func(c *Candidate) { c.Request.Fields["role"] = "" }},
	{Organisation, "field-format tax_code", SectionRequest, func(c *Candidate) { c.Request.Fields["tax_code"] = "0123456789" }},

	{Citizen, "paper-number tax-code", SectionDocuments, func(c *Candidate) { c.Documents[1].Number = "0123456789" }},
	{Citizen, "paper-number library-card", SectionDocuments, func(c *Candidate) { c.Documents[1].Type = "library-card" }},
	{Citizen, "paper-unseen tax-code", SectionDocuments, func(c *Candidate) { c.Documents[1].Seen = false }},
	{Citizen, "paper-scan driving-licence", SectionDocuments, func(c *Candidate) { c.Documents[0].Scan = false }},
	{Citizen, "paper-twice tax-code", SectionDocuments, func(c *Candidate) { c.Documents = append(c.Documents, c.Documents[1]) }},
	{Citizen, "papers-too-many", SectionDocuments, func(c *Candidate) {
		for i := range 20 {
			c.Documents = append(c.Documents, seen("birth-certificate", fmt.Sprint(i)))
		}
	}},
	{Citizen, "dependant neighbour", SectionDocuments, func(c *Candidate) { c.Dependants[0].Relation = "neighbour" }},
	{Citizen, "dependant child", SectionDocuments, func(c *Candidate) { c.Dependants[0].Number = "1" }},
	{Citizen, "dependant child", SectionDocuments, func(c *Candidate) { c.Dependants[0].Paper.Seen = false }},

	{Citizen, "consent-missing", SectionConsent, func(c *Candidate) { c.Consent = nil }},
	{Citizen, "consent-missing", SectionConsent, func(c *Candidate) { c.Consent.Registration = false }},
	{Citizen, "signature-missing", SectionConsent, func(c *Candidate) { c.Consent.Signed = false }},
	{Citizen, "consent-document tax-code", SectionConsent, func(c *Candidate) { c.Documents[1].Consent = false }},
}

func declined(reason string, photo, supervisor bool) []CandidateDeclined {
	return []CandidateDeclined{{Finger: biometrics.LeftIndex, Reason: reason, Photo: photo, Supervisor: supervisor}}
}

// TestValidateExcuses: what the rules allow is no finding.
func TestValidateExcuses(t *testing.T) {
	p := defaultPack(t)
	for name, c := range map[string]struct {
		kind   string
		change func(*Candidate)
	}{
		"a finger with its proof": {Citizen, func(c *Candidate) { c.Prints, c.Declined = c.Prints[:1], declined("missing", true, true) }},
		"a supervisor waited for": {Citizen, func(c *Candidate) {
			c.Prints, c.Declined = c.Prints[:1], declined("device", false, false)
			c.Declined[0].Waiting = true
		}},
		"a weak print with a reason": {Citizen, func(c *Candidate) { c.Prints[0].Score, c.Prints[0].Excused = 10, true }},
		"no e-mail":                  {Citizen, func(c *Candidate) { c.Email = "" }},
		"no documents":               {Citizen, func(c *Candidate) { c.Documents, c.Dependants = nil, nil }},
		"no expiry":                  {Citizen, func(c *Candidate) { c.Fields[compare.Expiry] = compare.NoExpiry }},
		"the card's last day":        {Citizen, func(c *Candidate) { c.Fields[compare.Expiry] = "2026-11-16" }},
		"the birthday of 14":         {Citizen, func(c *Candidate) { c.Fields[compare.Birth] = "2012-11-16" }},
		"a year of birth alone":      {Citizen, func(c *Candidate) { c.Fields[compare.Birth] = "1960" }},
		"no card, with a paper": {Issuance, func(c *Candidate) {
			c.Evidence, c.NoCard, c.Identity = false, "lost", []CandidatePaper{seen("passport", "X1234567")}
		}},
		"an expired card is replaced": {Issuance, func(c *Candidate) { c.Fields[compare.Expiry] = "2025-01-01" }},
		"no family":                   {Issuance, func(c *Candidate) { c.Family = nil }},
		"midnight in Hanoi": {Citizen, func(c *Candidate) {
			c.Fields[compare.Birth], c.Day = "2012-11-17", time.Date(2026, 11, 16, 17, 0, 0, 0, time.UTC)
		}},
	} {
		one := good(p, c.kind)
		c.change(&one)
		if found := p.Validate(one); len(found) != 0 {
			t.Errorf("%s: %+v", name, found)
		}
	}
}
