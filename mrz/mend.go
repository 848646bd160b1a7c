package mrz

import (
	"slices"
	"strings"
)

// Mend reads a text that Parse refuses although it is nearly a zone: written
// with other characters (see Clean), with spaces for fillers, or with a
// character too few or too many in a line. A filler may have been lost or
// doubled wherever there are some, any character at the end of a line. Like
// Repair, whose surest part it applies too, it returns a zone only where exactly one way
// makes it valid, with what was added, left out or changed; nil otherwise.
func Mend(text string) (fixed *Zone, changes []Change) {
	if len(text) > MaxText {
		return nil, nil
	}
	ways := &mending{}
	for _, lines := range shapes(Clean(text)) {
		ways.try(lines)
	}
	// A filler more or less explains most; only then a digit that is not there,
	// or a confusion on top. Not both: the check digits could not tell.
	if good := ways.good(draft.checkedUnguessed); len(good) > 0 {
		return only(good)
	}
	return only(append(ways.good(draft.checked), ways.good(draft.repaired)...))
}

// good returns the drafts that the attempt made into different valid zones.
func (m *mending) good(attempt func(draft) draft) (good []draft) {
	for _, d := range m.drafts {
		d = attempt(d)
		if d.zone != nil && !slices.ContainsFunc(good, func(o draft) bool { return slices.Equal(o.zone.Lines, d.zone.Lines) }) {
			good = append(good, d)
		}
	}
	return good
}

// only returns the only draft; of several, the only one in which the holder
// is a national of the issuer: heads and names have no check digit.
func only(good []draft) (*Zone, []Change) {
	if len(good) > 1 {
		good = slices.DeleteFunc(good, func(d draft) bool { return d.zone.Issuer != d.zone.Nationality })
	}
	if len(good) != 1 {
		return nil, nil
	}
	return good[0].zone, good[0].changes
}

// shapes returns the ways to see the text as lines.
func shapes(text string) (all [][]string) {
	var lines []string
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' || r == '\t' }) {
		if line = line[identifier([]byte(line)):]; strings.TrimSpace(line) != "" {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 || len(lines) > maxRows {
		return nil
	}
	for _, spaced := range [...]string{"<", ""} {
		var spelt []string
		for _, line := range lines {
			spelt = append(spelt, strings.ReplaceAll(line, " ", spaced))
		}
		all = append(all, spelt)
		if !strings.Contains(text, " ") {
			break
		}
	}
	return all
}

// draft is a text on its way to a zone.
type draft struct {
	lines   []string
	changes []Change
	guess   bool // a digit was added at the end of a line
	zone    *Zone
}

// checkedUnguessed is checked for a draft without such a digit.
func (d draft) checkedUnguessed() draft {
	if d.guess {
		return d
	}
	return d.checked()
}

// checked reads the draft; the zone stays nil where it is not valid.
func (d draft) checked() draft {
	if z, err := Parse(strings.Join(d.lines, "\n")); err == nil && z.Valid {
		d.zone = z
		for i, c := range d.changes {
			d.changes[i].Field = z.fieldAt(c.Line, c.Column)
		}
	}
	return d
}

// repaired is checked for a draft that also has letters among digits.
func (d draft) repaired() draft {
	if d.guess {
		return d
	}
	z, err := Parse(strings.Join(d.lines, "\n"))
	if err != nil {
		return d
	}
	fixed, changes := repair(z, 0)
	if fixed == nil {
		return d
	}
	d.zone = fixed
	d.changes = append(slices.Clone(d.changes), changes...)
	for i, c := range d.changes {
		d.changes[i].Field = fixed.fieldAt(c.Line, c.Column)
	}
	return d
}

// fieldAt returns the name of the field that has the column, its check digit
// included, "" for none.
func (z *Zone) fieldAt(line, column int) string {
	for _, f := range z.Fields() {
		if f.Line == line && (f.From <= column && column < f.To || f.Check == column) {
			return f.Name
		}
	}
	return ""
}

// mending collects the drafts of a text.
type mending struct{ drafts []draft }

// try adds the drafts for these lines, in every format they may belong to.
func (m *mending) try(lines []string) {
	for _, f := range [...]struct{ rows, width int }{{3, 30}, {2, 36}, {2, 44}} {
		switch {
		case len(lines) == f.rows:
			m.fill(draft{}, lines, f.width)
		case len(lines) == 1:
			m.part(lines[0], f.rows, f.width)
		}
	}
}

// part tries a zone in one piece with a character too few or too many: any of
// its lines may be the one.
func (m *mending) part(text string, rows, width int) {
	extra := len(text) - rows*width
	if extra < -1 || extra > 1 {
		return
	}
	for odd := range rows {
		var lines []string
		rest := text
		for i := range rows {
			n := width
			if i == odd {
				n += extra
			}
			lines = append(lines, rest[:n])
			rest = rest[n:]
		}
		m.fill(draft{}, lines, width)
		if extra == 0 {
			return
		}
	}
}

// fill adds the drafts that bring each of the lines to the width.
func (m *mending) fill(d draft, lines []string, width int) {
	if len(lines) == 0 {
		if len(m.drafts) < maxVariants {
			m.drafts = append(m.drafts, d)
		}
		return
	}
	row := len(d.lines)
	names := row == 2 || width != 30 && row == 0
	for _, v := range widths(lines[0], width, names, row == 0) {
		next := draft{lines: append(slices.Clone(d.lines), v.line), changes: slices.Clone(d.changes)}
		next.guess = d.guess || ClassDigit.Has(v.change.To)
		if v.change != (Change{}) {
			v.change.Line = row
			next.changes = append(next.changes, v.change)
		}
		m.fill(next, lines[1:], width)
	}
}

type variant struct {
	line   string
	change Change
}

// widths returns the ways to bring a line to the width. In a line of names,
// which nothing checks, only a filler at the end comes or goes; in the head of
// the zone also the one behind a code of one letter.
func widths(line string, width int, names, head bool) (all []variant) {
	add := func(at int, c byte) {
		all = append(all, variant{line[:at] + string(c) + line[at:], Change{Column: at, To: c}})
	}
	remove := func(at int) {
		all = append(all, variant{line[:at] + line[at+1:], Change{Column: at, From: line[at]}})
	}
	end := len(line)
	switch end - width {
	case 0:
		return []variant{{line: line}}
	case -1:
		if head && line[1] != '<' {
			add(1, '<')
		}
		for i := range line {
			if !names && line[i] == '<' && (i == 0 || line[i-1] != '<') {
				add(i, '<')
			}
		}
		if names && strings.HasSuffix(line, "<") {
			add(end, '<')
		}
		if !names && line[end-1] != '<' {
			add(end, '<')
		}
		for c := byte('0'); !names && c <= '9'; c++ {
			add(end, c)
		}
	case 1:
		for i := range line[:end-1] {
			if !names && line[i] == '<' && (i == 0 || line[i-1] != '<') {
				remove(i)
			}
		}
		if !names && end > 1 {
			remove(0)
		}
		if !names || strings.HasSuffix(line, "<<") {
			remove(end - 1)
		}
	}
	return all
}

// Read is Parse for text from a scanner or a person: where that gives no valid
// zone, Repair and Mend are asked. It returns what they changed; without
// changes the zone is as Parse reads it, valid or not.
func Read(text string) (z *Zone, changes []Change, err error) {
	z, err = Parse(text)
	var fixed *Zone
	switch {
	case err != nil:
		fixed, changes = Mend(text)
	case !z.Valid:
		fixed, changes = Repair(z)
	}
	if fixed != nil {
		return fixed, changes, nil
	}
	return z, nil, err
}
