package kiosk

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
)

// enrolled is the enrolment that the fake station has.
const enrolled = "0193a5b2-7c1e-7aaa-8bbb-0123456789ac"

// in puts the fake station into a step of an enrolment.
func (b *bench) in(step enrol.Step, change ...func(*enrol.Snapshot)) {
	s := view()
	s.ID, s.Step, s.Officer, s.Version = enrolled, step, fakeOfficer.ID, b.station.snapshot.Version+1
	for _, name := range enrol.Order {
		s.Steps = append(s.Steps, enrol.StepView{Name: name, State: enrol.StateTodo})
	}
	for _, f := range change {
		f(&s)
	}
	filled(reflect.ValueOf(&s).Elem())
	b.station.mu.Lock()
	defer b.station.mu.Unlock()
	b.station.snapshot = s
}

// screenCode has the officer ask for a code.
func (b *bench) screenCode(token option) string {
	b.t.Helper()
	w := b.ask(http.MethodPost, "/api/citizen/open", `{}`, token)
	var got screenCode
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK || len(got.Code) != codeDigits {
		b.t.Fatalf("open: %d %s", w.Code, w.Body)
	}
	return got.Code
}

func (b *bench) enter(code string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.ask(http.MethodPost, "/api/citizen/enter", `{"code":"`+code+`"}`)
}

// screen opens the citizen's screen and returns the header of its token.
func (b *bench) screen(token option) option {
	b.t.Helper()
	w := b.enter(b.screenCode(token))
	var got screenOpened
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK || len(got.Token) != 43 {
		b.t.Fatalf("enter: %d %s", w.Code, w.Body)
	}
	return header(CitizenHeader, got.Token)
}

// pictured is a snapshot with a portrait.
func pictured(s *enrol.Snapshot) { s.Portrait.Match = &enrol.MatchView{State: "running"} }

// Desk is the newest session, unless it is locked.
func (f *fakeOperators) Desk() (operator.Officer, error) {
	switch {
	case len(f.tokens) == 0:
		return operator.Officer{}, operator.ErrNoSession
	case f.locked:
		return operator.Officer{}, operator.ErrSessionLocked
	}
	return f.officer(), nil
}
