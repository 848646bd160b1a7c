package kiosk

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
)

// TestNoGETChangesAnything goes over every route that a GET or a HEAD reaches.
func TestNoGETChangesAnything(t *testing.T) {
	b := newBench(t)
	people := &fakeOperators{}
	b.open(people)
	token := b.login()
	screen := b.screen(token)
	b.station.said()
	b.station.changes <- b.station.snapshot
	close(b.station.changes) // the stream of events ends
	reached, idle := 0, b.station.Snapshot()
	for _, role := range operator.Roles() {
		people.role = role
		table := b.server.table()
		for pattern := range table {
			_, path, _ := strings.Cut(pattern, " ")
			read := "GET " + path
			path = strings.NewReplacer("{name}", "portrait", "{id}", b.outbox.list[0].ID.String()).Replace(path)
			if b.station.snapshot = idle; strings.HasPrefix(path, "/api/citizen/") { // which shows nothing while it is idle
				b.in(enrol.StepPortrait, pictured)
			}
			for _, as := range []string{http.MethodGet, http.MethodHead} {
				w := b.serve(b.request(as, path+"?id=1&name=begin&enrolment="+enrolled, `{"id":"1","name":"begin","pin":"`+testPIN+`"}`, token, screen))
				if forbidden := w.Code == http.StatusForbidden && !people.officer().May(needs[read]); (table[read] != nil) != (w.Code < 300 || forbidden) {
					t.Errorf("%s of %s, %s: %d", as, pattern, role, w.Code)
				}
				if w.Header().Get("Set-Cookie") != "" {
					t.Errorf("%s of %s sets a cookie", as, pattern)
				}
				if w.Code < 300 {
					reached++
				}
			}
		}
	}
	people.role = ""
	if said := b.station.said(); len(said) != 0 || b.station.done() != 0 || reached < 60 {
		t.Errorf("%d routes: %d commands, log %q", reached, b.station.done(), said)
	}
	// The control: a POST does something, and the log says so.
	b.ask(http.MethodPost, "/api/do", `{"id":"1","name":"begin"}`, token)
	b.ask(http.MethodPost, "/api/logout", `{}`, token)
	if said := b.station.said(); len(said) != 1 || b.station.done() != 1 {
		t.Errorf("the control: %d commands, log %q", b.station.done(), said)
	}
}

// TestNothingOfTheCitizenIsLogged marks all that a client can send.
func TestNothingOfTheCitizenIsLogged(t *testing.T) {
	const mark = "001090990001"
	b := newBench(t)
	var log bytes.Buffer
	cfg := b.server.cfg
	cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg.BrowserCamera = &fakeBrowser{}
	server, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b.server = server
	token := b.login()
	screen := b.screen(token)
	close(b.station.changes)
	for pattern := range b.server.table() {
		method, path, _ := strings.Cut(pattern, " ")
		if strings.HasSuffix(path, "/logout") || strings.HasSuffix(path, "/citizen/close") {
			continue
		}
		path = strings.Replace(path, "{name}", mark, 1) + "?page=" + mark + "&camera=" + mark + "&after=" + mark
		for _, body := range []string{mark, `{"text":"` + mark + `"}`, `{"id":"` + mark + `","name":"` + mark + `","args":{"text":"` + mark + `"}}`, `{"pin":"` + mark + `"}`, `{"id":"` + mark + `"}`, `{"code":"` + mark + `"}`,
			`{"id":"1","name":"phone-code","enrolment":"` + enrolled + `","args":{"code":"` + mark + `"}}`} {
			for _, extra := range []option{token, header(TokenHeader, mark), header(CitizenHeader, mark), func(r *http.Request) {
				r.Header.Set("Origin", "https://"+mark)
				r.Header.Set("Sec-Fetch-Site", "cross-site")
			}, host(mark), header(OnceHeader, mark)} {
				b.serve(b.request(method, path, body, token, screen, extra))
			}
		}
	}
	for _, err := range []error{enrol.ErrRefused, errNever} {
		b.station.refuse = err
		b.serve(b.request(http.MethodPost, "/api/lookup", `{"text":"`+mark+`"}`, token))
	}
	if strings.Contains(log.String(), mark) {
		i := strings.Index(log.String(), mark)
		t.Errorf("the log has …%s…", log.String()[max(0, i-100):i+len(mark)])
	}
	for _, want := range []string{"GET /api/image/{name}", "status=421", "status=403"} { // the control: it was looked at
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	for _, said := range b.station.said() {
		if strings.Contains(said, mark) {
			t.Errorf("the audit log has %s", said)
		}
	}
}
