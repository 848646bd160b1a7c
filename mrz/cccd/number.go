package cccd

import "log/slog"

// numberLength is the length of the personal identification number.
const numberLength = 12

// Number is the 12-digit number: three digits for the province of birth
// registration, one for sex and century, two for the year, six at random. It
// has no check digit. It redacts itself in logs.
type Number string

// ParseNumber checks that s is twelve digits (ErrNumber).
func ParseNumber(s string) (Number, error) {
	if !isDigits(s, numberLength) {
		return "", ErrNumber
	}
	return Number(s), nil
}

// Province returns where the birth was registered; ok is false where the code
// is in no table.
func (n Number) Province() (p Province, ok bool) { return ProvinceOf(string(n[:3])) }

// Sex returns "M" or "F" by the fourth digit: even for men.
func (n Number) Sex() string {
	if (n[3]-'0')%2 == 0 {
		return "M"
	}
	return "F"
}

// BirthYear returns the year by the fourth to sixth digits: 0 and 1 stand for
// the 1900s, 2 and 3 for the 2000s, up to 8 and 9 for the 2300s.
func (n Number) BirthYear() int {
	return 1900 + int(n[3]-'0')/2*100 + number(string(n[4:6]))
}

// CAN returns the card access number that the card is printed with: the last
// six digits.
func (n Number) CAN() string { return string(n[numberLength-6:]) }

// Document returns the document number of the machine-readable zone: the last
// nine digits.
func (n Number) Document() string { return string(n[numberLength-9:]) }

// LogValue keeps the number out of logs.
func (n Number) LogValue() slog.Value { return slog.StringValue("number [redacted]") }
