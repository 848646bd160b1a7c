package kiosk

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/enrol"
)

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
