package mrz

import (
	"strings"
	"testing"
	"time"
)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func TestDates(t *testing.T) {
	now := day(2026, 11, 21)
	for _, c := range []struct {
		date          Date
		valid         bool
		birth, expiry time.Time
	}{
		{"900214", true, day(1990, 2, 14), day(1990, 2, 14)},
		{"300214", true, day(1930, 2, 14), day(2030, 2, 14)},
		{"261121", true, day(2026, 11, 21), day(2026, 11, 21)},
		{"261122", true, day(1926, 11, 22), day(2026, 11, 22)},
		{"960229", true, day(1996, 2, 29), day(1996, 2, 29)},
		{"950229", false, time.Time{}, time.Time{}},
		{"900231", false, time.Time{}, time.Time{}},
		{"901301", false, time.Time{}, time.Time{}},
		{"900100", false, time.Time{}, time.Time{}},
		{"9O0101", false, time.Time{}, time.Time{}},
		{"50<<<<", true, time.Time{}, time.Time{}},
		{"<<<<<<", true, time.Time{}, time.Time{}},
		{"5<0101", false, time.Time{}, time.Time{}},
		{"9001", false, time.Time{}, time.Time{}},
	} {
		if _, _, _, ok := c.date.Parts(); ok != c.valid {
			t.Errorf("%s: valid %v", c.date, ok)
		}
		if got, ok := c.date.Birth(now); !got.Equal(c.birth) || ok == c.birth.IsZero() {
			t.Errorf("%s: birth %v", c.date, got)
		}
		if got, ok := c.date.ExpiryOn(now); !got.Equal(c.expiry) || ok == c.expiry.IsZero() {
			t.Errorf("%s: expiry %v", c.date, got)
		}
	}
}

func TestBirthText(t *testing.T) {
	now := day(2026, 11, 21)
	for date, want := range map[Date]string{
		"900214": "1990-02-14", "261122": "1926-11-22", "5003<<": "1950-03", "50<<<<": "1950", "2612<<": "1926-12",
		"2611<<": "2026-11", "26<<<<": "2026", "27<<<<": "1927", "000229": "2000-02-29", "<<0214": "", "50<<14": "1950",
		"<<<<<<": "", "901301": "", "9001": "",
	} {
		if got := date.BirthText(now); got != want {
			t.Errorf("%s: %q, want %q", date, got, want)
		}
	}
}

// TestNoExpiry: 991231 on a Vietnamese card is no date, on another it is one.
func TestNoExpiry(t *testing.T) {
	d := Data{Code: "ID", Issuer: "VNM", Number: "155990004", Optional: "036155990004", Birth: "550101", Sex: "F",
		Expiry: NoExpiryDate, Nationality: "VNM", Surname: "PHAM", Given: "THI GIA"}
	for issuer, want := range map[string]bool{"VNM": true, "UTO": false} {
		d.Issuer = issuer
		lines, err := Generate(TD1, d)
		if err != nil {
			t.Fatal(err)
		}
		z, err := Parse(strings.Join(lines, ""))
		if err != nil || !z.Valid || z.NoExpiry() != want || lines[1][8:15] != "9912315" {
			t.Errorf("%s: %v %+v", issuer, err, z)
		}
	}
	// The century of an expiry: up to fifty years ahead, else past.
	for date, want := range map[Date]int{NoExpiryDate: 1999, "761120": 2076, "761121": 1976, "261120": 2026} {
		if got, ok := date.ExpiryOn(day(2026, 11, 21)); !ok || got.Year() != want {
			t.Errorf("%s: %v", date, got)
		}
	}
}
