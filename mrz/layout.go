package mrz

import "fmt"

// The positions of the fields, as tables (Doc 9303-4 §4.2, -5 §4.2, -6 §4.2,
// -7 §4.2). Columns count from 0; a part ends before its column to.

// numberWidth is the room of the document number; TD1 and TD2 continue a
// longer one in the optional data.
const numberWidth = 9

const (
	maxRows   = 3  // lines of the format that has most
	maxFields = 13 // fields likewise
)

// The classes of whole parts.
const (
	letters = ClassLetter | ClassFiller
	digits  = ClassDigit | ClassFiller
	mixed   = ClassAny
	sexes   = ClassSex | ClassFiller
)

// part is a stretch of one line with a meaning of its own.
type part struct {
	kind     kind
	line     int
	from, to int
	class    Class
	check    int // column of the check digit in the same line; 0 for none
}

// needed reports whether something must stand in the part.
func (p *part) needed() bool {
	switch p.kind {
	case kindCode, kindIssuer, kindNumber, kindNationality, kindSurname, kindNames:
		return true
	}
	return false
}

// mayOmitCheck reports whether a filler may stand for the check digit where
// the part is empty (Doc 9303-4 §4.2.2, note on the personal number).
func (p *part) mayOmitCheck() bool { return p.kind == kindPersonal || p.kind == kindOptional }

// span is a stretch of one line that the composite check digit covers.
type span struct{ line, from, to int }

type layout struct {
	format      Format
	rows, width int
	parts       []part
	composite   []span // none for visas
}

var td1 = layout{TD1, 3, 30, []part{
	{kindCode, 0, 0, 2, letters, 0},
	{kindIssuer, 0, 2, 5, letters, 0},
	{kindNumber, 0, 5, 14, mixed, 14},
	{kindOptional, 0, 15, 30, mixed, 0},
	{kindBirth, 1, 0, 6, digits, 6},
	{kindSex, 1, 7, 8, sexes, 0},
	{kindExpiry, 1, 8, 14, digits, 14},
	{kindNationality, 1, 15, 18, letters, 0},
	{kindOptional2, 1, 18, 29, mixed, 0},
	{kindNames, 2, 0, 30, letters, 0},
}, []span{{0, 5, 30}, {1, 0, 7}, {1, 8, 15}, {1, 18, 29}}}

// td1VN is td1 with the Vietnamese card's check digit over the 14 characters
// of its optional data, in the last column of the first line.
var td1VN = layout{TD1, 3, 30, withOptional(td1.parts, 29, 29), td1.composite}

var td2 = layout{TD2, 2, 36, twoLines(36, 35), []span{{1, 0, 10}, {1, 13, 20}, {1, 21, 35}}}

// fraID is the French identity card of 1988 to 2021: two lines of 36, the
// number of twelve characters, and a composite check digit over all before it.
var fraID = layout{FRAID, 2, 36, []part{
	{kindCode, 0, 0, 2, letters, 0},
	{kindIssuer, 0, 2, 5, letters, 0},
	{kindSurname, 0, 5, 30, letters, 0},
	{kindOffice, 0, 30, 36, mixed, 0},
	{kindNumber, 1, 0, 12, mixed, 12},
	{kindGiven, 1, 13, 27, letters, 0},
	{kindBirth, 1, 27, 33, digits, 33},
	{kindSex, 1, 34, 35, sexes, 0},
}, []span{{0, 0, 36}, {1, 0, 35}}}

var td3 = layout{TD3, 2, 44, personal(twoLines(44, 42)),
	[]span{{1, 0, 10}, {1, 13, 20}, {1, 21, 43}}}

var mrvA = layout{MRVA, 2, 44, twoLines(44, 44), nil}

var mrvB = layout{MRVB, 2, 36, twoLines(36, 36), nil}

// twoLines is the common order of the formats of two lines: width columns,
// optional data up to column end.
func twoLines(width, end int) []part {
	return []part{
		{kindCode, 0, 0, 2, letters, 0},
		{kindIssuer, 0, 2, 5, letters, 0},
		{kindNames, 0, 5, width, letters, 0},
		{kindNumber, 1, 0, 9, mixed, 9},
		{kindNationality, 1, 10, 13, letters, 0},
		{kindBirth, 1, 13, 19, digits, 19},
		{kindSex, 1, 20, 21, sexes, 0},
		{kindExpiry, 1, 21, 27, digits, 27},
		{kindOptional, 1, 28, end, mixed, 0},
	}
}

// personal gives the optional data of a TD3 its name and its check digit.
func personal(parts []part) []part {
	parts[len(parts)-1].kind = kindPersonal
	parts[len(parts)-1].check = 42
	return parts
}

// withOptional returns the parts with the first optional field ending at to
// and checked in column check.
func withOptional(parts []part, to, check int) []part {
	parts = append([]part(nil), parts...)
	for i, p := range parts {
		if p.kind == kindOptional {
			parts[i].to, parts[i].check, parts[i].class = to, check, digits
		}
		if p.kind == kindNumber {
			parts[i].class = digits
		}
	}
	return parts
}

// layoutOf finds the layout by number, length and first letters of the lines.
func layoutOf(lines []string) (*layout, error) {
	width := len(lines[0])
	for _, l := range lines {
		if len(l) != width {
			return nil, fmt.Errorf("%w (lines of %d and %d characters)", ErrNotMRZ, width, len(l))
		}
	}
	visa := lines[0][0] == 'V'
	switch {
	case len(lines) == 3 && width == 30:
		if lines[0][:5] == "IDVNM" {
			return &td1VN, nil
		}
		return &td1, nil
	case len(lines) == 2 && width == 36:
		switch {
		case visa:
			return &mrvB, nil
		case lines[0][:5] == "IDFRA":
			return &fraID, nil
		}
		return &td2, nil
	case len(lines) == 2 && width == 44:
		if visa {
			return &mrvA, nil
		}
		return &td3, nil
	}
	return nil, fmt.Errorf("%w (%d lines of %d characters)", ErrNotMRZ, len(lines), width)
}

// layoutFor returns the layout of the format, nil for none.
func layoutFor(f Format, vietnamese bool) *layout {
	switch f {
	case TD1:
		if vietnamese {
			return &td1VN
		}
		return &td1
	case TD2:
		return &td2
	case TD3:
		return &td3
	case MRVA:
		return &mrvA
	case MRVB:
		return &mrvB
	case FRAID:
		return &fraID
	}
	return nil
}

// part returns the part of that kind.
func (l *layout) part(k kind) (p *part, ok bool) {
	for i := range l.parts {
		if l.parts[i].kind == k {
			return &l.parts[i], true
		}
	}
	return nil, false
}

// longNumbers reports whether the format continues a long document number in
// its optional data (Doc 9303-5 §4.2.2 note j, -6 §4.2.2 note j).
func (l *layout) longNumbers() bool { return l.format == TD1 || l.format == TD2 }

// compositeDigit computes the check digit over several fields.
func (l *layout) compositeDigit(lines []string) byte {
	var sum digitSum
	for _, c := range l.composite {
		sum.add(lines[c.line][c.from:c.to])
	}
	return sum.digit()
}

// compositeAt returns where the composite check digit stands: the last column
// of the second line.
func (l *layout) compositeAt() (line, column int) { return 1, l.width - 1 }
