// Package compare puts what is printed on a card beside what its chip says,
// field by field: agreeing, differing, missing. Print and chip are written in
// different alphabets and with different care (a zone has no diacritics, cuts
// long names and leaves the century out), so that each pair is compared as far
// as both can carry it.
package compare

import (
	"log/slog"

	"github.com/tram-station/tram/reader/verdict"
)

// Outcome is how a field compares.
type Outcome string

// The outcomes.
const (
	Agree     Outcome = "agree"        // the same; spelling variants of one text are the same
	Folded    Outcome = "agree-folded" // the same as far as the poorer of the two can carry it
	Differ    Outcome = "differ"
	OnlyPrint Outcome = "only-print"
	OnlyChip  Outcome = "only-chip"
)

// Item is one field of the comparison. Its values stay out of logs.
type Item struct {
	Field       string  `json:"field"`
	Print       string  `json:"print,omitempty"`
	Chip        string  `json:"chip,omitempty"`
	PrintSource Source  `json:"print_source,omitempty"`
	ChipSource  Source  `json:"chip_source,omitempty"`
	Outcome     Outcome `json:"outcome"`
	// Conflict is a difference that the officer has to settle: print and chip
	// of one card cannot say this. Other differences are for information; the
	// address, say, may be a later one.
	Conflict bool `json:"conflict,omitempty"`
}

// LogValue keeps the values out of logs.
func (i Item) LogValue() slog.Value { return slog.StringValue(i.Field + " " + string(i.Outcome)) }

// Compare lists the fields that either side has, in the order of Fields. Where
// a side has a field from several sources, every pair is compared: one
// difference outweighs all agreement, and an exact agreement a folded one.
func Compare(print, chip Facts) []Item {
	var out []Item
	for _, field := range Fields() {
		p, c := best(print[field]), best(chip[field])
		switch {
		case len(p) == 0 && len(c) == 0:
		case len(c) == 0:
			out = append(out, Item{Field: field, Print: p[0].Value, PrintSource: p[0].Source, Outcome: OnlyPrint})
		case len(p) == 0:
			out = append(out, Item{Field: field, Chip: c[0].Value, ChipSource: c[0].Source, Outcome: OnlyChip})
		default:
			out = append(out, pairs(field, p, c))
		}
	}
	return out
}

// best returns the facts to compare: those of DG11 only where there are no
// others. DG11 may write names in the issuer's script and numbers in its own
// form.
func best(facts []Fact) []Fact {
	var sure []Fact
	for _, f := range facts {
		if f.Source != DG11 {
			sure = append(sure, f)
		}
	}
	if sure == nil {
		return facts
	}
	return sure
}

// pairs compares each with each and returns the pair that tells most.
func pairs(field string, print, chip []Fact) Item {
	var told Item
	for _, p := range print {
		for _, c := range chip {
			i := Item{Field: field, Print: p.Value, Chip: c.Value, PrintSource: p.Source, ChipSource: c.Source,
				Outcome: outcome(field, p, c)}
			i.Conflict = i.Outcome == Differ && binding(field, p, c)
			if rank(i) > rank(told) {
				told = i
			}
		}
	}
	return told
}

func rank(i Item) int {
	switch {
	case i.Conflict:
		return 4
	case i.Outcome == Differ:
		return 3
	case i.Outcome == Agree:
		return 2
	case i.Outcome == Folded:
		return 1
	}
	return 0
}

// binding reports whether two facts have to agree: those that say who the
// holder is, and all of DG1, which repeats the printed zone letter by letter
// (Doc 9303-10 §4.7.1).
func binding(field string, a, b Fact) bool {
	switch field {
	case Number, DocumentNumber, Name, Birth, Sex:
		return a.Source != DG11 && b.Source != DG11
	}
	return a.Source.zone() && b.Source.zone()
}

// Check sums the items up for the list of checks. A print that named nobody (a
// typed CAN, say) leaves it not done.
func Check(items []Item) verdict.Check {
	c := verdict.Check{Name: "cross-check", Outcome: verdict.NotDone,
		Reason: verdict.Words{VI: "Không có thông tin in để đối chiếu", EN: "There is no printed data to compare"}}
	for _, i := range items {
		switch {
		case i.Conflict:
			c.Outcome = verdict.Failed
			c.Reason = verdict.Words{VI: "Thông tin in và chip khác nhau", EN: "Print and chip differ"}
			c.Next = verdict.Words{VI: "Đối chiếu từng ô được đánh dấu với thẻ", EN: "Compare each marked field with the card"}
			return c
		case (i.Outcome == Agree || i.Outcome == Folded) && binding(i.Field, Fact{}, Fact{}):
			c.Outcome = verdict.Passed
			c.Reason = verdict.Words{VI: "Thông tin in khớp với chip", EN: "Print and chip agree"}
		}
	}
	return c
}
