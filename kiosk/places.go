package kiosk

import (
	"net/http"

	"github.com/tram-station/tram/kiosk/places"
)

// Places is the list of provinces and communes in use; *places.List is one.
type Places interface {
	SearchIn(province, text string, limit int) []places.Unit
	Count() (provinces, communes int)
	Version() string
}

// foundPlaces answers a search for the units of an address.
type foundPlaces struct {
	Version  string        `json:"version"`
	Communes bool          `json:"communes"` // the list has communes; without them they are written by hand
	Units    []places.Unit `json:"units"`    // the best first
}

// places finds the units of an address by a part of their names. Where somebody
// lives is nothing for a URL, so it is a POST.
func (s *Server) places(w http.ResponseWriter, r *http.Request, _ session) {
	var args struct {
		Text     string `json:"text"`
		Province string `json:"province"`
	}
	if p, ok := decode(w, r, &args); !ok {
		writeProblem(w, p)
		return
	}
	if s.cfg.Places == nil {
		writeProblem(w, problemNothing)
		return
	}
	_, communes := s.cfg.Places.Count()
	answer := foundPlaces{Version: s.cfg.Places.Version(), Communes: communes > 0, Units: []places.Unit{}}
	answer.Units = append(answer.Units, s.cfg.Places.SearchIn(args.Province, args.Text, 0)...)
	writeJSON(w, http.StatusOK, answer)
}
