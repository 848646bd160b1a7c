package rules

import (
	"testing"
	"time"
)

// TestDeadline counts working days by legal time over weekends, holidays and
// days that are worked for others.
func TestDeadline(t *testing.T) {
	p := defaultPack(t)
	p.Calendar = &Calendar{
		Weekend: []string{"saturday", "sunday"}, Yearly: []string{"01-01", "04-30", "05-01", "09-02"},
		Holidays: []string{"2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20", "2026-08-31", "2026-09-01"},
		Working:  []string{"2026-08-22"}, Until: "2026-12-31",
	}
	if err := p.Calendar.check(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from string
		days int
		want string
		sure bool
		why  string
	}{
		{"2026-11-16T09:00:00+07:00", 3, "2026-11-19", true, "a plain week"},
		{"2026-11-19T09:00:00+07:00", 3, "2026-11-24", true, "a weekend"},
		{"2026-11-21T09:00:00+07:00", 1, "2026-11-23", true, "begun on a Saturday"},
		{"2026-11-16T16:59:59Z", 1, "2026-11-17", true, "the last second of Monday in Hanoi"},
		{"2026-11-16T17:00:00Z", 1, "2026-11-18", true, "Tuesday in Hanoi"},
		{"2026-02-12T09:00:00+07:00", 3, "2026-02-24", true, "Tết"},
		{"2026-04-29T09:00:00+07:00", 1, "2026-05-04", true, "30 April, 1 May and a weekend"},
		{"2026-08-21T09:00:00+07:00", 1, "2026-08-22", true, "a Saturday that is worked"},
		{"2026-08-28T09:00:00+07:00", 1, "2026-09-03", true, "2 September, the day beside and one moved"},
		{"2026-12-29T09:00:00+07:00", 3, "2027-01-04", false, "past the last year that is known"},
		{"2027-04-29T09:00:00+07:00", 1, "2027-05-04", false, "1 May on a Saturday is made good on Monday"},
		{"2033-04-28T09:00:00+07:00", 1, "2033-04-29", false, "before two holidays at a weekend"},
		{"2033-04-29T09:00:00+07:00", 1, "2033-05-04", false, "two holidays at a weekend are made good by two days"},
	} {
		from, err := time.Parse(time.RFC3339, c.from)
		if err != nil {
			t.Fatal(err)
		}
		p.WorkingDays = c.days
		got, sure := p.Due(from)
		if got.Format(time.DateOnly) != c.want || sure != c.sure || !p.Deadline(from).Equal(got) || got.Location() != Hanoi {
			t.Errorf("%s: %s, sure %v", c.why, got, sure)
		}
	}
}

// TestEmbeddedCalendar: the deadlines of the kinds, counted on a calendar of
// paper; 24 November is a holiday.
func TestEmbeddedCalendar(t *testing.T) {
	p := defaultPack(t)
	for kind, want := range map[string]string{Citizen: "2026-11-26", Issuance: "2026-12-02", Organisation: "2026-12-14"} {
		one, _ := p.For(kind)
		if got, sure := one.Due(time.Date(2026, 11, 20, 10, 0, 0, 0, Hanoi)); got.Format(time.DateOnly) != want || !sure {
			t.Errorf("%s: %s, sure %v", kind, got.Format(time.DateOnly), sure)
		}
	}
	for on, covered := range map[string]bool{"2026-12-10": true, "2026-12-11": false} {
		if day, _ := time.Parse(time.DateOnly, on); p.Covers(day) != covered {
			t.Errorf("%s: covered %v", on, !covered)
		}
	}
}

func TestCalendarIsChecked(t *testing.T) {
	for name, c := range map[string]Calendar{
		"a day of the week": {Weekend: []string{"friyay"}},
		"no working day":    {Weekend: weekdays},
		"a year's form":     {Yearly: []string{"2026-01-01"}},
		"no such day":       {Holidays: []string{"2026-02-30"}, Until: "2026-12-31"},
		"a day twice":       {Holidays: []string{"2026-02-16", "2026-02-16"}, Until: "2026-12-31"},
		"after the last":    {Holidays: []string{"2027-02-16"}, Until: "2026-12-31"},
		"free and worked":   {Holidays: []string{"2026-02-16"}, Working: []string{"2026-02-16"}, Until: "2026-12-31"},
		"no end":            {Holidays: []string{"2026-02-16"}},
		"an end's form":     {Until: "2026"},
	} {
		if err := c.check(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := (&Calendar{}).check(); err != nil {
		t.Errorf("the control: %v", err)
	}
}
