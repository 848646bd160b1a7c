package kiosk

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// readers are all routes that a GET can reach.
var readers = []string{"/", "/citizen", "/index.html", "/app.js", "/words/main.json", "/api/state", "/api/preview", "/api/image/portrait", "/api/queue", "/api/station", "/api/devices"}

func TestForeignHostIsMisdirected(t *testing.T) {
	b := newBench(t)
	token := b.login()
	for _, name := range []string{"evil.example", "localhost", "localhost:8421", "localhost:8420.evil.example", "LOCALHOST:8420", "127.0.0.1", "[::1]:8420", ""} {
		for _, path := range []string{"/", "/api/state"} {
			if w := b.ask(http.MethodGet, path, "", host(name), token); w.Code != http.StatusMisdirectedRequest {
				t.Errorf("Host %q, %s: %d, want 421", name, path, w.Code)
			}
		}
	}
	for _, name := range []string{testHost, "127.0.0.1:8420"} { // the control: these must pass
		if w := b.ask(http.MethodGet, "/api/state", "", host(name), token); w.Code != http.StatusOK {
			t.Errorf("Host %q: %d, want 200", name, w.Code)
		}
	}
}

func TestCrossOriginPostIsRefused(t *testing.T) {
	b := newBench(t)
	token := b.login()
	foreign := [][]option{
		{header("Sec-Fetch-Site", "cross-site"), header("Origin", "https://evil.example")},
		{header("Sec-Fetch-Site", "same-site"), header("Origin", "http://localhost:9999")},
		{header("Sec-Fetch-Site", ""), header("Origin", "http://localhost:9999")},
		{header("Sec-Fetch-Site", ""), header("Origin", "null")},
	}
	const command = `{"id":"1","name":"begin"}`
	for i, options := range foreign {
		if w := b.ask(http.MethodPost, "/api/do", command, append(options, token)...); w.Code != http.StatusForbidden {
			t.Errorf("foreign origin %d: %d, want 403", i, w.Code)
		}
	}
	if n := b.station.done(); n != 0 {
		t.Fatalf("%d commands came through", n)
	}
	if w := b.ask(http.MethodPost, "/api/do", command, token); w.Code != http.StatusOK || b.station.done() != 1 {
		t.Errorf("own origin: %d, %d commands", w.Code, b.station.done())
	}
}

func TestTokenIsNeeded(t *testing.T) {
	b := newBench(t)
	paths := map[string]string{"/api/logout": "POST", "/api/state": "GET", "/api/do": "POST", "/api/events": "GET", "/api/preview": "GET",
		"/api/image/portrait": "GET", "/api/queue": "GET", "/api/devices": "GET", "/api/qr": "POST",
		"/api/station": "GET", "/api/lookup": "POST", "/api/printed": "POST", "/api/citizen/open": "POST", "/api/citizen/close": "POST",
		"/api/citizen/state": "GET", "/api/citizen/do": "POST", "/api/citizen/upload": "POST", "/api/citizen/image/portrait": "GET"}
	for path, method := range paths {
		for name, option := range map[string]option{"none": header(TokenHeader, ""), "wrong": header(TokenHeader, strings.Repeat("A", 43)),
			"cookie": header("Cookie", TokenHeader+"=x")} {
			if w := b.ask(method, path, `{}`, option); w.Code != http.StatusUnauthorized {
				t.Errorf("%s %s with token %s: %d, want 401", method, path, name, w.Code)
			}
		}
	}
	if b.station.done() != 0 {
		t.Error("a command came through without a session")
	}
}

func TestOversizeBodies(t *testing.T) {
	b := newBench(t)
	token := b.login()
	big := `{"id":"1","name":"begin","args":{"text":"` + strings.Repeat("x", maxJSON) + `"}}`
	if w := b.ask(http.MethodPost, "/api/do", big, token); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("command of %d bytes: %d, want 413", len(big), w.Code)
	}
	if w := b.ask(http.MethodPost, "/api/login", `{"officer":"officer-1","pin":"`+strings.Repeat("1", maxJSON)+`"}`); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("long PIN: %d, want 413", w.Code)
	}
	if w := b.ask(http.MethodPost, "/api/qr", strings.Repeat("x", MaxPicture+1), token, header("Content-Type", "image/png")); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("large picture: %d, want 413", w.Code)
	}
	if b.station.done() != 0 {
		t.Error("an oversize command came through")
	}
}

