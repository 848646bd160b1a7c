package mrz

import "strings"

// read fills Data and Fields from the lines, part by part.
func (z *Zone) read(l *layout) {
	number := l.number(z.Lines)
	for _, p := range l.parts {
		raw := z.Lines[p.line][p.from:p.to]
		switch p.name {
		case FieldNumber:
			z.Number = number.value
			z.add(p.name, number.value, number.printed, number.computed,
				number.ok() && p.class.fits(raw))
		case FieldOptional:
			if number.used > 0 {
				raw = raw[min(number.used+1, len(raw)):]
			}
			z.addPart(p, raw)
		case fieldNames:
			z.addNames(p, raw)
		default:
			z.addPart(p, raw)
		}
	}
	if l.composite != nil {
		line, column := l.compositeAt()
		printed := z.Lines[line][column : column+1]
		computed := text(l.compositeDigit(z.Lines))
		z.add(FieldComposite, "", printed, computed, printed == computed)
	}
}

func (z *Zone) add(name, value, printed, computed string, ok bool) {
	z.Fields = append(z.Fields, Field{name, value, printed, computed, ok})
}

// addPart adds a part that stands by itself, checked where it has a digit.
func (z *Zone) addPart(p part, raw string) {
	value := strings.TrimRight(raw, "<")
	ok := p.class.fits(raw)
	var printed, computed string
	if p.check > 0 {
		printed, computed = z.Lines[p.line][p.check:p.check+1], text(checkDigit(raw))
		// Optional data that is empty may leave out its check digit (Doc 9303-4
		// §4.2.2 note on the personal number).
		empty := value == "" && printed == "<" && (p.name == FieldPersonal || p.name == FieldOptional)
		ok = ok && (printed == computed || empty)
	}
	ok = ok && z.keep(p.name, value, raw)
	z.add(p.name, value, printed, computed, ok)
}

// keep stores the value in Data and reports whether it makes sense there.
func (z *Zone) keep(name, value, raw string) bool {
	switch name {
	case FieldCode:
		z.Code = value
		return value != "" && raw[0] != '<'
	case FieldIssuer:
		z.Issuer = value
		return value != "" && !strings.Contains(value, "<")
	case FieldNationality:
		z.Nationality = value
		return value != "" && !strings.Contains(value, "<")
	case FieldOptional, FieldPersonal:
		z.Optional = value
	case FieldOptional2:
		z.Optional2 = value
	case FieldSex:
		z.Sex = value
	case FieldBirth:
		z.Birth = Date(raw)
		return z.Birth.valid()
	case FieldExpiry:
		z.Expiry = Date(raw)
		return z.Expiry.valid()
	}
	return true
}

func (d Date) valid() bool {
	_, _, _, ok := d.Parts()
	return ok
}

func (z *Zone) addNames(p part, raw string) {
	z.Surname, z.Given = splitNames(raw)
	ok := p.class.fits(raw) && raw[0] != '<'
	z.add(FieldSurname, z.Surname, "", "", ok)
	z.add(FieldGiven, z.Given, "", "", p.class.fits(raw))
}

// docNumber is a document number with its check digit.
type docNumber struct {
	value, printed, computed string
	used                     int // characters of the optional data it took
}

func (n docNumber) ok() bool { return n.value != "" && n.printed == n.computed }

// number reads the document number. Where all nine characters are used and a
// filler stands in place of the check digit, the number goes on in the optional
// data, up to a filler, and the last character before that is its check digit
// (Doc 9303-5 §4.2.2 note j).
func (l *layout) number(lines []string) docNumber {
	var at, optional part
	for _, p := range l.parts {
		switch p.name {
		case FieldNumber:
			at = p
		case FieldOptional:
			optional = p
		}
	}
	raw := lines[at.line][at.from:at.to]
	printed := lines[at.line][at.check : at.check+1]
	if l.longNumbers() && printed == "<" && raw[numberWidth-1] != '<' {
		rest := lines[optional.line][optional.from:optional.to]
		tail, _, _ := strings.Cut(rest, "<")
		if n := len(tail); n > 0 {
			value := raw + tail[:n-1]
			return docNumber{value, tail[n-1:], text(checkDigit(value)), n}
		}
	}
	return docNumber{strings.TrimRight(raw, "<"), printed, text(checkDigit(raw)), 0}
}
