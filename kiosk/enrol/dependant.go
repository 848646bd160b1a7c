package enrol

import (
	"slices"
	"strings"
	"time"

	"github.com/tram-station/tram/kiosk/rules"
)

// MaxDependants bounds the list.
const MaxDependants = 20

// Dependant is one person who depends on the citizen.
type Dependant struct {
	Relation string          `json:"relation" cbor:"relation"` // to the citizen: a code of the rules
	Name     string          `json:"name" cbor:"name"`
	Number   string          `json:"number,omitempty" cbor:"number,omitempty"` // 12 digits
	Birth    string          `json:"birth,omitempty" cbor:"birth,omitempty"`   // YYYY-MM-DD, YYYY-MM or YYYY
	Paper    *DependantPaper `json:"paper,omitempty" cbor:"paper,omitempty"`
}

// DependantPaper shows the relation.
type DependantPaper struct {
	Type         string   `json:"type" cbor:"type"`
	Number       string   `json:"number" cbor:"number"`
	OriginalSeen bool     `json:"original_seen" cbor:"original_seen"`
	Pages        []string `json:"pages,omitempty" cbor:"pages,omitempty"`
}

// DependantsArgs lists the dependants; the list replaces the one before.
type DependantsArgs struct {
	Dependants []Dependant `json:"dependants"`
}

func acceptDependants(s *Station, c Command, e *event) *Problem {
	var a DependantsArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	if len(a.Dependants) > MaxDependants {
		return problem("bad-args")
	}
	own := value(s.st.personFields(s.cfg.Now()), fieldNumber)
	for i := range a.Dependants {
		d, p := s.checkDependant(a.Dependants[i])
		switch {
		case p != nil:
			return p
		case d.Number != "" && (d.Number == own || slices.ContainsFunc(a.Dependants[:i], func(o Dependant) bool { return o.Number == d.Number })):
			return problem("bad-dependant")
		}
		a.Dependants[i] = d
	}
	e.Paper = &paperEvent{Dependants: a.Dependants}
	return nil
}

// checkDependant puts one dependant right, or says what is wrong.
func (s *Station) checkDependant(d Dependant) (Dependant, *Problem) {
	name, ok := line(d.Name, maxField)
	if !ok || !s.rules.Related(d.Relation) || !s.rules.FormatOK(rules.FormatPersonName, name) {
		return d, problem("bad-dependant")
	}
	d.Name, d.Number = name, spaceless(d.Number)
	if d.Number != "" && !s.rules.FormatOK(rules.FormatIDNumber, d.Number) {
		return d, problem("bad-dependant")
	}
	if d.Birth = strings.TrimSpace(d.Birth); d.Birth != "" && !pastDate(d.Birth, s.cfg.Now()) {
		return d, problem("bad-dependant")
	}
	if d.Paper == nil {
		return d, nil
	}
	paper := *d.Paper
	paper.Number = strings.ToUpper(strings.TrimSpace(paper.Number))
	if !s.rules.PaperOK(paper.Type, paper.Number) {
		return d, problem("bad-document")
	}
	if !paper.OriginalSeen {
		return d, problem("original-unseen")
	}
	if !s.st.knowsPages(paper.Pages, PageDependant) {
		return d, problem("unknown-page")
	}
	d.Paper = &paper
	return d, nil
}

func foldDependants(s *state, e *event, _ *rules.Pack) {
	s.dependants = slices.Clone(e.Paper.Dependants)
}

func spaceless(text string) string { return strings.Join(strings.Fields(text), "") }

// dateForms are a day, a month and a year, as far as they are known.
var dateForms = []string{isoDate, "2006-01", "2006"}

// pastDate reports a date of one of the forms that is not to come.
func pastDate(text string, now time.Time) bool {
	for _, form := range dateForms {
		if t, err := time.Parse(form, text); err == nil {
			return !t.After(now) && t.Year() > 1800
		}
	}
	return false
}

func (s *state) dependantsSection() any {
	return struct {
		Schema     int         `json:"schema"`
		Dependants []Dependant `json:"dependants"`
	}{sectionSchema, s.dependants}
}
