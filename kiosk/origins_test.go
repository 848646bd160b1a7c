package kiosk

import (
	"net/http"
	"strings"
	"testing"
)

const friend = "http://localhost:3000" // other counter software

// friendlyBench lets pages of one other origin in.
func friendlyBench(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	cfg := b.server.cfg
	cfg.Origins = []string{friend}
	var err error
	if b.server, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	return b
}

// strangers are origins beside the allowed one, and what a browser says of them.
var strangers = map[string]string{
	"https://localhost:3000": "same-site", "http://localhost:3001": "same-site", "http://localhost": "same-site",
	"http://localhost:3000.evil.example": "cross-site", "http://evil.example:3000": "cross-site", "http://LOCALHOST:3000": "cross-site",
	"null": "cross-site", "http://localhost:3000/": "cross-site", "http://user@localhost:3000": "cross-site",
}

func TestPreflightOfAnAllowedOriginOnly(t *testing.T) {
	b := friendlyBench(t)
	ask := func(origin, path string) (int, http.Header) {
		w := b.ask(http.MethodOptions, path, "", header("Origin", origin), header("Sec-Fetch-Site", "cross-site"),
			header("Access-Control-Request-Method", "POST"), header("Access-Control-Request-Headers", "content-type,x-tram-token"),
			header("Access-Control-Request-Private-Network", "true"))
		return w.Code, w.Header()
	}
	code, h := ask(friend, "/api/do")
	if code != http.StatusNoContent || h.Get("Access-Control-Allow-Origin") != friend || !strings.Contains(h.Get("Access-Control-Allow-Headers"), TokenHeader) ||
		!strings.Contains(h.Get("Access-Control-Allow-Methods"), "POST") || h.Get("Access-Control-Allow-Private-Network") != "true" || h.Get("Vary") != "Origin" {
		t.Errorf("the allowed origin: %d %v", code, h)
	}
	if h.Get("Access-Control-Allow-Credentials") != "" {
		t.Error("credentials are allowed")
	}
	for origin := range strangers {
		if code, h := ask(origin, "/api/do"); code != http.StatusForbidden || said(h) != "" {
			t.Errorf("%s: %d %v", origin, code, h)
		}
	}
	if code, h := ask(friend, "/app.js"); code == http.StatusNoContent || said(h) != "" { // the pages are the station's own
		t.Errorf("a page's file: %d %v", code, h)
	}
	if w := newBench(t).ask(http.MethodOptions, "/api/do", "", header("Origin", friend)); w.Code != http.StatusForbidden || said(w.Header()) != "" {
		t.Errorf("a station that allows nobody: %d %v", w.Code, w.Header())
	}
}

// said is what an answer tells a browser about other origins.
func said(h http.Header) string {
	var out []string
	for name := range h {
		if strings.HasPrefix(name, "Access-Control-") {
			out = append(out, name)
		}
	}
	return strings.Join(out, " ")
}

func TestAllowedOriginsWork(t *testing.T) {
	b := friendlyBench(t)
	token := b.login()
	const command = `{"id":"1","name":"begin"}`
	from := func(origin, site string) []option {
		return []option{token, header("Origin", origin), header("Sec-Fetch-Site", site)}
	}
	for origin, site := range strangers {
		for _, site := range []string{site, ""} { // a browser that says nothing has an Origin
			if w := b.ask(http.MethodPost, "/api/do", command, from(origin, site)...); w.Code != http.StatusForbidden || said(w.Header()) != "" {
				t.Errorf("%s (%q): %d %s", origin, site, w.Code, said(w.Header()))
			}
		}
		if w := b.ask(http.MethodGet, "/api/state", "", from(origin, site)...); said(w.Header()) != "" {
			t.Errorf("%s may read the answer", origin)
		}
	}
	if b.station.done() != 0 {
		t.Fatal("a stranger's command came through")
	}
	// The control: the same from the allowed one.
	for _, site := range []string{"same-site", "cross-site", ""} {
		if w := b.ask(http.MethodPost, "/api/do", command, from(friend, site)...); w.Code != http.StatusOK || w.Header().Get("Access-Control-Allow-Origin") != friend {
			t.Errorf("%q: %d %s", site, w.Code, w.Body)
		}
	}
	w := b.ask(http.MethodGet, "/api/preview", "", from(friend, "same-site")...)
	if w.Header().Get("Access-Control-Allow-Origin") != friend || !strings.Contains(w.Header().Get("Access-Control-Expose-Headers"), PictureHeader) {
		t.Errorf("preview: %v", w.Header())
	}
	// An allowed page has to know a token, and to name the right host, like any other.
	if w := b.ask(http.MethodPost, "/api/do", command, append(from(friend, "same-site"), header(TokenHeader, ""))...); w.Code != http.StatusUnauthorized {
		t.Errorf("without a token: %d", w.Code)
	}
	if w := b.ask(http.MethodPost, "/api/do", command, append(from(friend, "same-site"), host("evil.example"))...); w.Code != http.StatusMisdirectedRequest {
		t.Errorf("another host: %d", w.Code)
	}
}

