package ocr

import (
	"github.com/tram-station/tram/mrz"
)

// place is where a character stands in a zone.
type place struct{ line, column int }

// The sums modulo ten that a reading carries along: of the field that is being
// read, of a second one that shares characters with it, and of the composite.
const (
	sumField = iota
	sumTwin
	sumComposite
	sums
)

// step is one decision: a character, at one place or, where the print says the
// same twice, at two.
type step struct {
	at     []place
	add    [sums]int // what each sum gains, times the value of the character
	check  int       // the sum that the character is the check digit of, or -1
	glyphs []int     // which may stand there
	loose  bool      // a filler may stand for the check digit
	likely int       // the glyph that nearly always stands there, or -1
}

// form is a format as the sequence of its decisions.
type form struct {
	format     mrz.Format
	vietnamese bool
	head       string // what the first line must begin with
	steps      []step
	names      []place // the one field with a grammar
	checked    int     // how many check digits there are
}

// formsFor returns the forms of that shape, the most particular first.
func formsFor(s shape) []form {
	switch s {
	case shape{30, 3}:
		return []form{newForm(mrz.TD1, "IDVNM", true), newForm(mrz.TD1, "IDVNM", false), newForm(mrz.TD1, "", false)}
	case shape{36, 2}:
		return []form{newForm(mrz.FRAID, "IDFRA", false), newForm(mrz.MRVB, "V", false), newForm(mrz.TD2, "", false)}
	}
	return []form{newForm(mrz.MRVA, "V", false), newForm(mrz.TD3, "", false)}
}

// newForm lays the decisions out in the order of the print. With twins the nine
// digits of a Vietnamese document number, which are the last nine of the
// twelve of the holder's, are decided together.
func newForm(format mrz.Format, head string, twins bool) form {
	f := form{format: format, vietnamese: head == "IDVNM", head: head}
	classes := mrz.Classes(format, f.vietnamese)
	checks := mrz.Checks(format, f.vietnamese)
	f.checked = len(checks)
	for line, row := range classes {
		for column, class := range row {
			at := place{line, column}
			if f.isName(at, len(row)) {
				f.names = append(f.names, at)
				continue
			}
			s := step{at: []place{at}, check: -1, glyphs: members(class), likely: -1}
			if line == 0 && column < len(head) {
				s.glyphs = []int{glyphOf(head[column])}
			}
			if f.vietnamese && line == 1 && column >= nationalityFrom && column < nationalityTo {
				s.likely = glyphOf("VNM"[column-nationalityFrom])
			}
			s.weigh(at, checks)
			s.loose = s.check == sumField && class&mrz.ClassFiller != 0
			f.steps = append(f.steps, s)
		}
	}
	if twins {
		f.twin()
	}
	return f
}

// isName reports whether the place belongs to the field of both names.
func (f *form) isName(at place, width int) bool {
	switch f.format {
	case mrz.TD1:
		return at.line == 2
	case mrz.FRAID:
		return false
	}
	return at.line == 0 && at.column >= 5
}

// weigh notes what the place adds to the sums and whose check digit it is.
func (s *step) weigh(at place, checks []mrz.Check) {
	weights := [3]int{7, 3, 1}
	for _, c := range checks {
		sum := sumField
		if c.Field == mrz.FieldComposite {
			sum = sumComposite
		}
		if c.Line == at.line && c.Column == at.column {
			s.check = sum
		}
		n := 0
		for _, span := range c.Covers {
			if span.Line == at.line && at.column >= span.From && at.column < span.To {
				s.add[sum] = (s.add[sum] + weights[(n+at.column-span.From)%3]) % 10
			}
			n += span.To - span.From
		}
	}
}

// Columns of a Vietnamese card.
const (
	numberFrom = 5  // the document number, nine digits
	numberTo   = 14 // and its check digit
	holderFrom = 15 // the holder's number, twelve digits
	holderTwin = 18 // of which the last nine are the document number

	nationalityFrom, nationalityTo = 15, 18 // in the second line
)

// twin joins the decisions on digits that stand twice. The holder's first three
// digits come before them, the check digit of the document number after.
func (f *form) twin() {
	head, number, check := f.steps[:numberFrom], f.steps[numberFrom:numberTo], f.steps[numberTo]
	century := f.steps[holderFrom:holderTwin]
	again, rest := f.steps[holderTwin:holderTwin+numberTo-numberFrom], f.steps[holderTwin+numberTo-numberFrom:]
	var steps []step
	steps = append(steps, head...)
	for _, s := range century {
		steps = append(steps, s.second())
	}
	for i, s := range number {
		t := again[i].second()
		s.at = append(s.at, t.at...)
		for k := range s.add {
			s.add[k] = (s.add[k] + t.add[k]) % 10
		}
		steps = append(steps, s)
	}
	steps = append(steps, check)
	for _, s := range rest {
		if s.at[0].line == 0 {
			s = s.second()
		}
		steps = append(steps, s)
	}
	f.steps = steps
}

// second moves what the step does to the sum of its field to the second sum.
func (s step) second() step {
	s.add[sumTwin], s.add[sumField] = s.add[sumField], 0
	if s.check == sumField {
		s.check = sumTwin
	}
	return s
}

// members returns the glyphs of a class.
func members(class mrz.Class) []int {
	var out []int
	for i := range glyphs {
		if class.Has(alphabet[i]) {
			out = append(out, i)
		}
	}
	return out
}

// glyphOf returns the number of a character of the alphabet.
func glyphOf(c byte) int {
	switch {
	case c == '<':
		return filler
	case c <= '9':
		return int(c - '0')
	}
	return int(c-'A') + 10
}

// value is what a glyph counts in a check digit, modulo ten.
func value(glyph int) int {
	if glyph == filler {
		return 0
	}
	return glyph % 10
}
