package lds

import (
	"fmt"

	"github.com/tram-station/tram/reader/tlv"
)

// Data blocks of ISO/IEC 39794, which Doc 9303 brings in from 2026 on: an
// ASN.1 SEQUENCE of a version and of representations, every element under the
// context tag of its number.
const (
	tagFingerBlock = 0x64 // [APPLICATION 4], ISO/IEC 39794-4
	tagFaceBlock   = 0x65 // [APPLICATION 5], ISO/IEC 39794-5
)

// Limits against a hostile chip.
const (
	maxRepresentations = 16
	maxBlockElements   = 32
	maxScores          = 16
	maxLandmarks       = 512
)

// isBlock reports whether a biometric data block is one of ISO/IEC 39794 with
// this tag, alone or inside the A1 that Doc 9303-10 §4.7.2 puts around it.
func isBlock(data []byte, tag uint32) bool {
	e, _, err := tlv.Next(data)
	if err == nil && e.Tag == tagHeader {
		e, _, err = tlv.Next(e.Value)
	}
	return err == nil && e.Tag == tag
}

// representations returns the elements of each representation of a block.
func representations(data []byte, tag uint32) ([]tlv.Elements, error) {
	e, rest, err := tlv.Next(data)
	if err == nil && e.Tag == tagHeader {
		e, rest, err = tlv.Next(e.Value)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("data block: %w", err)
	case e.Tag != tag || len(rest) > 0:
		return nil, fmt.Errorf("%w: data block of tag %X", tlv.ErrMalformed, e.Tag)
	}
	parts, err := elements(e.Value, maxBlockElements)
	if err != nil {
		return nil, fmt.Errorf("data block: %w", err)
	}
	list, err := elements(parts.Value(tagOf(1, true)), maxRepresentations)
	if err != nil {
		return nil, fmt.Errorf("data block: %w", err)
	}
	all := make([]tlv.Elements, 0, len(list))
	for _, r := range list {
		inner, err := elements(r.Value, maxBlockElements)
		if err != nil {
			return nil, fmt.Errorf("data block: %w", err)
		}
		all = append(all, inner)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("data block: %w", errNoTemplate)
	}
	return all, nil
}

// tagOf is the tag of element n.
func tagOf(n int, constructed bool) uint32 {
	if constructed {
		return 0xA0 | uint32(n)
	}
	return 0x80 | uint32(n)
}

// inside returns the elements of element n, none where it is absent or damaged:
// what is optional in a block says nothing then.
func inside(parts tlv.Elements, n int) tlv.Elements {
	inner, err := elements(parts.Value(tagOf(n, true)), maxBlockElements)
	if err != nil {
		return nil
	}
	return inner
}

// path follows the constructed elements of these numbers.
func path(parts tlv.Elements, numbers ...int) tlv.Elements {
	for _, n := range numbers {
		parts = inside(parts, n)
	}
	return parts
}

// value returns the number at element n, 0 where it is absent.
func value(parts tlv.Elements, n int) int {
	v, _ := integer(parts.Value(tagOf(n, false)))
	return v
}

// code returns the code at element n, which is a CHOICE of a code and of an
// extension; 0, "unknown", where it is absent. ok tells the two apart.
func code(parts tlv.Elements, n int) (v int, ok bool) {
	return integer(inside(parts, n).Value(tagOf(0, false)))
}

// score returns the first quality score of element n, which holds blocks of an
// algorithm and of a score or an error; ok is false where there is none.
func score(parts tlv.Elements, n int) (v int, ok bool) {
	blocks, err := elements(parts.Value(tagOf(n, true)), maxScores)
	if err != nil {
		return 0, false
	}
	for _, b := range blocks {
		inner, err := elements(b.Value, maxBlockElements)
		if err != nil {
			return 0, false
		}
		if v, ok = integer(inside(inner, 1).Value(tagOf(0, false))); ok && v <= 100 {
			return v, true
		}
	}
	return 0, false
}

// day reads a block of date and time; what is past the day is left out.
func day(parts tlv.Elements, n int) Date {
	b := inside(parts, n)
	d := Date{value(b, 0), value(b, 1), value(b, 2)}
	if d.Year > 9999 || d.Month > 12 || d.Day > 31 {
		return Date{}
	}
	return d
}
