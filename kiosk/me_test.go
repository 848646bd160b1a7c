package kiosk

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
)

const testVersion = "1.2.3-test"

var testModules = []Module{{Path: "example.org/part", Version: "v1.0.0"}}

// look asks with a session and reads the answer.
func look[T any](s *staff, token, path string) (v T) {
	s.t.Helper()
	w := s.ask(http.MethodGet, path, "", header(TokenHeader, token))
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || w.Code != http.StatusOK {
		s.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return v
}

// TestOwnKeys: each sees the own keys alone, and takes one back with the PIN; who
// signed in with it elsewhere is out, the page that asked is not.
func TestOwnKeys(t *testing.T) {
	s := newStaff(t)
	k := s.addKey("officer-1")
	_, _, w := s.post("", "/api/login", s.keyProof("", k, map[string]string{"for": "login"}))
	elsewhere := s.opened(w)
	mine, other := s.in("officer-1"), s.in("supervisor-1")
	if p := look[operator.Person](s, other.Token, "/api/me"); p.ID != "supervisor-1" || p.Role != operator.RoleSupervisor || len(p.Keys) != 0 {
		t.Errorf("the other one: %+v", p)
	}
	p := look[operator.Person](s, mine.Token, "/api/me")
	if p.ID != "officer-1" || len(p.Keys) != 1 || p.Keys[0].Name != "khóa" {
		t.Fatalf("mine: %+v", p)
	}
	drop := func(token, pin, key string) (int, string) {
		status, code, _ := s.post(token, "/api/passkey/remove", map[string]string{"pin": pin, "key": key})
		return status, code
	}
	for _, c := range []struct{ token, pin, key, want string }{
		{mine.Token, "000000", p.Keys[0].ID, "wrong-pin"},
		{mine.Token, testPIN, "bm9uZQ", "no-person"},
		{mine.Token, testPIN, "!", "no-person"},
		{other.Token, testSupervisorPIN, p.Keys[0].ID, "no-person"}, // somebody else's
	} {
		if status, code := drop(c.token, c.pin, c.key); status != http.StatusUnprocessableEntity || code != c.want {
			t.Errorf("%s: %d %s, want %s", c.key, status, code, c.want)
		}
	}
	if got := look[operator.Person](s, mine.Token, "/api/me"); len(got.Keys) != 1 { // the control
		t.Fatalf("a refused call removed it: %+v", got)
	}
	if status, code := drop(mine.Token, testPIN, p.Keys[0].ID); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, code)
	}
	if got := look[operator.Person](s, mine.Token, "/api/me"); len(got.Keys) != 0 {
		t.Errorf("still there: %+v", got)
	}
	if w := s.ask(http.MethodGet, "/api/state", "", header(TokenHeader, elsewhere.Token)); w.Code != http.StatusUnauthorized {
		t.Errorf("who signed in with it goes on: %d", w.Code)
	}
	if said := strings.Join(s.station.said(), "\n"); !strings.Contains(said, "officer-1|"+enrol.ActKeyRemoved) {
		t.Errorf("the log does not know of it:\n%s", said)
	}
}

func TestAboutSaysTheVersion(t *testing.T) {
	s := newStaff(t)
	if w := s.ask(http.MethodGet, "/api/about", ""); w.Code != http.StatusUnauthorized {
		t.Errorf("without a session: %d", w.Code)
	}
	if b := look[built](s, s.in("officer-1").Token, "/api/about"); b.Version != testVersion || !slices.Equal(b.Modules, testModules) {
		t.Errorf("%+v", b)
	}
}
