package kiosk

import (
	"context"
	"crypto/sha256"
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

// Operators knows who may work here; *operator.Store is one. Check counts as
// use of the session.
type Operators interface {
	Login(pin operator.PIN) (operator.Session, error)
	Check(token string) (operator.Officer, error)
	Logout(token string)
	// Approve checks a supervisor's name and PIN.
	Approve(name string, pin operator.PIN) (operator.Officer, error)
}

// session is the officer behind a request.
type session struct {
	token   string
	officer string
}

type sessionHandler func(http.ResponseWriter, *http.Request, session)

// session lets a request with a valid token through. What the page asks for
// by itself (events, preview, queue, frames) is no use of the session, or an empty
// counter would stay logged in for ever: only the officer's own actions are.
func (s *Server) session(next sessionHandler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			s.watching(next).ServeHTTP(w, r)
			return
		}
		on := session{token: r.Header.Get(TokenHeader)}
		officer, err := s.cfg.Operators.Check(on.token)
		if err != nil {
			s.present.drop(on.token)
			writeProblem(w, problemLogin)
			return
		}
		on.officer = officer.ID
		s.present.used(on.token, s.cfg.Now())
		next(w, r, on)
	})
}

// watching lets a request with a valid token through without counting it as
// use of the session.
func (s *Server) watching(next sessionHandler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		on := session{token: r.Header.Get(TokenHeader)}
		var known bool
		if on.officer, known = s.present.officer(on.token, s.cfg.Now()); !known {
			writeProblem(w, problemLogin)
			return
		}
		next(w, r, on)
	})
}

// alive reports whether the session of a long answer still stands.
func (s *Server) alive(on session) bool {
	_, known := s.present.officer(on.token, s.cfg.Now())
	return known
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	var args struct {
		PIN operator.PIN `json:"pin"`
	}
	if p, ok := decode(w, r, &args); !ok {
		writeProblem(w, p)
		return
	}
	on, err := s.cfg.Operators.Login(args.PIN)
	var locked *operator.LockedError
	switch {
	case errors.As(err, &locked):
		s.noteLock(r.Context(), "officer", locked)
		w.Header().Set("Retry-After", retryAfter(locked))
		writeProblem(w, problemLocked)
	case errors.Is(err, operator.ErrWrongPIN):
		s.cfg.Station.Note(r.Context(), enrol.Act{What: enrol.ActSignInRefused})
		writeProblem(w, problemPIN)
	case err != nil:
		s.cfg.Log.Error("login", "err", err)
		writeProblem(w, problemInternal)
	default:
		s.present.add(on, s.cfg.Now())
		s.cfg.Station.Note(r.Context(), enrol.Act{Who: on.Officer.ID, What: enrol.ActSignIn})
		writeJSON(w, http.StatusOK, struct {
			Token   string `json:"token"`
			Officer string `json:"officer"`
		}{on.Token, on.Officer.ID})
	}
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

func (s *Server) noteLock(ctx context.Context, who string, locked *operator.LockedError) {
	if s.locks.begins(who, s.cfg.Now(), locked.Wait) {
		s.cfg.Station.Note(ctx, enrol.Act{What: enrol.ActLockout, Detail: who})
	}
}

// retryAfter is the header's value: full seconds.
func retryAfter(e *operator.LockedError) string { return strconv.Itoa(int(e.Wait.Seconds()) + 1) }

func (s *Server) logout(w http.ResponseWriter, r *http.Request, on session) {
	s.cfg.Operators.Logout(on.token)
	s.present.drop(on.token)
	s.cfg.Station.Note(r.Context(), enrol.Act{Who: on.officer, What: enrol.ActSignOut})
	w.WriteHeader(http.StatusNoContent)
}

// presence remembers when each session was last used by the officer. Tokens
// are kept and found by their digest, so that time tells nothing of them.
type presence struct {
	mu  sync.Mutex // guards all
	all map[[sha256.Size]byte]*seen
}

type seen struct {
	officer string
	at      time.Time
	idle    time.Duration
}

func (p *presence) add(on operator.Session, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil {
		p.all = map[[sha256.Size]byte]*seen{}
	}
	for key, old := range p.all {
		if old.over(now) {
			delete(p.all, key)
		}
	}
	p.all[sha256.Sum256([]byte(on.Token))] = &seen{officer: on.Officer.ID, at: now, idle: on.Idle}
}

func (s *seen) over(now time.Time) bool { return now.Sub(s.at) >= s.idle }

func (p *presence) used(token string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.all[sha256.Sum256([]byte(token))]; s != nil {
		s.at = now
	}
}

func (p *presence) officer(token string, now time.Time) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.all[sha256.Sum256([]byte(token))]
	if s == nil || s.over(now) {
		return "", false
	}
	return s.officer, true
}

func (p *presence) drop(token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.all, sha256.Sum256([]byte(token)))
}