func TestGetChangesNothing(t *testing.T) {
	b := newBench(t)
	token := b.login()
	for _, path := range append(readers, "/api/do", "/api/login", "/api/logout", "/api/qr", "/api/do?name=begin&id=1") {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			w := b.ask(method, path, `{"id":"1","name":"begin"}`, token)
			if strings.HasPrefix(path, "/api/") && (w.Header().Get("Set-Cookie") != "" || w.Code >= 500) {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
	}
	if n := b.station.done(); n != 0 {
		t.Fatalf("a GET did %d commands", n)
	}
	if w := b.ask(http.MethodGet, "/api/state", "", token); w.Code != http.StatusOK {
		t.Errorf("after GET /api/logout the session is gone: %d", w.Code)
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	b := newBench(t)
	token := b.login()
	answers := map[string]*httptest.ResponseRecorder{
		"foreign host": b.ask(http.MethodGet, "/", "", host("evil.example")),
		"no session":   b.ask(http.MethodGet, "/api/state", "", header(TokenHeader, "")),
		"no route":     b.ask(http.MethodGet, "/api/none", "", token),
		"cross origin": b.ask(http.MethodPost, "/api/do", "{}", header("Sec-Fetch-Site", "cross-site"), token),
	}
	for _, path := range readers {
		answers[path] = b.ask(http.MethodGet, path, "", token)
	}
	for name, w := range answers {
		policy := w.Header().Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'", "form-action 'none'", "require-trusted-types-for 'script'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: policy %q lacks %q", name, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("%s: policy %q is not strict", name, policy)
		}
		for key, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer"} {
			if got := w.Header().Get(key); got != want {
				t.Errorf("%s: %s is %q, want %q", name, key, got, want)
			}
		}
	}
}

func TestIdleSessionLocksUnderAWatchingPage(t *testing.T) {
	b := newBench(t).withOfficer()
	token := b.login()
	watch := func() int {
		b.clock = b.clock.Add(time.Minute)
		return b.ask(http.MethodGet, "/api/state", "", token).Code
	}
	for minute := 1; minute < 15; minute++ {
		if code := watch(); code != http.StatusOK {
			t.Fatalf("minute %d: %d", minute, code)
		}
	}
	if code := watch(); code != http.StatusLocked {
		t.Fatalf("a page that only watches keeps the session alive: %d", code)
	}
	token = b.login() // the control: an officer who works stays
	for range 40 {
		if code := watch(); code != http.StatusOK {
			t.Fatalf("a working officer was locked out: %d", code)
		}
		if w := b.ask(http.MethodPost, "/api/do", `{"id":"1","name":"begin"}`, token); w.Code != http.StatusOK {
			t.Fatalf("command: %d", w.Code)
		}
	}
}

func TestPINsLockAndLogoutEnds(t *testing.T) {
	b := newBench(t).withOfficer()
	token := b.login()
	if w := b.ask(http.MethodPost, "/api/logout", `{}`, token); w.Code != http.StatusNoContent {
		t.Fatalf("logout: %d", w.Code)
	}
	if w := b.ask(http.MethodGet, "/api/state", "", token); w.Code != http.StatusUnauthorized {
		t.Errorf("after logout: %d, want 401", w.Code)
	}
	locked := false
	for range 12 {
		w := b.ask(http.MethodPost, "/api/login", `{"officer":"officer-1","pin":"000000"}`)
		if w.Code == http.StatusTooManyRequests {
			locked = w.Header().Get("Retry-After") != ""
			break
		}
		if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "wrong-pin") {
			t.Fatalf("wrong PIN: %d %s", w.Code, w.Body)
		}
	}
	if !locked {
		t.Error("twelve wrong PINs and no lockout with Retry-After")
	}
}
