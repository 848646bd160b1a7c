package enrol

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/verdict"
)

// HeldView is what a supervisor sees of a dossier that waits: why it waits, what
// was not in order, and the pictures to decide by.
type HeldView struct {
	Officers   []string        `json:"officers"` // who worked at it, and so does not decide
	Review     []string        `json:"review"`   // why it waits; codes of the rules
	Person     []HeldFact      `json:"person"`
	Checks     []HeldCheck     `json:"checks"` // those that failed or came to no end
	Issues     []HeldIssue     `json:"issues"`
	Exceptions []HeldException `json:"exceptions"`
	Match      *HeldMatch      `json:"match,omitempty"` // left out: nothing was compared
	Pictures   []HeldPicture   `json:"pictures"`
	// May says why this supervisor may not decide on it; left out: nothing does.
	May *Problem `json:"may,omitempty"`
}

// HeldFact is one of the citizen's data.
type HeldFact struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Source string `json:"source"`
	Print  string `json:"print,omitempty"` // where it differs
}

// HeldCheck is a check that was not passed.
type HeldCheck struct {
	Check   string `json:"check"`
	Outcome string `json:"outcome"`
}

// HeldIssue is what an officer let pass, with the officer's reason.
type HeldIssue struct {
	Code    string    `json:"code"`
	Reason  string    `json:"reason"`
	Officer string    `json:"officer"`
	At      time.Time `json:"at"`
}

// HeldException is an exception, and what became of it at the counter.
type HeldException struct {
	ID     string `json:"id"`
	Code   string `json:"code"`
	State  string `json:"state"`
	Reason string `json:"reason,omitempty"`
	Why    string `json:"why,omitempty"` // why nobody decided
	By     string `json:"by,omitempty"`
}

// HeldMatch is how the portrait compares with the chip's photograph.
type HeldMatch struct {
	Band  string  `json:"band"`
	Score float64 `json:"score"`
}

// HeldPicture is one picture.
type HeldPicture struct {
	Name  string        `json:"name"` // "portrait", "dg2", or "exception-2"
	Words verdict.Words `json:"words"`
	JPEG  string        `json:"jpeg"` // base64
}

// Parts of the sections, as far as a supervisor is shown them.
type (
	heldEvidence struct {
		Review  []string            `cbor:"review"`
		Files   []evidenceFile      `cbor:"files"`
		Checks  []evidenceCheck     `cbor:"checks"`
		Issues  []evidenceIssue     `cbor:"issues"`
		Excepts []evidenceException `cbor:"exceptions"`
		Handed  []handOver          `cbor:"handed"`
	}
	heldPortrait struct {
		JPEG  []byte `cbor:"jpeg"`
		Match struct {
			Done  bool      `cbor:"done"`
			Score float64   `cbor:"score"`
			Band  face.Band `cbor:"band"`
		} `cbor:"match"`
	}
	heldPrints struct {
		Exceptions []struct {
			Finger biometrics.Finger `cbor:"finger"`
			Photo  []byte            `cbor:"photo"`
		} `cbor:"exceptions"`
	}
	heldGuardian struct {
		Fields []guardianDatum `cbor:"fields"`
	}
	heldPerson struct {
		Fields []personDatum `json:"fields"`
	}
)

// heldDecoder takes dossiers of other versions too: it is what they share that
// is shown.
var heldDecoder = func() cbor.DecMode {
	mode, err := cbor.DecOptions{MaxNestedLevels: maxNesting, UTF8: cbor.UTF8RejectInvalid}.DecMode()
	if err != nil {
		panic(err) // the options stand above
	}
	return mode
}()

func heldPicture(name string, said verdict.Words, jpeg []byte) HeldPicture {
	return HeldPicture{name, said, base64.StdEncoding.EncodeToString(jpeg)}
}

// Held shows a dossier that waits to the supervisor who opened it.
func (s *Station) Held(ctx context.Context, d *dossier.Dossier, supervisor string) (HeldView, error) {
	v := HeldView{Review: []string{}, Person: []HeldFact{}, Checks: []HeldCheck{}, Issues: []HeldIssue{}, Exceptions: []HeldException{}, Pictures: []HeldPicture{}}
	v.Officers = append(v.Officers, d.Officer)
	var guardian heldGuardian
	for _, section := range d.Sections {
		var err error
		switch section.Name {
		case sectionEvidence:
			err = s.heldEvidence(ctx, section.Bytes, &v)
		case sectionPortrait:
			err = heldPortraits(section.Bytes, &v)
		case sectionPrints:
			err = heldHands(section.Bytes, &v)
		case sectionPerson:
			err = heldFacts(section.Bytes, &v)
		case sectionGuardian:
			err = heldDecoder.Unmarshal(section.Bytes, &guardian)
		}
		if err != nil {
			return HeldView{}, fmt.Errorf("enrol: held dossier %s, section %s: %w", d.ID, section.Name, err)
		}
	}
	v.May = s.mayDecide(supervisor, &v, guardian)
	return v, nil
}

