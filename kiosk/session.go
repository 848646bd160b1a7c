package kiosk

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
)

// TokenHeader carries the session's token. A header, not a cookie: cookies
// are shared by all ports of a host, and a foreign page can not set a header.
const TokenHeader = "X-Tram-Token"

// Operators knows who may work here; *operator.Store is one.
type Operators interface {
	Sessions
	SecurityKeys
	Personnel
}

// Sessions are the sign-ins. Check counts as use of the session, Look does not;
// both are operator.ErrNoSession or operator.ErrSessionLocked.
type Sessions interface {
	Login(name string, pin operator.PIN) (operator.Session, error)
	Check(token string) (operator.Officer, error)
	Look(token string) (operator.Officer, error)
	Lock(token string)
	Unlock(token string, pin operator.PIN) (operator.Session, error)
	Logout(token string)
	// Sit gives the desk, from where the enrolment is led, to a session where it
	// is free, or over says so; AtDesk says whether the session has it.
	Sit(token string, over bool) bool
	AtDesk(token string) bool
	// Desk says who has it now; the error is ErrNoSession or ErrSessionLocked.
	Desk() (operator.Officer, error)
	// Approve checks a supervisor's name and PIN.
	Approve(name string, pin operator.PIN) (operator.Officer, error)
	// Lease says until when a person may begin enrolments.
	Lease(id string) operator.Lease
}

// session is who is behind a request.
type session struct {
	token   string
	officer string
	role    string
}

type sessionHandler func(http.ResponseWriter, *http.Request, session)

// session lets a request through that has a valid token of somebody who may do
// what the route does. What the page asks for by itself (events, preview, queue,
// frames) is no use of the session, or an empty counter would never lock: only
// the officer's own actions are.
func (s *Server) session(next sessionHandler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		look := s.cfg.Operators.Check
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			look = s.cfg.Operators.Look
		}
		s.let(w, r, look, next)
	})
}

// watching lets a request with a valid token through without counting it as
// use of the session.
func (s *Server) watching(next sessionHandler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.let(w, r, s.cfg.Operators.Look, next) })
}

func (s *Server) let(w http.ResponseWriter, r *http.Request, look func(string) (operator.Officer, error), next sessionHandler) {
	on := session{token: r.Header.Get(TokenHeader)}
	who, err := look(on.token)
	if err != nil {
		writeProblem(w, s.noSession(r.Context(), err))
		return
	}
	on.officer, on.role = who.ID, who.Role
	if !who.May(need(r)) {
		if r.Method == http.MethodPost { // a GET writes nothing
			s.cfg.Station.Note(r.Context(), enrol.Act{Who: on.officer, What: enrol.ActNotAllowed, Detail: r.Pattern})
		}
		writeProblem(w, problemNotAllowed)
		return
	}
	next(w, r, on)
}

// noSession turns the error of a look at a session into its problem. The first
// one that finds it locked says so in the audit log.
func (s *Server) noSession(ctx context.Context, err error) problem {
	var locked *operator.SessionLockedError
	if !errors.As(err, &locked) {
		return problemLogin
	}
	if locked.First {
		s.cfg.Station.Note(ctx, enrol.Act{Who: locked.Who, What: enrol.ActSessionLocked})
	}
	return problemSessionLocked
}

// alive reports whether the session of a long answer still stands.
func (s *Server) alive(on session) bool {
	_, err := s.cfg.Operators.Look(on.token)
	return err == nil
}

// proof is what a person signs in with: a name and a PIN, or the answer of a
// security key to a ceremony of /api/passkey/login/begin.
type proof struct {
	Officer  string          `json:"officer,omitempty"`
	PIN      operator.PIN    `json:"pin,omitempty"`
	Ceremony string          `json:"ceremony,omitempty"`
	Answer   json.RawMessage `json:"answer,omitempty"`
}

// opened is the answer to a sign-in.
type opened struct {
	Token   string `json:"token"`
	Officer string `json:"officer"`
	Role    string `json:"role"`
	// Active says that this session leads the enrolment; another one looks on.
	Active bool `json:"active"`
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	s.signIn(w, r, false)
}

// handover is a sign-in that takes the desk from whoever has it: the enrolment
// goes on under the new officer. The session that this window had ends.
func (s *Server) handover(w http.ResponseWriter, r *http.Request) {
	s.signIn(w, r, true)
}

