package offline

import (
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
)

// systemClock is the evidence of time that this machine can give: its wall
// clock, which anybody may set, and the time since it started under the name
// of that start, which nobody can.
func systemClock(now func() time.Time) func() envelope.Clock {
	boot, since := bootClock()
	return func() envelope.Clock {
		return envelope.Clock{Wall: now().UnixMilli(), Monotonic: since().Milliseconds(), Boot: &boot}
	}
}

// processClock counts from the start of this process, for systems that do not
// name their own.
func processClock() (uuid.UUID, func() time.Duration) {
	begun := time.Now()
	return uuid.New(), func() time.Duration { return time.Since(begun) }
}

// clock is the evidence of now, with the newest time that the central signed.
// What is wrong with the clock stops nothing.
func (o *Outbox) clock() envelope.Clock {
	c := o.cfg.Clock()
	if h, err := o.queue.Head(); err == nil {
		c.Trusted = max(c.Trusted, h.Trusted)
	}
	return c
}

// Uptime is a time that passes while this machine runs and while it sleeps, by a
// clock that nobody sets.
func (o *Outbox) Uptime() time.Duration {
	return time.Duration(o.cfg.Clock().Monotonic) * time.Millisecond
}

// Time returns the best guess of the true time, which anybody who sets this
// machine's clock can move before the central answers, and the newest time that
// stood under the central's signature, zero before the first: nobody moves that.
func (o *Outbox) Time() (guess, signed time.Time) {
	signed = o.line.Floor()
	if trusted := o.clock().Trusted; trusted > 0 && trusted > signed.UnixMilli() {
		signed = time.UnixMilli(trusted).UTC()
	}
	return o.line.Time(), signed
}