// TestFormsOfOtherPagesDoNothing: what a page can send without asking first.
func TestFormsOfOtherPagesDoNothing(t *testing.T) {
	b := friendlyBench(t)
	token := b.login()
	const command = `{"id":"1","name":"begin"}`
	for _, kind := range []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "text/plain; charset=application/json", ""} {
		for _, origin := range []string{"https://evil.example", "null", friend, "http://" + testHost} {
			for _, with := range []option{token, header(TokenHeader, "")} {
				w := b.ask(http.MethodPost, "/api/do", command, header("Content-Type", kind), header("Origin", origin), header("Sec-Fetch-Site", "cross-site"), with)
				if w.Code < 400 {
					t.Errorf("%q from %s: %d", kind, origin, w.Code)
				}
			}
		}
	}
	if b.station.done() != 0 {
		t.Fatal("a form came through")
	}
	if w := b.ask(http.MethodPost, "/api/do", command, token); w.Code != http.StatusOK { // the control
		t.Errorf("the station's own page: %d", w.Code)
	}
}

func TestParseOrigin(t *testing.T) {
	for _, good := range []string{"http://localhost:3000", "http://127.0.0.1:8080", "http://[::1]:8080", "https://counter.example", "https://counter.example:8443", "https://xn--quy-goa.vn", "http://localhost", "https://10.0.0.7:444", "https://[2001:db8::7]"} {
		if got, err := ParseOrigin(good); err != nil || got != good {
			t.Errorf("%s: %q, %v", good, got, err)
		}
	}
	for _, bad := range []string{"", "null", "*", "http://*", "http://localhost:3000/", "http://localhost:3000/x", "http://localhost:3000?x", "http://localhost:3000#x",
		"localhost:3000", "//localhost:3000", "ftp://localhost:3000", "file:///", "http://user@localhost:3000", "http://LOCALHOST:3000", "HTTP://localhost:3000",
		"http://localhost:80", "https://counter.example:443", "http://localhost:", "http://localhost:0", "http://localhost:03000", "http://localhost:99999",
		"http://counter.example:3000", "http://10.0.0.7:3000", "https://quầy.vn", "http://localhost:3000 ", " http://localhost:3000", "http://local_host:3000", "https://[2001:DB8::7]", "https://" + strings.Repeat("a", maxOrigin)} {
		if got, err := ParseOrigin(bad); err == nil || got != "" {
			t.Errorf("%q was taken", bad)
		}
	}
	cfg := newBench(t).server.cfg
	cfg.Origins = []string{"*"}
	if _, err := New(cfg); err == nil {
		t.Error("a server for everybody")
	}
}

// FuzzParseOrigin: what is taken is what a browser writes, and Go's own
// protection takes it too.
func FuzzParseOrigin(f *testing.F) {
	for _, seed := range []string{friend, "https://counter.example", "http://[::1]:8080", "null", "*", "http://user@localhost:3000"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseOrigin(text)
		if err != nil {
			return
		}
		if again, err := ParseOrigin(got); err != nil || again != text || strings.ContainsAny(text, "*@?# \\") || strings.ToLower(text) != text || strings.Count(text, "/") != 2 {
			t.Errorf("%q was taken", text)
		}
		if err := http.NewCrossOriginProtection().AddTrustedOrigin(got); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	})
}
