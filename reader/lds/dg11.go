package lds

import (
	"fmt"

	"github.com/tram-station/tram/reader/tlv"
)

// Tags of DG11 (Doc 9303-10 §4.7.11).
const (
	tagList           = 0x5C
	tagFullName       = 0x5F0E
	tagOtherName      = 0x5F0F
	tagPersonalNumber = 0x5F10
	tagBirthPlace     = 0x5F11
	tagTelephone      = 0x5F12
	tagProfession     = 0x5F13
	tagTitle          = 0x5F14
	tagSummary        = 0x5F15
	tagCitizenship    = 0x5F16
	tagOtherDocuments = 0x5F17
	tagCustody        = 0x5F18
	tagFullBirth      = 0x5F2B
	tagAddress        = 0x5F42
)

// PersonalDetails is DG11. Every field may be absent.
type PersonalDetails struct {
	Name           Name // in the letters of the issuer's language
	OtherNames     []Name
	PersonalNumber string
	Birth          Date
	BirthPlace     []string // town, province, country
	Address        []string // the parts of the permanent address
	Telephone      string
	Profession     string
	Title          string
	Summary        string
	Citizenship    *Picture // the document that proves it
	OtherDocuments []string // numbers of other travel documents
	Custody        string
	// Other keeps what is unknown, and dates that cannot be read.
	Other []Field
}

// ParseDG11 decodes DG11, header included. What is there counts, not what its
// own list of tags claims.
func ParseDG11(b []byte) (*PersonalDetails, error) {
	parts, err := fields(b, EFDG11)
	if err != nil {
		return nil, fmt.Errorf("DG11: %w", err)
	}
	d := &PersonalDetails{}
	for _, p := range parts {
		switch p.Tag {
		case tagList, tagInteger:
		case tagFullName:
			d.Name = parseName(p.Value)
		case tagNested, tagOtherName:
			if d.OtherNames, err = appendNames(d.OtherNames, p, tagOtherName); err != nil {
				return nil, fmt.Errorf("DG11: %w", err)
			}
		case tagFullBirth:
			var ok bool
			if d.Birth, ok = parseDate(p.Value); !ok {
				d.Other = append(d.Other, Field{p.Tag, p.Value})
			}
		case tagCitizenship:
			image := picture(p.Value)
			d.Citizenship = &image
		default:
			d.text(p)
		}
	}
	return d, nil
}

// text keeps a field of text, or one that is unknown.
func (d *PersonalDetails) text(p tlv.Element) {
	switch p.Tag {
	case tagPersonalNumber:
		d.PersonalNumber = spaced(readable(p.Value))
	case tagBirthPlace:
		d.BirthPlace = split(p.Value)
	case tagAddress:
		d.Address = split(p.Value)
	case tagTelephone:
		d.Telephone = spaced(readable(p.Value))
	case tagProfession:
		d.Profession = spaced(readable(p.Value))
	case tagTitle:
		d.Title = spaced(readable(p.Value))
	case tagSummary:
		d.Summary = spaced(readable(p.Value))
	case tagOtherDocuments:
		d.OtherDocuments = split(p.Value)
	case tagCustody:
		d.Custody = spaced(readable(p.Value))
	default:
		d.Other = append(d.Other, Field{p.Tag, p.Value})
	}
}

// appendNames adds the names that stand in e, which is one itself or the
// template A0 around several.
func appendNames(names []Name, e tlv.Element, tag uint32) ([]Name, error) {
	list := tlv.Elements{e}
	if e.Tag == tagNested {
		var err error
		if list, err = elements(e.Value, maxParts+1); err != nil {
			return nil, fmt.Errorf("other names: %w", err)
		}
	}
	for _, n := range list {
		if n.Tag != tag {
			continue
		}
		if len(names) == maxParts {
			return nil, fmt.Errorf("more than %d other names", maxParts)
		}
		names = append(names, parseName(n.Value))
	}
	return names, nil
}
