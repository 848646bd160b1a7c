// Package mrz reads and writes the machine-readable zone that is printed on a
// travel document or identity card: TD1, TD2 and TD3 (Doc 9303-4, -5, -6) and
// the visas MRV-A and MRV-B (Doc 9303-7), with the Vietnamese card's own check
// digit. Names carry no check digit: cross-check them with the chip.
package mrz

import (
	"errors"
	"fmt"
	"strings"
)

// MaxText is the longest text, in bytes, that Parse looks at. A zone has 90
// characters at most; the rest is room for line breaks and stray spaces.
const MaxText = 1024

// ErrNotMRZ says that the text is no machine-readable zone: the number or the
// length of its lines fits no format, or a character cannot occur in one.
var ErrNotMRZ = errors.New("not a machine-readable zone: scan the lines with the < signs again")

// Format names a layout of the zone.
type Format string

// The layouts that Parse knows.
const (
	TD1  Format = "TD1"   // 3 × 30, cards
	TD2  Format = "TD2"   // 2 × 36, older cards
	TD3  Format = "TD3"   // 2 × 44, passports
	MRVA Format = "MRV-A" // 2 × 44, visas
	MRVB Format = "MRV-B" // 2 × 36, visas
)

// Names of the fields of a zone, as in Field.Name.
const (
	FieldCode        = "document_code"
	FieldIssuer      = "issuer"
	FieldNumber      = "document_number"
	FieldOptional    = "optional"
	FieldOptional2   = "optional_2"
	FieldPersonal    = "personal" // TD3's optional data, which has a check digit
	FieldBirth       = "birth"
	FieldSex         = "sex"
	FieldExpiry      = "expiry"
	FieldNationality = "nationality"
	FieldSurname     = "surname"
	FieldGiven       = "given_names"
	FieldComposite   = "composite"
	fieldNames       = "names" // on the print one field, in Zone.Fields two
)

// Field is one field of a zone as it was read.
type Field struct {
	Name     string
	Value    string // without trailing fillers; names with spaces
	Printed  string // the check digit on the print, "" where the field has none
	Computed string // the check digit as it should be, "" where the field has none
	OK       bool   // characters fit the field, and the check digit is right
}

// Data is what a zone says about document and holder. Strings are in the
// zone's alphabet (A–Z, 0–9) without trailing fillers.
type Data struct {
	Code        string // "ID", "P", "V", …
	Issuer      string // three letters, or D for Germany
	Number      string // document number, also when longer than nine characters
	Optional    string // first optional field; the 12-digit number on a Vietnamese card
	Optional2   string // second optional field of TD1
	Birth       Date
	Sex         string // "M", "F", "X" or "" for unspecified
	Expiry      Date
	Nationality string
	Surname     string // primary identifier, spaces between its parts
	Given       string // secondary identifier, spaces between its parts
}

// Zone is a parsed zone. Wrong check digits do not stop Parse: they make the
// field not OK and the zone not Valid.
type Zone struct {
	Data
	Format Format
	Lines  []string // normalised: upper case, without spaces
	Fields []Field  // in reading order
	Valid  bool     // every field is OK
}

