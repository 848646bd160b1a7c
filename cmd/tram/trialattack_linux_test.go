//go:build realparts

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestTrialAttacked sends to the listening program what a page of another site,
// or another program of this machine, could send.
func TestTrialAttacked(t *testing.T) {
	x := newTrial(t)
	x.officer("").run(t, "card", nil) // something to lose
	before := essence(x.now(t))
	for _, part := range []struct {
		name string
		run  func(*testing.T, *trial)
	}{
		{"DNS rebinding", rebound},
		{"posts of another site", crossSite},
		{"GET changes nothing", readOnly},
		{"session fixation", fixated},
		{"oversize", oversize},
		{"slow", dripping},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, x) })
		if s := x.now(t); essence(s) != before {
			t.Fatalf("%s changed the enrolment:\n%s", part.name, firstDifference(essence(s), before))
		}
	}
	// The control: the same command by the rules changes it.
	x.open(t, x.api, "/api/handover")
	if s, err := x.api.command(t.Context(), "cancel", nil); err != nil || essence(s) == before {
		t.Fatalf("the control changes nothing: %v", err)
	}
}

// routes lists what the description names, as method and path.
func (s *spec) routes() (all [][2]string) {
	for path, item := range s.doc.Paths.Map() {
		path = strings.ReplaceAll(path, "{name}", "portrait")
		for method := range item.Operations() {
			all = append(all, [2]string{method, path})
		}
	}
	slices.SortFunc(all, func(a, b [2]string) int { return strings.Compare(a[1]+a[0], b[1]+b[0]) })
	return all
}

// host is where the station listens.
func (x *trial) host() string { return strings.TrimPrefix(x.base, "http://") }

// attack sends a request with what is set over the usual.
func (x *trial) attack(t *testing.T, method, path, body string, set func(*http.Request)) (status int, answer string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deviceTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, x.base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Tram-Token", x.api.token)
	if set != nil {
		set(req)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(resp.Body)
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		return resp.StatusCode, ""
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if cookies := resp.Cookies(); len(cookies) > 0 {
		t.Errorf("%s %s sets cookies", method, path)
	}
	return resp.StatusCode, string(b)
}

// cancelNow is what an attacker would send.
const cancelNow = `{"id":"attack","name":"cancel"}`

// rebound: the browser came to the station's address by a name of the attacker.
func rebound(t *testing.T, x *trial) {
	_, port, err := net.SplitHostPort(x.host())
	if err != nil {
		t.Fatal(err)
	}
	hosts := []string{"evil.example", "evil.example:" + port, "localhost.evil.example:" + port, "127.0.0.1.nip.io:" + port,
		"localhost", "localhost:1", "LOCALHOST:" + port, "127.0.0.1:1", "[::1]:" + port, "0.0.0.0:" + port, "127.1:" + port, " localhost:" + port}
	for _, route := range append(x.spec.routes(), [2]string{"GET", "/"}, [2]string{"POST", "/nothing"}) {
		for _, host := range hosts {
			status, answer := x.attack(t, route[0], route[1], cancelNow, func(r *http.Request) { r.Host = host })
			if status != http.StatusMisdirectedRequest && (status != http.StatusBadRequest || strings.TrimSpace(host) == host) {
				t.Errorf("%s %s as %q: %d %.80s", route[0], route[1], host, status, answer)
			}
		}
	}
	if status, _ := x.attack(t, http.MethodGet, "/api/state", "", nil); status != http.StatusOK {
		t.Errorf("the control: %d", status)
	}
}

// crossSite: a page of another site posts, with what a browser then says of it.
func crossSite(t *testing.T, x *trial) {
	for name, set := range map[string]func(*http.Request){
		"fetch of another site": func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Origin", "https://evil.example")
		},
		"fetch of another port": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"old browser":           func(r *http.Request) { r.Header.Set("Origin", "http://localhost:1") },
		"sandboxed frame":       func(r *http.Request) { r.Header.Set("Origin", "null") },
	} {
		for _, route := range x.spec.routes() {
			if route[0] != http.MethodPost {
				continue
			}
			if status, answer := x.attack(t, route[0], route[1], cancelNow, set); status != http.StatusForbidden {
				t.Errorf("%s: %s: %d %.80s", name, route[1], status, answer)
			}
		}
	}
	// A form needs no preflight: it has no token and no JSON.
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json+x", ""} {
		for _, token := range []string{"", x.api.token} {
			status, _ := x.attack(t, http.MethodPost, "/api/do", cancelNow, func(r *http.Request) {
				r.Header.Set("Content-Type", kind)
				r.Header.Set("X-Tram-Token", token)
			})
			want := map[bool]int{true: http.StatusUnauthorized, false: http.StatusUnsupportedMediaType}[token == ""]
			if status != want {
				t.Errorf("a form of %q: %d, want %d", kind, status, want)
			}
		}
	}
	for _, at := range []string{"?token=" + x.api.token, "?X-Tram-Token=" + x.api.token} {
		status, _ := x.attack(t, http.MethodPost, "/api/do"+at, cancelNow, func(r *http.Request) {
			r.Header.Del("X-Tram-Token")
			r.Header.Set("Cookie", "X-Tram-Token="+x.api.token+"; token="+x.api.token)
			r.Header.Set("Authorization", "Bearer "+x.api.token)
		})
		if status != http.StatusUnauthorized {
			t.Errorf("a token elsewhere than in its header: %d", status)
		}
	}
}

