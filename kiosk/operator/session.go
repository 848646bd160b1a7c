package operator

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"log/slog"
	"time"
)

const tokenSize = 32

// digest is a token's: tokens are kept and found by it, so that time tells
// nothing of them.
type digest [sha256.Size]byte

func digestOf(token string) digest { return sha256.Sum256([]byte(token)) }

// Session is one sign-in. The token is a secret and redacts itself in logs.
type Session struct {
	Token   string
	Officer Officer
	Idle    time.Duration // locks after this long without use
}

// LogValue redacts the token.
func (s Session) LogValue() slog.Value { return slog.StringValue("session of " + s.Officer.ID) }

type session struct {
	id          string        // whose
	begun, used time.Duration // by Config.Since
	locked      bool
	told        bool // somebody was told that it is locked
}

// SessionLockedError says whose session is locked, and whether this is the first
// answer that says so. It is an [ErrSessionLocked].
type SessionLockedError struct {
	Who   string
	First bool
}

func (e *SessionLockedError) Error() string { return ErrSessionLocked.Error() }

// Is makes the error an ErrSessionLocked.
func (e *SessionLockedError) Is(target error) bool { return target == ErrSessionLocked }

// Login opens a session. Its token is new, whatever the caller had before.
func (s *Store) Login(name string, pin PIN) (Session, error) {
	r, err := s.check(name, pin, Look)
	if err != nil {
		return Session{}, err
	}
	return s.open(r.officer(), "")
}

// open begins a session, in the place of another one where instead is its
// token.
func (s *Store) open(who Officer, instead string) (Session, error) {
	raw := make([]byte, tokenSize)
	if _, err := io.ReadFull(s.cfg.Rand, raw); err != nil {
		return Session{}, err
	}
	token := base64.RawURLEncoding.EncodeToString(raw)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Since()
	s.sweep(now)
	if instead != "" {
		if s.desk == digestOf(instead) {
			s.desk = digestOf(token)
		}
		delete(s.sessions, digestOf(instead))
	}
	if len(s.sessions) >= maxSessions {
		s.dropOldest()
	}
	s.sessions[digestOf(token)] = &session{id: who.ID, begun: now, used: now}
	return Session{Token: token, Officer: who, Idle: s.cfg.Idle}, nil
}

// Check returns who holds the token, and counts as use of the session. The
// error is ErrNoSession or a *SessionLockedError.
func (s *Store) Check(token string) (Officer, error) { return s.look(token, true) }

// Look is Check for what a page asks by itself: it is no use of the session, or
// an empty counter would never lock.
func (s *Store) Look(token string) (Officer, error) { return s.look(token, false) }

func (s *Store) look(token string, use bool) (Officer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Since()
	s.sweep(now)
	x := s.sessions[digestOf(token)]
	if x == nil {
		return Officer{}, ErrNoSession
	}
	r := s.file.find(x.id)
	if r == nil || !s.file.allowed(r, Look) {
		delete(s.sessions, digestOf(token))
		return Officer{}, ErrNoSession
	}
	if x.locked {
		first := !x.told
		x.told = true
		return r.officer(), &SessionLockedError{Who: x.id, First: first}
	}
	if use {
		x.used = now
	}
	return r.officer(), nil
}

// Lock locks the session at once; an unknown token is no error.
func (s *Store) Lock(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x := s.sessions[digestOf(token)]; x != nil {
		x.locked = true
	}
}

// Unlock goes on with a session, locked or not, by its own person's PIN. The
// token changes: the old one has been lying about.
func (s *Store) Unlock(token string, pin PIN) (Session, error) {
	who, err := s.whose(token)
	if err != nil {
		return Session{}, err
	}
	r, err := s.check(who, pin, Look)
	if err != nil {
		return Session{}, err
	}
	return s.open(r.officer(), token)
}

// whose is the person of a session, locked or not.
func (s *Store) whose(token string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep(s.cfg.Since())
	if x := s.sessions[digestOf(token)]; x != nil {
		return x.id, nil
	}
	return "", ErrNoSession
}

// Logout ends the session; an unknown token is no error.
func (s *Store) Logout(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, digestOf(token))
}

// endOf ends all sessions of a person.
func (s *Store) endOf(id string) { s.endOthers(id, "") }

// endOthers ends a person's sessions but the one of the token.
func (s *Store) endOthers(id, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, x := range s.sessions {
		if x.id == id && k != digestOf(token) {
			delete(s.sessions, k)
		}
	}
}

// sweep locks what was idle and ends what was open for too long.
func (s *Store) sweep(now time.Duration) {
	for k, x := range s.sessions {
		switch {
		case now-x.begun >= maxSession:
			delete(s.sessions, k)
		case now-x.used >= s.cfg.Idle:
			x.locked = true
		}
	}
}

func (s *Store) dropOldest() {
	var oldest digest
	var at *session
	for k, x := range s.sessions {
		if at == nil || x.used < at.used {
			oldest, at = k, x
		}
	}
	delete(s.sessions, oldest)
}

// Sit gives the desk to a session and reports whether it has it now. One session
// works at the enrolment, the others look on. The desk is free where its session
// has ended; it goes to another page of its own person; and to somebody else
// where over says so.
func (s *Store) Sit(token string, over bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	mine := s.sessions[digestOf(token)]
	if mine == nil || mine.locked {
		return false
	}
	if now := s.sessions[s.desk]; now == nil || now.id == mine.id || over {
		s.desk = digestOf(token)
	}
	return s.desk == digestOf(token)
}

// Desk returns who has the desk, from where the enrolment is led; it is no use of
// that session. The error is ErrNoSession where nobody has it, or ErrSessionLocked.
func (s *Store) Desk() (Officer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep(s.cfg.Since())
	x := s.sessions[s.desk]
	if x == nil {
		return Officer{}, ErrNoSession
	}
	r := s.file.find(x.id)
	switch {
	case r == nil || !s.file.allowed(r, Look):
		return Officer{}, ErrNoSession
	case x.locked:
		return Officer{}, ErrSessionLocked
	}
	return r.officer(), nil
}

// AtDesk reports whether a session has the desk.
func (s *Store) AtDesk(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.desk == digestOf(token) && s.sessions[s.desk] != nil
}
