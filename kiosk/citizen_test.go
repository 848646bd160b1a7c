package kiosk

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
)

// refusedAs is the code of a refusal.
func refusedAs(body []byte) string {
	var answer struct{ Error problem }
	_ = json.Unmarshal(body, &answer)
	return answer.Error.Code
}

// shows asks the screen what it shows.
func (b *bench) shows(screen option) citizenView {
	b.t.Helper()
	w := b.ask(http.MethodGet, "/api/citizen/state", "", screen)
	var v citizenView
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || w.Code != http.StatusOK {
		b.t.Fatalf("state: %d %s", w.Code, w.Body)
	}
	return v
}

func TestScreenCodes(t *testing.T) {
	b := newBench(t)
	token := b.login()
	b.station.said()
	if w := b.enter("00000000"); w.Code != http.StatusUnauthorized || refusedAs(w.Body.Bytes()) != "screen-code" {
		t.Errorf("without a code: %d %s", w.Code, w.Body)
	}
	if w := b.enter(""); w.Code != http.StatusUnauthorized {
		t.Errorf("with an empty one: %d", w.Code)
	}
	other := func(code string) string { return string('0'+('9'-code[0])) + code[1:] } // 9-x is never x
	code := b.screenCode(token)
	for range codeTries - 1 {
		if w := b.enter(other(code)); w.Code != http.StatusUnauthorized {
			t.Fatalf("a wrong code: %d", w.Code)
		}
	}
	if w := b.enter(code); w.Code != http.StatusOK { // the control: four wrong ones do no harm
		t.Fatalf("the code: %d %s", w.Code, w.Body)
	}
	if w := b.enter(code); w.Code != http.StatusUnauthorized {
		t.Errorf("a code opens twice: %d", w.Code)
	}
	code = b.screenCode(token)
	for range codeTries {
		b.enter(other(code))
	}
	if w := b.enter(code); w.Code != http.StatusUnauthorized {
		t.Errorf("after five wrong ones: %d", w.Code)
	}
	former := b.screenCode(token)
	code = b.screenCode(token)
	if w := b.enter(former); w.Code != http.StatusUnauthorized && former != code {
		t.Errorf("a code that was replaced: %d", w.Code)
	}
	b.clock = b.clock.Add(codeLasts + time.Second)
	if w := b.enter(code); w.Code != http.StatusUnauthorized {
		t.Errorf("an old code: %d", w.Code)
	}
	want := "officer-1|citizen-screen-opened|| officer-1|citizen-screen-refused||"
	if got := strings.Join(b.station.said(), " "); got != want {
		t.Errorf("log %q, want %q", got, want)
	}
}

// TestTokensOpenOnlyTheirOwn: the screen's nothing of the officer's, the
// officer's nothing of the screen's.
func TestTokensOpenOnlyTheirOwn(t *testing.T) {
	b := newBench(t)
	token := b.login()
	screen := b.screen(token)
	b.in(enrol.StepConsent)
	close(b.station.changes)
	request := b.request(http.MethodGet, "/", "", screen)
	secret := request.Header.Get(CitizenHeader)
	for pattern := range b.server.table() {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.Replace(path, "{name}", "portrait", 1)
		theirs := strings.HasPrefix(path, "/api/citizen/") && path != "/api/citizen/open" && path != "/api/citizen/close"
		open := path == "/api/openapi.yaml" || strings.HasPrefix(path, "/api/passkey/login") || path == "/api/login" || path == "/api/handover" || path == "/api/citizen/enter"
		if open {
			continue
		}
		wrong := map[string][]option{"none": nil, "the screen's as the officer's": {header(TokenHeader, secret)}, "another": {header(TokenHeader, strings.Repeat("A", 43))}, "the screen's": {screen}}
		if theirs {
			r := b.request(http.MethodGet, "/", "", token)
			wrong = map[string][]option{"none": nil, "the officer's as the screen's": {header(CitizenHeader, r.Header.Get(TokenHeader))},
				"another": {header(CitizenHeader, strings.Repeat("A", 43))}, "the officer's": {token}, "an empty one": {header(CitizenHeader, "")}}
		}
		for name, options := range wrong {
			if w := b.serve(b.request(method, path+"?enrolment="+enrolled, `{}`, options...)); w.Code != http.StatusUnauthorized {
				t.Errorf("%s with %s: %d %s", pattern, name, w.Code, w.Body)
			}
		}
		if theirs { // the control
			if w := b.serve(b.request(method, path, `{}`, screen)); w.Code == http.StatusUnauthorized {
				t.Errorf("%s with its own token: %d", pattern, w.Code)
			}
		}
	}
	if n := b.station.done(); n != 0 {
		t.Errorf("%d commands came through", n)
	}
}

