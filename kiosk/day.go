package kiosk

import (
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline/audit"
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
}

// vietnam is UTC+7 all year.
var vietnam = time.FixedZone("UTC+7", 7*60*60)

// day answers what was flagged today.
func (s *Server) day(w http.ResponseWriter, _ *http.Request, _ session) {
	view, err := s.dayOf(s.cfg.Now().In(vietnam).Format(time.DateOnly))
	if err != nil {
		s.cfg.Log.Error("day", "err", err)
		writeProblem(w, problemInternal)
		return
	}
	writeJSON(w, http.StatusOK, view)
}

func (s *Server) dayOf(day string) (dayView, error) {
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
		if d.Enqueued.In(vietnam).Format(time.DateOnly) == day {
			v.Sealed++
		}
	}
	err = s.cfg.Outbox.Acts(0, func(_ uint64, a audit.Act) error {
		if a.What != enrol.ActFlagged || a.At.Time().In(vietnam).Format(time.DateOnly) != day {
			return nil
		}
		e := dayEntry{ID: a.Dossier, At: a.At.Time(), Shown: a.Masked, Flags: strings.Fields(a.Detail), State: states[a.Dossier]}
		v.Entries = append(v.Entries, e)
		for _, f := range e.Flags {
			switch f {
			case rules.ReviewPending:
				v.Pending++
			case rules.ReviewSample:
				v.Sampled++
			}
		}
		return nil
	})
	v.Flagged = len(v.Entries)
	return v, err
}
