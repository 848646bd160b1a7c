package mrz

import "strings"

// found is a field as the reader carries it about: small, and without the
// words that only a list of fields needs.
type found struct {
	value             string
	problem           Problem
	kind              kind
	printed, computed byte // check digits, 0 for none
	line, from, to    uint8
	check             uint8 // 0 for none
}

func (f *found) field() Field {
	out := Field{Name: f.kind.String(), Value: f.value, Problem: f.problem, OK: f.problem == "",
		Line: int(f.line), From: int(f.from), To: int(f.to), Check: -1}
	if f.computed != 0 {
		out.Printed, out.Computed, out.Check = string(f.printed), string(f.computed), int(f.check)
	}
	return out
}

func (f *found) digitProblem() Problem {
	if f.printed != f.computed {
		return ProblemCheckDigit
	}
	return ""
}

// at is the place of a part in what was found.
func (p *part) at() found {
	return found{kind: p.kind, line: uint8(p.line), from: uint8(p.from), to: uint8(p.to)}
}

// read fills Data and Valid from the lines, part by part, and appends to
// fields, where there is such a list, what it found.
func (z *Zone) read(l *layout, fields *[]Field) {
	var number docNumber
	if l.longNumbers() {
		number = l.longNumber(z.Lines)
	}
	z.Valid = true
	for i := range l.parts {
		p := &l.parts[i]
		raw := z.Lines[p.line][p.from:p.to]
		f := p.at()
		switch {
		case p.kind == kindNames:
			surname := f
			z.readNames(p, raw, &surname, &f)
			z.collect(&surname, fields)
		case p.kind == kindNumber && number.used > 0:
			z.readLong(l, p, raw, number, &f)
		case p.kind == kindOptional && number.used > 0:
			z.readPart(p, raw, min(number.used+1, len(raw)), &f)
		default:
			z.readPart(p, raw, 0, &f)
		}
		z.collect(&f, fields)
	}
	if l.composite != nil {
		line, column := l.compositeAt()
		f := found{kind: kindComposite, line: uint8(line), from: uint8(column), to: uint8(column), check: uint8(column),
			printed: z.Lines[line][column], computed: l.compositeDigit(z.Lines)}
		f.problem = f.digitProblem()
		z.collect(&f, fields)
	}
}

func (z *Zone) collect(f *found, fields *[]Field) {
	if f.problem != "" {
		z.Valid = false
	}
	if fields != nil {
		*fields = append(*fields, f.field())
	}
}

// readPart reads a part that stands by itself, checked where it has a digit.
// Its first characters, those used, belong to another field.
func (z *Zone) readPart(p *part, raw string, used int, f *found) {
	f.from += uint8(used)
	f.value = withoutFillers(raw[used:])
	var digit Problem
	if p.check > 0 {
		f.check = uint8(p.check)
		f.printed, f.computed = z.Lines[p.line][p.check], checkDigit(raw)
		if omitted := f.value == "" && f.printed == '<' && p.mayOmitCheck(); !omitted {
			digit = f.digitProblem()
		}
	}
	missing, date := z.keep(f, raw[used:])
	switch {
	case missing:
		f.problem = ProblemEmpty
	case !p.class.fits(raw[used:]) || p.kind.isCode() && strings.IndexByte(f.value, '<') >= 0:
		f.problem = ProblemCharacters
	case digit != "":
		f.problem = digit
	case !date:
		f.problem = ProblemDate
	}
}

// keep stores the value in Data and says whether something is missing, and
// whether it is, if it is a date, one of some calendar.
func (z *Zone) keep(f *found, raw string) (missing, date bool) {
	switch f.kind {
	case kindCode:
		z.Code = f.value
		return raw[0] == '<', true
	case kindIssuer:
		z.Issuer = f.value
		return f.value == "", true
	case kindNationality:
		z.Nationality = f.value
		return f.value == "", true
	case kindNumber:
		z.Number = f.value
		return f.value == "", true
	case kindOptional, kindPersonal, kindOffice:
		z.Optional = f.value
	case kindOptional2:
		z.Optional2 = f.value
	case kindSex:
		z.Sex = f.value
	case kindBirth:
		z.Birth = Date(raw)
		return false, z.Birth.valid()
	case kindExpiry:
		z.Expiry = Date(raw)
		return false, z.Expiry.valid()
	case kindSurname:
		f.value = spaced(raw)
		z.Surname = f.value
		return raw[0] == '<', true
	case kindGiven:
		f.value = spaced(raw)
		z.Given = f.value
	}
	return false, true
}

func (d Date) valid() bool {
	_, _, _, ok := d.Parts()
	return ok
}

// isCode reports whether the part is the code of a state, which has no gaps.
func (k kind) isCode() bool { return k == kindIssuer || k == kindNationality }

func withoutFillers(s string) string {
	for len(s) > 0 && s[len(s)-1] == '<' {
		s = s[:len(s)-1]
	}
	return s
}

func (z *Zone) readNames(p *part, raw string, surname, given *found) {
	var second int
	z.Surname, z.Given, second = splitNames(raw)
	surname.kind, surname.value = kindSurname, z.Surname
	given.kind, given.value = kindGiven, z.Given
	given.from += uint8(second)
	if second < len(raw) {
		surname.to = given.from - uint8(len("<<"))
	}
	if !p.class.fits(raw) {
		surname.problem, given.problem = ProblemCharacters, ProblemCharacters
	}
	if raw[0] == '<' {
		surname.problem = ProblemEmpty
	}
}

// docNumber is a document number that goes on in the optional data.
type docNumber struct {
	value string
	used  int // characters of the optional data it took, the last its check digit
}

// longNumber reads such a number: all nine characters are used and a filler
// stands in place of the check digit; the rest runs up to a filler, and the
// last character before that is the check digit (Doc 9303-5 §4.2.2 note j).
// used is 0 where the number is no longer than its field.
func (l *layout) longNumber(lines []string) (n docNumber) {
	at, _ := l.part(kindNumber)
	if lines[at.line][at.check] != '<' || lines[at.line][at.to-1] == '<' {
		return docNumber{}
	}
	optional, _ := l.part(kindOptional)
	tail, _, _ := strings.Cut(lines[optional.line][optional.from:optional.to], "<")
	if tail == "" {
		return docNumber{}
	}
	return docNumber{lines[at.line][at.from:at.to] + tail[:len(tail)-1], len(tail)}
}

// readLong reads a document number that goes on in the optional data, which is
// in the same line.
func (z *Zone) readLong(l *layout, p *part, raw string, n docNumber, f *found) {
	z.Number = n.value
	optional, _ := l.part(kindOptional)
	f.value, f.check = n.value, uint8(optional.from+n.used-1)
	f.printed, f.computed = z.Lines[p.line][f.check], checkDigit(n.value)
	f.problem = f.digitProblem()
	if !p.class.fits(raw) {
		f.problem = ProblemCharacters
	}
}
