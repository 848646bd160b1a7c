package operator

import "time"

// The states of a lease.
const (
	LeaseNone = ""     // there is none, or it is far from its end
	LeaseWeek = "week" // it ends within seven days
	LeaseDay  = "day"  // it ends within a day
	LeaseOver = "over"
)

const (
	leaseWeek = 7 * 24 * time.Hour
	leaseDay  = 24 * time.Hour
	// knownEvery is how much trusted time may be lost by a power cut.
	knownEvery = time.Hour
)

// Lease says until when a person may work without news of the central.
type Lease struct {
	End   time.Time // zero: no lease
	State string
	// Refuse says that no new enrolment begins: the lease is over beyond doubt,
	// and the central's list wants that.
	Refuse bool
}

// anchor is a trusted time, and how long this process had run then.
type anchor struct {
	at  time.Time
	ran time.Duration
}

// trusted is a time that is not before the true one's past: the newest that the
// central has signed, and what this program has run since. No setting of the
// clock moves it, and a station that stands still does not age. It is called
// with mu held.
func (s *Store) trusted(signed time.Time) time.Time {
	ran := s.cfg.Since()
	now := s.anchor.at.Add(ran - s.anchor.ran)
	for _, t := range []time.Time{s.file.Known, s.file.List.Issued, signed} {
		if t.After(now) {
			now = t
		}
	}
	s.anchor = anchor{now, ran}
	return now
}

// Lease judges the lease of a person: the earlier end of the list's and the
// person's own. It warns by the best guess of the time, which can be wrong, and
// refuses by the trusted one alone, so that a clock that jumps locks nobody out.
func (s *Store) Lease(id string) Lease {
	guess, signed := s.cfg.Time()
	s.mu.Lock()
	defer s.mu.Unlock()
	trusted := s.trusted(signed)
	end := s.file.List.End
	if r := s.file.find(id); r != nil && !r.Until.IsZero() && (end.IsZero() || r.Until.Before(end)) {
		end = r.Until
	}
	if end.IsZero() {
		return Lease{}
	}
	if guess.Before(trusted) {
		guess = trusted
	}
	l := Lease{End: end, Refuse: s.file.List.RefuseNew && !trusted.Before(end)}
	switch left := end.Sub(guess); {
	case left <= 0:
		l.State = LeaseOver
	case left <= leaseDay:
		l.State = LeaseDay
	case left <= leaseWeek:
		l.State = LeaseWeek
	}
	return l
}

// Remember writes the trusted time down now and then: what a restart loses of it
// is an hour at most.
func (s *Store) Remember() error {
	_, signed := s.cfg.Time()
	s.write.Lock()
	defer s.write.Unlock()
	s.mu.Lock()
	now := s.trusted(signed)
	s.mu.Unlock()
	next := s.present()
	if now.Sub(next.Known) < knownEvery {
		return nil
	}
	next.Known = now
	return s.replace(next)
}
