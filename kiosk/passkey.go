package kiosk

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
)

// SecurityKeys are WebAuthn's: what a key is asked, and what it answers. A
// registration belongs to a session, an approval to one command of one
// enrolment, an unlocking to the locked session.
type SecurityKeys interface {
	BeginKey(token string, pin operator.PIN, name string) (operator.Challenge, error)
	FinishKey(token, ceremony string, answer []byte) (operator.Officer, error)
	DropKey(token string, pin operator.PIN, key string) error
	BeginLogin() (operator.Challenge, error)
	LoginKey(ceremony string, answer []byte) (operator.Session, error)
	BeginUnlock(token string) (operator.Challenge, error)
	UnlockKey(token, ceremony string, answer []byte) (operator.Session, error)
	BeginApproval(of string) (operator.Challenge, error)
	ApproveKey(of, ceremony string, answer []byte) (operator.Officer, error)
}

// registerBegin asks for a new security key of the session's person, who gives
// the PIN again.
func (s *Server) registerBegin(w http.ResponseWriter, r *http.Request, on session) {
	var args struct {
		PIN  operator.PIN `json:"pin"`
		Name string       `json:"name"`
	}
	if p, ok := decode(w, r, &args); !ok {
		writeProblem(w, p)
		return
	}
	challenge, err := s.cfg.Operators.BeginKey(on.token, args.PIN, args.Name)
	if err != nil {
		s.keyProblem(w, r.Context(), err)
		return
	}
	writeJSON(w, http.StatusOK, challenge)
}

func (s *Server) registerFinish(w http.ResponseWriter, r *http.Request, on session) {
	var args struct {
		Ceremony string          `json:"ceremony"`
		Answer   json.RawMessage `json:"answer"`
	}
	if p, ok := decode(w, r, &args); !ok {
		writeProblem(w, p)
		return
	}
	if _, err := s.cfg.Operators.FinishKey(on.token, args.Ceremony, args.Answer); err != nil {
		s.keyProblem(w, r.Context(), err)
		return
	}
	s.cfg.Station.Note(r.Context(), enrol.Act{Who: on.officer, What: enrol.ActKeyAdded})
	w.WriteHeader(http.StatusNoContent)
}

// keyProblem answers a registration that failed. A wrong PIN there is not the
// end of the session.
func (s *Server) keyProblem(w http.ResponseWriter, ctx context.Context, err error) {
	var key *operator.KeyError
	switch {
	case errors.As(err, &key):
		p := s.keyRefused(ctx, key)
		p.status = http.StatusUnprocessableEntity
		writeProblem(w, p)
	case errors.Is(err, operator.ErrWrongPIN):
		p := problemPIN
		p.status = http.StatusUnprocessableEntity
		s.cfg.Station.Note(ctx, enrol.Act{What: enrol.ActSignInRefused, Detail: "key"})
		writeProblem(w, p)
	default:
		s.signInRefused(w, ctx, err)
	}
}

// What a security key can be asked for.
const (
	askLogin   = "login"
	askUnlock  = "unlock"
	askApprove = "approve"
)

// passkeyBegin asks for a security key: to sign in or to take over, which needs
// no session, to unlock one, or to approve a command of the present enrolment.
func (s *Server) passkeyBegin(w http.ResponseWriter, r *http.Request) {
	var args struct {
		For     string `json:"for"`
		Command string `json:"command,omitempty"` // of an approval
	}
	if p, ok := decode(w, r, &args); !ok {
		writeProblem(w, p)
		return
	}
	token := r.Header.Get(TokenHeader)
	var challenge operator.Challenge
	var err error
	switch {
	case args.For == askLogin && args.Command == "":
		challenge, err = s.cfg.Operators.BeginLogin()
	case args.For == askUnlock && args.Command == "":
		challenge, err = s.cfg.Operators.BeginUnlock(token)
	case args.For == askApprove && args.Command != "":
		if _, err := s.cfg.Operators.Check(token); err != nil {
			writeProblem(w, s.noSession(r.Context(), err))
			return
		}
		challenge, err = s.cfg.Operators.BeginApproval(s.approved(args.Command))
	default:
		writeProblem(w, problemBody)
		return
	}
	if err != nil {
		s.signInRefused(w, r.Context(), err)
		return
	}
	writeJSON(w, http.StatusOK, challenge)
}

// approved is what a security key is to agree to: a command of the present
// enrolment, or the word on a held dossier.
func (s *Server) approved(command string) string {
	if strings.HasPrefix(command, heldApproval) {
		return command
	}
	return approvalOf(command, s.cfg.Station.Snapshot())
}

// keyRefused notes that a security key was not accepted, and says so.
func (s *Server) keyRefused(ctx context.Context, err *operator.KeyError) problem {
	who := err.Who
	if who == "" {
		who = nobody
	}
	if errors.Is(err, operator.ErrKeySuspect) {
		s.cfg.Station.Note(ctx, enrol.Act{What: enrol.ActKeySuspect, Detail: who})
		return problemKeySuspect
	}
	s.cfg.Station.Note(ctx, enrol.Act{What: enrol.ActKeyRefused, Detail: who})
	return problemKey
}