// Field returns the field of that name; ok is false where the format has none.
func (z *Zone) Field(name string) (f Field, ok bool) {
	for _, f := range z.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// VietnameseCard reports whether the zone is that of a Vietnamese identity
// card, whose optional data holds the 12-digit number and a check digit.
func (z *Zone) VietnameseCard() bool { return z.Format == TD1 && z.vietnamese() }

func (d Data) vietnamese() bool { return d.Code == "ID" && d.Issuer == "VNM" }

// PersonalNumber returns the holder's number where the format has a place for
// it: the 12 digits of a Vietnamese card, the personal number of a TD3.
func (z *Zone) PersonalNumber() string {
	if z.Format == TD3 || z.VietnameseCard() {
		return z.Optional
	}
	return ""
}

// NoExpiry reports whether a Vietnamese card is valid without limit: it prints
// 991231, which is not the year 1999.
func (z *Zone) NoExpiry() bool { return z.VietnameseCard() && z.Expiry == NoExpiryDate }

// Keys returns the inputs of BAC and of PACE with the MRZ key (Doc 9303-11
// §4.3.2): the document number padded to nine characters, or in full where it
// is longer, without its check digit, and both dates as YYMMDD.
func (z *Zone) Keys() (document, birth, expiry string) {
	return pad(z.Number, numberWidth), string(z.Birth), string(z.Expiry)
}

// Parse reads a zone. Line breaks of any kind and spaces are tolerated, and so
// is the zone in one piece as DG1 stores it. The error is ErrNotMRZ where the
// text has the shape of no format; a zone with wrong check digits or
// characters in the wrong place is returned with Valid false.
func Parse(text string) (*Zone, error) {
	lines, err := normalise(text)
	if err != nil {
		return nil, err
	}
	l, err := layoutOf(lines)
	if err != nil {
		return nil, err
	}
	z := &Zone{Format: l.format, Lines: lines, Fields: make([]Field, 0, len(l.parts)+2)}
	z.read(l)
	z.Valid = true
	for _, f := range z.Fields {
		z.Valid = z.Valid && f.OK
	}
	return z, nil
}

// normalise returns the lines of the text in upper case, without spaces. Text
// in one piece is cut into the lines of the format of that length.
func normalise(text string) ([]string, error) {
	if len(text) > MaxText {
		return nil, fmt.Errorf("%w (%d bytes of text)", ErrNotMRZ, len(text))
	}
	characters := make([]byte, 0, min(len(text), 96))
	var breaks [maxRows]int // where each line but the last ends
	rows := 0
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\n' || c == '\r':
			if n := len(characters); n > 0 && (rows == 0 || breaks[rows-1] < n) {
				if rows == maxRows {
					return nil, fmt.Errorf("%w (more than %d lines)", ErrNotMRZ, maxRows)
				}
				breaks[rows] = n
				rows++
			}
		case c == ' ' || c == '\t':
		case c >= 'a' && c <= 'z':
			characters = append(characters, c-'a'+'A')
		case weight(c) >= 0:
			characters = append(characters, c)
		default:
			return nil, fmt.Errorf("%w (character %q)", ErrNotMRZ, c)
		}
	}
	zone := string(characters)
	if zone == "" {
		return nil, fmt.Errorf("%w (no text)", ErrNotMRZ)
	}
	if rows == 0 || rows == 1 && breaks[0] == len(zone) {
		return cut(zone), nil
	}
	lines := make([]string, 0, maxRows+1)
	from := 0
	for _, to := range breaks[:rows] {
		lines = append(lines, zone[from:to])
		from = to
	}
	if from < len(zone) {
		lines = append(lines, zone[from:])
	}
	return lines, nil
}

// cut divides a zone without line breaks by its length.
func cut(s string) []string {
	switch len(s) {
	case 90:
		return []string{s[:30], s[30:60], s[60:]}
	case 72, 88:
		return []string{s[:len(s)/2], s[len(s)/2:]}
	}
	return []string{s}
}

// splitNames divides the name field at the first double filler (Doc 9303-3
// §4.6): before it the primary identifier, behind it the secondary.
func splitNames(raw string) (surname, given string) {
	surname, given, _ = strings.Cut(strings.TrimRight(raw, "<"), "<<")
	return spaced(surname), spaced(given)
}

// spaced turns each run of fillers into one space, none at the ends.
func spaced(raw string) string {
	raw = strings.Trim(raw, "<")
	if !strings.Contains(raw, "<") {
		return raw
	}
	var b strings.Builder
	b.Grow(len(raw))
	for i := range len(raw) {
		if raw[i] != '<' {
			b.WriteByte(raw[i])
		} else if raw[i-1] != '<' {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func pad(s string, n int) string {
	if len(s) >= n {
		return s
	}
	return s + strings.Repeat("<", n-len(s))
}
