package mrz

import "fmt"

// The positions of the fields, as tables (Doc 9303-4 §4.2, -5 §4.2, -6 §4.2,
// -7 §4.2). Columns count from 0; a part ends before its column to.

// numberWidth is the room of the document number; TD1 and TD2 continue a
// longer one in the optional data.
const numberWidth = 9

// maxRows is the number of lines of the format that has most.
const maxRows = 3

// class says which characters may stand in a part.
type class uint8

const (
	letters class = iota // A–Z and filler
	digits               // 0–9 and filler
	mixed                // all
	sexes                // M F X and filler
)

type part struct {
	name     string
	line     int
	from, to int
	class    class
	check    int // column of the check digit in the same line; 0 for none
}

// span is a stretch of one line that the composite check digit covers.
type span struct{ line, from, to int }

type layout struct {
	format      Format
	rows, width int
	parts       []part
	composite   []span // none for visas
}

var td1 = layout{TD1, 3, 30, []part{
	{FieldCode, 0, 0, 2, letters, 0},
	{FieldIssuer, 0, 2, 5, letters, 0},
	{FieldNumber, 0, 5, 14, mixed, 14},
	{FieldOptional, 0, 15, 30, mixed, 0},
	{FieldBirth, 1, 0, 6, digits, 6},
	{FieldSex, 1, 7, 8, sexes, 0},
	{FieldExpiry, 1, 8, 14, digits, 14},
	{FieldNationality, 1, 15, 18, letters, 0},
	{FieldOptional2, 1, 18, 29, mixed, 0},
	{fieldNames, 2, 0, 30, letters, 0},
}, []span{{0, 5, 30}, {1, 0, 7}, {1, 8, 15}, {1, 18, 29}}}

// td1VN is td1 with the Vietnamese card's check digit over the 14 characters
// of its optional data, in the last column of the first line.
var td1VN = layout{TD1, 3, 30, withOptional(td1.parts, 29, 29), td1.composite}

var td2 = layout{TD2, 2, 36, twoLines(36, 35), []span{{1, 0, 10}, {1, 13, 20}, {1, 21, 35}}}

var td3 = layout{TD3, 2, 44, personal(twoLines(44, 42)),
	[]span{{1, 0, 10}, {1, 13, 20}, {1, 21, 43}}}

var mrvA = layout{MRVA, 2, 44, twoLines(44, 44), nil}

var mrvB = layout{MRVB, 2, 36, twoLines(36, 36), nil}

// twoLines is the common order of the formats of two lines: width columns,
// optional data up to column end.
func twoLines(width, end int) []part {
	return []part{
		{FieldCode, 0, 0, 2, letters, 0},
		{FieldIssuer, 0, 2, 5, letters, 0},
		{fieldNames, 0, 5, width, letters, 0},
		{FieldNumber, 1, 0, 9, mixed, 9},
		{FieldNationality, 1, 10, 13, letters, 0},
		{FieldBirth, 1, 13, 19, digits, 19},
		{FieldSex, 1, 20, 21, sexes, 0},
		{FieldExpiry, 1, 21, 27, digits, 27},
		{FieldOptional, 1, 28, end, mixed, 0},
	}
}

// personal gives the optional data of a TD3 its name and its check digit.
func personal(parts []part) []part {
	parts[len(parts)-1].name = FieldPersonal
	parts[len(parts)-1].check = 42
	return parts
}

// withOptional returns the parts with the first optional field ending at to
// and checked in column check.
func withOptional(parts []part, to, check int) []part {
	parts = append([]part(nil), parts...)
	for i, p := range parts {
		if p.name == FieldOptional {
			parts[i].to, parts[i].check, parts[i].class = to, check, digits
		}
		if p.name == FieldNumber {
			parts[i].class = digits
		}
	}
	return parts
}

// layoutOf finds the layout by number, length and first letters of the lines.
func layoutOf(lines []string) (*layout, error) {
	for _, l := range lines {
		if len(l) != len(lines[0]) {
			return nil, fmt.Errorf("%w (lines of %d and %d characters)", ErrNotMRZ, len(lines[0]), len(l))
		}
	}
	visa := lines[0][0] == 'V'
	switch [2]int{len(lines), len(lines[0])} {
	case [2]int{3, 30}:
		if lines[0][:5] == "IDVNM" {
			return &td1VN, nil
		}
		return &td1, nil
	case [2]int{2, 36}:
		if visa {
			return &mrvB, nil
		}
		return &td2, nil
	case [2]int{2, 44}:
		if visa {
			return &mrvA, nil
		}
		return &td3, nil
	}
	return nil, fmt.Errorf("%w (%d lines of %d characters)", ErrNotMRZ, len(lines), len(lines[0]))
}

// layoutFor returns the layout in which Generate writes d.
func layoutFor(f Format, d Data) (*layout, error) {
	switch f {
	case TD1:
		if d.vietnamese() {
			return &td1VN, nil
		}
		return &td1, nil
	case TD2:
		return &td2, nil
	case TD3:
		return &td3, nil
	case MRVA:
		return &mrvA, nil
	case MRVB:
		return &mrvB, nil
	}
	return nil, fmt.Errorf("mrz: no format %q", f)
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