// TestScreensPage is a document of its own, under the same policy, and opens
// nothing by itself.
func TestScreensPage(t *testing.T) {
	b := newBench(t)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		w := b.ask(method, citizenPage, "")
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || w.Header().Get("Content-Security-Policy") != contentSecurityPolicy {
			t.Errorf("%s: %d %v", method, w.Code, w.Header())
		}
	}
	for path, method := range map[string]string{citizenPage + "/": http.MethodGet, citizenPage: http.MethodPost} {
		if w := b.ask(method, path, ""); w.Code < 400 {
			t.Errorf("%s %s: %d", method, path, w.Code)
		}
	}
}

// TestOneScreen: a new one ends the old one; closing ends it, and so do twelve
// hours and a restart.
func TestOneScreen(t *testing.T) {
	b := newBench(t)
	token := b.login()
	state := func() string {
		var v stationView
		_ = json.Unmarshal(b.ask(http.MethodGet, "/api/station", "", token).Body.Bytes(), &v)
		return v.Screen
	}
	dead := func(screen option, why string) {
		t.Helper()
		if w := b.ask(http.MethodGet, "/api/citizen/state", "", screen); w.Code != http.StatusUnauthorized || refusedAs(w.Body.Bytes()) != "screen-closed" {
			t.Errorf("%s: %d %s", why, w.Code, w.Body)
		}
	}
	if got := state(); got != screenOff {
		t.Errorf("before: %s", got)
	}
	code := b.screenCode(token)
	if got := state(); got != screenWaiting {
		t.Errorf("with a code: %s", got)
	}
	if w := b.enter(code); w.Code != http.StatusOK || state() != screenAway {
		t.Errorf("opened: %d, %s", w.Code, state())
	}
	first := b.screen(token)
	b.screenCode(token)
	b.shows(first) // the control: a code that nobody enters ends nothing
	b.station.said()
	second := b.screen(token)
	dead(first, "the former screen")
	if said := b.station.said(); len(said) != 2 || said[0] != "officer-1|citizen-screen-closed||replaced" {
		t.Errorf("log %q", said)
	}
	if w := b.ask(http.MethodPost, "/api/citizen/close", `{}`, token); w.Code != http.StatusNoContent || state() != screenOff {
		t.Errorf("closing: %d, %s", w.Code, state())
	}
	dead(second, "closed")
	b.ask(http.MethodPost, "/api/citizen/close", `{}`, token) // nothing to close, nothing in the log
	if said := b.station.said(); len(said) != 1 || said[0] != "officer-1|citizen-screen-closed||" {
		t.Errorf("log %q", said)
	}
	code = b.screenCode(token)
	b.ask(http.MethodPost, "/api/citizen/close", `{}`, token)
	if w := b.enter(code); w.Code != http.StatusUnauthorized {
		t.Errorf("a code of before the closing: %d", w.Code)
	}
	third := b.screen(token)
	b.clock = b.clock.Add(screenLasts - time.Second)
	b.shows(third)
	b.clock = b.clock.Add(2 * time.Second)
	if got := state(); got != screenOff {
		t.Errorf("after twelve hours: %s", got)
	}
	dead(third, "after twelve hours")
	fourth := b.screen(token)
	again, err := New(b.server.cfg)
	if err != nil {
		t.Fatal(err)
	}
	b.server = again // what a restart is to the screen
	dead(fourth, "after a restart")
	b.screen(token)
}

