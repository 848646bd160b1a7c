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
	Relation    string `json:"relation" cbor:"relation"` // "father", "mother", "spouse", …
	Name        string `json:"name" cbor:"name"`
	Number      string `json:"number,omitempty" cbor:"number,omitempty"` // 12 digits
	Nationality string `json:"nationality,omitempty" cbor:"nationality,omitempty"`
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
	for i, m := range a.Members {
		var ok, nation bool
		m.Name, ok = line(m.Name, maxField)
		m.Number = spaceless(m.Number)
		nation = m.Nationality == ""
		if !nation {
			m.Nationality, nation = line(m.Nationality, maxField)
		}
		if !ok || !nation || !inFamily(s.rules, m.Relation) || !s.personName(m.Name) || m.Number != "" && !s.idNumber(m.Number) {
			return problem("bad-family")
		}
		m.Source = sourceOfficer
		if j := slices.IndexFunc(known, func(k FamilyMember) bool { return k.Relation == m.Relation && sameText(k.Name, m.Name) }); j >= 0 {
			m.Source = known[j].Source
		}
		a.Members[i] = m
	}
	e.Paper = &paperEvent{Family: a.Members}
	return nil
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

// inFamily reports whether a member of the family may be asked for.
func inFamily(_ *rules.Pack, code string) bool {
	return slices.Contains([]string{"father", "mother", "spouse", "child", "guardian", "representative"}, code)
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