// readOnly: whatever stands behind it, GET and HEAD do nothing, and what is no
// method of a route neither.
func readOnly(t *testing.T, x *trial) {
	for _, route := range x.spec.routes() {
		if route[0] != http.MethodPost {
			continue
		}
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete, "TRACE", "CONNECT"} {
			status, answer := x.attack(t, method, route[1], cancelNow, nil)
			if status < http.StatusBadRequest && !slices.Contains(x.spec.routes(), [2]string{method, route[1]}) {
				t.Errorf("%s %s: %d %.80s", method, route[1], status, answer)
			}
		}
	}
	status, _ := x.attack(t, http.MethodGet, "/api/state", cancelNow, func(r *http.Request) { r.Header.Set("X-HTTP-Method-Override", "POST") })
	if status != http.StatusOK {
		t.Errorf("a GET with a body: %d", status)
	}
}

// fixated: nobody can choose the token of a session, and a session that ended is
// none.
func fixated(t *testing.T, x *trial) {
	const chosen = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	pin := fmt.Sprintf(`{"officer":%q,"pin":%q}`, demoOfficer, x.pin)
	login := func(token string) string {
		status, answer := x.attack(t, http.MethodPost, "/api/login", pin, func(r *http.Request) { r.Header.Set("X-Tram-Token", token) })
		_, after, _ := strings.Cut(answer, `"token":"`)
		got, _, _ := strings.Cut(after, `"`)
		if status != http.StatusOK || got == "" || strings.Contains(answer, token) {
			t.Fatalf("a sign-in with a chosen token: %d", status)
		}
		return got
	}
	alive := func(token string) bool {
		status, _ := x.attack(t, http.MethodGet, "/api/state", "", func(r *http.Request) { r.Header.Set("X-Tram-Token", token) })
		return status == http.StatusOK
	}
	first := login(chosen)
	second := login(first)
	if first == second || alive(chosen) || !alive(first) || !alive(second) {
		t.Errorf("tokens equal %v, the chosen one lives %v, first %v, second %v", first == second, alive(chosen), alive(first), alive(second))
	}
	status, _ := x.attack(t, http.MethodPost, "/api/logout", "{}", func(r *http.Request) { r.Header.Set("X-Tram-Token", first) })
	if status != http.StatusNoContent || alive(first) || !alive(second) || !alive(x.api.token) {
		t.Errorf("after a sign-out (%d): first lives %v, second %v", status, alive(first), alive(second))
	}
}

