package lds

import (
	"fmt"
	"strings"
	"time"

	"github.com/tram-station/tram/reader/tlv"
)

// Limits against a hostile chip.
const (
	maxDetails = 1 << 20 // DG11, DG12 and DG16 may hold images
	maxFields  = 64
	maxParts   = 16 // parts of an address, names beside the first, …
)

// tagNested holds a number of names (Doc 9303-10 §4.7.11, §4.7.12).
const tagNested = 0xA0

// only returns the content of a file of the application.
func only(b []byte, id FileID) ([]byte, error) { return tlv.Only(b, uint32(id.Tag())) }

// elements reads b as at most limit elements with nothing after them.
func elements(b []byte, limit int) (tlv.Elements, error) {
	es := make(tlv.Elements, 0, min(limit, 8))
	for len(b) > 0 {
		e, rest, err := tlv.Next(b)
		if err != nil {
			return nil, err
		}
		if len(es) == limit {
			return nil, fmt.Errorf("more than %d elements", limit)
		}
		es, b = append(es, e), rest
	}
	return es, nil
}

// fields returns what stands in a group of details.
func fields(b []byte, id FileID) (tlv.Elements, error) {
	if len(b) > maxDetails {
		return nil, fmt.Errorf("%d bytes are more than the group needs", len(b))
	}
	body, err := only(b, id)
	if err != nil {
		return nil, err
	}
	return elements(body, maxFields)
}

// integer reads a number that is not negative and fits an int.
func integer(b []byte) (n int, ok bool) {
	const maxOctets = 4
	if len(b) == 0 || len(b) > maxOctets || b[0] >= 0x80 {
		return 0, false
	}
	for _, o := range b {
		n = n<<8 | int(o)
	}
	return n, true
}

// readable returns a text for people. Doc 9303-10 §4.7.11 wants UTF-8; what is
// not becomes U+FFFD, so that one bad letter does not cost the others.
func readable(b []byte) string {
	return strings.TrimSpace(strings.ToValidUTF8(string(b), "\uFFFD"))
}

// spaced returns a text with its fillers as spaces.
func spaced(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '<' || r == ' ' }), " ")
}

// split returns the parts of a text that fillers divide, without empty ones.
func split(b []byte) []string {
	var parts []string
	for rest, more := readable(b), true; more && len(parts) < maxParts; {
		var s string
		s, rest, more = strings.Cut(rest, "<")
		if s = strings.TrimSpace(s); s != "" {
			parts = append(parts, s)
		}
	}
	return parts
}

// Name is a name of DG11, DG12 or DG16, laid out as in an MRZ: the primary
// identifier, two fillers, the secondary one. A name without fillers is all
// primary.
type Name struct{ Primary, Secondary string }

// String returns the whole name in its order.
func (n Name) String() string { return strings.TrimSpace(n.Primary + " " + n.Secondary) }

func parseName(b []byte) Name {
	primary, secondary, _ := strings.Cut(readable(b), "<<")
	return Name{spaced(primary), spaced(secondary)}
}

// Date is a day of DG11 or DG12; a part that the issuer does not know is 0.
type Date struct{ Year, Month, Day int }

// IsZero reports whether nothing is known.
func (d Date) IsZero() bool { return d == Date{} }

// Time returns the day at midnight UTC; ok is false unless it is a full day of
// the calendar.
func (d Date) Time() (t time.Time, ok bool) {
	t = time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
	if t.Year() != d.Year || int(t.Month()) != d.Month || t.Day() != d.Day {
		return time.Time{}, false
	}
	return t, true
}

// String returns YYYY-MM-DD, or YYYY-MM or YYYY where no more is known.
func (d Date) String() string {
	switch {
	case d.IsZero():
		return ""
	case d.Month == 0:
		return fmt.Sprintf("%04d", d.Year)
	case d.Day == 0:
		return fmt.Sprintf("%04d-%02d", d.Year, d.Month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// parseDate reads CCYYMMDD in ASCII or, as LDS 1.7 has it, in BCD; both are in
// the field. Unknown parts are zeros.
func parseDate(b []byte) (Date, bool) {
	digits, ok := decimal(b, 8)
	if !ok {
		return Date{}, false
	}
	d := Date{number(digits[:4]), number(digits[4:6]), number(digits[6:])}
	if d.Month == 0 && d.Day != 0 || d.Month > 12 || d.Day > 31 {
		return Date{}, false
	}
	if _, whole := d.Time(); d.Day != 0 && !whole {
		return Date{}, false
	}
	return d, !d.IsZero()
}

// parseInstant reads CCYYMMDDhhmmss in ASCII or BCD, by the issuer's clock.
func parseInstant(b []byte) (time.Time, bool) {
	digits, ok := decimal(b, 14)
	if !ok {
		return time.Time{}, false
	}
	t, err := time.Parse("20060102150405", string(digits))
	return t, err == nil
}

// decimal returns n digits that stand as ASCII or as BCD.
func decimal(b []byte, n int) ([]byte, bool) {
	if len(b) == n/2 {
		digits := make([]byte, 0, n)
		for _, o := range b {
			digits = append(digits, '0'+o>>4, '0'+o&0x0F)
		}
		b = digits
	}
	if len(b) != n {
		return nil, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return nil, false
		}
	}
	return b, true
}

func number(digits []byte) int {
	n := 0
	for _, c := range digits {
		n = n*10 + int(c-'0')
	}
	return n
}
