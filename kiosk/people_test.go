package kiosk

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
)

// staff is a bench with real people: officer-1, supervisor-1 and who else is
// needed. Hashing is slow, so each test signs in as seldom as it can.
type staff struct {
	*bench
	people *leased
	pins   map[string]string
}

// leased are the store's people, whose lease a test can end.
type leased struct {
	*operator.Store
	over bool
}

func (l *leased) Lease(id string) operator.Lease {
	if l.over {
		return operator.Lease{State: operator.LeaseOver, Refuse: true}
	}
	return l.Store.Lease(id)
}

func newStaff(t *testing.T) *staff {
	t.Helper()
	s := &staff{bench: newBench(t), pins: map[string]string{"officer-1": testPIN, "supervisor-1": testSupervisorPIN}}
	store, err := operator.OpenFixed(operator.Config{Path: filepath.Join(t.TempDir(), "people.json"), Now: func() time.Time { return s.clock }, Since: s.since(),
		Origins: []string{"http://" + testHost}, Mark: func(number string) []byte { return []byte((number + strings.Repeat("x", 32))[:32]) }},
		operator.PINs{Officer: testPIN, Supervisor: testSupervisorPIN})
	if err != nil {
		t.Fatal(err)
	}
	s.people = &leased{Store: store}
	s.open(s.people)
	return s
}

// post sends a request of a session, "" for none, and returns the status, the
// code of a refusal and the answer.
func (s *staff) post(token, path string, body any) (int, string, *httptest.ResponseRecorder) {
	s.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	w := s.ask(http.MethodPost, path, string(raw), header(TokenHeader, token))
	var answer struct{ Error problem }
	_ = json.Unmarshal(w.Body.Bytes(), &answer)
	return w.Code, answer.Error.Code, w
}

func (s *staff) opened(w *httptest.ResponseRecorder) (o opened) {
	s.t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil || w.Code != http.StatusOK || o.Token == "" {
		s.t.Fatalf("no session: %d %s", w.Code, w.Body)
	}
	return o
}

// proof is a person's name and PIN; who is not there yet is added.
func (s *staff) proof(id string) proof {
	s.t.Helper()
	if s.pins[id] == "" {
		role := operator.RoleOfficer
		if strings.HasPrefix(id, "admin") {
			role = operator.RoleAdministrator
		}
		pin, err := s.people.Add(id, role)
		if err != nil {
			s.t.Fatal(err)
		}
		s.pins[id] = pin.Reveal()
	}
	return proof{Officer: id, PIN: operator.PIN(s.pins[id])}
}

// in signs somebody in.
func (s *staff) in(id string) opened {
	s.t.Helper()
	_, _, w := s.post("", "/api/login", s.proof(id))
	return s.opened(w)
}

// begun makes the station have an enrolment of an officer.
func (s *staff) begun(officer string) {
	s.station.mu.Lock()
	defer s.station.mu.Unlock()
	s.station.snapshot.Step, s.station.snapshot.Officer, s.station.snapshot.Officers = enrol.StepPerson, officer, []string{officer}
	s.station.snapshot.ID = "0193a5b2-7c1e-7aaa-8bbb-0123456789ab"
}

func (s *staff) command(token string) (int, string) {
	s.t.Helper()
	status, code, _ := s.post(token, "/api/do", map[string]string{"id": "a", "name": "notice"})
	return status, code
}

