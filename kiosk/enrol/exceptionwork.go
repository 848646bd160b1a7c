package enrol

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/inquiry"
)

// Commands and events of exceptions.
const (
	CmdExceptionAsk     = "exception-ask"     // ExceptionArgs
	CmdExceptionApprove = "exception-approve" // ExceptionApproveArgs
	evPending           = "exception-pending" // Exception: ID, Mark, Code
	evDecided           = "exception-decided" // Exception: ID, Mark, Decided
)

// ExceptionArgs puts an exception of the snapshot before a supervisor at the
// central. Reason is a code of the rules' reasons, or of a finger's; "": the
// finger's own, or none.
type ExceptionArgs struct {
	ID     string `json:"id"`
	Reason string `json:"reason,omitempty"`
}

// ExceptionApproveArgs is the word of a supervisor at the station. Reason is a
// code of the rules' reasons; Picture is the mark of the hand's picture that the
// supervisor saw, "" where there is none. The server fills Supervisor once it has
// checked who it is.
type ExceptionApproveArgs struct {
	ID         string `json:"id"`
	Reason     string `json:"reason"`
	Picture    string `json:"picture,omitempty"`
	Supervisor string `json:"supervisor"`
}

// Why an exception is pending, beside the codes of a question without an answer.
const nobodyDecided = "no-decision"

// noReason is said to the central of an exception that the officer gave no
// reason for.
const noReason = "unsaid"

// exceptionNamed finds an exception by its ID.
func (s *Station) exceptionNamed(id string) (openException, bool) {
	for _, x := range s.st.openExceptions(s.rules) {
		if x.id == id {
			return x, true
		}
	}
	return openException{}, false
}

func acceptExceptionAsk(s *Station, c Command, e *event) *Problem {
	var a ExceptionArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	x, ok := s.exceptionNamed(a.ID)
	if !ok {
		return problem("no-such-exception")
	}
	switch state, r := s.st.exceptionState(x); {
	case state == exceptApproved:
		return problem("exception-settled")
	case state == exceptRefused:
		return problem("exception-refused")
	case r.ask != uuid.Nil:
		return problem("exception-asked")
	}
	a.Reason = cmp.Or(a.Reason, s.st.exceptions[x.finger].Reason, noReason)
	if a.Reason != noReason && !s.rules.Exceptions.Approves(a.Reason) && s.rules.Finger(a.Reason) == nil {
		return problem("bad-reason")
	}
	id, err := uuid.NewV7FromReader(s.rand)
	if err != nil {
		return problem("disk")
	}
	e.Exception = &exceptionEvent{ID: x.id, Mark: x.mark, Ask: id, Reason: a.Reason}
	return nil
}

// acceptExceptionApprove takes the word of a supervisor at the station: a second
// person, who has seen what there is to see.
func acceptExceptionApprove(s *Station, c Command, e *event) *Problem {
	var a ExceptionApproveArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	x, ok := s.exceptionNamed(a.ID)
	switch {
	case !ok:
		return problem("no-such-exception")
	case a.Supervisor == "":
		return problem("bad-args")
	case a.Supervisor == e.Officer || a.Supervisor == s.st.exceptions[x.finger].Officer:
		return problem("own-approval")
	case !s.rules.Exceptions.Approves(a.Reason):
		return problem("bad-reason")
	case a.Picture != s.st.exceptions[x.finger].photo.picture():
		return problem("photo-changed")
	}
	if p := s.mayApprove(a.Supervisor); p != nil {
		return p
	}
	if state, _ := s.st.exceptionState(x); state == exceptApproved {
		return problem("exception-settled")
	}
	e.Supervisor = a.Supervisor
	e.Exception = &exceptionEvent{ID: x.id, Mark: x.mark, Decided: &decided{Approved: true, By: a.Supervisor, Reason: a.Reason, At: e.At}}
	return nil
}

// exceptionPace is how often the central is asked for a decision.
const exceptionPace = 2 * time.Second

// waiting is an exception that somebody may still decide on.
type waiting struct {
	openException
	ask      *inquiry.Exception // nil: the central was not asked
	sent     bool
	deadline time.Time // of this run's own clock; zero: it is over
}

