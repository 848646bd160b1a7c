package enrol

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/mrz/compare"
	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/verdict"
)

// GuardianArgs says what the guardian is to the citizen, and by which paper:
// codes of GuardianKind. A guardian whose card was read says the rest by it; of
// another one Reason says in words why there is no chip, and Fields are typed:
// "number" (12 digits), "name" and "birth" (YYYY-MM-DD).
type GuardianArgs struct {
	Relation string            `json:"relation"`
	Paper    Paper             `json:"paper"`
	Reason   string            `json:"reason,omitempty"`
	Fields   map[string]string `json:"fields,omitempty"`
}

// guardianSaid is what the officer took down of a guardian.
type guardianSaid struct {
	Relation string            `cbor:"relation"`
	Paper    Paper             `cbor:"paper"`
	Reason   string            `cbor:"reason,omitempty"`
	Fields   map[string]string `cbor:"fields,omitempty"`
}

// guardian is who stands beside the citizen.
type guardian struct {
	scan      *scanned
	scans     int
	chip      *reader.Report
	refused   string // problem code: the keys of the last scan open nothing
	said      *guardianSaid
	officer   string // who took it down
	at        time.Time
	household *household // nil: not carried over from another enrolment
}

// foldGuardianScan begins with another card: what was said of the one before
// does not hold for it.
func foldGuardianScan(s *state, e *event, _ *rules.Pack) {
	maps.DeleteFunc(s.acks, func(code string, _ ack) bool {
		return code == guardianUnread || code == guardianExpired || strings.HasPrefix(code, "check:"+guardianPrefix)
	})
	s.guardian = guardian{scan: e.Scan, scans: s.guardian.scans + 1}
}

func foldGuardianChip(s *state, e *event, _ *rules.Pack) {
	s.guardian.chip, s.guardian.at = e.Chip, e.At
	s.machine[StepGuardian] += e.Elapsed
}

func foldGuardianRefused(s *state, e *event, _ *rules.Pack) {
	s.guardian.refused = e.Code
	s.machine[StepGuardian] += e.Elapsed
}

func foldGuardian(s *state, e *event, _ *rules.Pack) {
	g := &s.guardian
	g.said = e.Guardian
	if g.at.IsZero() {
		g.at = e.At
	}
	if g.officer == "" {
		g.officer = e.Officer
	}
	delete(s.acks, guardianUnread)
	if e.Guardian.Reason != "" { // an exception, for which the reason is given here
		s.acks[guardianUnread] = ack{e.Guardian.Reason, e.Officer, e.At}
	}
}

// Codes of issues with a guardian.
const (
	guardianUnread  = "guardian-unread"
	guardianExpired = "guardian-expired"
)

func acceptGuardianScan(s *Station, c Command, e *event) *Problem {
	var a ScanArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	if s.st.guardian.household != nil { // begun for the same guardian
		return problem("already-read")
	}
	var p *Problem
	e.Scan, p = s.takeScan(a, e.At)
	return p
}

func acceptGuardian(s *Station, c Command, e *event) *Problem {
	var a GuardianArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	said, p := s.readGuardian(a)
	if p != nil {
		return p
	}
	birth, err := time.Parse(isoDate, value(s.st.guardianFields(said), fieldBirth))
	if err != nil {
		return problem("guardian-unknown")
	}
	if age(birth, s.st.day(s.cfg.Now())) < s.st.as.Guardian.MinimumAge {
		return problem("guardian-too-young")
	}
	number := value(s.st.guardianFields(said), fieldNumber)
	switch {
	case number == "":
		return problem("guardian-unknown")
	case number == value(s.st.personFields(s.cfg.Now()), fieldNumber):
		return problem("same-person")
	case s.isOfficer(number):
		return problem("guardian-is-officer")
	}
	e.Guardian, e.Code = said, said.Relation
	return nil
}

// isOfficer reports whether a number is that of somebody who worked at the
// enrolment.
func (s *Station) isOfficer(number string) bool {
	return slices.ContainsFunc(s.st.officers(), func(id string) bool { return s.owns(id, number) })
}

