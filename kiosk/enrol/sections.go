package enrol

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/places"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/mrz/compare"
	"github.com/tram-station/tram/offline/dossier"
)

// sectionSchema is the version of the sections' layout.
const sectionSchema = 1

// Media types of the sections. CBOR is deterministic (RFC 8949 §4.2.1).
const (
	mediaCBOR = "application/cbor"
	mediaJSON = "application/json"
	mediaJPEG = "image/jpeg"
)

// evidence is what the central needs to verify the chip again by itself.
type evidence struct {
	Schema  int                 `cbor:"schema"`
	Rules   string              `cbor:"rules"`
	Access  string              `cbor:"access"`  // how the chip was opened
	Printed string              `cbor:"printed"` // where the key came from: "qr", "mrz", "manual"
	Notes   []string            `cbor:"notes"`   // warnings of the print
	Slot    string              `cbor:"slot"`
	Virtual bool                `cbor:"virtual"`
	Files   []evidenceFile      `cbor:"files"`
	Checks  []evidenceCheck     `cbor:"checks"`
	Issues  []evidenceIssue     `cbor:"issues"`
	Review  []string            `cbor:"review,omitempty"` // why a supervisor sees it before it goes out
	Flags   []string            `cbor:"flags,omitempty"`  // what a supervisor looks for at the end of the day
	Excepts []evidenceException `cbor:"exceptions,omitempty"`
	Handed  []handOver          `cbor:"handed,omitempty"`
	Devices []biometrics.Device `cbor:"devices"`
	Times   evidenceTimes       `cbor:"times"`
	Cost    evidenceCost        `cbor:"cost"`
}

type evidenceFile struct {
	ID    uint16 `cbor:"id"`
	Name  string `cbor:"name"`
	Bytes []byte `cbor:"bytes"`
}

type evidenceCheck struct {
	Name    string `cbor:"check"`
	Outcome string `cbor:"outcome"`
	Reason  string `cbor:"reason"` // English
}

// evidenceIssue is an exception: who let the enrolment go on, and why. No
// supervisor has seen it when the dossier is made.
type evidenceIssue struct {
	Code     string    `cbor:"code"`
	Reason   string    `cbor:"reason"`
	Officer  string    `cbor:"officer"`
	At       time.Time `cbor:"at"`
	Reviewed bool      `cbor:"reviewed"`
}

type evidenceTimes struct {
	Notice    time.Time `cbor:"notice"`
	Confirmed time.Time `cbor:"confirmed"`
	Signed    time.Time `cbor:"signed"`
	SignedBy  string    `cbor:"signed_by"`
}

type evidenceCost struct {
	Commands int           `cbor:"commands"`
	Up       int           `cbor:"bytes_up"`
	Down     int           `cbor:"bytes_down"`
	Elapsed  time.Duration `cbor:"elapsed"`
}

// notAssessed: nothing here measures presentation attacks, and nothing is
// claimed.
const notAssessed = "not assessed"

// dossier builds the sections. It depends on the state alone, never on the
// clock: the same journal gives the same bytes.
func (s *Station) dossier(st *state, r *rules.Pack) (*dossier.Dossier, error) {
	if !st.complete() {
		return nil, fmt.Errorf("enrol: the dossier is not complete")
	}
	fields := st.personFields(st.sealedAt)
	devices := st.devices(s.cfg.Chip.SlotName())
	d := &dossier.Dossier{
		ID: st.id, Kind: st.kind(r), Station: s.cfg.Station, Officer: st.signedBy,
		Begun: st.begun, Sealed: st.sealedAt, Masked: shown(fields),
		Lookup: value(fields, fieldNumber), Initials: initials(value(fields, fieldName)),
		Virtual: slices.ContainsFunc(devices, func(d biometrics.Device) bool { return d.Virtual }),
	}
	d.Promise = st.promise(r)
	if st.corrects != nil {
		d.Corrects, d.Section = st.corrects.Dossier, st.corrects.Section
	}
	// What is needed to begin the work at the central goes first.
	for _, part := range []struct {
		name string
		body func() any
		json bool
	}{
		{sectionEvidence, func() any { return st.evidence(fields, devices, r) }, false},
		{sectionPortrait, func() any { return st.portraitSection() }, false},
		{sectionPerson, func() any { return personJSON(st, fields) }, true},
		{sectionIdentity, func() any { return st.identityJSON() }, true},
		{sectionGuardian, func() any { return st.guardianSection() }, false},
		{sectionRequest, func() any { return st.requestJSON() }, true},
		{sectionPrints, func() any { return st.printsSection(r) }, false},
		{sectionConsent, func() any { return consentJSON(st) }, true},
		{sectionDocuments, func() any { return documentsJSON(st) }, true},
		{sectionFamily, st.familySection, true},
		{sectionDependants, st.dependantsSection, true},
		{sectionPages, func() any { return st.pagesSection() }, false},
	} {
		if !st.gives(part.name) || !st.brings(part.name) {
			continue
		}
		media, marshal := mediaCBOR, s.codec.enc.Marshal
		if part.json {
			media, marshal = mediaJSON, json.Marshal
		}
		b, err := marshal(part.body())
		if err != nil {
			return nil, fmt.Errorf("section %s: %w", part.name, err)
		}
		d.Sections = append(d.Sections, dossier.Section{Name: part.name, MediaType: media, Bytes: b})
	}
	return d, nil
}