func (s *Server) signIn(w http.ResponseWriter, r *http.Request, over bool) {
	var p proof
	if bad, ok := decode(w, r, &p); !ok {
		writeProblem(w, bad)
		return
	}
	var on operator.Session
	var err error
	if p.Ceremony != "" {
		on, err = s.cfg.Operators.LoginKey(p.Ceremony, p.Answer)
	} else {
		on, err = s.cfg.Operators.Login(p.Officer, p.PIN)
	}
	if err != nil {
		s.signInRefused(w, r.Context(), err)
		return
	}
	s.cfg.Station.Note(r.Context(), enrol.Act{Who: on.Officer.ID, What: enrol.ActSignIn})
	active, err := s.sit(r.Context(), on, over)
	if err != nil { // the hand-over is not in the journal: nobody took over
		s.cfg.Operators.Logout(on.Token)
		writeProblem(w, s.refusal(err))
		return
	}
	if old := r.Header.Get(TokenHeader); over && old != "" {
		s.cfg.Operators.Logout(old)
	}
	writeJSON(w, http.StatusOK, opened{on.Token, on.Officer.ID, on.Officer.Role, active})
}

// signInRefused answers a sign-in, or an unlocking, that failed.
func (s *Server) signInRefused(w http.ResponseWriter, ctx context.Context, err error) {
	var locked *operator.LockedError
	var wrong *operator.WrongPINError
	var key *operator.KeyError
	switch {
	case errors.As(err, &locked):
		s.noteLock(ctx, locked)
		w.Header().Set("Retry-After", retryAfter(locked))
		writeProblem(w, problemLocked)
	case errors.As(err, &wrong):
		s.cfg.Station.Note(ctx, enrol.Act{What: enrol.ActSignInRefused, Detail: wrong.Who})
		writeProblem(w, problemPIN)
	case errors.As(err, &key):
		writeProblem(w, s.keyRefused(ctx, key))
	case errors.Is(err, operator.ErrNotAllowed):
		s.cfg.Station.Note(ctx, enrol.Act{What: enrol.ActNotAllowed, Detail: "sign-in"})
		writeProblem(w, problemNotAllowed)
	case errors.Is(err, operator.ErrNoKeys):
		writeProblem(w, problemNoKeys)
	case errors.Is(err, operator.ErrNoSession):
		writeProblem(w, problemLogin)
	default:
		s.cfg.Log.Error("sign-in", "err", err)
		writeProblem(w, problemInternal)
	}
}

// unlock goes on with a locked session, with a new token.
func (s *Server) unlock(w http.ResponseWriter, r *http.Request) {
	var p proof
	bad, ok := decode(w, r, &p)
	if !ok || p.Officer != "" { // whose it is stands in the session
		if ok {
			bad = problemBody
		}
		writeProblem(w, bad)
		return
	}
	token := r.Header.Get(TokenHeader)
	var on operator.Session
	var err error
	if p.Ceremony != "" {
		on, err = s.cfg.Operators.UnlockKey(token, p.Ceremony, p.Answer)
	} else {
		on, err = s.cfg.Operators.Unlock(token, p.PIN)
	}
	if err != nil {
		s.signInRefused(w, r.Context(), err)
		return
	}
	s.second.wake()
	s.cfg.Station.Note(r.Context(), enrol.Act{Who: on.Officer.ID, What: enrol.ActUnlocked})
	writeJSON(w, http.StatusOK, opened{on.Token, on.Officer.ID, on.Officer.Role, s.cfg.Operators.AtDesk(on.Token)})
}

// lock locks the session at once: the officer leaves the counter.
func (s *Server) lock(w http.ResponseWriter, _ *http.Request, on session) {
	s.cfg.Operators.Lock(on.token)
	s.second.wake()
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request, on session) {
	led := s.cfg.Operators.AtDesk(on.token)
	s.cfg.Operators.Logout(on.token)
	s.second.wake()
	if led {
		s.cfg.Station.Attend(r.Context(), "")
	}
	s.cfg.Station.Note(r.Context(), enrol.Act{Who: on.officer, What: enrol.ActSignOut})
	w.WriteHeader(http.StatusNoContent)
}

// locks remembers until when each of the people is locked out: a lock is one
// act in the log, however often somebody knocks.
type locks struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// begins reports whether a lock is a new one.
func (l *locks) begins(who string, now time.Time, wait time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Before(l.until[who]) {
		return false
	}
	if l.until == nil {
		l.until = map[string]time.Time{}
	}
	l.until[who] = now.Add(wait)
	return true
}

// nobody is how the audit log names who typed a name that nobody has: what was
// typed there may be anything.
const nobody = "nobody"

func (s *Server) noteLock(ctx context.Context, locked *operator.LockedError) {
	who := locked.Who
	if who == "" {
		who = nobody
	}
	if s.locks.begins(who, s.cfg.Now(), locked.Wait) {
		s.cfg.Station.Note(ctx, enrol.Act{What: enrol.ActLockout, Detail: who})
	}
}

// retryAfter is the header's value: full seconds.
func retryAfter(e *operator.LockedError) string { return strconv.Itoa(int(e.Wait.Seconds()) + 1) }
