package cccd

import (
	"errors"
	"fmt"
	"time"
)

// Date is a date of the card. Month and Day are 0 where unknown.
type Date struct {
	Year, Month, Day int
}

var errDate = errors.New("not a date")

// DateOf returns the calendar day of t, in t's location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, int(m), d}
}

// Full reports whether day, month and year are known.
func (d Date) Full() bool { return d.Year > 0 && d.Month > 0 && d.Day > 0 }

// Time returns midnight UTC of a full date; ok is false for any other.
func (d Date) Time() (t time.Time, ok bool) {
	if !d.Full() {
		return time.Time{}, false
	}
	return time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC), true
}

// String returns 1990-02-14, 1990-02 or 1990, as far as it is known.
func (d Date) String() string {
	switch {
	case d.Full():
		return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
	case d.Month > 0:
		return fmt.Sprintf("%04d-%02d", d.Year, d.Month)
	case d.Year > 0:
		return fmt.Sprintf("%04d", d.Year)
	}
	return ""
}

// MarshalText writes the date as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// YYMMDD returns a full date as the machine-readable zone prints it.
func (d Date) YYMMDD() string {
	return fmt.Sprintf("%02d%02d%02d", d.Year%100, d.Month, d.Day)
}

// before compares as far as both dates are known.
func (d Date) before(o Date) bool {
	if d.Year != o.Year {
		return d.Year < o.Year
	}
	if d.Month != o.Month || d.Month == 0 {
		return d.Month > 0 && o.Month > 0 && d.Month < o.Month
	}
	return d.Day > 0 && d.Day < o.Day
}

// parseDate reads ddmmyyyy, with 00 for an unknown day or month, or yyyy alone.
func parseDate(s string) (Date, error) {
	var d Date
	switch {
	case isDigits(s, 4):
		d.Year = number(s)
	case isDigits(s, 8):
		d.Day, d.Month, d.Year = number(s[:2]), number(s[2:4]), number(s[4:])
	default:
		return Date{}, errDate
	}
	if d.Year < 1850 || d.Year > 2399 || d.Month > 12 || (d.Month == 0 && d.Day > 0) {
		return Date{}, errDate
	}
	if t, ok := d.Time(); ok && t.Day() != d.Day {
		return Date{}, errDate
	}
	return d, nil
}

func isDigits(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range n {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// number is the value of a text of digits.
func number(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
