package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Calendar says which days are worked. Holidays by the lunar calendar, and the
// days that are worked for others, are announced each year: they are listed.
type Calendar struct {
	Weekend  []string `json:"weekend"`  // "saturday", "sunday"
	Yearly   []string `json:"yearly"`   // holidays of each year, 01-02 for 2 January
	Holidays []string `json:"holidays"` // 2006-01-02
	Working  []string `json:"working"`  // worked although at a weekend, for a free day elsewhere
	Until    string   `json:"until"`    // the last day that the lists know
}

// Hanoi is legal time in Viet Nam: seven hours ahead, without summer time.
var Hanoi = time.FixedZone("Asia/Ho_Chi_Minh", 7*60*60)

const yearlyForm = "01-02"

// maxDays bounds each list, and how far a deadline is looked for.
const maxDays = 1000

var weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// earlierCalendar is that of a pack from before there was one: weekends alone,
// and nothing is known for sure.
func earlierCalendar() *Calendar {
	return &Calendar{Weekend: []string{"saturday", "sunday"}, Yearly: []string{}, Holidays: []string{}, Working: []string{}}
}

// Works reports whether the day of t, by legal time, is a working day.
func (c *Calendar) Works(t time.Time) bool {
	t = t.In(Hanoi)
	day := t.Format(time.DateOnly)
	if slices.Contains(c.Working, day) {
		return true
	}
	return c.ordinary(t) && (c.Knows(t) || !c.compensates(t))
}

// ordinary reports whether a day is neither at a weekend nor a holiday.
func (c *Calendar) ordinary(t time.Time) bool {
	return !c.rests(t) && !c.yearly(t) && !slices.Contains(c.Holidays, t.Format(time.DateOnly))
}

func (c *Calendar) rests(t time.Time) bool  { return slices.Contains(c.Weekend, weekdays[t.Weekday()]) }
func (c *Calendar) yearly(t time.Time) bool { return slices.Contains(c.Yearly, t.Format(yearlyForm)) }

// lookBack is how many days before an ordinary one a holiday can lie for which
// it is free.
const lookBack = 14

// compensates reports whether an ordinary day is free for a yearly holiday that
// fell on a weekend (Labour Code 2019 art. 111.3). The lists name such days;
// this is for the time that they do not know.
func (c *Calendar) compensates(t time.Time) bool {
	owed := 0
	for d := t.AddDate(0, 0, -lookBack); d.Before(t); d = d.AddDate(0, 0, 1) {
		switch {
		case c.rests(d) && c.yearly(d):
			owed++
		case c.ordinary(d) && owed > 0:
			owed--
		}
	}
	return owed > 0
}

// Knows reports whether the day is within what the lists know.
func (c *Calendar) Knows(t time.Time) bool { return c.Until >= t.In(Hanoi).Format(time.DateOnly) }

// Deadline returns the day of the result: WorkingDays after the day of from,
// which itself does not count; midnight by legal time, with which it begins.
func (r *Pack) Deadline(from time.Time) time.Time {
	day, _ := r.Due(from)
	return day
}

// Due returns the deadline and whether the lists of holidays reach as far. Where
// they do not, the day is counted by weekends and yearly holidays alone and may
// be too early: say so beside it.
func (r *Pack) Due(from time.Time) (day time.Time, sure bool) {
	y, m, d := from.In(Hanoi).Date()
	day = time.Date(y, m, d, 0, 0, 0, 0, Hanoi)
	for left, looked := r.WorkingDays, 0; left > 0 && looked < maxDays; looked++ {
		if day = day.AddDate(0, 0, 1); r.Calendar.Works(day) {
			left--
		}
	}
	return day, r.Calendar.Knows(day)
}

// Covers reports whether the deadline of every kind that is begun on the day is
// within what the lists know.
func (r *Pack) Covers(day time.Time) bool {
	for _, k := range r.Kinds {
		one, _ := r.For(k.Code)
		if _, sure := one.Due(day); !sure {
			return false
		}
	}
	return true
}

func (c *Calendar) check() error {
	for _, day := range c.Weekend {
		if !slices.Contains(weekdays, day) {
			return fmt.Errorf("calendar.weekend: %q is none of %s", day, strings.Join(weekdays, ", "))
		}
	}
	if len(c.Weekend) >= len(weekdays) {
		return fmt.Errorf("calendar.weekend: no day of the week is worked")
	}
	for _, list := range []struct {
		name, form string
		days       []string
	}{{"yearly", yearlyForm, c.Yearly}, {"holidays", time.DateOnly, c.Holidays}, {"working", time.DateOnly, c.Working}} {
		if len(list.days) > maxDays {
			return fmt.Errorf("calendar.%s: more than %d days", list.name, maxDays)
		}
		for i, day := range list.days {
			if _, err := time.Parse(list.form, day); err != nil || slices.Contains(list.days[:i], day) {
				return fmt.Errorf("calendar.%s: %q is no day of the form %s, or listed twice", list.name, day, list.form)
			}
			if list.name != "yearly" && day > c.Until {
				return fmt.Errorf("calendar.%s: %s is after until, %q", list.name, day, c.Until)
			}
		}
	}
	for _, day := range c.Working {
		if slices.Contains(c.Holidays, day) {
			return fmt.Errorf("calendar: %s is both free and worked", day)
		}
	}
	if c.Until != "" {
		if _, err := time.Parse(time.DateOnly, c.Until); err != nil {
			return fmt.Errorf("calendar.until is a day of the form %s", time.DateOnly)
		}
	}
	return nil
}
