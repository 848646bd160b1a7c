package kiosk

import (
	"net/http"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/enrol"
)

// nextEnrolled is the enrolment of the citizen who comes next.
const nextEnrolled = "0193a5b2-7c1e-7aaa-8bbb-0123456789ad"

// nextCitizen is in the snapshot, with a portrait, too.
func nextCitizen(s *enrol.Snapshot) {
	pictured(s)
	s.ID = nextEnrolled
}

// TestPortraitIsOfWhoeverIsAskedFor: a page that still shows the last citizen
// never gets the next one's, also not where they change places while the picture
// is taken out.
func TestPortraitIsOfWhoeverIsAskedFor(t *testing.T) {
	b := newBench(t)
	screen := b.screen(b.login())
	ask := func(enrolment string) int {
		t.Helper()
		return b.ask(http.MethodGet, "/api/citizen/image/portrait?enrolment="+enrolment, "", screen).Code
	}
	b.in(enrol.StepPortrait, pictured)
	if status := ask(enrolled); status != http.StatusOK { // the control
		t.Fatalf("their own: %d", status)
	}
	for _, enrolment := range []string{"", nextEnrolled, "x"} {
		if status := ask(enrolment); status != http.StatusNotFound {
			t.Errorf("asked for %q: %d", enrolment, status)
		}
	}
	b.station.fetched = func() { b.in(enrol.StepPortrait, nextCitizen) }
	if status := ask(enrolled); status != http.StatusNotFound {
		t.Errorf("the next one came meanwhile: %d", status)
	}
	b.station.fetched = nil
	if status := ask(enrolled); status != http.StatusNotFound {
		t.Errorf("the next one is there: %d", status)
	}
	if status := ask(nextEnrolled); status != http.StatusOK { // the control
		t.Errorf("the next one's own: %d", status)
	}
	b.station.fetched = func() { b.in(enrol.StepPortrait, func(s *enrol.Snapshot) { s.ID = nextEnrolled }) }
	if status := ask(nextEnrolled); status != http.StatusNotFound {
		t.Errorf("it was thrown away meanwhile: %d", status)
	}
}

// TestScreenEndsInItsTime: also the one that is watched, and asks for nothing.
func TestScreenEndsInItsTime(t *testing.T) {
	b := newBench(t)
	token := b.login()
	b.in(enrol.StepNotice)
	address := b.served(also)
	second := &b.server.second
	second.looks = time.Millisecond
	screen := b.screen(token)
	view := b.viewer(address, screen, http.StatusOK)
	b.station.changes <- b.station.Snapshot()
	view.wants(enrol.ScreenNotice, "at first")
	second.mu.Lock()
	second.opened = second.opened.Add(time.Second - screenLasts)
	second.mu.Unlock()
	time.Sleep(20 * time.Millisecond) // some looks
	b.station.changes <- b.station.Snapshot()
	view.wants(enrol.ScreenNotice, "within its time") // the control
	second.mu.Lock()
	second.opened = second.opened.Add(-time.Second)
	second.mu.Unlock()
	if got, ok := view.next(); ok {
		t.Errorf("after twelve hours it is told %+v", got)
	}
	second.mu.Lock()
	defer second.mu.Unlock()
	if !second.opened.IsZero() { // the stream ended because the test had enough of it
		t.Error("after twelve hours the screen is open")
	}
}

// TestCitizenKeepsNoSessionOpen: what a citizen does is no use of the officer's
// session. It locks in its time, the screen is blank, and comes back with it.
func TestCitizenKeepsNoSessionOpen(t *testing.T) {
	s := newStaff(t)
	on := s.in("officer-1")
	screen := s.screen(header(TokenHeader, on.Token))
	s.bench.in(enrol.StepNotice)
	read := func() int {
		t.Helper()
		return s.ask(http.MethodPost, "/api/citizen/do", `{"id":"1","name":"notice","enrolment":"`+enrolled+`"}`, screen).Code
	}
	s.clock = s.clock.Add(14 * time.Minute)
	if status := read(); status != http.StatusOK || s.shows(screen).Screen != enrol.ScreenNotice { // the control
		t.Fatalf("after 14 minutes: %d", status)
	}
	s.clock = s.clock.Add(2 * time.Minute)
	if status := read(); status != http.StatusConflict || s.shows(screen).Screen != enrol.ScreenBlank {
		t.Errorf("after 16 minutes: %d, %s", status, s.shows(screen).Screen)
	}
	_, _, w := s.post(on.Token, "/api/unlock", proof{PIN: testPIN})
	s.opened(w)
	if v := s.shows(screen); v.Screen != enrol.ScreenNotice || v.ID != enrolled {
		t.Errorf("unlocked: %+v", v)
	}
}

// TestScreenStaysWithTheDesk: who takes the desk over, or comes to it after a
// log-out, has the same screen without another code, and what is done on it is
// done under that officer. Who left has no say over it.
func TestScreenStaysWithTheDesk(t *testing.T) {
	s := newStaff(t)
	first := s.in("officer-1")
	screen := s.screen(header(TokenHeader, first.Token))
	s.bench.in(enrol.StepNotice)
	does := func(enrolment, officer string) {
		t.Helper()
		n := s.station.done()
		w := s.ask(http.MethodPost, "/api/citizen/do", `{"id":"1","name":"notice","enrolment":"`+enrolment+`"}`, screen)
		if w.Code != http.StatusOK || s.station.done() != n+1 {
			t.Fatalf("under %s: %d %s", officer, w.Code, w.Body)
		}
		if c := s.station.commands[n]; c.Officer != officer || c.Citizen != enrolment {
			t.Errorf("done under %q for %q, want %s", c.Officer, c.Citizen, officer)
		}
	}
	does(enrolled, "officer-1")
	_, _, w := s.post("", "/api/handover", s.proof("officer-2"))
	second := s.opened(w)
	s.bench.in(enrol.StepNotice, func(v *enrol.Snapshot) { v.Officer = "officer-2" })
	does(enrolled, "officer-2")
	for _, path := range []string{"/api/citizen/open", "/api/citizen/close"} {
		if status, code, _ := s.post(first.Token, path, struct{}{}); status != http.StatusConflict || code != "not-active" {
			t.Errorf("%s by who gave the desk away: %d %s", path, status, code)
		}
	}
	s.post(second.Token, "/api/logout", struct{}{})
	if v := s.shows(screen); v.Screen != enrol.ScreenBlank || v.ID != "" {
		t.Errorf("nobody is there: %+v", v)
	}
	s.bench.in(enrol.StepIdle, func(v *enrol.Snapshot) { v.ID = "" })
	s.in("officer-1")
	if v := s.shows(screen); v.Screen != enrol.ScreenBlank || v.ID != "" {
		t.Errorf("between two: %+v", v)
	}
	s.bench.in(enrol.StepNotice, nextCitizen)
	if v := s.shows(screen); v.Screen != enrol.ScreenNotice || v.ID != nextEnrolled {
		t.Errorf("the next citizen: %+v", v)
	}
	does(nextEnrolled, "officer-1")
}
