package mrz

import (
	"slices"
	"strings"
)

// readings returns the ways to read the whole zone in which every field with a
// check digit of its own satisfies it. guesses is the number of characters
// taken for similar ones where only the composite check digit watches.
func (r *repairer) readings(guesses int) []edits {
	all := []edits{r.fixed}
	var loose []cell // what no check digit but the composite covers
	long := r.l.longNumbers() && r.longNumber()
	for i := range r.l.parts {
		p := &r.l.parts[i]
		switch p.kind {
		case kindCode, kindIssuer, kindNationality, kindSurname, kindGiven, kindNames:
			continue
		}
		if p.check == 0 || long && p.kind == kindNumber {
			loose = append(loose, p.cells(false)...)
			continue
		}
		if all = product(all, r.field(p)); len(all) == 0 {
			return nil
		}
	}
	if r.l.composite != nil {
		line, column := r.l.compositeAt()
		loose = append(loose, cell{line, column, FieldComposite})
	}
	return product(all, r.variants(loose, guesses))
}

// longNumber reports whether the document number goes on in the optional data.
func (r *repairer) longNumber() bool {
	p, _ := r.l.part(kindNumber)
	return r.z.Lines[p.line][p.check] == '<'
}

// cell is one character of the zone and the field it belongs to.
type cell struct {
	line, column int
	field        string
}

func (p *part) cells(check bool) []cell {
	var all []cell
	for i := p.from; i < p.to; i++ {
		all = append(all, cell{p.line, i, p.kind.String()})
	}
	if check {
		all = append(all, cell{p.line, p.check, p.kind.String()})
	}
	return all
}

// field returns the readings of the part that satisfy its check digit, with
// one character taken for a similar one only where there is none without, and
// with the number that a Vietnamese card prints twice read in the other place.
func (r *repairer) field(p *part) (good []edits) {
	for guesses := 0; guesses <= r.most && len(good) == 0; guesses++ {
		for _, e := range r.variants(p.cells(true), guesses) {
			if r.satisfies(p, e) {
				good = append(good, e)
			}
		}
	}
	e := r.twin(p)
	known := func(o edits) bool { return slices.Equal(o.apply(r.z.Lines), e.apply(r.z.Lines)) }
	if len(e) > 0 && r.satisfies(p, e) && !slices.ContainsFunc(good, known) {
		good = append(good, e)
	}
	return good
}

// satisfies reports whether the check digit of the part is right when it is
// read like that, and a date a date.
func (r *repairer) satisfies(p *part, e edits) bool {
	line := e.apply(r.z.Lines)[p.line]
	raw, printed := line[p.from:p.to], line[p.check]
	omitted := p.mayOmitCheck() && printed == '<' && withoutFillers(raw) == ""
	date := p.kind == kindBirth || p.kind == kindExpiry
	return (omitted || printed == checkDigit(raw)) && (!date || Date(raw).valid())
}

// twin reads the document number of a Vietnamese card as the end of the
// holder's number, or the other way round, where the other is right by its own
// check digit and they differ in one digit at most, not counting letters. It is
// nil for other parts.
func (r *repairer) twin(p *part) (changes edits) {
	if r.l != &td1VN || p.kind != kindNumber && p.kind != kindOptional {
		return nil
	}
	number, _ := r.l.part(kindNumber)
	optional, _ := r.l.part(kindOptional)
	from, to, other := optional.from+3, number.from, optional
	if p.kind == kindOptional {
		from, to, other = to, from, number
	}
	if !r.satisfies(other, nil) {
		return nil
	}
	line := r.z.Lines[p.line]
	wrong := 0
	for i := range numberWidth {
		if c := line[from+i]; line[to+i] != c {
			changes = append(changes, Change{p.line, to + i, line[to+i], c, p.kind.String()})
			if ClassDigit.Has(line[to+i]) {
				wrong++
			}
		}
	}
	if wrong > 1 { // two errors may hide from the other's check digit
		return nil
	}
	return changes
}

// variants returns the ways to read the cells: each that cannot hold its
// character as one of those it may have been, and as many others as guesses
// says (0 or 1) as a similar one. It gives up, with none, where there are more
// than maxVariants.
func (r *repairer) variants(cells []cell, guesses int) []edits {
	all := []edits{nil}
	var free []edits
	for _, at := range cells {
		c, class := r.z.Lines[at.line][at.column], r.classes[at.line][at.column]
		may := similar[c]
		switch {
		case !class.Has(c):
			may = mistaken[c]
		case r.amongFillers(at):
			may += "<"
		}
		var choices []edits
		for _, to := range []byte(may) {
			if class.Has(to) {
				choices = append(choices, edits{{at.line, at.column, c, to, at.field}})
			}
		}
		switch {
		case class.Has(c):
			free = append(free, choices...)
		case len(choices) > 0:
			all = product(all, choices)
		}
	}
	if guesses == 0 {
		return all
	}
	return product(all, free)
}

// amongFillers reports whether the cell, beside a filler, holds what a filler
// is taken for.
func (r *repairer) amongFillers(at cell) bool {
	line := r.z.Lines[at.line]
	beside := at.column > 0 && line[at.column-1] == '<' || at.column+1 < len(line) && line[at.column+1] == '<'
	return beside && strings.IndexByte(fillerLike, line[at.column]) >= 0
}

// product joins each of a with each of b, none where they are too many.
func product(a, b []edits) []edits {
	if len(a)*len(b) > maxVariants {
		return nil
	}
	all := make([]edits, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			all = append(all, slices.Concat(x, y))
		}
	}
	return all
}

// apply returns the lines as changed.
func (e edits) apply(lines []string) []string {
	changed := slices.Clone(lines)
	for _, c := range e {
		line := []byte(changed[c.Line])
		line[c.Column] = c.To
		changed[c.Line] = string(line)
	}
	return changed
}

// valid returns those of the readings that make a valid zone.
func (r *repairer) valid(all []edits) (good []edits) {
	for _, e := range all {
		if z, err := Parse(strings.Join(e.apply(r.z.Lines), "\n")); err == nil && z.Valid && z.NumbersAgree() {
			good = append(good, e)
		}
	}
	return good
}

// only returns the zone of the only reading, nil where there are several or
// where it changes nothing.
func (r *repairer) only(all []edits) (*Zone, []Change) {
	if len(all) != 1 || len(all[0]) == 0 {
		return nil, nil
	}
	z, err := Parse(strings.Join(all[0].apply(r.z.Lines), "\n"))
	if err != nil || !z.Valid {
		return nil, nil
	}
	changes := slices.Clone(all[0])
	slices.SortFunc(changes, func(a, b Change) int {
		return (a.Line-b.Line)*len(r.z.Lines[0]) + a.Column - b.Column
	})
	return z, changes
}
