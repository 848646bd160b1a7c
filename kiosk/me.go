package kiosk

import (
	"errors"
	"net/http"
	"slices"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
)

// me is the session's own person, as an administrator would see it: what keys
// there are, and until when the central's list holds.
func (s *Server) me(w http.ResponseWriter, _ *http.Request, on session) {
	all := s.cfg.Operators.People()
	i := slices.IndexFunc(all, func(p operator.Person) bool { return p.ID == on.officer })
	if i < 0 {
		writeProblem(w, problemLogin)
		return
	}
	writeJSON(w, http.StatusOK, all[i])
}

// dropKey removes a security key of the session's person, who gives the PIN
// again, as for a new one.
func (s *Server) dropKey(w http.ResponseWriter, r *http.Request, on session) {
	var args struct {
		PIN operator.PIN `json:"pin"`
		Key string       `json:"key"`
	}
	if p, ok := decode(w, r, &args); !ok {
		writeProblem(w, p)
		return
	}
	err := s.cfg.Operators.DropKey(on.token, args.PIN, args.Key)
	switch {
	case err == nil:
		s.cfg.Station.Note(r.Context(), enrol.Act{Who: on.officer, What: enrol.ActKeyRemoved, Detail: on.officer})
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, operator.ErrNobody):
		s.personRefused(w, err)
	default:
		s.keyProblem(w, r.Context(), err)
	}
}

// built says which program this is and what it is made of.
type built struct {
	Version string   `json:"version"`
	Modules []Module `json:"modules"`
}

// Module is a component that is compiled in.
type Module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
}

func (s *Server) about(w http.ResponseWriter, _ *http.Request, _ session) {
	writeJSON(w, http.StatusOK, built{Version: s.cfg.Version, Modules: append([]Module{}, s.cfg.Modules...)})
}
