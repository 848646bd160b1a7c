package enrol

import (
	"cmp"
	"time"

	"github.com/tram-station/tram/mrz/compare"
	"github.com/tram-station/tram/reader/verdict"
)

// Names of the person's fields.
const (
	fieldNumber      = compare.Number
	fieldOldNumber   = compare.OldNumber
	fieldName        = compare.Name
	fieldBirth       = compare.Birth
	fieldSex         = compare.Sex
	fieldNationality = compare.Nationality
	fieldResidence   = compare.Residence
	fieldOrigin      = compare.Origin
	fieldIssue       = compare.Issue
	fieldExpiry      = compare.Expiry
	fieldDocument    = compare.DocumentNumber
)

// personFields lists the fields in the order of the page. Ethnicity and
// religion stay in the chip's file: the enrolment does not need them.
var personFields = [...]string{fieldNumber, fieldName, fieldBirth, fieldSex, fieldNationality,
	fieldOrigin, fieldResidence, fieldIssue, fieldExpiry, fieldOldNumber}

// NoExpiry is the value of the field "expiry" on a card without limit.
const NoExpiry = compare.NoExpiry

const isoDate = "2006-01-02"

// shownValues are the values of a side as the page shows them and the journal
// keeps them: what the enrolment needs, sex in words.
func shownValues(f compare.Facts) map[string]string {
	values := f.Values()
	out := map[string]string{}
	for _, name := range append(personFields[:], fieldDocument, compare.Father, compare.Mother) {
		v := values[name]
		if name == fieldSex {
			v = cmp.Or(map[string]string{"M": "Nam", "F": "Nữ"}[v], v)
		}
		if v != "" {
			out[name] = v
		}
	}
	return out
}

// chipFacts are what the chip says, nothing before it was read.
func (s *state) chipFacts(now time.Time) compare.Facts {
	if s.chip == nil || s.chip.Document == nil {
		return compare.Facts{}
	}
	return cleanFacts(compare.FromChip(s.chip.Document, now))
}

// personFields merges the chip, the print and the officer's corrections. The chip
// outranks the print; a correction outranks both and is named as such.
func (s *state) personFields(now time.Time) []Field {
	chipFacts, printFacts := s.chipFacts(now), s.printFacts()
	papers := s.paperFields()
	var out []Field
	for _, f := range sideBySide(printFacts, chipFacts) {
		if f.Name == fieldDocument && !f.Conflict && (papers[f.Name] == "" || papers[f.Name] == papers[fieldNumber]) {
			continue // the number says it already
		}
		f.Said = s.said(f.Name, chipFacts, printFacts)
		if f.Chip == "" && f.Print != "" && papers[f.Name] != "" {
			f.Source = "paper"
		}
		if s.person != nil && s.person.Corrections[f.Name] != "" {
			f.Value, f.Source = s.person.Corrections[f.Name], sourceOfficer
		}
		if f.Value != "" {
			out = append(out, f)
		}
	}
	return out
}

// sideBySide puts what a card's print says beside what its chip says, field by
// field, also those of which nothing is known. The chip outranks the print.
func sideBySide(printFacts, chipFacts compare.Facts) []Field {
	chip, print := shownValues(chipFacts), shownValues(printFacts)
	items := map[string]compare.Item{}
	for _, i := range compare.Compare(printFacts, chipFacts) {
		items[i.Field] = i
	}
	for _, side := range []compare.Facts{printFacts, chipFacts} { // several sources of one side agree too
		for _, i := range compare.Among(side) {
			if i.Conflict && !items[i.Field].Conflict {
				items[i.Field] = compare.Item{Field: i.Field, Outcome: compare.Differ, Conflict: true}
			}
		}
	}
	var out []Field
	for _, name := range append(personFields[:], fieldDocument) {
		i := items[name]
		f := Field{Name: name, Print: print[name], Chip: chip[name], Outcome: i.Outcome, Conflict: i.Conflict}
		switch {
		case f.Chip != "":
			f.Value, f.Source = f.Chip, "chip"
		case f.Print != "":
			f.Value, f.Source = f.Print, "print"
		}
		out = append(out, f)
	}
	return out
}

// crossCheck sums up how print and chip compare.
func crossCheck(fields []Field) verdict.Check {
	var items []compare.Item
	for _, f := range fields {
		items = append(items, compare.Item{Field: f.Name, Outcome: f.Outcome, Conflict: f.Conflict})
	}
	return compare.Check(items)
}

// value returns the merged value of one field.
func value(fields []Field, name string) string {
	for _, f := range fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}
