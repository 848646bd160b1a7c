package kiosk

import (
	"net/http"
	"slices"
	"testing"
)

// TestWhoIsAtTheCounter: the enrolment learns who sits down at the desk and that
// its officer has signed out; somebody who only looks on changes nothing.
func TestWhoIsAtTheCounter(t *testing.T) {
	s := newStaff(t)
	a := s.in("officer-1")
	s.begun("officer-1")
	b := s.in("supervisor-1") // looks on
	for _, token := range []string{b.Token, a.Token} {
		if w := s.ask(http.MethodPost, "/api/logout", `{}`, header(TokenHeader, token)); w.Code != http.StatusNoContent {
			t.Fatalf("logout: %d", w.Code)
		}
	}
	_, _, w := s.post("", "/api/handover", s.proof("supervisor-1"))
	s.opened(w)
	if want := []string{"officer-1", "", "supervisor-1"}; !slices.Equal(s.station.attended, want) {
		t.Errorf("at the counter: %q, want %q", s.station.attended, want)
	}
}
