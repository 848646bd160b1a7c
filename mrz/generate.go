package mrz

import (
	"errors"
	"fmt"
	"strings"
)

// ErrDoesNotFit says that a value has no room in the format, or holds a
// character that the zone cannot print.
var ErrDoesNotFit = errors.New("value does not fit the machine-readable zone")

// Generate writes the zone of d, check digits included. Names may be in
// Vietnamese (see Transliterate) and are cut where the field ends; every other
// value must fit (ErrDoesNotFit). With Code "ID" and Issuer "VNM" a TD1 gets
// the check digit of the Vietnamese card in column 30.
func Generate(f Format, d Data) ([]string, error) {
	l, err := layoutFor(f, d)
	if err != nil {
		return nil, err
	}
	lines := make([][]byte, l.rows)
	for i := range lines {
		lines[i] = []byte(strings.Repeat("<", l.width))
	}
	number, err := l.place(&d)
	if err != nil {
		return nil, err
	}
	for _, p := range l.parts {
		value := d.value(p.name, p.to-p.from)
		if p.name == FieldNumber {
			value = number[:numberWidth]
		}
		if len(value) > p.to-p.from || !p.class.fits(value) {
			return nil, fmt.Errorf("%w: %s", ErrDoesNotFit, p.name)
		}
		line := lines[p.line]
		copy(line[p.from:p.to], value)
		switch {
		case p.name == FieldNumber:
			line[p.check] = number[numberWidth]
		case p.check > 0:
			line[p.check] = checkDigit(string(line[p.from:p.to]))
		}
	}
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = string(line)
	}
	if l.composite != nil {
		line, column := l.compositeAt()
		lines[line][column] = l.compositeDigit(out)
		out[line] = string(lines[line])
	}
	return out, nil
}

// place returns the nine columns of the document number and its check digit.
// A longer number goes on in d.Optional, which place rewrites.
func (l *layout) place(d *Data) (string, error) {
	if len(d.Number) <= numberWidth {
		raw := pad(d.Number, numberWidth)
		return raw + string(checkDigit(raw)), nil
	}
	if !l.longNumbers() || strings.HasSuffix(d.Number[:numberWidth], "<") ||
		strings.Contains(d.Number[numberWidth:], "<") {
		return "", fmt.Errorf("%w: %s", ErrDoesNotFit, FieldNumber)
	}
	rest := d.Number[numberWidth:] + string(checkDigit(d.Number))
	if d.Optional != "" {
		rest += "<" + d.Optional
	}
	d.Optional = rest
	return d.Number[:numberWidth] + "<", nil
}

// value returns what stands in the part of that name; room matters for names,
// which are cut.
func (d *Data) value(name string, room int) string {
	switch name {
	case FieldCode:
		return d.Code
	case FieldIssuer:
		return d.Issuer
	case FieldOptional, FieldPersonal:
		return d.Optional
	case FieldOptional2:
		return d.Optional2
	case FieldBirth:
		return string(d.Birth)
	case FieldSex:
		return d.Sex
	case FieldExpiry:
		return string(d.Expiry)
	case FieldNationality:
		return d.Nationality
	case fieldNames:
		names := nameField(d.Surname, d.Given)
		return names[:min(len(names), room)]
	}
	return ""
}

func nameField(surname, given string) string {
	field := strings.ReplaceAll(Transliterate(surname), " ", "<")
	if g := Transliterate(given); g != "" {
		field += "<<" + strings.ReplaceAll(g, " ", "<")
	}
	return field
}
