package mrz

import (
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"
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

func TestTransliterate(t *testing.T) {
	for name, want := range map[string]string{
		"Đặng Đình Đức":                   "DANG DINH DUC",
		"Ðặng":                            "DANG", // U+00D0
		"đỗ thị ưng ửng":                  "DO THI UNG UNG",
		"H' Mẫu  Niê":                     "H MAU NIE",
		norm.NFD.String("Nguyễn Văn Thử"): "NGUYEN VAN THU",
		"Jean-Luc O’Brien":                "JEAN LUC OBRIEN",
		"Bjørn Strauß":                    "BJOERN STRAUSS",
		" - ":                             "",
		"王":                               "",
	} {
		if got := Transliterate(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if s, g := SplitVietnamese(" Lê  Hữu Ví Dụ "); s != "Lê" || g != "Hữu Ví Dụ" {
		t.Error(s, g)
	}
}
