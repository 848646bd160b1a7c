package kiosk

import (
	"errors"
	"net/http"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
	"github.com/tram-station/tram/reader/verdict"
)

// peopleRoutes are those of who works here.
func (s *Server) peopleRoutes() map[string]http.Handler {
	routes := map[string]http.Handler{
		"POST /api/login":               http.HandlerFunc(s.login),
		"POST /api/handover":            http.HandlerFunc(s.handover),
		"POST /api/unlock":              http.HandlerFunc(s.unlock),
		"POST /api/passkey/login/begin": http.HandlerFunc(s.passkeyBegin),
	}
	for pattern, handler := range map[string]sessionHandler{
		"POST /api/logout":                  s.logout,
		"POST /api/lock":                    s.lock,
		"POST /api/passkey/register/begin":  s.registerBegin,
		"POST /api/passkey/register/finish": s.registerFinish,
		"POST /api/passkey/remove":          s.dropKey,
		"GET /api/me":                       s.me,
		"GET /api/about":                    s.about,
		"GET /api/people":                   s.people,
		"POST /api/people":                  s.once(maxJSON, s.changePeople),
	} {
		routes[pattern] = s.session(s.proving(handler))
	}
	return routes
}

// Personnel is who works at the station, as an administrator looks after
// them.
type Personnel interface {
	People() []operator.Person
	Add(id, role string) (operator.PIN, error)
	NewPIN(by, id string) (operator.PIN, error)
	SetRole(by, id, role string) error
	SetCard(id, number string) error
	Remove(by, id string) error
	RemoveKey(id, key string) error
}

// peopleView is the answer to what an administrator asks.
type peopleView struct {
	People []operator.Person `json:"people"`
	PIN    string            `json:"pin,omitempty"` // a new one, shown this once
}

func (s *Server) people(w http.ResponseWriter, _ *http.Request, _ session) {
	writeJSON(w, http.StatusOK, peopleView{People: s.cfg.Operators.People()})
}

// personChange is one change of a person.
type personChange struct {
	Do     string `json:"do"` // add, pin, role, card, remove, remove-key
	ID     string `json:"id"`
	Role   string `json:"role,omitempty"`
	Number string `json:"number,omitempty"` // the person's own citizen number, of which a keyed hash is kept; "": none
	Key    string `json:"key,omitempty"`
}

func (s *Server) changePeople(w http.ResponseWriter, r *http.Request, on session) {
	var c personChange
	if p, ok := decode(w, r, &c); !ok {
		writeProblem(w, p)
		return
	}
	var pin operator.PIN
	var err error
	what, detail := "", c.ID
	switch c.Do {
	case "add":
		what, detail = enrol.ActPersonAdded, c.ID+" "+c.Role
		pin, err = s.cfg.Operators.Add(c.ID, c.Role)
	case "pin":
		what = enrol.ActPersonPIN
		pin, err = s.cfg.Operators.NewPIN(on.officer, c.ID)
	case "role":
		what, detail = enrol.ActPersonRole, c.ID+" "+c.Role
		err = s.cfg.Operators.SetRole(on.officer, c.ID, c.Role)
	case "card":
		what = enrol.ActPersonCard
		if c.Number == "" {
			detail += " none"
		}
		err = s.cfg.Operators.SetCard(c.ID, c.Number)
	case "remove":
		what = enrol.ActPersonRemoved
		err = s.cfg.Operators.Remove(on.officer, c.ID)
	case "remove-key":
		what = enrol.ActKeyRemoved
		err = s.cfg.Operators.RemoveKey(c.ID, c.Key)
	default:
		writeProblem(w, problemBody)
		return
	}
	if err != nil {
		s.personRefused(w, err)
		return
	}
	s.cfg.Station.Note(r.Context(), enrol.Act{Who: on.officer, What: what, Detail: detail})
	writeJSON(w, http.StatusOK, peopleView{People: s.cfg.Operators.People(), PIN: pin.Reveal()})
}

// personRefusals say what stands against a change.
var personRefusals = []struct {
	err   error
	code  string
	words verdict.Words
}{
	{operator.ErrNobody, "no-person", verdict.Words{VI: "Trạm không có mã cán bộ hoặc khóa này", EN: "The station has no such person or key"}},
	{operator.ErrThere, "person-exists", verdict.Words{VI: "Mã cán bộ này đã có người dùng", EN: "Somebody has this identifier already"}},
	{operator.ErrBadID, "bad-person", verdict.Words{VI: "Mã cán bộ chỉ gồm 2 đến 32 chữ thường không dấu, chữ số, dấu chấm, gạch nối; không phải họ tên hay số định danh",
		EN: "An identifier has 2 to 32 small letters, digits, dots or hyphens, and is neither a name nor a citizen's number"}},
	{operator.ErrBadRole, "bad-role", verdict.Words{VI: "Không có vai trò này", EN: "There is no such role"}},
	{operator.ErrListed, "person-listed", verdict.Words{VI: "Người này do danh sách của trung tâm quyết định", EN: "The central's list decides about this person"}},
	{operator.ErrBadNumber, "bad-number", verdict.Words{VI: "Số định danh có 12 chữ số", EN: "A citizen's number has 12 digits"}},
	{operator.ErrSelf, "own-person", verdict.Words{VI: "Không tự cấp mã PIN, đổi vai trò hoặc xóa chính mình", EN: "Nobody gives themself a PIN, changes or removes themself"}},
}

func (s *Server) personRefused(w http.ResponseWriter, err error) {
	for _, known := range personRefusals {
		if errors.Is(err, known.err) {
			writeProblem(w, problem{http.StatusUnprocessableEntity, known.code, known.words,
				verdict.Words{VI: "Kiểm tra rồi thử lại", EN: "Check it and try again"}})
			return
		}
	}
	s.cfg.Log.Error("people", "err", err)
	writeProblem(w, problemInternal)
}
