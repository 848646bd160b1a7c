package kiosk

import (
	"errors"
	"net/http"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/reader/verdict"
)

var problemNotWaiting = problem{http.StatusUnprocessableEntity, "not-waiting",
	verdict.Words{VI: "Hồ sơ này không chờ gửi", EN: "This application does not wait to be sent"},
	verdict.Words{VI: "Xem trạng thái của hồ sơ trong danh sách", EN: "See its state in the list"}}

// resend has what waits sent now instead of after the pause between two tries.
// One that is named and was refused, or was damaged on the disk, is sent once
// more.
func (s *Server) resend(w http.ResponseWriter, r *http.Request, on session) {
	var args struct {
		ID uuid.UUID `json:"id,omitzero"`
	}
	if p, ok := decode(w, r, &args); !ok {
		writeProblem(w, p)
		return
	}
	again, p, ok := s.stopped(args.ID)
	if !ok {
		writeProblem(w, p)
		return
	}
	if err := s.cfg.Outbox.Retry(again...); err != nil {
		s.cfg.Log.Error("resend", "err", err)
		writeProblem(w, problemInternal)
		return
	}
	s.cfg.Station.Note(r.Context(), enrol.Act{Who: on.officer, What: enrol.ActSentAgain, Dossier: args.ID})
	w.WriteHeader(http.StatusNoContent)
}

// stopped is the named dossier where it does not go on by itself, and none where
// it does.
func (s *Server) stopped(id uuid.UUID) (again []uuid.UUID, p problem, ok bool) {
	if id == uuid.Nil {
		return nil, problem{}, true
	}
	status, err := s.cfg.Outbox.Status(id)
	switch {
	case errors.Is(err, offline.ErrNotFound):
		return nil, problemNothing, false
	case err != nil:
		s.cfg.Log.Error("resend", "err", err)
		return nil, problemInternal, false
	case status.Held:
		return nil, problemNotWaiting, false
	}
	switch status.State {
	case offline.Refused, offline.Damaged:
		return []uuid.UUID{id}, problem{}, true
	case offline.Sealed, offline.Sending:
		return nil, problem{}, true
	}
	return nil, problemNotWaiting, false
}
