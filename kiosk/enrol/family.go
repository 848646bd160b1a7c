package enrol

import (
	"slices"
	"strings"
	"time"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/mrz/compare"
)

// MaxFamily bounds the list.
const MaxFamily = 20

// sourceOfficer is what the officer wrote.
const sourceOfficer = "officer"

// FamilyMember is one of the citizen's family, asked for where a card is
// issued.
type FamilyMember struct {
	Relation    string `json:"relation" cbor:"relation"` // a code of the rules' family
	Name        string `json:"name,omitempty" cbor:"name,omitempty"`
	Number      string `json:"number,omitempty" cbor:"number,omitempty"` // 12 digits
	Nationality string `json:"nationality,omitempty" cbor:"nationality,omitempty"`
	// Absent is the reason why there is none, in place of the name.
	Absent string `json:"absent,omitempty" cbor:"absent,omitempty"`
	// Source is where the name stands: "chip", "qr", or "officer". The station
	// fills it; what a client sends is not used.
	Source string `json:"source,omitempty" cbor:"source,omitempty"`
}

// FamilyArgs lists the family; none is an answer. The list replaces the one
// before.
type FamilyArgs struct {
	Members []FamilyMember `json:"members"`
}

// FamilyView is the family as listed, and what the card says of it.
type FamilyView struct {
	Members []FamilyMember `json:"members"`
	OnCard  []FamilyMember `json:"on_card"`
}

func acceptFamily(s *Station, c Command, e *event) *Problem {
	var a FamilyArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	if !s.st.takes(StepFamily) {
		return problem("wrong-step")
	}
	if len(a.Members) > MaxFamily {
		return problem("bad-args")
	}
	known := s.st.familyOnCard(s.cfg.Now())
	for i := range a.Members {
		m, ok := s.checkMember(a.Members[i])
		rule := s.rules.Member(m.Relation)
		if !ok || rule == nil || !rule.Many && slices.ContainsFunc(a.Members[:i], func(o FamilyMember) bool { return o.Relation == m.Relation }) {
			return problem("bad-family")
		}
		m.Source = sourceOfficer
		if j := slices.IndexFunc(known, func(k FamilyMember) bool { return k.Relation == m.Relation && sameText(k.Name, m.Name) }); j >= 0 {
			m.Source = known[j].Source
		}
		a.Members[i] = m
	}
	for _, rule := range s.rules.Family {
		if rule.Required && !slices.ContainsFunc(a.Members, func(m FamilyMember) bool { return m.Relation == rule.Code }) {
			return problem("bad-family")
		}
	}
	e.Paper = &paperEvent{Family: a.Members}
	return nil
}

// checkMember puts one member right by the rules' fields.
func (s *Station) checkMember(m FamilyMember) (FamilyMember, bool) {
	rule := s.rules.Member(m.Relation)
	if rule == nil {
		return m, false
	}
	if m.Absent != "" {
		reason, ok := s.reason(m.Absent)
		return FamilyMember{Relation: m.Relation, Absent: reason}, ok && m.Name == "" && m.Number == ""
	}
	var ok bool
	if m.Name, ok = line(m.Name, maxField); !ok || !s.rules.FormatOK(rules.FormatPersonName, m.Name) {
		return m, false
	}
	m.Number, m.Nationality = spaceless(m.Number), strings.ToUpper(spaceless(m.Nationality))
	known := map[string]string{"name": m.Name, "number": m.Number, "nationality": m.Nationality}
	for _, f := range rule.Fields {
		switch v := known[f.Name]; {
		case v == "" && f.Required, v != "" && f.Format != "" && !s.rules.FormatOK(f.Format, v):
			return m, false
		}
		delete(known, f.Name)
	}
	for _, v := range known { // what the rules do not ask for is not kept
		if v != "" {
			return m, false
		}
	}
	return m, true
}

func foldFamily(s *state, e *event, _ *rules.Pack) {
	s.family, s.familyAt = slices.Clone(e.Paper.Family), e.At
}

func familyDone(s *state, _ *rules.Pack) bool { return !s.familyAt.IsZero() }

// familyOnCard is what the chip says of the family, and else the print.
func (s *state) familyOnCard(now time.Time) (out []FamilyMember) {
	add := func(relation, name, source string) {
		if name != "" && !slices.ContainsFunc(out, func(m FamilyMember) bool { return m.Relation == relation }) {
			out = append(out, FamilyMember{Relation: relation, Name: name, Source: source})
		}
	}
	chip, print := s.chipFacts(now).Values(), s.printFacts().Values()
	for _, relation := range []string{compare.Father, compare.Mother} {
		add(relation, chip[relation], "chip")
		add(relation, print[relation], "qr")
	}
	if s.chip != nil && s.chip.Document != nil && s.chip.Document.VN != nil {
		add("spouse", cleanValue(s.chip.Document.VN.Spouse), "chip")
	}
	return out
}

// sameText compares two texts as far as spelling goes.
func sameText(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// familyView is nil where the enrolment asks for no family.
func (s *state) familyView(now time.Time) *FamilyView {
	if !s.takes(StepFamily) {
		return nil
	}
	return &FamilyView{Members: append([]FamilyMember{}, s.family...), OnCard: append([]FamilyMember{}, s.familyOnCard(now)...)}
}

func (s *state) familySection() any {
	return struct {
		Schema  int            `json:"schema"`
		Members []FamilyMember `json:"members"`
		At      time.Time      `json:"at"`
	}{sectionSchema, append([]FamilyMember{}, s.family...), s.familyAt}
}