// oversize: bodies, headers and addresses beyond any use, also without an end.
func oversize(t *testing.T, x *trial) {
	before := resident(x.daemon.cmd.Process.Pid)
	huge := `{"id":"attack","name":"scan","args":{"text":"` + strings.Repeat("a", 200<<10) + `"}}`
	for path, body := range map[string]string{"/api/do": huge, "/api/login": huge, "/api/lookup": huge, "/api/printed": huge} {
		if status, answer := x.attack(t, http.MethodPost, path, body, nil); status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s with %d bytes: %d %.80s", path, len(body), status, answer)
		}
	}
	deep := `{"id":"attack","name":"scan","args":` + strings.Repeat("[", 60<<10) + `}`
	if status, _ := x.attack(t, http.MethodPost, "/api/do", deep, nil); status != http.StatusBadRequest {
		t.Errorf("a deep body: %d", status)
	}
	for path, head := range map[string]string{
		"/api/do": "POST /api/do HTTP/1.1\r\nHost: " + x.host() + "\r\nContent-Type: application/json\r\nX-Tram-Token: " + x.api.token +
			"\r\nTransfer-Encoding: chunked\r\n\r\n",
		"/api/qr": "POST /api/qr HTTP/1.1\r\nHost: " + x.host() + "\r\nContent-Type: image/png\r\nX-Tram-Token: " + x.api.token +
			"\r\nTransfer-Encoding: chunked\r\n\r\n",
	} {
		sent, status := endless(t, x.host(), head)
		if sent > 64<<20 || status != http.StatusRequestEntityTooLarge {
			t.Errorf("an endless body to %s: took %d bytes, answered %d", path, sent, status)
		}
	}
	if sent, status := endless(t, x.host(), "GET /api/state HTTP/1.1\r\nHost: "+x.host()+"\r\nX-Tram-Token: "); sent > 16<<20 || // what the kernel holds back

		status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("an endless header: took %d bytes, answered %d", sent, status)
	}
	if after := resident(x.daemon.cmd.Process.Pid); after > before+(64<<20) {
		t.Errorf("memory grew from %d to %d MiB", before>>20, after>>20)
	}
}

// endless sends a head and then the same bytes until the station has enough.
func endless(t *testing.T, host, head string) (sent, status int) {
	t.Helper()
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(conn)
	answer := make(chan int, 1)
	go func() {
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			answer <- 0
			return
		}
		answer <- resp.StatusCode
		_ = resp.Body.Close()
	}()
	chunk := bytes.Repeat([]byte("x"), 32<<10)
	prefix := ""
	if strings.HasSuffix(head, "\r\n\r\n") {
		prefix = "7\r\n{\"id\":\"\r\n" // a text without an end
		chunk = []byte(fmt.Sprintf("%x\r\n%s\r\n", len(chunk), chunk))
	}
	_ = conn.SetWriteDeadline(time.Now().Add(deviceTime))
	_, err = io.WriteString(conn, head+prefix)
	for err == nil && sent < 128<<20 && len(answer) == 0 {
		var n int
		n, err = conn.Write(chunk)
		sent += n
	}
	select {
	case status = <-answer:
	case <-time.After(deviceTime):
	}
	return sent, status
}

// dripping: many connections that send a byte now and then take nobody's place, and
// are ended. An honest officer goes on meanwhile.
func dripping(t *testing.T, x *trial) {
	const each, patience = 40, 25 * time.Second // the station gives a body 15 s
	heads := map[string]string{
		"header": "POST /api/do HTTP/1.1\r\nHost: " + x.host() + "\r\nX-A: ",
		"body": "POST /api/do HTTP/1.1\r\nHost: " + x.host() + "\r\nContent-Type: application/json\r\nX-Tram-Token: " + x.api.token +
			"\r\nContent-Length: 100000\r\n\r\n{",
	}
	begun := time.Now()
	var all sync.WaitGroup
	for name, head := range heads {
		for range each {
			all.Go(func() {
				if held := drip(x.host(), head, patience); held >= patience {
					t.Errorf("a slow %s was held for %s", name, held)
				}
			})
		}
	}
	ended := make(chan struct{})
	go func() { all.Wait(); close(ended) }()
	worst, asked := time.Duration(0), 0
	for {
		select {
		case <-ended:
			t.Logf("%d slow connections ended within %s; an honest request waited %s at the most of %d", 2*each, time.Since(begun), worst, asked)
			if worst > 3*time.Second || asked < 10 {
				t.Errorf("an honest request waited %s", worst)
			}
			return
		case <-time.After(100 * time.Millisecond):
			at := time.Now()
			x.now(t)
			worst, asked = max(worst, time.Since(at)), asked+1
		}
	}
}

// drip sends a head and then a byte at a time, and returns when it was ended.
func drip(host, head string, patience time.Duration) time.Duration {
	begun := time.Now()
	conn, err := net.Dial("tcp", host)
	if err != nil {
		return 0 // no place for one more: also an answer
	}
	defer closed(conn)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = io.Copy(io.Discard, conn)
	}()
	_, _ = io.WriteString(conn, head)
	for time.Since(begun) < patience {
		select {
		case <-gone:
			return time.Since(begun)
		case <-time.After(500 * time.Millisecond):
			_, _ = io.WriteString(conn, "a")
		}
	}
	return time.Since(begun)
}