// driveExceptions waits for decisions, and for the end of the wait.
func (s *Station) driveExceptions() {
	st := s.st
	if st == nil || st.done != nil || !st.signedAt.IsZero() {
		s.ensure(&s.deciding, "", nil)
		return
	}
	key := ""
	var list []waiting
	for _, x := range st.openExceptions(s.rules) {
		state, r := st.exceptionState(x)
		over := state == exceptPending
		if !over && state != exceptOpen && state != exceptAsked || over && (r.ask == uuid.Nil || s.cfg.Central == nil || r.pending != nobodyDecided) {
			continue
		}
		w := waiting{openException: x}
		if !over {
			w.deadline = s.deadline(x)
		}
		if r.ask != uuid.Nil {
			number := value(st.personFields(s.cfg.Now()), fieldNumber)
			w.ask = &inquiry.Exception{ID: r.ask, Dossier: st.id, Code: x.code, Reason: r.reason, Masked: Masked(number), Officer: r.officer}
		}
		list = append(list, w)
		key += fmt.Sprintf("/%s %s %s", x.id, x.mark, state)
	}
	if key != "" {
		key = st.id.String() + key
	}
	s.ensure(&s.deciding, key, func(ctx context.Context) { s.awaitDecisions(ctx, list) })
}

// deadline is when the wait for a decision ends, by a clock that nobody sets.
// After a restart it is at most the whole wait again.
func (s *Station) deadline(x openException) time.Time {
	key := x.id + " " + x.mark
	if at, ok := s.live.deadlines[key]; ok {
		return at
	}
	if s.live.deadlines == nil {
		s.live.deadlines = map[string]time.Time{}
	}
	wait := time.Duration(s.rules.Exceptions.WaitS) * time.Second
	at := time.Now().Add(remaining(x.since, wait, s.cfg.Now()))
	s.live.deadlines[key] = at
	return at
}

// awaitDecisions ends with the first thing that happens to one of the
// exceptions: what then follows is derived anew.
func (s *Station) awaitDecisions(ctx context.Context, list []waiting) {
	for ctx.Err() == nil {
		pause := exceptionPace
		for i := range list {
			w := &list[i]
			e := exceptionEvent{ID: w.id, Mark: w.mark}
			kind := ""
			if w.ask != nil {
				kind = s.askOnce(ctx, w, &e)
			}
			left := time.Until(w.deadline)
			if kind == "" && !w.deadline.IsZero() && left <= 0 {
				kind, e.Code = evPending, nobodyDecided
			}
			if kind != "" {
				s.deliver(ctx, "", event{Kind: kind, At: s.cfg.Now(), Exception: &e})
				return
			}
			if !w.deadline.IsZero() {
				pause = min(pause, left)
			}
		}
		sleep(ctx, pause)
	}
}

// askOnce puts the exception before the central, or asks what became of it. It
// returns the kind of event that this is, "" for none.
func (s *Station) askOnce(ctx context.Context, w *waiting, e *exceptionEvent) string {
	if s.cfg.Central == nil {
		e.Code = noCentral
		return evPending
	}
	limited, cancel := context.WithTimeout(ctx, questionPatience)
	defer cancel()
	if !w.sent {
		if _, err := s.cfg.Central.AskApproval(limited, *w.ask); err != nil {
			e.Code = unanswered(err)
			s.log.Info("nobody could be asked for a decision", "id", w.id, "why", e.Code)
			return evPending
		}
		w.sent = true
	}
	a, err := s.cfg.Central.Approval(limited, w.ask.ID)
	switch {
	case err != nil && (errors.Is(err, inquiry.ErrForgotten) || errors.Is(err, inquiry.ErrOther)):
		w.sent = false // asked anew, for as long as the wait lasts
		return ""
	case err != nil || !a.Decides(*w.ask):
		return ""
	}
	e.Decided = &decided{Approved: a.State == inquiry.Approved, By: cleanText(a.Supervisor), Reason: cleanText(a.Reason), Words: cleanText(a.Words),
		At: a.At, Remote: true, Signed: a.Signed}
	return evDecided
}
