package kiosk

import (
	"encoding/json"
	"net/http"
	"strconv"
	"testing"

	authn "github.com/descope/virtualwebauthn"

	"github.com/tram-station/tram/kiosk/operator"
)

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
