package kiosk

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
)

// dayView is what a supervisor looks at, at the end of the day: the dossiers
// with an exception, those of the random sample, and how many there were.
type dayView struct {
	Day     string     `json:"day"` // of Vietnam, YYYY-MM-DD
	Sealed  int        `json:"sealed"`
	Flagged int        `json:"flagged"` // the length of Entries
	Pending int        `json:"pending"` // of them, exceptions that nobody decided on in time
	Sampled int        `json:"sampled"`
	Entries []dayEntry `json:"entries"`
}

// dayEntry is one flagged dossier. It names nobody.
type dayEntry struct {
	ID    uuid.UUID `json:"id"`
	At    time.Time `json:"at"`
	Shown string    `json:"masked"` // of the citizen's number
	Flags []string  `json:"flags"`
	State string    `json:"state"` // held, or a state of the queue; empty where it is gone from the index
	// Looked says which supervisor has looked at it; left out: nobody yet.
	Looked string `json:"looked,omitempty"`
}

// daybook remembers what was flagged, and how far the audit log was read for it:
// the log has years in it, and only what is new is read again.
type daybook struct {
	mu    sync.Mutex // held while the log is read: one at a time
	day   string
	next  uint64         // number of the first act that was not read
	clock envelope.Clock // of the newest act
	acts  []audit.Act    // of that day, or of a later one where the clock was ahead
}

// of returns the acts that flagged a dossier on a day, in order, and who has
// looked at which since.
func (b *daybook) of(day string, log Log) (flagged []audit.Act, looked map[uuid.UUID]string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if day < b.day { // the clock was set back: that day's acts were passed over
		b.next, b.acts = 0, nil
	}
	b.day = day
	next, err := newActs(log, b.next, func(n uint64, a audit.Act) {
		b.next, b.clock = n+1, a.At
		if a.What == enrol.ActFlagged || a.What == enrol.ActLookedAt {
			b.acts = append(b.acts, a)
		}
	})
	if err != nil {
		return nil, nil, err
	}
	b.next = next
	b.acts = slices.DeleteFunc(b.acts, func(a audit.Act) bool { return dayOf(b.when(a)) < day && !b.thisStart(a) })
	looked = map[uuid.UUID]string{}
	for _, a := range b.acts {
		a.At.Wall = b.when(a).UnixMilli()
		switch {
		case dayOf(a.At.Time()) != day:
		case a.What == enrol.ActFlagged:
			flagged = append(flagged, a)
		default:
			looked[a.Dossier] = a.Who
		}
	}
	return flagged, looked, nil
}

// thisStart reports whether the machine has run since an act.
func (b *daybook) thisStart(a audit.Act) bool {
	return a.At.Boot != nil && b.clock.Boot != nil && *a.At.Boot == *b.clock.Boot
}

// when is the time of an act by the clock that the newest one has: a machine that
// starts with a wrong clock is often set right only once there is a network.
func (b *daybook) when(a audit.Act) time.Time {
	if !b.thisStart(a) {
		return a.At.Time()
	}
	return b.clock.Time().Add(time.Duration(a.At.Monotonic-b.clock.Monotonic) * time.Millisecond)
}

// dayOf is the day of a time in Vietnam.
func dayOf(t time.Time) string { return t.In(rules.Hanoi).Format(time.DateOnly) }

// day answers what was flagged today.
func (s *Server) day(w http.ResponseWriter, _ *http.Request, _ session) {
	view, err := s.flaggedOn(dayOf(s.cfg.Now()))
	if err != nil {
		s.cfg.Log.Error("day", "err", err)
		writeProblem(w, problemInternal)
		return
	}
	writeJSON(w, http.StatusOK, view)
}

func (s *Server) flaggedOn(day string) (dayView, error) {
	v := dayView{Day: day, Entries: []dayEntry{}}
	list, err := s.cfg.Outbox.List()
	if err != nil {
		return v, err
	}
	held, err := s.cfg.Outbox.Held()
	if err != nil {
		return v, err
	}
	states := map[uuid.UUID]string{}
	for _, d := range list {
		states[d.ID] = d.State.String()
	}
	for _, d := range held {
		states[d.ID] = enrol.StateHeld
	}
	for _, d := range append(list, held...) {
		if dayOf(d.Enqueued) == day {
			v.Sealed++
		}
	}
	acts, looked, err := s.daybook.of(day, s.cfg.Outbox)
	for _, a := range acts {
		e := dayEntry{ID: a.Dossier, At: a.At.Time(), Shown: a.Masked, Flags: strings.Fields(a.Detail), State: states[a.Dossier], Looked: looked[a.Dossier]}
		v.Entries = append(v.Entries, e)
		for _, f := range e.Flags {
			switch f {
			case rules.ReviewPending:
				v.Pending++
			case rules.ReviewSample:
				v.Sampled++
			}
		}
	}
	v.Flagged = len(v.Entries)
	return v, err
}

// lookedAt notes that the supervisor has looked at a dossier that was flagged
// today.
func (s *Server) lookedAt(w http.ResponseWriter, r *http.Request, on session) {
	var args struct {
		ID uuid.UUID `json:"id"`
	}
	if p, ok := decode(w, r, &args); !ok {
		writeProblem(w, p)
		return
	}
	view, err := s.flaggedOn(dayOf(s.cfg.Now()))
	if err != nil {
		s.cfg.Log.Error("day", "err", err)
		writeProblem(w, problemInternal)
		return
	}
	i := slices.IndexFunc(view.Entries, func(e dayEntry) bool { return e.ID == args.ID })
	if i < 0 {
		writeProblem(w, problemNothing)
		return
	}
	if view.Entries[i].Looked == "" {
		s.cfg.Station.Note(r.Context(), enrol.Act{Who: on.officer, What: enrol.ActLookedAt, Dossier: args.ID, Masked: view.Entries[i].Shown})
	}
	w.WriteHeader(http.StatusNoContent)
}