// complete reports whether all that the dossier is made of is there.
func (s *state) complete() bool {
	return (s.chip != nil && s.scan != nil || s.cardless() && s.identity != nil) && s.kindComplete() && (s.person != nil || !s.takes(StepPerson)) && (consentDone(s, nil) || !s.takes(StepConsent)) &&
		(s.portrait != nil && s.matched != nil && s.decision != nil || !s.takes(StepPortrait))
}

// devices lists what the enrolment was captured with, each once.
func (s *state) devices(slot string) []biometrics.Device {
	out := []biometrics.Device{}
	add := func(d biometrics.Device) {
		if !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	if s.chip != nil {
		add(slotOf(s.chip, slot))
	}
	for _, d := range s.guardian.devices(slot) {
		add(d)
	}
	if s.portrait != nil {
		add(s.portrait.Device)
	}
	if s.scan != nil && s.scan.Device != nil {
		add(*s.scan.Device)
	}
	for _, p := range s.sortedPrints() {
		add(p.Device)
	}
	for f := biometrics.RightThumb; f <= biometrics.LeftLittle; f++ {
		if p := s.exceptions[f].photo; p != nil {
			add(p.Device)
		}
	}
	return out
}

func (s *state) evidence(fields []Field, devices []biometrics.Device, r *rules.Pack) evidence {
	e := evidence{
		Schema: sectionSchema, Rules: s.rules, Notes: []string{}, Files: []evidenceFile{}, Issues: []evidenceIssue{}, Devices: devices,
		Review: s.reviews(fields, r), Flags: s.flags(r), Excepts: s.evidenceExceptions(s.openExceptions(r)), Handed: s.handOvers,
		Times: evidenceTimes{s.notice, s.personAt, s.signedAt, s.signedBy},
	}
	if s.scan != nil {
		e.Printed, e.Notes = s.scan.Source, append(e.Notes, s.scan.Warnings...)
	}
	if s.chip != nil {
		e.Access, e.Slot, e.Virtual = string(s.chip.Access), devices[0].Name, devices[0].Virtual
		e.Files, e.Cost = filesOf(s.chip), costOf(s.chip)
	}
	e.Checks = evidenceChecks(s.checks(fields, r))
	for code, a := range s.acks {
		e.Issues = append(e.Issues, evidenceIssue{Code: code, Reason: a.Reason, Officer: a.Officer, At: a.At})
	}
	slices.SortFunc(e.Issues, func(a, b evidenceIssue) int { return cmp.Compare(a.Code, b.Code) })
	return e
}

type personDatum struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Source string `json:"source"`
	Print  string `json:"print,omitempty"`
	Chip   string `json:"chip,omitempty"`
	// Outcome is how print and chip compare.
	Outcome compare.Outcome `json:"outcome,omitempty"`
	Said    []SaidView      `json:"said,omitempty"`
	// Place is the residence by the list of provinces and communes.
	Place *places.Address `json:"place,omitempty"`
}

func personJSON(s *state, fields []Field) any {
	data := []personDatum{}
	for _, f := range fields {
		datum := personDatum{Name: f.Name, Value: f.Value, Source: f.Source, Print: f.Print, Chip: f.Chip, Outcome: f.Outcome, Said: f.Said}
		if f.Name == fieldResidence {
			datum.Place = s.residencePlace()
		}
		data = append(data, datum)
	}
	return struct {
		Schema     int               `json:"schema"`
		Fields     []personDatum     `json:"fields"`
		Phone      string            `json:"phone"`
		Email      string            `json:"email,omitempty"`
		OTP        string            `json:"phone_otp"`
		Checked    string            `json:"register"`
		PhoneCheck phoneOutcome      `json:"phone_check"`
		Register   []registerOutcome `json:"register_checks"`
	}{sectionSchema, data, s.person.Phone, s.person.Email, s.phoneOutcome().OTP, s.registerOutcomes()[0].Outcome, s.phoneOutcome(), s.registerOutcomes()}
}
