package lds

import (
	"fmt"

	"github.com/tram-station/tram/reader/tlv"
)

// Tags of DG16 (Doc 9303-10 §4.7.16): a count, then A1, A2, … with a person
// each.
const (
	tagFirstPerson   = 0xA1
	tagRecorded      = 0x5F50
	tagPersonName    = 0x5F51
	tagPersonPhone   = 0x5F52
	tagPersonAddress = 0x5F53
)

// maxContacts bounds the persons of DG16, whose tags end at AF.
const maxContacts = 15

// Contact is a person to notify.
type Contact struct {
	Recorded  Date
	Name      Name
	Telephone string
	Address   []string
	// Other keeps what is unknown, and dates that cannot be read.
	Other []Field
}

// ParseDG16 decodes DG16, header included. The persons that are there count,
// not the number of them that the group states.
func ParseDG16(b []byte) ([]Contact, error) {
	parts, err := fields(b, EFDG16)
	if err != nil {
		return nil, fmt.Errorf("DG16: %w", err)
	}
	var all []Contact
	for _, p := range parts {
		if p.Tag < tagFirstPerson || p.Tag >= tagFirstPerson+maxContacts {
			continue
		}
		inner, err := elements(p.Value, maxFields)
		if err != nil {
			return nil, fmt.Errorf("DG16: %w", err)
		}
		if len(all) == maxContacts {
			return nil, fmt.Errorf("DG16: more than %d persons", maxContacts)
		}
		all = append(all, contact(inner))
	}
	return all, nil
}

func contact(parts tlv.Elements) Contact {
	var c Contact
	for _, p := range parts {
		ok := true
		switch p.Tag {
		case tagRecorded:
			c.Recorded, ok = parseDate(p.Value)
		case tagPersonName:
			c.Name = parseName(p.Value)
		case tagPersonPhone:
			c.Telephone = spaced(readable(p.Value))
		case tagPersonAddress:
			c.Address = split(p.Value)
		default:
			ok = false
		}
		if !ok {
			c.Other = append(c.Other, Field{p.Tag, p.Value})
		}
	}
	return c
}
