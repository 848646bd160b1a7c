package lds

import (
	"fmt"
	"time"

	"github.com/tram-station/tram/reader/tlv"
)

// Tags of DG12 (Doc 9303-10 §4.7.12).
const (
	tagAuthorityName = 0x5F19
	tagOtherPerson   = 0x5F1A
	tagEndorsements  = 0x5F1B
	tagTaxExit       = 0x5F1C
	tagFront         = 0x5F1D
	tagRear          = 0x5F1E
	tagIssued        = 0x5F26
	tagPersonalised  = 0x5F55
	tagPersonaliser  = 0x5F56
)

// DocumentDetails is DG12. Every field may be absent.
type DocumentDetails struct {
	Authority    string // who issued the document
	Issued       Date
	OtherPersons []Name // others on the document
	Endorsements string
	TaxExit      string
	Front, Rear  *Picture  // images of the document
	Personalised time.Time // by the issuer's clock, written as UTC
	Personaliser string    // serial number of the system that personalised it
	// Other keeps what is unknown, and dates that cannot be read.
	Other []Field
}

// ParseDG12 decodes DG12, header included. What is there counts, not what its
// own list of tags claims.
func ParseDG12(b []byte) (*DocumentDetails, error) {
	parts, err := fields(b, EFDG12)
	if err != nil {
		return nil, fmt.Errorf("DG12: %w", err)
	}
	d := &DocumentDetails{}
	for _, p := range parts {
		if err := d.add(p); err != nil {
			return nil, fmt.Errorf("DG12: %w", err)
		}
	}
	return d, nil
}

func (d *DocumentDetails) add(p tlv.Element) (err error) {
	ok := true
	switch p.Tag {
	case tagList, tagInteger:
	case tagAuthorityName:
		d.Authority = spaced(readable(p.Value))
	case tagIssued:
		d.Issued, ok = parseDate(p.Value)
	case tagNested, tagOtherPerson:
		d.OtherPersons, err = appendNames(d.OtherPersons, p, tagOtherPerson)
	case tagEndorsements:
		d.Endorsements = spaced(readable(p.Value))
	case tagTaxExit:
		d.TaxExit = spaced(readable(p.Value))
	case tagFront:
		image := picture(p.Value)
		d.Front = &image
	case tagRear:
		image := picture(p.Value)
		d.Rear = &image
	case tagPersonalised:
		d.Personalised, ok = parseInstant(p.Value)
	case tagPersonaliser:
		d.Personaliser = spaced(readable(p.Value))
	default:
		ok = false
	}
	if !ok {
		d.Other = append(d.Other, Field{p.Tag, p.Value})
	}
	return err
}
