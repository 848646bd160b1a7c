package kiosk

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/reader/verdict"
)

// Reviews opens and ends what waits for a supervisor; *offline.Outbox does. The
// supervisor's identity is lent for the one call and kept nowhere.
type Reviews interface {
	Review(ctx context.Context, id uuid.UUID, supervisor *envelope.Identity, who string) (*dossier.Dossier, error)
	Release(ctx context.Context, id uuid.UUID, supervisor *envelope.Identity, approve bool, who, reason string) error
}

// heldEntry is a dossier that waits for a supervisor, as the index and the audit
// log know it: unopened.
type heldEntry struct {
	found
	Review []string `json:"review"` // why it waits; codes
}

// openedHeld is a dossier that the supervisor's key has opened.
type openedHeld struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	enrol.HeldView
}

// The problems of a held dossier.
var (
	problemIdentity = problem{http.StatusUnprocessableEntity, "no-identity",
		verdict.Words{VI: "Tệp này không phải khóa của người phụ trách", EN: "This file is not a supervisor's key"},
		verdict.Words{VI: "Chọn tệp đã tạo bằng lệnh tram keys supervisor", EN: "Choose the file that tram keys supervisor made"}}
	problemOtherIdentity = problem{http.StatusUnprocessableEntity, "other-identity",
		verdict.Words{VI: "Khóa này không mở được hồ sơ", EN: "This key does not open the application"},
		verdict.Words{VI: "Hồ sơ được niêm phong cho khóa khác; chọn tệp khóa của người phụ trách trạm này", EN: "It is sealed to another key: choose the file of this station's supervisor"}}
	problemHeldDamaged = problem{http.StatusUnprocessableEntity, "held-damaged",
		verdict.Words{VI: "Không đọc được hồ sơ đang chờ", EN: "The waiting application can not be read"},
		verdict.Words{VI: "Để máy nguyên trạng và báo hỗ trợ kỹ thuật", EN: "Leave the machine as it is and call support"}}
	problemUnseen = problem{http.StatusUnprocessableEntity, "not-opened",
		verdict.Words{VI: "Hồ sơ chưa được mở trong phiên này", EN: "The application was not opened in this session"},
		verdict.Words{VI: "Mở hồ sơ, xem rồi quyết định", EN: "Open it, look at it, then decide"}}
	problemReason = problem{http.StatusUnprocessableEntity, "bad-reason",
		verdict.Words{VI: "Chưa chọn lý do", EN: "No reason was chosen"},
		verdict.Words{VI: "Chọn một lý do trong danh sách", EN: "Choose one of the list"}}
)

// seenLasts is for how long a supervisor may decide on what was opened.
const seenLasts = 30 * time.Minute

// heldDesk remembers why dossiers wait, from the audit log, and who has opened
// which: nobody decides on what they have not seen.
type heldDesk struct {
	mu   sync.Mutex // guards all
	next uint64     // number of the first act that was not read
	why  map[uuid.UUID][]string
	seen map[uuid.UUID]seenHeld
}

type seenHeld struct {
	by  string
	at  time.Time
	may *enrol.Problem
}

// read goes on reading the log for reasons.
func (d *heldDesk) read(log Log) error {
	if d.why == nil {
		d.why = map[uuid.UUID][]string{}
	}
	next, err := newActs(log, d.next, func(_ uint64, a audit.Act) {
		if a.What == enrol.ActReview {
			d.why[a.Dossier] = strings.Fields(a.Detail)
		}
	})
	if err == nil {
		d.next = next
	}
	return err
}

// list joins what is held with why.
func (d *heldDesk) list(box Outbox) ([]heldEntry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	// The act is written after the dossier is held: so its reason is never taken
	// for one of a dossier that is gone.
	if err := d.read(box); err != nil {
		return nil, err
	}
	held, err := box.Held()
	if err != nil {
		return nil, err
	}
	why, out := map[uuid.UUID][]string{}, []heldEntry{}
	for _, status := range held {
		why[status.ID] = append([]string{}, d.why[status.ID]...)
		out = append(out, heldEntry{found{describe(status), status.Kind, status.Initials, status.Virtual}, why[status.ID]})
	}
	d.why = why
	return out, nil
}

func (d *heldDesk) saw(id uuid.UUID, seen seenHeld) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.seen == nil {
		d.seen = map[uuid.UUID]seenHeld{}
	}
	for old, s := range d.seen {
		if seen.at.Sub(s.at) > seenLasts {
			delete(d.seen, old)
		}
	}
	d.seen[id] = seen
}

// mayDecide says what keeps somebody from deciding on a dossier.
func (d *heldDesk) mayDecide(id uuid.UUID, who string, now time.Time) (problem, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch s, ok := d.seen[id]; {
	case !ok, s.by != who, now.Sub(s.at) > seenLasts:
		return problemUnseen, false
	case s.may != nil:
		return problem{http.StatusUnprocessableEntity, s.may.Code, s.may.Words, s.may.Next}, false
	}
	return problem{}, true
}

