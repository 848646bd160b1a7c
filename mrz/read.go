package mrz

import "strings"

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
		var f Field
		switch {
		case p.name == FieldNumber && number.used > 0:
			f = z.readLong(l, p, raw, number)
		case p.name == FieldOptional && number.used > 0:
			f = z.readPart(p, raw, min(number.used+1, len(raw)))
		case p.name == fieldNames:
			surname, given := z.readNames(p, raw)
			z.collect(&surname, fields)
			f = given
		default:
			f = z.readPart(p, raw, 0)
		}
		z.collect(&f, fields)
	}
	if l.composite != nil {
		line, column := l.compositeAt()
		f := Field{Name: FieldComposite, Line: line, From: column, To: column, Check: column,
			Printed: z.Lines[line][column : column+1], Computed: text(l.compositeDigit(z.Lines))}
		f.Problem = f.digitProblem()
		z.collect(&f, fields)
	}
}

// collect judges a field that was read.
func (z *Zone) collect(f *Field, fields *[]Field) {
	f.OK = f.Problem == ""
	z.Valid = z.Valid && f.OK
	if fields != nil {
		*fields = append(*fields, *f)
	}
}

// first returns the first problem of those that are one.
func first(problems ...Problem) Problem {
	for _, p := range problems {
		if p != "" {
			return p
		}
	}
	return ""
}

func (f *Field) digitProblem() Problem {
	if f.Printed != f.Computed {
		return ProblemCheckDigit
	}
	return ""
}

func (p *part) characterProblem(raw string) Problem {
	if !p.class.fits(raw) {
		return ProblemCharacters
	}
	return ""
}

// readPart reads a part that stands by itself, checked where it has a digit.
// Its first characters, those used, belong to another field.
func (z *Zone) readPart(p *part, raw string, used int) Field {
	f := Field{Name: p.name, Value: strings.TrimRight(raw[used:], "<"),
		Line: p.line, From: p.from + used, To: p.to, Check: -1}
	var digit Problem
	if p.check > 0 {
		f.Check = p.check
		f.Printed, f.Computed = z.Lines[p.line][p.check:p.check+1], text(checkDigit(raw))
		if omitted := f.Value == "" && f.Printed == "<" && p.mayOmitCheck(); !omitted {
			digit = f.digitProblem()
		}
	}
	empty, date := z.keep(&f, raw[used:])
	f.Problem = first(empty, p.characterProblem(raw[used:]), digit, date)
	return f
}

// keep stores the value in Data and says whether it makes sense there.
func (z *Zone) keep(f *Field, raw string) (empty, date Problem) {
	switch f.Name {
	case FieldCode:
		z.Code = f.Value
		return blank(raw[:1]), ""
	case FieldIssuer:
		z.Issuer = f.Value
		return blank(raw), gap(f.Value)
	case FieldNationality:
		z.Nationality = f.Value
		return blank(raw), gap(f.Value)
	case FieldNumber:
		z.Number = f.Value
		return blank(raw), ""
	case FieldOptional, FieldPersonal, FieldOffice:
		z.Optional = f.Value
	case FieldOptional2:
		z.Optional2 = f.Value
	case FieldSex:
		z.Sex = f.Value
	case FieldBirth:
		z.Birth = Date(raw)
		return "", z.Birth.problem()
	case FieldExpiry:
		z.Expiry = Date(raw)
		return "", z.Expiry.problem()
	case FieldSurname:
		f.Value, _, _ = splitNames(raw)
		z.Surname = f.Value
		return blank(raw[:1]), ""
	case FieldGiven:
		f.Value = spaced(raw)
		z.Given = f.Value
	}
	return "", ""
}

// blank is the problem of a value that has nothing but fillers.
func blank(raw string) Problem {
	for i := range len(raw) {
		if raw[i] != '<' {
			return ""
		}
	}
	return ProblemEmpty
}

// gap is the problem of a code with a filler before its last letter.
func gap(value string) Problem {
	if strings.IndexByte(value, '<') >= 0 {
		return ProblemCharacters
	}
	return ""
}

func (d Date) problem() Problem {
	if _, _, _, ok := d.Parts(); !ok {
		return ProblemDate
	}
	return ""
}

func (z *Zone) readNames(p *part, raw string) (surname, given Field) {
	var second int
	z.Surname, z.Given, second = splitNames(raw)
	end := second
	if second < len(raw) {
		end = second - len("<<")
	}
	characters := p.characterProblem(raw)
	surname = Field{Name: FieldSurname, Value: z.Surname, Line: p.line, From: p.from, To: p.from + end,
		Check: -1, Problem: first(blank(raw[:1]), characters)}
	given = Field{Name: FieldGiven, Value: z.Given, Line: p.line, From: p.from + second, To: p.to,
		Check: -1, Problem: characters}
	return surname, given
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
	at, _ := l.part(FieldNumber)
	optional, _ := l.part(FieldOptional)
	raw := lines[at.line][at.from:at.to]
	if lines[at.line][at.check] != '<' || raw[numberWidth-1] == '<' {
		return docNumber{}
	}
	tail, _, _ := strings.Cut(lines[optional.line][optional.from:optional.to], "<")
	if tail == "" {
		return docNumber{}
	}
	return docNumber{raw + tail[:len(tail)-1], len(tail)}
}

// readLong reads a document number that goes on in the optional data, which is
// in the same line.
func (z *Zone) readLong(l *layout, p *part, raw string, n docNumber) Field {
	z.Number = n.value
	optional, _ := l.part(FieldOptional)
	check := optional.from + n.used - 1
	f := Field{Name: p.name, Value: n.value, Line: p.line, From: p.from, To: p.to, Check: check,
		Printed: z.Lines[p.line][check : check+1], Computed: text(checkDigit(n.value))}
	f.Problem = first(p.characterProblem(raw), f.digitProblem())
	return f
}
