package kiosk

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
	"github.com/tram-station/tram/reader/verdict"
)

// The fields of a command's arguments that carry a supervisor's proof, and the
// one that takes their place.
var proofFields = []string{"officer", "pin", "ceremony", "answer"}

const approvedBy = "supervisor"

// approve checks the supervisor's proof of a command, and puts the supervisor's
// name into its place: the enrolment, and its journal, never see the PIN. Nobody
// approves an enrolment that they worked at. by is whose session sends it.
func (s *Server) approve(ctx context.Context, w http.ResponseWriter, by string, c *enrol.Command) (problem, bool) {
	p, rest, ok := splitProof(c.Args)
	if !ok {
		return problemBody, false
	}
	now := s.cfg.Station.Snapshot()
	var who operator.Officer
	var err error
	if p.Ceremony != "" {
		who, err = s.cfg.Operators.ApproveKey(approvalOf(c.Name, now), p.Ceremony, p.Answer)
	} else {
		who, err = s.cfg.Operators.Approve(p.Officer, p.PIN)
	}
	if err != nil {
		return s.approvalRefused(ctx, w, by, err)
	}
	if who.ID == c.Officer || who.ID == now.Officer || slices.Contains(now.Officers, who.ID) {
		return problemOwnApproval, false
	}
	if rest[approvedBy], err = json.Marshal(who.ID); err == nil {
		c.Args, err = json.Marshal(rest)
	}
	if err != nil {
		s.cfg.Log.Error("approve", "err", err)
		return problemInternal, false
	}
	return problem{}, true
}

// approvalOf names what a security key's answer approves: one command of one
// enrolment.
func approvalOf(command string, now enrol.Snapshot) string { return command + " " + now.ID }

// splitProof takes the proof out of a command's arguments. JSON's names are
// matched whatever their case, so no other spelling of these may stay.
func splitProof(args json.RawMessage) (p proof, rest map[string]json.RawMessage, ok bool) {
	if json.Unmarshal(args, &rest) != nil || rest == nil {
		return proof{}, nil, false
	}
	own := map[string]json.RawMessage{}
	for name, value := range rest {
		switch {
		case slices.Contains(proofFields, name):
			own[name] = value
			delete(rest, name)
		case strings.EqualFold(name, approvedBy), slices.ContainsFunc(proofFields, func(f string) bool { return strings.EqualFold(f, name) }):
			return proof{}, nil, false
		}
	}
	b, err := json.Marshal(own)
	if err != nil || json.Unmarshal(b, &p) != nil {
		return proof{}, nil, false
	}
	return p, rest, true
}

func (s *Server) approvalRefused(ctx context.Context, w http.ResponseWriter, officer string, err error) (problem, bool) {
	var locked *operator.LockedError
	var key *operator.KeyError
	switch {
	case errors.As(err, &locked):
		s.noteLock(ctx, locked)
		w.Header().Set("Retry-After", retryAfter(locked))
		p := problemSupervisorLocked
		p.Next = verdict.Words{VI: "Thử lại sau " + retryAfter(locked) + " giây", EN: "Try again in " + retryAfter(locked) + " s"}
		return p, false
	case errors.As(err, &key):
		p := s.keyRefused(ctx, key)
		p.status = http.StatusUnprocessableEntity // the officer's own session goes on
		return p, false
	case errors.Is(err, operator.ErrWrongPIN), errors.Is(err, operator.ErrNotAllowed):
		s.cfg.Station.Note(ctx, enrol.Act{Who: officer, What: enrol.ActApprovalRefused})
		return problemSupervisorPIN, false
	case errors.Is(err, operator.ErrNoKeys):
		return problemNoKeys, false
	}
	s.cfg.Log.Error("approve", "err", err)
	return problemInternal, false
}