func (d *heldDesk) forget(id uuid.UUID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.seen, id)
}

// held lists what waits for a supervisor, without opening it.
func (s *Server) held(w http.ResponseWriter, _ *http.Request, _ session) {
	list, err := s.heldDesk.list(s.cfg.Outbox)
	if err != nil {
		s.cfg.Log.Error("held", "err", err)
		writeProblem(w, problemInternal)
		return
	}
	writeJSON(w, http.StatusOK, list)
}

// openHeld opens one with the supervisor's key. The audit log says so first.
func (s *Server) openHeld(w http.ResponseWriter, r *http.Request, on session) {
	var args struct {
		ID       uuid.UUID `json:"id"`
		Identity string    `json:"identity"`
	}
	if p, ok := decode(w, r, &args); !ok {
		writeProblem(w, p)
		return
	}
	identity, err := envelope.ParseIdentity(args.Identity)
	if err != nil {
		writeProblem(w, problemIdentity)
		return
	}
	d, err := s.cfg.Outbox.Review(r.Context(), args.ID, identity, on.officer)
	if err != nil {
		writeProblem(w, s.heldProblem(err))
		return
	}
	view, err := s.cfg.Station.Held(r.Context(), d, on.officer)
	if err != nil {
		s.cfg.Log.Error("held", "err", err)
		writeProblem(w, problemHeldDamaged)
		return
	}
	s.heldDesk.saw(args.ID, seenHeld{by: on.officer, at: s.cfg.Now(), may: view.May})
	writeJSON(w, http.StatusOK, openedHeld{args.ID.String(), d.Kind, view})
}

// heldDecision is a supervisor's word on a held dossier, with the proof who it
// is: the session's own PIN once more, or a security key.
type heldDecision struct {
	ID       uuid.UUID       `json:"id"`
	Approve  bool            `json:"approve"`
	Reason   string          `json:"reason"`
	Identity string          `json:"identity"`
	PIN      operator.PIN    `json:"pin,omitempty"`
	Ceremony string          `json:"ceremony,omitempty"`
	Answer   json.RawMessage `json:"answer,omitempty"`
}

// decideHeld releases a dossier or turns it down.
func (s *Server) decideHeld(w http.ResponseWriter, r *http.Request, on session) {
	var d heldDecision
	if p, ok := decode(w, r, &d); !ok {
		writeProblem(w, p)
		return
	}
	identity, err := envelope.ParseIdentity(d.Identity)
	if err != nil {
		writeProblem(w, problemIdentity)
		return
	}
	if p, ok := s.heldDesk.mayDecide(d.ID, on.officer, s.cfg.Now()); !ok {
		writeProblem(w, p)
		return
	}
	if !s.heldReason(d) {
		writeProblem(w, problemReason)
		return
	}
	if p, ok := s.proveHeld(r.Context(), w, on, d); !ok {
		writeProblem(w, p)
		return
	}
	if err := s.cfg.Outbox.Release(r.Context(), d.ID, identity, d.Approve, on.officer, d.Reason); err != nil {
		writeProblem(w, s.heldProblem(err))
		return
	}
	s.heldDesk.forget(d.ID)
	if !d.Approve {
		s.cfg.Station.SetQueueState(d.ID.String(), enrol.StateTurnedDown)
	}
	w.WriteHeader(http.StatusNoContent)
}

// heldReason reports whether the reason is one of the rules' for this decision.
func (s *Server) heldReason(d heldDecision) bool {
	now := s.cfg.Station.Snapshot().Rules
	list := now.ExceptionReasons
	if !d.Approve {
		list = now.ExceptionRefusals
	}
	return slices.ContainsFunc(list, func(x rules.ExceptionRule) bool { return x.Code == d.Reason })
}

// heldApproval names what a security key's answer agrees to: the word on one
// held dossier.
const heldApproval = "held-decide "

// proveHeld has the session's own supervisor prove who it is, once more.
func (s *Server) proveHeld(ctx context.Context, w http.ResponseWriter, on session, d heldDecision) (problem, bool) {
	var who operator.Officer
	var err error
	if d.Ceremony != "" {
		who, err = s.cfg.Operators.ApproveKey(heldApproval+d.ID.String(), d.Ceremony, d.Answer)
	} else {
		who, err = s.cfg.Operators.Approve(on.officer, d.PIN)
	}
	switch {
	case err != nil:
		return s.approvalRefused(ctx, w, on.officer, err)
	case who.ID != on.officer:
		return problemSupervisorPIN, false
	}
	return problem{}, true
}

// heldProblem turns an error of the outbox into words. Those of a key never
// quote it.
func (s *Server) heldProblem(err error) problem {
	switch {
	case errors.Is(err, offline.ErrNotFound):
		return problemNothing
	case errors.Is(err, envelope.ErrIdentity):
		return problemOtherIdentity
	case errors.Is(err, offline.ErrOwnReview):
		return problemOwnApproval
	}
	s.cfg.Log.Error("held", "err", err)
	return problemHeldDamaged
}