// owns reports whether a number is that of somebody's own card.
func (s *Station) owns(id, number string) bool {
	return s.cfg.OwnCard != nil && number != "" && s.cfg.OwnCard(id, number)
}

// readGuardian checks the arguments by themselves.
func (s *Station) readGuardian(a GuardianArgs) (*guardianSaid, *Problem) {
	rule, day := s.st.as.Guardian, s.st.day(s.cfg.Now())
	if !slices.ContainsFunc(rule.Relations, func(x rules.ExceptionRule) bool { return x.Code == a.Relation }) {
		return nil, problem("bad-relation")
	}
	papers, p := s.papers([]Paper{a.Paper}, rule.Papers, PageGuardian, day)
	if p != nil {
		return nil, p
	}
	said := &guardianSaid{Relation: a.Relation, Paper: papers[0]}
	if s.st.guardian.chip != nil {
		if a.Reason != "" || len(a.Fields) > 0 {
			return nil, problem("bad-args")
		}
		return said, nil
	}
	if f := s.st.guardian.household; f != nil { // without a chip then, and now
		said.Reason, said.Fields = f.Guardian.Reason, f.Guardian.Fields
		return said, nil
	}
	if a.Reason == "" && len(a.Fields) == 0 {
		return nil, problem("guardian-unscanned")
	}
	var ok bool
	if said.Reason, ok = s.reason(a.Reason); !ok {
		return nil, problem("bad-reason")
	}
	typed := identified{Fields: map[string]string{}}
	if p := typed.takeFields(a.Fields, s.rules, day); p != nil {
		return nil, p
	}
	said.Fields = typed.Fields
	return said, nil
}

// guardianFields are the guardian's data as far as they are known. Nothing of
// them depends on the clock.
func (s *state) guardianFields(said *guardianSaid) []Field {
	g := &s.guardian
	chip, print := compare.Facts{}, compare.Facts{}
	if g.chip != nil {
		chip = cleanFacts(compare.FromChip(g.chip.Document, s.begun))
	}
	if g.scan != nil {
		print = cleanFacts(compare.Of(compare.Source(g.scan.Source), g.scan.Fields))
	}
	var out []Field
	for _, f := range sideBySide(print, chip) {
		if said != nil && said.Fields[f.Name] != "" && g.chip == nil {
			f.Value, f.Source = said.Fields[f.Name], "paper"
		}
		if f.Value != "" && f.Name != fieldDocument {
			out = append(out, f)
		}
	}
	return out
}

// guardianNumber is the guardian's, "" where there is none, or not yet.
func (s *state) guardianNumber() string {
	return value(s.guardianFields(s.guardian.said), fieldNumber)
}

// guardianPrefix stands before the checks of the guardian's card.
const guardianPrefix = "guardian/"

func (s *state) guardianChecks() (out []verdict.Check) {
	g := &s.guardian
	if g.chip == nil {
		if g.said != nil {
			out = append(out, notDone(guardianPrefix+"chip", "Chưa đọc chip thẻ của người giám hộ", "The guardian's chip was not read",
				"Trung tâm đối chiếu theo giấy tờ đã ghi", "The central checks it by the papers"))
		}
		return out
	}
	for _, c := range append(slices.Clone(g.chip.Checks), crossCheck(s.guardianFields(g.said))) {
		c.Name = guardianPrefix + c.Name
		out = append(out, c)
	}
	return out
}

// guardianCodes are the issues that the guardian's card leaves. That it was not
// read was given a reason at once.
func (s *state) guardianCodes(day time.Time) (out []string) {
	g := &s.guardian
	if _, known := s.acks[guardianUnread]; known {
		out = append(out, guardianUnread)
	}
	if g.chip == nil {
		return out
	}
	if v := value(s.guardianFields(g.said), fieldExpiry); isDate(v) && day.Format(isoDate) > v {
		out = append(out, guardianExpired)
	}
	return out
}

// devices are those that the guardian's card was read with.
func (g *guardian) devices(slot string) (out []biometrics.Device) {
	if g.chip != nil {
		out = append(out, slotOf(g.chip, slot))
	}
	if g.scan != nil && g.scan.Device != nil {
		out = append(out, *g.scan.Device)
	}
	return out
}
