package kiosk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
)

// approve checks the supervisor's PIN of a command, and puts the supervisor's
// name into its place: the enrolment, and its journal, never see the PIN.
func (s *Server) approve(ctx context.Context, w http.ResponseWriter, c *enrol.Command) (problem, bool) {
	var args struct {
		Finger  int          `json:"finger"`
		Officer string       `json:"officer"` // the supervisor's name
		PIN     operator.PIN `json:"pin"`
		Picture string       `json:"picture"` // the mark of what the supervisor saw
	}
	decoder := json.NewDecoder(bytes.NewReader(c.Args))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&args); err != nil {
		return problemBody, false
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return problemBody, false
	}
	who, err := s.cfg.Operators.Approve(args.Officer, args.PIN)
	var locked *operator.LockedError
	switch {
	case errors.As(err, &locked):
		s.noteLock(ctx, "supervisor", locked)
		w.Header().Set("Retry-After", retryAfter(locked))
		return problemSupervisorLocked, false
	case errors.Is(err, operator.ErrWrongPIN):
		s.cfg.Station.Note(ctx, enrol.Act{Who: c.Officer, What: enrol.ActApprovalRefused})
		return problemSupervisorPIN, false
	case err == nil:
		c.Args, err = json.Marshal(enrol.ApproveArgs{Finger: args.Finger, Supervisor: who.ID, Picture: args.Picture})
	}
	if err != nil {
		s.cfg.Log.Error("approve", "err", err)
		return problemInternal, false
	}
	return problem{}, true
}