// TestRolesAreKept: each route for each role, as the one table says.
func TestRolesAreKept(t *testing.T) {
	s := newStaff(t)
	tokens := map[string]string{}
	for _, id := range []string{"officer-1", "supervisor-1", "admin-1"} {
		tokens[id] = s.in(id).Token
	}
	for _, c := range []struct {
		id, path string
		body     any
		status   int
	}{
		{"officer-1", "/api/people", personChange{Do: "add", ID: "x1", Role: operator.RoleOfficer}, http.StatusForbidden},
		{"supervisor-1", "/api/people", personChange{Do: "add", ID: "x1", Role: operator.RoleOfficer}, http.StatusForbidden},
		{"admin-1", "/api/people", personChange{Do: "add", ID: "x1", Role: "root"}, http.StatusUnprocessableEntity},
		{"admin-1", "/api/people", personChange{Do: "add", ID: "001090990001", Role: operator.RoleOfficer}, http.StatusUnprocessableEntity},
		{"admin-1", "/api/people", personChange{Do: "role", ID: "admin-1", Role: operator.RoleOfficer}, http.StatusUnprocessableEntity},
		{"admin-1", "/api/people", personChange{Do: "pin", ID: " Admin-1"}, http.StatusUnprocessableEntity}, // the session would end before it is read
		{"admin-1", "/api/people", personChange{Do: "dance", ID: "x1"}, http.StatusBadRequest},
		{"admin-1", "/api/people", personChange{Do: "add", ID: "x1", Role: operator.RoleOfficer}, http.StatusOK},
		{"admin-1", "/api/people", personChange{Do: "add", ID: "x1", Role: operator.RoleOfficer}, http.StatusUnprocessableEntity},
		{"admin-1", "/api/people", personChange{Do: "card", ID: "x1", Number: "001090990001"}, http.StatusOK},
		{"admin-1", "/api/people", personChange{Do: "card", ID: "x1", Number: "00109099000"}, http.StatusUnprocessableEntity},
		{"admin-1", "/api/people", personChange{Do: "card", ID: "x1", Number: "Nguyễn Văn Thử"}, http.StatusUnprocessableEntity},
		{"admin-1", "/api/people", personChange{Do: "remove", ID: "x1"}, http.StatusOK},
		{"admin-1", "/api/lookup", map[string]string{"text": "001090990001"}, http.StatusForbidden},
		{"admin-1", "/api/do", map[string]string{"id": "1", "name": "begin"}, http.StatusForbidden},
		{"supervisor-1", "/api/lookup", map[string]string{"text": "001090990001"}, http.StatusOK},
		{"officer-1", "/api/lookup", map[string]string{"text": "001090990001"}, http.StatusOK},
	} {
		status, code, w := s.post(tokens[c.id], c.path, c.body)
		if status != c.status {
			t.Errorf("%s %s %+v: %d %s, want %d (%s)", c.id, c.path, c.body, status, code, c.status, w.Body)
		}
	}
	for _, path := range []string{"/api/image/portrait", "/api/image/print-2", "/api/preview"} {
		for _, id := range []string{"officer-1", "supervisor-1", "admin-1"} {
			refused := s.ask(http.MethodGet, path, "", header(TokenHeader, tokens[id])).Code == http.StatusForbidden
			if refused != (id == "admin-1") {
				t.Errorf("%s by %s: refused %v", path, id, refused)
			}
		}
	}
	for pattern := range needs {
		if s.server.table()[pattern] == nil {
			t.Errorf("the table of rights names %s, which is no route", pattern)
		}
	}
}

// TestRemovedPersonIsOut: at once, and so is who has another role.
func TestRemovedPersonIsOut(t *testing.T) {
	s := newStaff(t)
	admin, a, b := s.in("admin-1"), s.in("officer-1"), s.in("officer-2")
	if status, _, w := s.post(admin.Token, "/api/people", personChange{Do: "remove", ID: "officer-1"}); status != http.StatusOK {
		t.Fatal(w.Body)
	}
	if status, _, w := s.post(admin.Token, "/api/people", personChange{Do: "role", ID: "officer-2", Role: operator.RoleAdministrator}); status != http.StatusOK {
		t.Fatal(w.Body)
	}
	for who, on := range map[string]opened{"removed": a, "changed": b} {
		if w := s.ask(http.MethodGet, "/api/state", "", header(TokenHeader, on.Token)); w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d", who, w.Code)
		}
	}
	if w := s.ask(http.MethodGet, "/api/state", "", header(TokenHeader, admin.Token)); w.Code != http.StatusOK { // the control
		t.Errorf("the administrator: %d", w.Code)
	}
	if status, code, _ := s.post("", "/api/login", proof{Officer: "officer-1", PIN: testPIN}); status != http.StatusUnauthorized || code != "wrong-pin" {
		t.Errorf("the removed one is told more than others: %d %s", status, code)
	}
}

// TestNamesAreNotTold: a name that nobody has gets the same answers, one after
// the other, as one that somebody has.
func TestNamesAreNotTold(t *testing.T) {
	s := newStaff(t)
	answers := func(name string) (out []string) {
		for range 5 {
			w := s.ask(http.MethodPost, "/api/login", `{"officer":"`+name+`","pin":"000000"}`)
			out = append(out, w.Header().Get("Retry-After")+w.Body.String())
		}
		return out
	}
	known, unknown := answers("officer-1"), answers("officer-77")
	if !slices.Equal(known, unknown) || !strings.Contains(known[4], "locked") {
		t.Errorf("known %q\nunknown %q", known, unknown)
	}
	for _, line := range s.station.said() {
		if strings.Contains(line, "officer-77") {
			t.Errorf("what was typed stands in the log: %s", line)
		}
	}
}

// TestLeaseEndsNothingUnderWay: no new enrolment begins, and the one that was
// begun goes on.
func TestLeaseEndsNothingUnderWay(t *testing.T) {
	s := newStaff(t)
	on := s.in("officer-1")
	begin := func() (int, string) {
		status, code, _ := s.post(on.Token, "/api/do", map[string]string{"id": "b", "name": "begin"})
		return status, code
	}
	if status, code := begin(); status != http.StatusOK { // the control
		t.Fatalf("before: %d %s", status, code)
	}
	s.people.over = true
	if status, code := begin(); status != http.StatusForbidden || code != "lease-over" {
		t.Errorf("a new one: %d %s", status, code)
	}
	s.begun("officer-1")
	if status, code := s.command(on.Token); status != http.StatusOK {
		t.Errorf("in the middle: %d %s", status, code)
	}
	if w := s.ask(http.MethodGet, "/api/station", "", header(TokenHeader, on.Token)); !strings.Contains(w.Body.String(), `"lease-end"`) {
		t.Errorf("no notice: %s", w.Body)
	}
}
