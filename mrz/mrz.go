// Package mrz reads and writes the machine-readable zone that is printed on a
// travel document or identity card: TD1, TD2 and TD3 (Doc 9303-4, -5, -6) and
// the visas MRV-A and MRV-B (Doc 9303-7), with the Vietnamese card's own check
// digit, and the French identity card of before 2021. Names carry no check
// digit: cross-check them with the chip.
package mrz

import (
	"errors"
	"log/slog"
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
	TD1   Format = "TD1"    // 3 × 30, cards
	TD2   Format = "TD2"    // 2 × 36, older cards
	TD3   Format = "TD3"    // 2 × 44, passports
	MRVA  Format = "MRV-A"  // 2 × 44, visas
	MRVB  Format = "MRV-B"  // 2 × 36, visas
	FRAID Format = "FRA-ID" // 2 × 36, French identity cards of 1988 to 2021
)

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

// LogValue keeps the person out of logs.
func (d Data) LogValue() slog.Value { return slog.StringValue(d.Code + " " + d.Issuer) }

// Zone is a parsed zone. Wrong check digits do not stop Parse: they make the
// field not OK and the zone not Valid.
type Zone struct {
	Data
	Format Format
	Lines  []string // normalised: upper case, without spaces
	Valid  bool     // every field is OK
}

// LogValue keeps the person out of logs.
func (z Zone) LogValue() slog.Value {
	return slog.GroupValue(slog.String("format", string(z.Format)), slog.Bool("valid", z.Valid))
}

// Fields returns the fields in reading order, nil where the Lines are no zone.
func (z *Zone) Fields() []Field {
	if len(z.Lines) == 0 {
		return nil
	}
	l, err := layoutOf(z.Lines)
	if err != nil {
		return nil
	}
	fields := make([]Field, 0, maxFields)
	again := Zone{Lines: z.Lines}
	again.read(l, &fields)
	return fields
}

// Field returns the field of that name; ok is false where the format has none.
func (z *Zone) Field(name string) (f Field, ok bool) {
	for _, f := range z.Fields() {
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

// NumbersAgree reports whether a Vietnamese card's document number is, as on
// every such card, the last nine digits of the holder's number; true for other
// documents. No check digit sees that.
func (z *Zone) NumbersAgree() bool {
	return !z.VietnameseCard() || strings.HasSuffix(z.Optional, z.Number)
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
	s := new(store)
	lines, err := normalise(text, &s.lines)
	if err != nil {
		return nil, err
	}
	l, err := layoutOf(lines)
	if err != nil {
		return nil, err
	}
	// Read on the stack and moved at once: cheaper than word by word.
	z := Zone{Format: l.format, Lines: lines}
	z.read(l, nil)
	s.Zone = z
	return &s.Zone, nil
}

// store is a zone with room for its lines: one piece of memory.
type store struct {
	Zone
	lines [maxRows]string
}
