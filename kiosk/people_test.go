package kiosk

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	authn "github.com/descope/virtualwebauthn"

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
	store, err := operator.OpenFixed(operator.Config{Path: filepath.Join(t.TempDir(), "people.json"), Now: func() time.Time { return s.clock },
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

// TestSessionFixation: a token that somebody brings is never one that counts,
// neither before nor after a sign-in, and each sign-in has its own.
func TestSessionFixation(t *testing.T) {
	s := newStaff(t)
	planted := strings.Repeat("A", 43)
	w := s.ask(http.MethodPost, "/api/login", `{"officer":"officer-1","pin":"`+testPIN+`"}`, header(TokenHeader, planted))
	first := s.opened(w)
	if first.Token == planted {
		t.Fatal("the planted token was taken")
	}
	if status, _ := s.command(planted); status != http.StatusUnauthorized {
		t.Errorf("the planted token works: %d", status)
	}
	if second := s.in("officer-1"); second.Token == first.Token {
		t.Error("two sign-ins have one token")
	}
	// Unlocking makes a new one too, and the old one is worth nothing.
	third := s.in("officer-1")
	s.post(third.Token, "/api/lock", struct{}{})
	_, _, w = s.post(third.Token, "/api/unlock", proof{PIN: testPIN})
	fourth := s.opened(w)
	if status, _ := s.command(third.Token); fourth.Token == third.Token || status != http.StatusUnauthorized {
		t.Errorf("after unlocking the old token answers %d", status)
	}
	if status, code := s.command(fourth.Token); status != http.StatusOK { // the control
		t.Errorf("the new one: %d %s", status, code)
	}
}

// TestIdleLockLosesNothing: the session is locked, the enrolment and the desk
// stay, and its own person goes on; both are in the log.
func TestIdleLockLosesNothing(t *testing.T) {
	s := newStaff(t)
	on := s.in("officer-1")
	s.begun("officer-1")
	s.station.said()
	s.clock = s.clock.Add(14 * time.Minute)
	if status, code := s.command(on.Token); status != http.StatusOK { // the control: not yet
		t.Fatalf("after 14 minutes: %d %s", status, code)
	}
	s.clock = s.clock.Add(15 * time.Minute)
	for _, path := range []string{"/api/state", "/api/preview", "/api/image/portrait", "/api/queue", "/api/station"} {
		if w := s.ask(http.MethodGet, path, "", header(TokenHeader, on.Token)); w.Code != http.StatusLocked {
			t.Errorf("%s of a locked session: %d", path, w.Code)
		}
	}
	if status, code := s.command(on.Token); status != http.StatusLocked || code != "session-locked" {
		t.Errorf("a command: %d %s", status, code)
	}
	if status, code, _ := s.post(on.Token, "/api/unlock", proof{PIN: "000000"}); status != http.StatusUnauthorized || code != "wrong-pin" {
		t.Errorf("a wrong PIN: %d %s", status, code)
	}
	if status, _, _ := s.post(on.Token, "/api/unlock", s.proof("officer-2")); status != http.StatusBadRequest {
		t.Errorf("somebody else unlocks: %d", status)
	}
	_, _, w := s.post(on.Token, "/api/unlock", proof{PIN: testPIN})
	again := s.opened(w)
	if !again.Active || again.Officer != "officer-1" {
		t.Errorf("unlocked: %+v", again)
	}
	if status, code := s.command(again.Token); status != http.StatusOK {
		t.Errorf("after unlocking: %d %s", status, code)
	}
	said := s.station.said()
	if want := []string{"officer-1|session-locked||", "|sign-in-refused||officer-1", "officer-1|session-unlocked||"}; !slices.Equal(said, want) {
		t.Errorf("log %q, want %q", said, want)
	}
}

// TestTwoBrowsers: one session leads the enrolment, the others look on; the own
// person's newest leads, somebody else has to take over, and that is journalled.
func TestTwoBrowsers(t *testing.T) {
	s := newStaff(t)
	a := s.in("officer-1")
	s.begun("officer-1")
	b := s.in("officer-2")
	if !a.Active || b.Active {
		t.Fatalf("active: %v, %v", a.Active, b.Active)
	}
	if w := s.ask(http.MethodGet, "/api/state", "", header(TokenHeader, b.Token)); w.Code != http.StatusOK {
		t.Errorf("the second does not see: %d", w.Code)
	}
	if status, code := s.command(b.Token); status != http.StatusConflict || code != "not-active" {
		t.Errorf("the second commands: %d %s", status, code)
	}
	if status, code := s.command(a.Token); status != http.StatusOK {
		t.Errorf("the first: %d %s", status, code)
	}
	n := s.station.done()
	_, _, w := s.post(b.Token, "/api/handover", s.proof("officer-2"))
	c := s.opened(w)
	if handed := s.station.commands[n]; !c.Active || handed.Name != enrol.CmdHandOver || handed.Officer != "officer-2" {
		t.Errorf("handed over: %+v, active %v", handed, c.Active)
	}
	if status, code := s.command(a.Token); status != http.StatusConflict || code != "not-active" {
		t.Errorf("the first still leads: %d %s", status, code)
	}
	if status, _ := s.command(b.Token); status != http.StatusUnauthorized {
		t.Errorf("the window's former session: %d", status)
	}
	s.begun("officer-2")
	if status, code := s.command(c.Token); status != http.StatusOK {
		t.Errorf("who took over: %d %s", status, code)
	}
	if d := s.in("officer-2"); !d.Active { // on another page of the same person
		t.Error("the officer's own newest session does not lead")
	}
}

// TestHandOverThatIsNotJournalled takes nothing over.
func TestHandOverThatIsNotJournalled(t *testing.T) {
	s := newStaff(t)
	s.in("officer-1")
	s.begun("officer-1")
	s.station.refuse = enrol.ErrDisk
	if status, _, w := s.post("", "/api/handover", s.proof("officer-2")); status != http.StatusInsufficientStorage {
		t.Fatalf("on a full disk: %d %s", status, w.Body)
	}
	s.station.refuse = nil
	if b := s.in("officer-1"); !b.Active {
		t.Errorf("the enrolment's own officer does not lead again")
	}
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
		{"admin-1", "/api/people", personChange{Do: "dance", ID: "x1"}, http.StatusBadRequest},
		{"admin-1", "/api/people", personChange{Do: "add", ID: "x1", Role: operator.RoleOfficer}, http.StatusOK},
		{"admin-1", "/api/people", personChange{Do: "add", ID: "x1", Role: operator.RoleOfficer}, http.StatusUnprocessableEntity},
		{"admin-1", "/api/people", personChange{Do: "card", ID: "x1", Number: "001090990001"}, http.StatusOK},
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

// wholeKey is the COSE form of a P-256 key in bytes. The virtual authenticator
// leaves leading zeros of a coordinate out, which RFC 9053 §7.1.1 forbids.
const wholeKey = 77

// browserKey is a security key behind the page.
type browserKey struct {
	auth authn.Authenticator
	cred authn.Credential
}

var keyParty = authn.RelyingParty{ID: "localhost", Name: "Trạm", Origin: "http://" + testHost}

// question asks for a key and returns the ceremony and the options.
func (s *staff) question(token, path string, body any) (string, string) {
	s.t.Helper()
	status, code, w := s.post(token, path, body)
	var q struct {
		Ceremony string
		Options  json.RawMessage
	}
	if err := json.Unmarshal(w.Body.Bytes(), &q); err != nil || status != http.StatusOK {
		s.t.Fatalf("%s: %d %s", path, status, code)
	}
	return q.Ceremony, string(q.Options)
}

func (s *staff) addKey(id string) *browserKey {
	s.t.Helper()
	on := s.in(id)
	k := &browserKey{auth: authn.NewAuthenticator(), cred: authn.NewCredential(authn.KeyTypeEC2)}
	for len(k.cred.Key.AttestationData()) != wholeKey {
		k.cred = authn.NewCredential(authn.KeyTypeEC2)
	}
	ceremony, options := s.question(on.Token, "/api/passkey/register/begin", map[string]string{"pin": s.pins[id], "name": "khóa"})
	o, err := authn.ParseAttestationOptions(options)
	if err != nil {
		s.t.Fatal(err)
	}
	k.auth.Options.UserHandle = []byte(o.UserID)
	answer := json.RawMessage(authn.CreateAttestationResponse(keyParty, k.auth, k.cred, *o))
	if status, code, _ := s.post(on.Token, "/api/passkey/register/finish", map[string]any{"ceremony": ceremony, "answer": answer}); status != http.StatusNoContent {
		s.t.Fatalf("register: %d %s", status, code)
	}
	return k
}

func (s *staff) keyProof(token string, k *browserKey, what map[string]string) proof {
	s.t.Helper()
	ceremony, options := s.question(token, "/api/passkey/login/begin", what)
	o, err := authn.ParseAssertionOptions(options)
	if err != nil {
		s.t.Fatal(err)
	}
	k.cred.Counter++
	return proof{Ceremony: ceremony, Answer: json.RawMessage(authn.CreateAssertionResponse(keyParty, k.auth, k.cred, *o))}
}

// TestKeysThroughTheServer: sign in, unlock, take over and approve by key; a
// replay of each answer is refused.
func TestKeysThroughTheServer(t *testing.T) {
	s := newStaff(t)
	k, boss := s.addKey("officer-1"), s.addKey("supervisor-1")
	p := s.keyProof("", k, map[string]string{"for": "login"})
	_, _, w := s.post("", "/api/login", p)
	on := s.opened(w)
	if on.Officer != "officer-1" || on.Role != operator.RoleOfficer {
		t.Fatalf("%+v", on)
	}
	if status, code, _ := s.post("", "/api/login", p); status != http.StatusUnauthorized || code != "wrong-key-answer" {
		t.Errorf("a replay: %d %s", status, code)
	}
	s.begun("officer-1")
	s.post(on.Token, "/api/lock", struct{}{})
	if status, code, _ := s.post(on.Token, "/api/unlock", s.keyProof(on.Token, boss, map[string]string{"for": "unlock"})); status != http.StatusUnauthorized {
		t.Errorf("somebody else's key unlocks: %d %s", status, code)
	}
	_, _, w = s.post(on.Token, "/api/unlock", s.keyProof(on.Token, k, map[string]string{"for": "unlock"}))
	on = s.opened(w)
	asked := 0
	approve := func(p proof) (int, string) {
		asked++ // a repetition under the same number would only answer again
		status, code, _ := s.post(on.Token, "/api/do", map[string]any{"id": strconv.Itoa(asked), "name": "finger-approve",
			"args": map[string]any{"finger": 5, "picture": "", "ceremony": p.Ceremony, "answer": p.Answer}})
		return status, code
	}
	what := map[string]string{"for": "approve", "command": "finger-approve"}
	if status, code := approve(s.keyProof(on.Token, k, what)); status != http.StatusUnprocessableEntity || code != "supervisor-pin" {
		t.Errorf("an officer's key approves: %d %s", status, code)
	}
	n, p := s.station.done(), s.keyProof(on.Token, boss, what)
	if status, code := approve(p); status != http.StatusOK {
		t.Fatalf("the supervisor's key: %d %s", status, code)
	}
	if got := string(s.station.commands[n].Args); got != `{"finger":5,"picture":"","supervisor":"supervisor-1"}` {
		t.Errorf("the enrolment got %s", got)
	}
	if status, code := approve(p); status != http.StatusUnprocessableEntity || code != "wrong-key-answer" {
		t.Errorf("a replay approves: %d %s", status, code)
	}
	if status, code := approve(s.keyProof(on.Token, boss, map[string]string{"for": "approve", "command": "exception-approve"})); status != http.StatusUnprocessableEntity {
		t.Errorf("another command's answer: %d %s", status, code)
	}
	p = s.keyProof(on.Token, boss, what)
	s.station.snapshot.ID = "0193a5b2-7c1e-7aaa-8bbb-ffffffffffff"
	if status, code := approve(p); status != http.StatusUnprocessableEntity || code != "wrong-key-answer" {
		t.Errorf("another enrolment's answer: %d %s", status, code)
	}
	// A supervisor who took over and worked at it does not approve it.
	_, _, w = s.post("", "/api/handover", s.keyProof("", boss, map[string]string{"for": "login"}))
	s.begun("officer-1")
	s.station.snapshot.Officers = []string{"supervisor-1", "officer-1"}
	on = s.opened(w)
	if status, code := approve(s.keyProof(on.Token, boss, what)); status != http.StatusUnprocessableEntity || code != "own-approval" {
		t.Errorf("who worked at it approves: %d %s", status, code)
	}
}

// TestProofHasNoOtherSpelling: JSON's names are matched whatever their case, and
// a page must not bring a supervisor along.
func TestProofHasNoOtherSpelling(t *testing.T) {
	for _, bad := range []string{`{"Supervisor":"x"}`, `{"\u017fupervisor":"x"}`, `{"PIN":"1"}`, `{"supervisor":"x"}`, `{"OFFICER":"x"}`, `[]`, `null`, `{"officer":1}`, `{`} {
		if _, _, ok := splitProof(json.RawMessage(bad)); ok {
			t.Errorf("%s passes", bad)
		}
	}
	p, rest, ok := splitProof(json.RawMessage(`{"officer":"a","pin":"1","finger":5}`)) // the control
	if !ok || p.Officer != "a" || p.PIN != "1" || len(rest) != 1 || string(rest["finger"]) != "5" {
		t.Errorf("%+v, %s, %v", p, rest, ok)
	}
}
