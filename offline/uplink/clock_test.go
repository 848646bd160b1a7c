package uplink

import (
	"net/http"
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	now := time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC)
	date := func(at time.Time) http.Header { return http.Header{"Date": {at.Format(http.TimeFormat)}} }
	c := &Clock{Now: func() time.Time { return now }}
	if _, ok := c.Skew(); ok || !c.Time().Equal(now) {
		t.Errorf("knows something before the first answer: %s", c.Time())
	}
	c.observe(http.Header{"Date": {"yesterday"}})
	c.observe(http.Header{})
	if _, ok := c.Skew(); ok {
		t.Error("took a date that is none")
	}
	c.observe(date(now.Add(time.Hour)))
	if skew, ok := c.Skew(); skew != time.Hour || !ok {
		t.Errorf("skew %s", skew)
	}
	now = now.Add(time.Minute)
	if !c.Time().Equal(now.Add(time.Hour)) {
		t.Errorf("a minute later: %s", c.Time())
	}
	floor := now.Add(24 * time.Hour)
	c.Trust(floor)
	c.Trust(now) // older: changes nothing
	if !c.Floor().Equal(floor) || !c.Time().Equal(floor) {
		t.Errorf("floor %s, time %s", c.Floor(), c.Time())
	}
	var none *Clock
	none.Trust(now)
	none.observe(date(now))
	if _, ok := none.Skew(); ok || !none.Floor().IsZero() || time.Since(none.Time()) > time.Minute {
		t.Error("no clock knows something")
	}
}

// Somebody sets the station's clock: the corrected one goes on by the
// monotonic time.
func TestClockIsSet(t *testing.T) {
	real := time.Now() // with a monotonic reading
	central := real.Add(time.Hour).Truncate(time.Second)
	at := real
	c := &Clock{Now: func() time.Time { return at }}
	c.observe(http.Header{"Date": {central.UTC().Format(http.TimeFormat)}})
	time.Sleep(5 * time.Millisecond)
	at = time.Now()
	if d := c.Time().Sub(central); d < 5*time.Millisecond || d > time.Minute {
		t.Errorf("%s after the answer", d)
	}
	at = at.Round(0).Add(-year) // control: without the reading it is the wall clock that counts
	if d := c.Time().Sub(central); d > -year/2 {
		t.Errorf("control: %s after the answer", d)
	}
}