// mayDecide is why a supervisor may not decide on a dossier: nobody does who
// worked at it, and neither the citizen nor the guardian.
func (s *Station) mayDecide(supervisor string, v *HeldView, guardian heldGuardian) *Problem {
	if slices.Contains(v.Officers, supervisor) {
		return problem("own-approval")
	}
	for _, f := range v.Person {
		if f.Name == fieldNumber && s.owns(supervisor, f.Value) {
			return problem("supervisor-is-citizen")
		}
	}
	for _, f := range guardian.Fields {
		if f.Name == fieldNumber && s.owns(supervisor, f.Value) {
			return problem("supervisor-is-guardian")
		}
	}
	return nil
}

func (s *Station) heldEvidence(ctx context.Context, b []byte, v *HeldView) error {
	var e heldEvidence
	if err := heldDecoder.Unmarshal(b, &e); err != nil {
		return err
	}
	v.Review = append(v.Review, e.Review...)
	for _, h := range e.Handed {
		for _, id := range []string{h.From, h.To} {
			if id != "" && !slices.Contains(v.Officers, id) {
				v.Officers = append(v.Officers, id)
			}
		}
	}
	for _, c := range e.Checks {
		if c.Outcome == verdict.Failed.String() || c.Outcome == verdict.Inconclusive.String() {
			v.Checks = append(v.Checks, HeldCheck{c.Name, strings.ReplaceAll(c.Outcome, " ", "-")})
		}
	}
	for _, i := range e.Issues {
		v.Issues = append(v.Issues, HeldIssue{i.Code, i.Reason, i.Officer, i.At})
	}
	for _, x := range e.Excepts {
		h := HeldException{ID: x.ID, Code: x.Code, State: x.State, Reason: x.Reason, Why: x.Why}
		if x.Decided != nil {
			h.By = x.Decided.By
		}
		v.Exceptions = append(v.Exceptions, h)
	}
	for _, f := range e.Files {
		if f.ID == uint16(lds.EFDG2) {
			s.heldPhoto(ctx, f.Bytes, v)
		}
	}
	return nil
}

// heldPhoto adds the chip's photograph where it can be shown.
func (s *Station) heldPhoto(ctx context.Context, dg2 []byte, v *HeldView) {
	photo, err := lds.ParseDG2(dg2)
	if err != nil || len(photo.Image) == 0 {
		return // the enrolment said so at the counter
	}
	jpeg, err := s.decodePhoto(ctx, photo)
	if err != nil {
		s.log.Warn("the chip's photograph of a held dossier can not be shown", "type", photo.MediaType, "err", err)
		return
	}
	v.Pictures = append(v.Pictures, heldPicture("dg2", words("Ảnh trên chip", "On the chip"), jpeg))
}

func heldPortraits(b []byte, v *HeldView) error {
	var p heldPortrait
	if err := heldDecoder.Unmarshal(b, &p); err != nil {
		return err
	}
	if len(p.JPEG) > 0 {
		v.Pictures = append(v.Pictures, heldPicture("portrait", words("Ảnh chụp tại trạm", "Taken here"), p.JPEG))
	}
	if p.Match.Done {
		v.Match = &HeldMatch{string(p.Match.Band), p.Match.Score}
	}
	return nil
}

func heldHands(b []byte, v *HeldView) error {
	var p heldPrints
	if err := heldDecoder.Unmarshal(b, &p); err != nil {
		return err
	}
	for _, x := range p.Exceptions {
		if len(x.Photo) > 0 {
			v.Pictures = append(v.Pictures, heldPicture(fmt.Sprintf("exception-%d", x.Finger), nameOf(x.Finger), x.Photo))
		}
	}
	return nil
}

// heldShown are the data that a supervisor sees.
var heldShown = []string{fieldName, fieldNumber, fieldBirth, fieldSex, fieldResidence, fieldExpiry}

func heldFacts(b []byte, v *HeldView) error {
	var p heldPerson
	if err := json.Unmarshal(b, &p); err != nil {
		return err
	}
	for _, f := range p.Fields {
		if !slices.Contains(heldShown, f.Name) {
			continue
		}
		fact := HeldFact{Name: f.Name, Value: f.Value, Source: f.Source}
		if f.Print != "" && f.Chip != "" && f.Print != f.Chip {
			fact.Print = f.Print
		}
		v.Person = append(v.Person, fact)
	}
	return nil
}
