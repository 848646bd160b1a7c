package lds

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tram-station/tram/reader/tlv"
)

// Tags of the Vietnamese DG13. No official layout is public; this one was seen
// by several independent readers: 6D { 30 { 02, 06, 31 { field* } } }, and a
// field is 30 { 02 number, text } or 30 { 02 number, 30 { text* } }.
const (
	tagInteger   = 0x02
	tagOID       = 0x06
	tagUTF8      = 0x0C
	tagPrintable = 0x13
	tagIA5       = 0x16
	tagSequence  = 0x30
	tagSet       = 0x31
)

// Limits against a hostile chip.
const (
	maxDG13       = 64 << 10
	maxFieldTexts = 16
)

// The numbers of the fields.
const (
	fieldNumber = 1 + iota
	fieldName
	fieldBirth
	fieldSex
	fieldNationality
	fieldEthnicity
	fieldReligion
	fieldOrigin
	fieldResidence
	fieldFeatures
	fieldIssue
	fieldExpiry
	fieldParents
	fieldSpouse
	fieldOldNumber
)

// ErrForeign says that DG13 is not laid out as the Vietnamese card's is; other
// issuers may put anything there.
var ErrForeign = errors.New("DG13 is not laid out as a Vietnamese card's")

// errFields says that it is, and that its fields are damaged.
var errFields = errors.New("the fields of DG13 are not well formed")

// ParseDG13 decodes DG13, header included. Fields may come in any order and
// may be absent; a number that comes twice keeps all its texts in Fields and
// its first one by name.
func ParseDG13(b []byte) (*DG13, error) {
	set, err := fieldSet(b)
	if err != nil {
		return nil, err
	}
	d := &DG13{Fields: make(map[int][]string)}
	for i := 0; len(set) > 0; i++ {
		e, rest, err := tlv.Next(set)
		if err != nil || e.Tag != tagSequence || i == maxFields {
			return nil, fmt.Errorf("%w: field %d", errFields, i+1)
		}
		set = rest
		n, texts, err := parseField(e.Value)
		if err != nil {
			return nil, fmt.Errorf("%w: entry %d", err, i+1)
		}
		d.Fields[n] = append(d.Fields[n], texts...)
	}
	d.name()
	return d, nil
}

// fieldSet returns the content of the SET that holds the fields.
func fieldSet(b []byte) ([]byte, error) {
	if len(b) > maxDG13 {
		return nil, fmt.Errorf("%w: %d bytes", ErrForeign, len(b))
	}
	body, err := only(b, EFDG13)
	if err != nil {
		return nil, fmt.Errorf("DG13: %w", err)
	}
	seq, err := tlv.Only(body, tagSequence)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForeign, err)
	}
	parts, err := tlv.Parse(seq)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForeign, err)
	}
	for _, p := range parts {
		switch p.Tag {
		case tagInteger, tagOID: // the structure's version and name
		case tagSet:
			return p.Value, nil
		default:
			return nil, fmt.Errorf("%w: tag %X", ErrForeign, p.Tag)
		}
	}
	return nil, fmt.Errorf("%w: no fields", ErrForeign)
}

// parseField decodes one { number, text | { text* } }.
func parseField(b []byte) (number int, texts []string, err error) {
	num, rest, err := tlv.Next(b)
	if err != nil || num.Tag != tagInteger || len(num.Value) != 1 || num.Value[0] == 0 || num.Value[0] > 0x7F {
		return 0, nil, fmt.Errorf("%w: no field number", errFields)
	}
	number = int(num.Value[0])
	for len(rest) > 0 {
		var e tlv.Element
		if e, rest, err = tlv.Next(rest); err != nil {
			return 0, nil, fmt.Errorf("%w: field %d", errFields, number)
		}
		inner := tlv.Elements{e}
		if e.Tag == tagSequence {
			if inner, err = e.Children(); err != nil {
				return 0, nil, fmt.Errorf("%w: field %d", errFields, number)
			}
		}
		for _, t := range inner {
			s, ok := text(t)
			if !ok || len(texts) == maxFieldTexts {
				return 0, nil, fmt.Errorf("%w: field %d", errFields, number)
			}
			texts = append(texts, s)
		}
	}
	return number, texts, nil
}

func text(e tlv.Element) (string, bool) {
	switch e.Tag {
	case tagUTF8, tagPrintable, tagIA5:
		return string(e.Value), utf8.Valid(e.Value)
	}
	return "", false
}

// name lays the numbered fields under their names.
func (d *DG13) name() {
	first := func(number int) string {
		if t := d.Fields[number]; len(t) > 0 {
			return strings.TrimSpace(t[0])
		}
		return ""
	}
	d.Number, d.Name, d.Birth, d.Sex = first(fieldNumber), first(fieldName), first(fieldBirth), first(fieldSex)
	d.Nationality, d.Ethnicity, d.Religion = first(fieldNationality), first(fieldEthnicity), first(fieldReligion)
	d.Origin, d.Residence, d.Features = first(fieldOrigin), first(fieldResidence), first(fieldFeatures)
	d.Issue, d.Expiry, d.Father = first(fieldIssue), first(fieldExpiry), first(fieldParents)
	d.Spouse, d.OldNumber = first(fieldSpouse), first(fieldOldNumber)
	if t := d.Fields[fieldParents]; len(t) > 1 {
		d.Mother = strings.TrimSpace(t[1])
	}
	d.BirthDate, d.IssueDate, d.ExpiryDate = date(d.Birth), date(d.Issue), date(d.Expiry)
}

// addDG13 keeps DG13 where it is the Vietnamese card's.
func (d *Document) addDG13(b []byte) error {
	vn, err := ParseDG13(b)
	if errors.Is(err, ErrForeign) {
		return nil
	}
	d.VN = vn
	return err
}

// date reads ddmmyyyy or dd/mm/yyyy; anything else, such as a year alone or
// the words for "no expiry", is no full date.
func date(s string) time.Time {
	for _, layout := range []string{"02012006", "02/01/2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}
