package cccd

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestExpiries(t *testing.T) {
	for _, c := range []struct {
		name          string
		birth, issued Date
		want          string
	}{
		{"31, to 40", Date{1990, 2, 14}, Date{2021, 5, 20}, "300214 500214"},
		{"23, to 40", Date{1997, 8, 9}, Date{2021, 4, 30}, "370809 220809"},
		{"two years before to the day", Date{1997, 8, 9}, Date{2020, 8, 9}, "370809 220809"},
		{"a day earlier", Date{1997, 8, 9}, Date{2020, 8, 8}, "220809 370809"},
		{"on the birthday", Date{1996, 8, 9}, Date{2021, 8, 9}, "360809 560809"},
		{"57, to 60", Date{1963, 7, 2}, Date{2021, 1, 10}, "230702 991231"},
		{"58, never", Date{1963, 7, 2}, Date{2022, 1, 10}, "991231 230702"},
		{"66, never", Date{1955, 1, 1}, Date{2021, 3, 15}, "991231"},
		{"8, to 14", Date{2015, 9, 5}, Date{2024, 8, 12}, "290905 400905"},
		{"12, to 25", Date{2012, 3, 20}, Date{2025, 2, 1}, "370320 260320"},
		{"13 under the old law", Date{2010, 7, 1}, Date{2024, 6, 30}, "350701 500701"},
		{"13 on the first day of the new", Date{2010, 7, 2}, Date{2024, 7, 1}, "350702 240702"},
		{"29 February, leap year", Date{1996, 2, 29}, Date{2023, 7, 7}, "360229 560229"},
		{"29 February, other year", Date{2000, 2, 29}, Date{2021, 7, 7}, "250228 250301 400229"},
		{"no day", Date{1950, 0, 0}, Date{2021, 3, 15}, ""},
		{"before birth", Date{1990, 2, 14}, Date{1980, 1, 1}, ""},
	} {
		var got []string
		for _, e := range Expiries(c.birth, c.issued) {
			got = append(got, e.YYMMDD())
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
	}
}

// The zones of the shared samples tell the date of issue in their label: the
// computed expiry must be the printed one, at the first try.
func TestExpiriesOfSamples(t *testing.T) {
	text := shared(t, "data/vn/mrz_samples.txt")
	re := regexp.MustCompile(`# ok: .*issue=(\d\d)/(\d\d)/(\d{4}).*\n(IDVNM.*)\n(\d{6}).[MF](\d{6})`)
	all := re.FindAllStringSubmatch(text, -1)
	if len(all) != 12 {
		t.Fatal(len(all), "samples")
	}
	for _, m := range all {
		number, err := ParseNumber(m[4][15:27])
		if err != nil {
			t.Fatal(err)
		}
		issued, err := parseDate(m[1] + m[2] + m[3])
		if err != nil {
			t.Fatal(err)
		}
		birth, err := parseDate(m[5][4:6] + m[5][2:4] + "2000")
		if err != nil {
			t.Fatal(err)
		}
		birth.Year = number.BirthYear()
		c := Card{Number: number, Birth: birth, Issued: issued}
		want := MRZKey{Document: m[4][5:14], Birth: m[5], Expiry: m[6]}
		if i := slices.Index(c.Keys().MRZ, want); i != 0 {
			t.Errorf("%s issued %v: key found at %d", m[4], issued, i)
		}
		if c.Keys().CAN != string(number[6:]) {
			t.Error("CAN", c.Keys().CAN)
		}
	}
}
