package kiosk

import (
	"net/http"

	"github.com/tram-station/tram/kiosk/enrol"
)

// appointments answers who said that they come on a day.
type appointments struct {
	Day          string                  `json:"day"`
	Appointments []enrol.AppointmentView `json:"appointments"`
}

// appointments asks the central for the day's list. Only masked numbers and
// initials leave the enrolment.
func (s *Server) appointments(w http.ResponseWriter, r *http.Request, _ session) {
	list, err := s.cfg.Station.Appointments(r.Context())
	if err != nil {
		writeProblem(w, s.refusal(err))
		return
	}
	writeJSON(w, http.StatusOK, appointments{dayOf(s.cfg.Now()), list})
}