// TestScreenIsTheDesks: only who leads the enrolment opens and closes it.
func TestScreenIsTheDesks(t *testing.T) {
	b := newBench(t)
	aside := b.login()
	desk := b.login() // the newest session of the fake has the desk
	for _, path := range []string{"/api/citizen/open", "/api/citizen/close"} {
		if w := b.ask(http.MethodPost, path, `{}`, aside); w.Code != http.StatusConflict || refusedAs(w.Body.Bytes()) != "not-active" {
			t.Errorf("%s by who looks on: %d", path, w.Code)
		}
		if w := b.ask(http.MethodPost, path, `{}`, desk); w.Code >= 300 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	people := &fakeOperators{role: operator.RoleAdministrator}
	b.open(people)
	if w := b.ask(http.MethodPost, "/api/citizen/open", `{}`, b.login()); w.Code != http.StatusForbidden {
		t.Errorf("by an administrator: %d", w.Code)
	}
}

// TestScreenCommands: they come to the enrolment as the citizen's, of just that
// enrolment, under the officer who is at the desk.
func TestScreenCommands(t *testing.T) {
	b := newBench(t)
	screen := b.screen(b.login())
	b.in(enrol.StepPerson)
	do := func(body string) (int, string) {
		t.Helper()
		w := b.ask(http.MethodPost, "/api/citizen/do", body, screen)
		return w.Code, refusedAs(w.Body.Bytes())
	}
	good := `{"id":"1","name":"citizen-phone","enrolment":"` + enrolled + `","if_version":8,"args":{"phone":"0912345678"}}`
	if status, code := do(good); status != http.StatusOK {
		t.Fatalf("%d %s", status, code)
	}
	if c := b.station.commands[0]; c.Citizen != enrolled || c.Officer != "officer-1" || c.ID != "1" || c.Name != enrol.CmdCitizenPhone || c.IfVersion != 8 ||
		string(c.Args) != `{"phone":"0912345678"}` {
		t.Errorf("the enrolment got %+v", c)
	}
	for name, body := range map[string]string{"no enrolment": `{"id":"1","name":"notice"}`, "an empty one": `{"id":"1","name":"notice","enrolment":""}`,
		"no UUID": `{"id":"1","name":"notice","enrolment":"x"}`, "more": `{"id":"1","name":"notice","officer":"officer-2","enrolment":"` + enrolled + `"}`,
		"nothing": ``} {
		if status, _ := do(body); status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, status)
		}
	}
	if n := b.station.done(); n != 1 {
		t.Errorf("%d commands", n)
	}
	b.station.refuse = enrol.ErrWrongStep
	w := b.ask(http.MethodPost, "/api/citizen/do", good, screen)
	var conflict struct{ View citizenView }
	if err := json.Unmarshal(w.Body.Bytes(), &conflict); err != nil || w.Code != http.StatusConflict || conflict.View.Screen != enrol.ScreenPhone {
		t.Errorf("in another step: %d %s", w.Code, w.Body)
	}
	b.station.refuse = nil
	for range maxCitizenCommands - 2 {
		if status, code := do(good); status != http.StatusOK {
			t.Fatalf("%d %s", status, code)
		}
	}
	if status, code := do(good); status != http.StatusTooManyRequests || code != "screen-often" {
		t.Errorf("too many: %d %s", status, code)
	}
	if w := b.ask(http.MethodPost, "/api/citizen/do", good, screen, header("Sec-Fetch-Site", "cross-site")); w.Code != http.StatusForbidden {
		t.Errorf("from another site: %d", w.Code)
	}
	if w := b.ask(http.MethodPost, "/api/citizen/do", good+strings.Repeat(" ", maxJSON), screen); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a long body: %d", w.Code)
	}
}

