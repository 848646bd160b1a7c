package kiosk

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/tram-station/tram/kiosk/checkup"
	"github.com/tram-station/tram/kiosk/enrol"
)

// Finding is one part that doctor looked at. Detail and Next are the command
// line's, for a technician; the pages have words of their own for each name.
type Finding struct {
	Name   string `json:"name"`
	State  string `json:"state"` // as a Device's
	Detail string `json:"detail"`
	Next   string `json:"next,omitempty"` // how to get what is missing
	Needed bool   `json:"needed"`
}

// examination is what was found, and when.
type examination struct {
	At       time.Time `json:"at"`
	Findings []Finding `json:"findings"`
}

// examined keeps the last examination: it opens devices, and takes its time.
type examined struct {
	mu   sync.Mutex // held while the doctor works: one at a time
	last examination
	// trying is held while a device is tried.
	trying sync.Mutex
}

func (s *Server) doctor(w http.ResponseWriter, r *http.Request, _ session) {
	now := s.cfg.Now()
	s.examined.mu.Lock()
	defer s.examined.mu.Unlock()
	age := now.Sub(s.examined.last.At) // less than nothing where the clock was set back
	switch {
	case s.between() && (age < 0 || age >= healthLasts):
		// The answer serves every page, also when this one goes away.
		s.examined.last = examination{At: now.UTC(), Findings: s.examine(context.WithoutCancel(r.Context()))}
	case s.examined.last.Findings == nil:
		writeProblem(w, problemOpen)
		return
	}
	writeJSON(w, http.StatusOK, s.examined.last)
}

func (s *Server) examine(ctx context.Context) []Finding {
	found := []Finding{}
	if s.cfg.Examine != nil {
		return append(found, s.cfg.Examine(ctx)...)
	}
	for _, d := range s.cfg.Doctor(ctx) {
		found = append(found, Finding{Name: d.Name, State: d.State, Detail: d.Words.EN, Needed: true})
	}
	return found
}

// between reports whether the devices are nobody's now.
func (s *Server) between() bool {
	_, open := underWay(s.cfg.Station.Snapshot())
	return !open
}

// check tries one device.
func (s *Server) check(w http.ResponseWriter, r *http.Request, on session) {
	var args struct {
		Part string `json:"part"`
	}
	if p, ok := decode(w, r, &args); !ok {
		writeProblem(w, p)
		return
	}
	switch {
	case !checkup.Known(args.Part):
		writeProblem(w, problemBody)
		return
	case !s.between():
		writeProblem(w, problemOpen)
		return
	case !s.examined.trying.TryLock():
		writeProblem(w, problemTrying)
		return
	}
	defer s.examined.trying.Unlock()
	ctx, stop := s.whileFree(r.Context())
	defer stop()
	result := s.cfg.Devices.Try(ctx, args.Part)
	if ctx.Err() != nil {
		writeProblem(w, problemOpen)
		return
	}
	s.cfg.Station.Note(r.Context(), enrol.Act{Who: on.officer, What: enrol.ActDeviceTried, Detail: result.Part + " " + result.Outcome})
	writeJSON(w, http.StatusOK, result)
}

// whileFree ends when an enrolment begins: the device is given back to it.
func (s *Server) whileFree(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		for changes := s.cfg.Station.Watch(ctx); ; {
			select {
			case now, more := <-changes:
				if _, open := underWay(now); more && !open {
					continue
				}
				cancel()
			case <-ctx.Done():
			}
			return
		}
	}()
	return ctx, cancel
}
