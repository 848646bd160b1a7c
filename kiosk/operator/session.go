package operator

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"log/slog"
	"time"
)

const tokenSize = 32

// Session is one sign-in. The token is a secret and redacts itself in logs.
type Session struct {
	Token   string
	Officer Officer
	Idle    time.Duration // ends after this long without use
}

// LogValue redacts the token.
func (s Session) LogValue() slog.Value { return slog.StringValue("session of " + s.Officer.ID) }

type session struct {
	begun, used time.Time
}

// Login opens a session of the officer.
func (s *Store) Login(pin PIN) (Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Now()
	if err := s.officer.check(pin, now); err != nil {
		return Session{}, err
	}
	return s.open(now)
}

func (s *Store) open(now time.Time) (Session, error) {
	raw := make([]byte, tokenSize)
	if _, err := io.ReadFull(s.cfg.Rand, raw); err != nil {
		return Session{}, err
	}
	token := base64.RawURLEncoding.EncodeToString(raw)
	s.sweep(now)
	if len(s.sessions) >= maxSessions {
		s.dropOldest()
	}
	s.sessions[sha256.Sum256([]byte(token))] = &session{begun: now, used: now}
	return Session{Token: token, Officer: s.officer.officer(), Idle: s.cfg.Idle}, nil
}

// Check returns who holds the token, and counts as use of the session.
// Tokens are compared by their digest, so that time tells nothing of them.
func (s *Store) Check(token string) (Officer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Now()
	s.sweep(now)
	x := s.sessions[sha256.Sum256([]byte(token))]
	if x == nil {
		return Officer{}, ErrNoSession
	}
	x.used = now
	return s.officer.officer(), nil
}

// Logout ends the session; an unknown token is no error.
func (s *Store) Logout(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, sha256.Sum256([]byte(token)))
}

// sweep ends what was idle or open for too long.
func (s *Store) sweep(now time.Time) {
	for k, x := range s.sessions {
		if now.Sub(x.used) >= s.cfg.Idle || now.Sub(x.begun) >= maxSession {
			delete(s.sessions, k)
		}
	}
}

func (s *Store) dropOldest() {
	var oldest [sha256.Size]byte
	var at time.Time
	for k, x := range s.sessions {
		if at.IsZero() || x.used.Before(at) {
			oldest, at = k, x.used
		}
	}
	delete(s.sessions, oldest)
}
