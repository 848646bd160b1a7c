package central_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/gateway/central"
)

func server(t testing.TB) (mux *http.ServeMux, p *provider, log *bytes.Buffer) {
	t.Helper()
	dir := t.TempDir()
	people(t, dir)
	p, log = newProvider(t), &bytes.Buffer{}
	l := slog.New(slog.NewJSONHandler(log, nil))
	desk, err := central.OpenDesk(t.TempDir(), l)
	if err != nil {
		t.Fatal(err)
	}
	h := central.Handler{
		Registry: open(t, dir, l), Messenger: p.Spool, Desk: desk, Log: l,
		Caller: func(r *http.Request) (string, bool) {
			station := r.Header.Get("Tram-Station")
			return station, station != ""
		},
	}
	return h.Mux(), p, log
}

func call(mux http.Handler, method, path, station, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Tram-Station", station)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w
}

const except = `{"id":"0197f000-0000-7000-8000-00000000000a","dossier":"0197f000-0000-7000-8000-00000000000b",` +
	`"code":"finger-missing","reason":"worn","masked":"••0001","officer":"officer-1"}`

// What is not behind a gateway is said to be absent, each by itself.
func TestHandlerOfNothing(t *testing.T) {
	p := newProvider(t)
	known := func(*http.Request) (string, bool) { return "s", true }
	nothing, some := central.Handler{Caller: known}.Mux(), central.Handler{Caller: known, Messenger: p.Spool}.Mux()
	for path, want := range map[string]int{"/registry/phone": 404, "/registry/check": 404, "/exceptions": 404, "/messages/otp": 400} {
		if w := call(nothing, "POST", path, "s", "{}"); w.Code != 404 || !strings.Contains(w.Body.String(), `"not-found"`) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		if w := call(some, "POST", path, "s", "{}"); w.Code != want {
			t.Errorf("%s with a messenger: %d %s", path, w.Code, w.Body)
		}
	}
	const want = `{"exceptions":"none","messages":"failing","register":"none"}`
	if err := os.RemoveAll(p.dir); err != nil {
		t.Fatal(err)
	}
	if w := call(some, "GET", "/registry/services", "s", ""); w.Code != 200 || strings.TrimSpace(w.Body.String()) != want {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A station asks the register so often in an hour, and no oftener.
func TestHandlerMeters(t *testing.T) {
	dir, now := t.TempDir(), time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	people(t, dir)
	mux := central.Handler{
		Registry: open(t, dir, nil), Now: func() time.Time { return now },
		Caller: func(r *http.Request) (string, bool) { return r.Header.Get("Tram-Station"), true },
	}.Mux()
	ask := func(station string, want int) string {
		t.Helper()
		w := call(mux, "POST", "/registry/phone", station, `{"number":"`+mau+`","phone":"0900000001"}`)
		if w.Code != want {
			t.Fatalf("%d %s, want %d", w.Code, w.Body, want)
		}
		return w.Header().Get("Retry-After")
	}
	for range central.CheckBurst {
		ask("s", http.StatusOK)
	}
	now = now.Add(59 * time.Minute)
	if after := ask("s", http.StatusTooManyRequests); after != "60" {
		t.Errorf("Retry-After %q", after)
	}
	ask("control", http.StatusOK)
	now = now.Add(time.Minute)
	ask("s", http.StatusOK)
}

func TestHandler(t *testing.T) {
	mux, p, log := server(t)
	const s = "tram-thu-001"
	for _, c := range []struct {
		method, path, station, body string
		status                      int
		want                        string
	}{
		{"POST", "/registry/check", s, `{"kind":"data","number":"` + thu + `","fields":{"name":"Nguyễn Văn Thử"}}`, 200, `"outcome":"pass","fields":[{"field":"name"`},
		{"POST", "/registry/check", s, `{"kind":"data","number":"` + thu + `","fields":{"name":"Lê"}}`, 200, `"Không đạt: name`},
		{"POST", "/registry/check", "", `{}`, 401, `"no-certificate"`},
		{"POST", "/registry/check", s, `{}`, 400, `"bad-request"`},
		{"POST", "/registry/check", s, strings.Repeat(" ", 300<<10), 413, `"too-large"`},
		{"POST", "/registry/phone", s, `{"number":"` + mau + `","phone":"0900000001"}`, 200, `"outcome":"fail"`},
		{"GET", "/registry/appointments?day=2026-11-22", s, "", 200, `{"appointments":[]}`},
		{"GET", "/registry/appointments?day=x", s, "", 400, `"bad-request"`},
		{"GET", "/registry/check", s, "", 405, ""},
		{"POST", "/messages/notice", s, `{"phone":"0900000001","kind":"approved","dossier":"0197f000-0000-7000-8000-000000000001"}`, 200, `"sent"`},
		{"POST", "/messages/otp/x", s, `{}`, 400, `"bad-request"`},
		{"GET", "/registry/services", s, "", 200, `{"exceptions":"ready","messages":"ready","register":"ready"}`},
		{"GET", "/registry/services", "", "", 401, `"no-certificate"`},
		{"POST", "/exceptions", s, except, 200, `"state":"pending"`},
		{"POST", "/exceptions", s, strings.Replace(except, "worn", "cut", 1), 409, `"conflict"`},
		{"POST", "/exceptions", s, strings.Replace(except, "••0001", thu, 1), 400, `"bad-request"`},
		{"POST", "/exceptions", "", except, 401, `"no-certificate"`},
		{"GET", "/exceptions/0197f000-0000-7000-8000-00000000000a", s, "", 200, `"state":"pending"`},
		{"GET", "/exceptions/0197f000-0000-7000-8000-00000000000a", "tram-thu-002", "", 410, `"not-found"`},
		{"GET", "/exceptions/0197f000-0000-7000-8000-00000000000a?wait=x", s, "", 400, `"bad-request"`},
	} {
		w := call(mux, c.method, c.path, c.station, c.body)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s %s: %d %s, want %d %s", c.method, c.path, w.Code, w.Body, c.status, c.want)
		}
	}
	p.fetch()
	w := call(mux, "POST", "/messages/otp", s, `{"phone":"0900000001","purpose":"enrol"}`)
	var ticket central.Ticket
	if err := json.Unmarshal(w.Body.Bytes(), &ticket); err != nil || w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	digits := sixDigits.FindString(p.fetch().Text)
	if w = call(mux, "POST", "/messages/otp/"+ticket.ID.String(), s, `{"code":"`+digits+`"}`); w.Body.String() != "{\"outcome\":\"pass\"}\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for w.Code == 200 {
		w = call(mux, "POST", "/messages/otp", s, `{"phone":"0900000001","purpose":"enrol"}`)
	}
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "600" {
		t.Errorf("%d %s, Retry-After %q", w.Code, w.Body, w.Header().Get("Retry-After"))
	}
	if log.Len() != 0 {
		t.Errorf("the log: %s", log)
	}
}

func FuzzHandler(f *testing.F) {
	f.Add("/registry/check", `{"kind":"fingers","number":"`+thu+`","fingers":"Rk1SADAzMAA="}`)
	f.Add("/registry/check", `{"kind":"face","number":"`+thu+`","face":{"Model":"m","Vector":[0,0]}}`)
	f.Add("/registry/phone", `{"number":"`+thu+`","phone":"+84900000001"}`)
	f.Add("/exceptions", except)
	f.Add("/messages/otp", `{"phone":"0900000001","purpose":"enrol"}`)
	f.Add("/messages/notice", `{"phone":"0900000001","kind":"taken","dossier":"x"}`)
	mux, _, _ := server(f)
	f.Fuzz(func(t *testing.T, path, body string) {
		if !strings.HasPrefix(path, "/registry/") && !strings.HasPrefix(path, "/messages/") && path != "/exceptions" || strings.ContainsAny(path, "?#% \x00\r\n") {
			return
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Tram-Station", "tram-thu-001")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s %q: %d", path, body, w.Code)
		}
		if !strings.Contains(body, "Thử") && strings.Contains(w.Body.String(), "Thử") {
			t.Error("the answer says what the register holds")
		}
	})
}
