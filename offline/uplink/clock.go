package uplink

import (
	"net/http"
	"sync"
	"time"
)

// Clock is what a station knows of the true time. The station's own clock may
// be years off, and no dossier waits for that: the clock is evidence and no
// more. Two things correct it, and they are kept apart:
//
//   - the Date header of the central's answers, which says how far off the
//     station is (Skew). Nothing is believed or refused because of it.
//   - the newest time that stood under the central's signature (Floor), which
//     no stranger can move. True time is not before it.
//
// It is safe for concurrent use; a nil *Clock knows nothing.
type Clock struct {
	Now func() time.Time // the station's clock, nil for time.Now

	mu      sync.Mutex
	floor   time.Time
	central time.Time // the last Date header
	at      time.Time // the station's clock then, with its monotonic reading
}

func (c *Clock) now() time.Time {
	if c == nil || c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

// Trust takes a time that the central signed: of a receipt, a notice, a
// catalogue. An older one than the Floor changes nothing.
func (c *Clock) Trust(t time.Time) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.floor) {
		c.floor = t
	}
}

// Floor returns the newest time that Trust took, or the zero time.
func (c *Clock) Floor() time.Time {
	if c == nil {
		return time.Time{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.floor
}

// Skew returns how far the central's clock is ahead of the station's, to the
// second, and false before the first answer.
func (c *Clock) Skew() (time.Duration, bool) {
	if c == nil {
		return 0, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// Round drops the monotonic reading: this is a question to the wall clock.
	return c.central.Sub(c.at.Round(0)), !c.central.IsZero()
}

// Time returns the best guess of the true time: the central's last word and
// what passed since by the monotonic clock, so that setting the station's
// clock does not move it; the station's clock before the first answer; never
// before the Floor.
func (c *Clock) Time() time.Time {
	t := c.now()
	if c == nil {
		return t
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.central.IsZero() {
		t = c.central.Add(t.Sub(c.at))
	}
	if t.Before(c.floor) {
		t = c.floor
	}
	return t
}

// observe takes an answer's Date header; one that is none changes nothing.
func (c *Clock) observe(h http.Header) {
	t, err := http.ParseTime(h.Get("Date"))
	if c == nil || err != nil {
		return
	}
	at := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.central, c.at = t, at
}
