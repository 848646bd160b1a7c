package kiosk

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline"
)

// Office is who receives, as it stands on the papers that the station prints.
// Its words are Vietnamese, as the papers are.
type Office struct {
	Parent  string `json:"parent,omitempty"`  // the body above, say "CÔNG AN TỈNH …"
	Name    string `json:"name"`              // the receiving authority, say "CÔNG AN PHƯỜNG …"
	Place   string `json:"place,omitempty"`   // before the date, say "Hà Nội"
	Address string `json:"address,omitempty"` // where the citizen comes back to
	Phone   string `json:"phone,omitempty"`   // of the office
	Hotline string `json:"hotline"`           // of the identity system
	Station string `json:"station"`           // the station's identifier
}

// hotline is that of the national identity system.
const hotline = "1900.0368"

// named fills in what a station that is not set up yet can not say.
func (o Office) named() Office {
	o.Name, o.Hotline = cmp.Or(o.Name, "CƠ QUAN TIẾP NHẬN"), cmp.Or(o.Hotline, hotline)
	return o
}

func (s *Server) office(w http.ResponseWriter, _ *http.Request, _ session) {
	writeJSON(w, http.StatusOK, s.cfg.Office)
}

// receiptPaper is what stands on a receipt: what the masked index says of the
// dossier now. It names nobody.
type receiptPaper struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	Initials string    `json:"initials,omitempty"`
	Number   string    `json:"number,omitempty"` // masked
	Sealed   time.Time `json:"sealed"`
	// What the citizen was told when it was sealed; without Due, nothing was.
	Due     string `json:"due,omitempty"` // YYYY-MM-DD
	DueSure bool   `json:"due_sure"`
	Days    int    `json:"days,omitempty"`
	Form    string `json:"form,omitempty"`
	// Custody says that the central has signed for the dossier: before that no
	// paper may say that it was received there.
	Custody     bool       `json:"custody"`
	Received    *time.Time `json:"received,omitempty"`
	LogPosition uint64     `json:"log_position,omitempty"`
	State       string     `json:"state"`
	Corrects    string     `json:"corrects,omitempty"`
	Section     string     `json:"section,omitempty"` // that it brings anew
	Virtual     bool       `json:"virtual"`
	At          time.Time  `json:"at"` // of this answer
	Code        paperCode  `json:"code"`
}

// receipt answers with what a receipt says, for the first print and each other.
func (s *Server) receipt(w http.ResponseWriter, r *http.Request, _ session) {
	status, p, ok := s.sealed(r.PathValue("id"))
	if !ok {
		writeProblem(w, p)
		return
	}
	paper, err := s.paperOf(status)
	if err != nil {
		s.cfg.Log.Error("receipt", "err", err)
		writeProblem(w, problemInternal)
		return
	}
	writeJSON(w, http.StatusOK, paper)
}

func (s *Server) paperOf(status offline.Status) (receiptPaper, error) {
	code, err := codeOf(status.ID.String())
	e, told := describe(status), status.Promise
	paper := receiptPaper{
		ID: e.ID, Kind: status.Kind, Initials: status.Initials, Number: maskedNumber(status), Sealed: status.Enqueued,
		Due: told.Day, DueSure: told.Sure, Days: told.Days, Form: told.Form,
		Custody: status.Receipt != nil, LogPosition: e.LogPosition, State: e.State,
		Corrects: e.Corrects, Section: status.Section, Virtual: status.Virtual, At: s.cfg.Now(), Code: code,
	}
	if i := slices.IndexFunc(e.Steps, func(x stepEntry) bool { return x.State == offline.Custody.String() }); i >= 0 && paper.Custody {
		paper.Received = &e.Steps[i].At
	}
	return paper, err
}

// sealed is the dossier of an identifier, or why there is none.
func (s *Server) sealed(id string) (offline.Status, problem, bool) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return offline.Status{}, problemBody, false
	}
	status, err := s.cfg.Outbox.Status(parsed)
	switch {
	case errors.Is(err, offline.ErrNotFound):
		return status, problemNothing, false
	case err != nil:
		s.cfg.Log.Error("dossier", "err", err)
		return status, problemInternal, false
	}
	return status, problem{}, true
}

// maskedNumber is what may be shown of the citizen's number; what the index
// keeps begins with the initials.
func maskedNumber(status offline.Status) string {
	_, number, _ := strings.Cut(status.Masked, " ")
	return number
}

// The papers that /api/printed knows.
const (
	paperReceipt = "receipt"
	paperForm    = "form"
)

// printed notes that a paper is printed, also once more: the receipt of a sealed
// dossier, or the form of the enrolment that is about to be sealed.
func (s *Server) printed(w http.ResponseWriter, r *http.Request, on session) {
	var args struct {
		ID    string `json:"id"`
		Paper string `json:"paper"`
	}
	if p, ok := decode(w, r, &args); !ok {
		writeProblem(w, p)
		return
	}
	var act enrol.Act
	p, ok := problemBody, false
	switch args.Paper {
	case "", paperReceipt:
		act, p, ok = s.receiptAct(args.ID)
	case paperForm:
		act, p, ok = s.formAct(args.ID)
	}
	if !ok {
		writeProblem(w, p)
		return
	}
	act.Who = on.officer
	s.cfg.Station.Note(r.Context(), act)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) receiptAct(id string) (enrol.Act, problem, bool) {
	status, p, ok := s.sealed(id)
	return enrol.Act{What: enrol.ActPrinted, Dossier: status.ID, Masked: maskedNumber(status)}, p, ok
}

// formAct is of the enrolment under way: once it is sealed, nothing of the form
// is at the station any more.
func (s *Server) formAct(id string) (enrol.Act, problem, bool) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return enrol.Act{}, problemBody, false
	}
	now := s.cfg.Station.Snapshot()
	if now.ID != parsed.String() || now.Step != enrol.StepSign && now.Step != enrol.StepSeal || now.Kind == nil || now.Kind.Form == "" {
		return enrol.Act{}, problemNothing, false
	}
	act := enrol.Act{What: enrol.ActFormPrinted, Dossier: parsed, Detail: now.Kind.Form}
	if i := slices.IndexFunc(now.Person.Fields, func(f enrol.Field) bool { return f.Name == "number" }); i >= 0 {
		act.Masked = enrol.Masked(now.Person.Fields[i].Value)
	}
	return act, problem{}, true
}
