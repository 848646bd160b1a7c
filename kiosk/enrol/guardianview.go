package enrol

import (
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/mrz/compare"
	"github.com/tram-station/tram/reader/verdict"
)

// GuardianView is who stands beside the citizen.
type GuardianView struct {
	Fields   []Field  `json:"fields"`
	Chip     ChipView `json:"chip"`
	Relation string   `json:"relation,omitempty"` // a code of GuardianKind
	Paper    *Paper   `json:"paper,omitempty"`
	Reason   string   `json:"reason,omitempty"` // why there is no chip
	// Carried says that the guardian was verified in an enrolment just before.
	Carried   bool `json:"carried"`
	Confirmed bool `json:"confirmed"`
}

// projectGuardian shows the guardian of a kind that has one.
func (s *Station) projectGuardian(snap *Snapshot) {
	st := s.st
	if !st.takes(StepGuardian) || st.as == nil {
		return
	}
	g := &st.guardian
	v := &GuardianView{Fields: append([]Field{}, st.guardianFields(g.said)...), Carried: g.household != nil,
		Chip: ChipView{State: "idle", Slot: snap.Chip.Slot, Virtual: snap.Chip.Virtual}}
	for i := range v.Fields {
		v.Fields[i].Said = append([]SaidView{}, v.Fields[i].Said...) // a list, also where it is empty
	}
	if g.said != nil {
		paper := g.said.Paper
		v.Relation, v.Paper, v.Reason, v.Confirmed = g.said.Relation, &paper, g.said.Reason, true
	}
	switch {
	case g.chip != nil:
		v.Chip.State, v.Chip.Access, v.Chip.Virtual = "done", string(g.chip.Access), g.chip.Stats.Virtual
	case g.refused != "":
		v.Chip.State = "failed"
		if snap.Error == nil && snap.Step == StepGuardian {
			snap.Error = problem(g.refused)
		}
	case g.scan != nil && g.said == nil:
		v.Chip.State = "waiting"
		if l := s.live.chip; l.State != "" {
			v.Chip.State, v.Chip.Step, v.Chip.Done, v.Chip.Total = l.State, l.Step, l.Done, l.Total
		}
	}
	snap.Guardian = v
}

// guardianSection is what the central needs to verify the guardian again.
type guardianSection struct {
	Schema   int             `cbor:"schema"`
	Relation string          `cbor:"relation"`
	Paper    Paper           `cbor:"paper"`
	Reason   string          `cbor:"reason,omitempty"` // why there is no chip
	Fields   []guardianDatum `cbor:"fields"`
	Access   string          `cbor:"access,omitempty"`
	Printed  string          `cbor:"printed,omitempty"`
	Notes    []string        `cbor:"notes"`
	Files    []evidenceFile  `cbor:"files"`
	Checks   []evidenceCheck `cbor:"checks"`
	Officer  string          `cbor:"officer"`
	Verified time.Time       `cbor:"verified"`
	Cost     evidenceCost    `cbor:"cost"`
	// Family is the first dossier that this guardian stood beside in one visit,
	// this one itself where it is that; Linked are those before it.
	Family uuid.UUID   `cbor:"family"`
	Linked []uuid.UUID `cbor:"linked"`
}

type guardianDatum struct {
	Name    string          `cbor:"name"`
	Value   string          `cbor:"value"`
	Source  string          `cbor:"source"`
	Print   string          `cbor:"print,omitempty"`
	Chip    string          `cbor:"chip,omitempty"`
	Outcome compare.Outcome `cbor:"outcome,omitempty"`
}

func (s *state) guardianSection() guardianSection {
	g := &s.guardian
	out := guardianSection{Schema: sectionSchema, Relation: g.said.Relation, Paper: g.said.Paper, Reason: g.said.Reason,
		Fields: []guardianDatum{}, Notes: []string{}, Files: []evidenceFile{}, Checks: evidenceChecks(s.guardianChecks()),
		Officer: g.officer, Verified: g.at, Family: s.id, Linked: []uuid.UUID{}}
	for _, f := range s.guardianFields(g.said) {
		out.Fields = append(out.Fields, guardianDatum{f.Name, f.Value, f.Source, f.Print, f.Chip, f.Outcome})
	}
	if g.scan != nil {
		out.Printed, out.Notes = g.scan.Source, append(out.Notes, g.scan.Warnings...)
	}
	if g.chip != nil {
		out.Access, out.Files, out.Cost = string(g.chip.Access), filesOf(g.chip), costOf(g.chip)
	}
	if g.household != nil {
		out.Family, out.Linked = g.household.ID, append(out.Linked, g.household.Linked...)
	}
	return out
}

// evidenceChecks are the checks as sections have them.
func evidenceChecks(all []verdict.Check) []evidenceCheck {
	out := []evidenceCheck{}
	for _, c := range all {
		out = append(out, evidenceCheck{c.Name, c.Outcome.String(), c.Reason.EN})
	}
	return out
}
