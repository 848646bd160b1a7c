package mrz

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrDoesNotFit says that a value has no room in the format, or holds a
// character that the zone cannot print.
var ErrDoesNotFit = errors.New("value does not fit the machine-readable zone")

// Generate writes the zone of d, check digits included. Names may be in
// Vietnamese (see Transliterate) and are truncated where they have no room;
// every other value must fit, and the format must have a field for it
// (ErrDoesNotFit). With Code "ID" and Issuer "VNM" a TD1 gets the check digit
// of the Vietnamese card in column 30.
func Generate(f Format, d Data) ([]string, error) {
	l := layoutFor(f, d.vietnamese())
	if l == nil {
		return nil, fmt.Errorf("mrz: no format %q", f)
	}
	if err := l.hasRoom(&d); err != nil {
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
	for i := range l.parts {
		p := &l.parts[i]
		value := d.value(p.kind, p.to-p.from)
		if p.kind == kindNumber {
			value = number[:len(number)-1]
		}
		if len(value) > p.to-p.from || !p.class.fits(value) {
			return nil, fmt.Errorf("%w: %s", ErrDoesNotFit, p.kind)
		}
		line := lines[p.line]
		copy(line[p.from:p.to], value)
		switch {
		case p.kind == kindNumber:
			line[p.check] = number[len(number)-1]
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
	if read, err := layoutOf(out); err != nil || read != l { // V is a visa's, and so on
		return nil, fmt.Errorf("%w: %s %q in a %s", ErrDoesNotFit, kindCode, d.Code, f)
	}
	return out, nil
}

// hasRoom refuses a value for which the format has no field.
func (l *layout) hasRoom(d *Data) error {
	for _, v := range []struct {
		value string
		kinds []kind
	}{
		{d.Optional, []kind{kindOptional, kindPersonal, kindOffice}},
		{d.Optional2, []kind{kindOptional2}},
		{string(d.Expiry), []kind{kindExpiry}},
		{d.Nationality, []kind{kindNationality}},
	} {
		has := func(k kind) bool { _, ok := l.part(k); return ok }
		if v.value != "" && !slices.ContainsFunc(v.kinds, has) {
			return fmt.Errorf("%w: a %s has no field %s", ErrDoesNotFit, l.format, v.kinds[0])
		}
	}
	return nil
}

// place returns the columns of the document number and its check digit. A
// longer number goes on in d.Optional, which place rewrites.
func (l *layout) place(d *Data) (string, error) {
	p, _ := l.part(kindNumber)
	width := p.to - p.from
	if len(d.Number) <= width {
		raw := pad(d.Number, width)
		return raw + string(checkDigit(raw)), nil
	}
	if !l.longNumbers() || strings.HasSuffix(d.Number[:width], "<") ||
		strings.Contains(d.Number[width:], "<") {
		return "", fmt.Errorf("%w: %s", ErrDoesNotFit, kindNumber)
	}
	rest := d.Number[width:] + string(checkDigit(d.Number))
	if d.Optional != "" {
		rest += "<" + d.Optional
	}
	d.Optional = rest
	return d.Number[:width] + "<", nil
}

// value returns what stands in the part of that kind; room matters for names,
// which are truncated.
func (d *Data) value(k kind, room int) string {
	switch k {
	case kindCode:
		return d.Code
	case kindIssuer:
		return d.Issuer
	case kindOptional, kindPersonal, kindOffice:
		return d.Optional
	case kindOptional2:
		return d.Optional2
	case kindBirth:
		return string(d.Birth)
	case kindSex:
		return d.Sex
	case kindExpiry:
		return string(d.Expiry)
	case kindNationality:
		return d.Nationality
	case kindSurname:
		return nameField(d.Surname, "", room)
	case kindGiven:
		return nameField(d.Given, "", room)
	case kindNames:
		if names := nameField(d.Surname, d.Given, noLimit); d.vietnamese() {
			return names[:min(len(names), room)] // Vietnam cuts, as far as is known
		}
		return nameField(d.Surname, d.Given, room)
	}
	return ""
}
