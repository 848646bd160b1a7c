package lds

import (
	"errors"
	"fmt"

	"github.com/tram-station/tram/reader/tlv"
)

// Tags of biometric information templates (Doc 9303-10 §4.7.2 – §4.7.4, the
// CBEFF patron format of ISO/IEC 7816-11).
const (
	tagTemplates = 0x7F61
	tagTemplate  = 0x7F60
	tagHeader    = 0xA1
	tagPlain     = 0x5F2E // biometric data block, primitive
	tagBuilt     = 0x7F2E // biometric data block, constructed
)

// Tags inside a template's header (ISO/IEC 7816-11 table C.1).
const (
	tagKind      = 0x81
	tagSubtype   = 0x82
	tagCreated   = 0x83
	tagValidity  = 0x85
	tagOwner     = 0x87
	tagFormat    = 0x88
	maxHeader    = 16 // elements in it
	maxTemplates = 9  // Doc 9303-10 §4.7.2 allows one to nine
	maxInside    = 16 // elements in a template
)

// maxBiometrics bounds a group of biometric templates, in bytes.
const maxBiometrics = 4 << 20

// errNoTemplate says that a group promises records and has none.
var errNoTemplate = errors.New("no biometric record in it")

// Template is the header of a biometric record.
type Template struct {
	Kind, Subtype []byte // biometric type and subtype; nil when not stated
	Created       []byte // as it stands, CCYYMMDDhhmmss in BCD
	Validity      []byte // as it stands, first and last day in BCD
	Owner, Format int    // who owns the record's format, and which it is; 0 when not stated
}

// block is one template's header and its biometric data block.
type block struct {
	Template
	data []byte
}

// templates walks 7F61 → 7F60 → 5F2E or 7F2E. A group may hold none where the
// issuer filled it with random data instead, as Doc 9303-10 §4.7.3 has it for
// fingers.
func templates(b []byte, id FileID) ([]block, error) {
	if len(b) > maxBiometrics {
		return nil, fmt.Errorf("%d bytes are more than biometric records need", len(b))
	}
	body, err := only(b, id)
	if err != nil {
		return nil, err
	}
	group, err := tlv.Only(body, tagTemplates)
	if err != nil {
		return nil, err
	}
	parts, err := elements(group, maxInside)
	if err != nil {
		return nil, err
	}
	count, ok := integer(parts.Value(tagInteger))
	if !ok || count > maxTemplates {
		return nil, fmt.Errorf("the number of records is none of 0 to %d", maxTemplates)
	}
	var blocks []block
	for _, p := range parts {
		if p.Tag != tagTemplate {
			continue
		}
		one, err := template(p)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, one)
	}
	if len(blocks) > maxTemplates || (count == 0) != (len(blocks) == 0) {
		return nil, fmt.Errorf("%w: it claims %d and has %d", errNoTemplate, count, len(blocks))
	}
	return blocks, nil
}

func template(e tlv.Element) (block, error) {
	inner, err := elements(e.Value, maxInside)
	if err != nil {
		return block{}, err
	}
	var out block
	if h, ok := inner.Find(tagHeader); ok {
		if out.Template, err = templateHeader(h.Value); err != nil {
			return block{}, err
		}
	}
	for _, tag := range []uint32{tagPlain, tagBuilt} {
		if e, ok := inner.Find(tag); ok {
			out.data = e.Value
			return out, nil
		}
	}
	return block{}, errNoTemplate
}

func templateHeader(b []byte) (t Template, err error) {
	parts, err := elements(b, maxHeader)
	if err != nil {
		return Template{}, fmt.Errorf("a record's header: %w", err)
	}
	for _, p := range parts {
		switch p.Tag {
		case tagKind:
			t.Kind = p.Value
		case tagSubtype:
			t.Subtype = p.Value
		case tagCreated:
			t.Created = p.Value
		case tagValidity:
			t.Validity = p.Value
		case tagOwner:
			t.Owner = registered(p.Value)
		case tagFormat:
			t.Format = registered(p.Value)
		}
	}
	return t, nil
}

// registered reads a number of the CBEFF registry.
func registered(b []byte) int {
	const octets = 2
	if len(b) != octets {
		return 0
	}
	return int(b[0])<<8 | int(b[1])
}