// TestBlank: nothing is shown and nothing is taken while the desk is locked or
// nobody is there, and between two enrolments.
func TestBlank(t *testing.T) {
	b, _ := scanningBench(t)
	people := b.server.cfg.Operators.(*fakeOperators)
	screen := b.screen(b.login())
	full := func(s *enrol.Snapshot) {
		pictured(s)
		s.Person.Phone = "0912345678"
	}
	blank := func(why string) {
		t.Helper()
		w := b.ask(http.MethodGet, "/api/citizen/state", "", screen)
		if got := strings.TrimSpace(w.Body.String()); !strings.HasSuffix(got, `"screen":"blank","steps":[]}`) || strings.Contains(got, enrolled) {
			t.Errorf("%s: %s", why, got)
		}
		n := b.station.done()
		for path, body := range map[string]string{"/api/citizen/do": `{"id":"1","name":"notice","enrolment":"` + enrolled + `"}`, "/api/citizen/upload?enrolment=" + enrolled: small(t)} {
			kind := map[bool]string{true: "application/json", false: "image/png"}[strings.HasSuffix(path, "do")]
			w := b.ask(http.MethodPost, path, body, screen, header("Content-Type", kind))
			if w.Code != http.StatusConflict {
				t.Errorf("%s: %s: %d %s", why, path, w.Code, w.Body)
			}
		}
		if b.station.done() != n {
			t.Errorf("%s: a command came through", why)
		}
		if w := b.ask(http.MethodGet, "/api/citizen/image/portrait?enrolment="+enrolled, "", screen); w.Code != http.StatusNotFound {
			t.Errorf("%s: a portrait, %d", why, w.Code)
		}
	}
	b.in(enrol.StepPortrait, full)
	if v := b.shows(screen); v.Screen != enrol.ScreenPortrait || v.ID != enrolled { // the control
		t.Fatalf("%+v", v)
	}
	if w := b.ask(http.MethodGet, "/api/citizen/image/portrait?enrolment="+enrolled, "", screen); w.Code != http.StatusOK || w.Body.String() != "\xff\xd8portrait" {
		t.Fatalf("the portrait: %d", w.Code)
	}
	people.locked = true
	blank("locked")
	people.locked = false
	if v := b.shows(screen); v.Screen != enrol.ScreenPortrait {
		t.Errorf("unlocked: %+v", v)
	}
	tokens := people.tokens
	people.tokens = nil
	blank("nobody there")
	people.tokens = tokens
	b.in(enrol.StepConsent, full)
	if w := b.ask(http.MethodGet, "/api/citizen/image/portrait?enrolment="+enrolled, "", screen); w.Code != http.StatusNotFound {
		t.Errorf("a portrait beside another screen: %d", w.Code)
	}
	b.in(enrol.StepIdle)
	b.station.refuse = enrol.ErrWrongStep // as the enrolment would
	b.station.snapshot.ID = ""
	if v := b.shows(screen); v.Screen != enrol.ScreenBlank {
		t.Errorf("idle: %+v", v)
	}
}

// TestScreensRace: of many codes and screens at once, one is open at the end.
func TestScreensRace(t *testing.T) {
	b := newBench(t)
	var second second
	now := b.clock
	var mu sync.Mutex
	var tokens []string
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			code, _, err := second.ask("officer-1", now)
			if err != nil {
				t.Error(err)
			}
			for range 2 {
				got, err := second.enter(code, now)
				if err != nil {
					t.Error(err)
				}
				if got.token != "" {
					mu.Lock()
					tokens = append(tokens, got.token)
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	open := 0
	for _, token := range tokens {
		if _, ok := second.holds(token, now); ok {
			open++
		}
	}
	if open != 1 || len(tokens) == 0 || len(tokens) > 50 {
		t.Errorf("%d of %d are open", open, len(tokens))
	}
}
