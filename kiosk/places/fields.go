package places

import (
	"encoding/json"
	"errors"
	"fmt"
)

// known is every field of a unit in both shapes. A source with another field is
// newer than this program: what the field means is for a person to find out.
var known = map[string]struct {
	shape string
	take  func(*raw, string) // nil: passed over
}{
	"Code":         {ShapeDatabase, func(u *raw, s string) { u.code = s }},
	"Name":         {ShapeDatabase, func(u *raw, s string) { u.name = s }},
	"FullName":     {ShapeDatabase, func(u *raw, s string) { u.full = s }},
	"ProvinceCode": {ShapeDatabase, func(u *raw, s string) { u.of = s }},

	"Type": {ShapeDatabase, nil}, "NameEn": {ShapeDatabase, nil}, "FullNameEn": {ShapeDatabase, nil}, "CodeName": {ShapeDatabase, nil},
	"AdministrativeUnitId": {ShapeDatabase, nil}, "AdministrativeRegionId": {ShapeDatabase, nil},
	"AdministrativeUnitShortName": {ShapeDatabase, nil}, "AdministrativeUnitFullName": {ShapeDatabase, nil},
	"AdministrativeUnitShortNameEn": {ShapeDatabase, nil}, "AdministrativeUnitFullNameEn": {ShapeDatabase, nil},
	"PostalCodePrefix": {ShapeDatabase, nil}, "PostalCode": {ShapeDatabase, nil},

	"code":          {ShapeOpenAPI, func(u *raw, s string) { u.code = s }},
	"name":          {ShapeOpenAPI, func(u *raw, s string) { u.name = s }},
	"province_code": {ShapeOpenAPI, func(u *raw, s string) { u.of = s }},

	"division_type": {ShapeOpenAPI, nil}, "codename": {ShapeOpenAPI, nil},
	"short_codename": {ShapeOpenAPI, nil}, "phone_code": {ShapeOpenAPI, nil},
}

// nests are the fields that hold a province's communes.
var nests = map[string]string{"Wards": ShapeDatabase, "wards": ShapeOpenAPI}

// is takes note of the shape that a field belongs to.
func (p *parser) is(shape string) error {
	if p.shape == "" {
		p.shape = shape
	}
	if p.shape != shape {
		return fmt.Errorf("fields of two shapes, %s and %s: %w", p.shape, shape, ErrShape)
	}
	return nil
}

// field reads one field's value.
func (p *parser) field(key string, u *raw, within string) error {
	if shape, ok := nests[key]; ok && within == "" {
		if err := p.is(shape); err != nil {
			return err
		}
		u.wards = true
		return p.wards()
	}
	if key == "districts" || key == "Districts" {
		return ErrEarlier
	}
	f, ok := known[key]
	if !ok {
		return fmt.Errorf("field %q is not known: %w", key, ErrShape)
	}
	if err := p.is(f.shape); err != nil {
		return err
	}
	value, err := p.text(key)
	if err == nil && f.take != nil {
		f.take(u, value)
	}
	return err
}

// wards reads the communes of a province; null where it has none.
func (p *parser) wards() error {
	token, err := p.d.Token()
	if err != nil || token == nil {
		return err
	}
	if token != json.Delim('[') {
		return errors.New("the communes are no list")
	}
	return p.array(func() error { return p.unit(inside) })
}

// text reads a text or a number.
func (p *parser) text(key string) (string, error) {
	token, err := p.d.Token()
	if err != nil {
		return "", err
	}
	var s string
	switch v := token.(type) {
	case string:
		s = v
	case json.Number:
		s = v.String()
	case nil:
	default:
		return "", fmt.Errorf("field %q is neither text nor a number", key)
	}
	if len(s) > maxField {
		return "", fmt.Errorf("field %q is longer than %d bytes", key, maxField)
	}
	return s, nil
}
