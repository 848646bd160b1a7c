package mrz

import "time"

// Date is a date as the zone prints it: YYMMDD, with fillers for what is
// unknown (Doc 9303-3 §4.8).
type Date string

// NoExpiryDate is what a Vietnamese card prints where it is valid without
// limit. Its check digit is 5.
const NoExpiryDate Date = "991231"

// Parts returns year (of the century), month and day; -1 for an unknown one.
// ok is false where the text is no date at all: letters, a month over 12, a day
// that no such month has.
func (d Date) Parts() (year, month, day int, ok bool) {
	if len(d) != 6 {
		return -1, -1, -1, false
	}
	var parts [3]int
	for i := range parts {
		two := string(d[2*i : 2*i+2])
		switch {
		case two == "<<":
			parts[i] = -1
		case two[0] >= '0' && two[0] <= '9' && two[1] >= '0' && two[1] <= '9':
			parts[i] = int(two[0]-'0')*10 + int(two[1]-'0')
		default:
			return -1, -1, -1, false
		}
	}
	year, month, day = parts[0], parts[1], parts[2]
	return year, month, day, plausible(year, month, day)
}

// plausible refuses what stands in no calendar. The century is unknown, and
// 29 February exists in the year 00 of some: every fourth year has one.
func plausible(year, month, day int) bool {
	if month == 0 || month > 12 || day == 0 || day > 31 {
		return false
	}
	if month < 0 || day < 0 {
		return true
	}
	last := [...]int{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
	if month == 2 && year >= 0 && year%4 != 0 {
		last = 28
	}
	return day <= last
}

// Birth returns the date as a date of birth: the latest such day that is not
// after now. ok is false where a part is unknown.
func (d Date) Birth(now time.Time) (t time.Time, ok bool) {
	return d.before(now, now)
}

// ExpiryOn returns the date as a date of expiry: the latest such day that is
// less than fifty years after now. ok is false where a part is unknown.
// NoExpiryDate is for the caller to know; see Zone.NoExpiry.
func (d Date) ExpiryOn(now time.Time) (t time.Time, ok bool) {
	return d.before(now, now.AddDate(50, 0, -1))
}

// BirthText returns a date of birth as far as it is known, as ISO 8601 has it:
// "1990-02-14", "1990-02", "1990", "" where not even the year is known. The
// century is the latest in which it began no later than now.
func (d Date) BirthText(now time.Time) string {
	year, month, day, ok := d.Parts()
	if !ok || year < 0 {
		return ""
	}
	first := Date(string(d[:2]) + "0101")
	if month >= 0 {
		first = d[:4] + "01"
	}
	if month >= 0 && day >= 0 {
		first = d
	}
	t, ok := first.Birth(now)
	switch {
	case !ok:
		return ""
	case month < 0:
		return t.Format("2006")
	case day < 0:
		return t.Format("2006-01")
	}
	return t.Format(time.DateOnly)
}

// before places the two-digit year in the last century where the day exists
// and is not after limit.
func (d Date) before(now, limit time.Time) (time.Time, bool) {
	year, month, day, ok := d.Parts()
	if !ok || year < 0 || month < 0 || day < 0 {
		return time.Time{}, false
	}
	for century := now.Year()/100 + 1; century >= now.Year()/100-2; century-- {
		t := time.Date(century*100+year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
		if t.Day() == day && !t.After(limit) {
			return t, true
		}
	}
	return time.Time{}, false
}
