package enrol

import (
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/mrz/compare"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/reader"
)

// KindCorrection is the kind of a dossier that replaces one section of an
// earlier one.
const KindCorrection = "correction"

// Names of the dossier's sections.
const (
	sectionEvidence  = dossier.EvidenceSection
	sectionPortrait  = dossier.PortraitSection
	sectionPerson    = "person"
	sectionPrints    = "prints"
	sectionConsent   = "consent"
	sectionDocuments = "documents"
	sectionIdentity  = "identity"
	sectionGuardian  = "guardian"
	sectionRequest   = "request"

	sectionFamily     = "family"
	sectionDependants = "dependants"
	sectionPages      = "pages"
)

// correction is what an enrolment corrects: one section of a sealed dossier,
// which the central wants anew.
type correction struct {
	Dossier  uuid.UUID `cbor:"dossier"`
	Section  string    `cbor:"section"`
	Reason   string    `cbor:"reason"` // the central's code
	Words    string    `cbor:"words"`  // and its words for people
	Deadline time.Time `cbor:"deadline"`
}

// recaptured says for each section that can be asked for which steps take it
// anew. The card is read again in any case, and its evidence goes along.
var recaptured = map[string][]Step{
	sectionEvidence: nil,
	sectionPerson:   {StepPerson},
	sectionPortrait: {StepPortrait},
	sectionPrints:   {StepFingers},
	sectionIdentity: {StepIdentity},
	sectionGuardian: {StepGuardian},
	sectionRequest:  {StepRequest},
	sectionFamily:   {StepFamily},
}

// givenBy says in which step a section comes about; the others are always
// there.
var givenBy = map[string]Step{
	sectionPerson: StepPerson, sectionPortrait: StepPortrait, sectionPrints: StepFingers, sectionConsent: StepConsent,
	sectionDocuments: StepDocuments, sectionGuardian: StepGuardian, sectionRequest: StepRequest,
}

// takes reports whether the enrolment goes through a step: a correction only
// through those of its section.
func (s *state) takes(step Step) bool {
	if s == nil || s.as == nil {
		return true
	}
	if s.corrects == nil {
		return s.as.Takes(string(step))
	}
	if step == StepCard || step == StepIdentity { // what says who it is
		return s.as.Takes(string(step))
	}
	return slices.Contains([]Step{StepSign, StepSeal}, step) || slices.Contains(recaptured[s.corrects.Section], step)
}

// gives reports whether the dossier has a section.
func (s *state) gives(section string) bool {
	if section == sectionIdentity { // who it is, where no chip says so
		return s.identity != nil
	}
	if s.corrects != nil {
		return section == sectionEvidence || section == s.corrects.Section || section == sectionPages
	}
	step, ok := givenBy[section]
	return !ok || s.takes(step)
}

// kind is the dossier's.
func (s *state) kind(r *rules.Pack) string {
	if s.corrects != nil {
		return KindCorrection
	}
	return r.Kind
}

// asked returns what the central still wants of the dossier that a command
// names, and the rules of that dossier's kind.
func (s *Station) asked(c Command) (*correction, *rules.Pack, *Problem) {
	var a CorrectArgs
	if p := readArgs(c.Args, &a); p != nil {
		return nil, nil, p
	}
	id, err := uuid.Parse(a.Dossier)
	if err != nil {
		return nil, nil, problem("bad-args")
	}
	d, err := s.cfg.Outbox.Status(id)
	switch {
	case errors.Is(err, offline.ErrNotFound):
		return nil, nil, problem("no-dossier")
	case err != nil:
		s.log.Error("the outbox can not be asked", "id", id, "err", err)
		return nil, nil, problem("outbox-unread")
	case d.Corrected != uuid.Nil:
		return nil, nil, problem("corrected")
	case d.State != offline.FixNeeded || d.Fix == nil:
		return nil, nil, problem("nothing-asked")
	}
	one := s.ofDossier(d.Kind)
	steps, ok := recaptured[d.Fix.Section]
	if !ok || slices.ContainsFunc(steps, func(step Step) bool { return !one.As().Takes(string(step)) }) {
		return nil, nil, problem("fix-elsewhere")
	}
	return &correction{Dossier: id, Section: d.Fix.Section, Reason: d.Fix.Reason, Words: d.Fix.Words, Deadline: d.Fix.Deadline}, one, nil
}

// stranger returns the code of the problem where the card that was read is not
// that of the citizen whose dossier is corrected, or is the guardian's.
func (s *Station) stranger(w cardWork, r *reader.Report) string {
	number := compare.FromChip(r.Document, s.cfg.Now()).Values()[fieldNumber]
	if w.not != "" && number == w.not {
		return "same-person"
	}
	return s.otherNumber(w.corrects, number)
}

// otherNumber is stranger's, by a number. The station keeps none: the outbox
// compares its keyed hash with this one's.
func (s *Station) otherNumber(c *correction, number string) string {
	if c == nil {
		return ""
	}
	same, err := s.cfg.Outbox.SameCitizen(c.Dossier, number)
	switch {
	case errors.Is(err, offline.ErrNotFound):
		return "no-dossier"
	case err != nil:
		s.log.Error("the outbox can not be asked", "id", c.Dossier, "err", err)
		return "outbox-unread"
	case !same || number == "":
		return "other-citizen"
	}
	return ""
}

func (c *correction) view() *CorrectionView {
	if c == nil {
		return nil
	}
	return &CorrectionView{Dossier: c.Dossier.String(), Section: c.Section, Reason: c.Reason, Words: c.Words, Deadline: c.Deadline}
}
