package mrz

import "strings"

// read fills Data and Fields from the lines, part by part.
func (z *Zone) read(l *layout) {
	var number docNumber
	if l.longNumbers() {
		number = l.longNumber(z.Lines)
	}
	for i := range l.parts {
		p := &l.parts[i]
		raw := z.Lines[p.line][p.from:p.to]
		switch {
		case p.name == FieldNumber && number.used > 0:
			z.addLong(l, p, raw, number)
		case p.name == FieldOptional:
			used := 0
			if number.used > 0 {
				used = min(number.used+1, len(raw))
			}
			z.addPart(p, raw, used)
		case p.name == fieldNames:
			z.addNames(p, raw)
		default:
			z.addPart(p, raw, 0)
		}
	}
	if l.composite != nil {
		line, column := l.compositeAt()
		printed, computed := z.Lines[line][column:column+1], text(l.compositeDigit(z.Lines))
		f := z.add(FieldComposite, "", line, column, column)
		f.Printed, f.Computed, f.Check = printed, computed, column
		z.judge(f, f.digitProblem())
	}
}

// add appends a field without a check digit and without a judgement.
func (z *Zone) add(name, value string, line, from, to int) *Field {
	z.Fields = z.Fields[:len(z.Fields)+1]
	f := &z.Fields[len(z.Fields)-1]
	f.Name, f.Value, f.Line, f.From, f.To, f.Check = name, value, line, from, to, -1
	return f
}

// judge enters the first problem of those that are one.
func (z *Zone) judge(f *Field, problems ...Problem) {
	for _, p := range problems {
		if p != "" {
			f.Problem, z.Valid = p, false
			return
		}
	}
	f.OK = true
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

// addPart adds a part that stands by itself, checked where it has a digit.
// Its first characters, those used, belong to another field.
func (z *Zone) addPart(p *part, raw string, used int) {
	value := strings.TrimRight(raw[used:], "<")
	f := z.add(p.name, value, p.line, p.from+used, p.to)
	var digit Problem
	if p.check > 0 {
		f.Check = p.check
		f.Printed, f.Computed = z.Lines[p.line][p.check:p.check+1], text(checkDigit(raw))
		if omitted := value == "" && f.Printed == "<" && p.mayOmitCheck(); !omitted {
			digit = f.digitProblem()
		}
	}
	empty, date := z.keep(f, raw[used:])
	z.judge(f, empty, p.characterProblem(raw[used:]), digit, date)
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

func (z *Zone) addNames(p *part, raw string) {
	var second int
	z.Surname, z.Given, second = splitNames(raw)
	characters := p.characterProblem(raw)
	end := second
	if second < len(raw) {
		end = second - len("<<")
	}
	z.judge(z.add(FieldSurname, z.Surname, p.line, p.from, p.from+end), blank(raw[:1]), characters)
	z.judge(z.add(FieldGiven, z.Given, p.line, p.from+second, p.to), characters)
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

// addLong adds a document number that goes on in the optional data, which is
// in the same line.
func (z *Zone) addLong(l *layout, p *part, raw string, n docNumber) {
	z.Number = n.value
	f := z.add(p.name, n.value, p.line, p.from, p.to)
	optional, _ := l.part(FieldOptional)
	f.Check = optional.from + n.used - 1
	f.Printed, f.Computed = z.Lines[p.line][f.Check:f.Check+1], text(checkDigit(n.value))
	z.judge(f, p.characterProblem(raw), f.digitProblem())
}
