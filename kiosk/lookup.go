package kiosk

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline"
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
// on the card, or one by what is on its receipt. The station keeps no number,
// only its keyed hash.
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
	masked, list, p, ok := s.find(r.Context(), args.Text)
	if !ok {
		writeProblem(w, p)
		return
	}
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

// find returns what there is, and whose, masked.
func (s *Server) find(ctx context.Context, text string) (string, []offline.Status, problem, bool) {
	if id, err := uuid.Parse(strings.TrimSpace(text)); err == nil {
		return s.findReceipt(id)
	}
	number, err := s.cfg.Station.Number(ctx, text)
	if err != nil {
		return "", nil, s.refusal(err), false
	}
	list, err := s.cfg.Outbox.Find(number)
	if err != nil {
		s.cfg.Log.Error("lookup", "err", err)
		return "", nil, problemInternal, false
	}
	return enrol.Masked(number), list, problem{}, true
}

// findReceipt returns the dossier of a receipt, or the end of its number where
// there is none.
func (s *Server) findReceipt(id uuid.UUID) (string, []offline.Status, problem, bool) {
	status, p, ok := s.sealed(id.String())
	if ok {
		return maskedNumber(status), []offline.Status{status}, problem{}, true
	}
	const shown = 8
	text := id.String()
	return "…" + text[len(text)-shown:], nil, p, p.Code == problemNothing.Code
}
