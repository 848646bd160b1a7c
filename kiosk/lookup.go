package kiosk

import (
	"net/http"
	"strconv"

	"github.com/tram-station/tram/kiosk/enrol"
)

// maxLookup bounds what is typed or scanned for a look-up.
const maxLookup = 4 << 10

// found is what the masked index says of one dossier.
type found struct {
	entry
	Kind     string `json:"kind"`
	Initials string `json:"initials,omitempty"`
	Virtual  bool   `json:"virtual"`
}

// lookup answers "hồ sơ đến đâu?": it finds the dossiers of a citizen by what is
// on the card. The station keeps no number, only its keyed hash.
func (s *Server) lookup(w http.ResponseWriter, r *http.Request, on session) {
	var args struct {
		Text string `json:"text"`
	}
	if p, ok := decode(w, r, &args); !ok {
		writeProblem(w, p)
		return
	}
	if len(args.Text) > maxLookup {
		writeProblem(w, problemBody)
		return
	}
	number, err := s.cfg.Station.Number(r.Context(), args.Text)
	if err != nil {
		writeProblem(w, s.refusal(err))
		return
	}
	list, err := s.cfg.Outbox.Find(number)
	if err != nil {
		s.cfg.Log.Error("lookup", "err", err)
		writeProblem(w, problemInternal)
		return
	}
	masked := enrol.Masked(number)
	s.cfg.Station.Note(r.Context(), enrol.Act{Who: on.officer, What: enrol.ActLookUp, Masked: masked, Detail: strconv.Itoa(len(list))})
	answer := struct {
		Number string  `json:"number"` // masked
		Found  []found `json:"found"`
	}{masked, []found{}}
	for _, status := range list {
		answer.Found = append(answer.Found, found{describe(status), status.Kind, status.Initials, status.Virtual})
	}
	writeJSON(w, http.StatusOK, answer)
}
