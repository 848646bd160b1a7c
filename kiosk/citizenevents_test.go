package kiosk

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/enrol"
)

// viewer reads the screen's events.
type viewer struct {
	t     *testing.T
	lines *bufio.Scanner
}

func (b *bench) viewer(address string, screen option, want int) *viewer {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute) // a view that never comes ends the stream
	b.t.Cleanup(cancel)
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/api/citizen/events", nil)
	screen(r)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = answer.Body.Close() })
	if answer.StatusCode != want {
		b.t.Fatalf("events: %d, want %d", answer.StatusCode, want)
	}
	return &viewer{b.t, bufio.NewScanner(answer.Body)}
}

// also lets a served bench be asked without a connection, too.
func also(g *guard) { g.hosts = append(g.hosts, testHost) }

// next is the next view; ok is false where the stream ended.
func (v *viewer) next() (out citizenView, ok bool) {
	v.t.Helper()
	for v.lines.Scan() {
		if data, is := strings.CutPrefix(v.lines.Text(), "data: "); is {
			if err := json.Unmarshal([]byte(data), &out); err != nil {
				v.t.Fatal(err)
			}
			return out, true
		}
	}
	return out, false
}

func (v *viewer) wants(screen, why string) {
	v.t.Helper()
	if got, ok := v.next(); !ok || got.Screen != screen || (got.ID == "") != (screen == enrol.ScreenBlank) {
		v.t.Fatalf("%s: %+v, %v; want %s", why, got, ok, screen)
	}
}

// TestScreenGoesBlankByItself: when the officer locks the session, or leaves
// it, at once; and it comes back.
func TestScreenGoesBlankByItself(t *testing.T) {
	s := newStaff(t)
	on := s.in("officer-1")
	screen := s.screen(header(TokenHeader, on.Token))
	s.bench.in(enrol.StepNotice)
	address := s.served(also)
	s.server.second.looks = time.Hour // what follows is told, not found
	view := s.viewer(address, screen, http.StatusOK)
	s.station.changes <- s.station.Snapshot()
	view.wants(enrol.ScreenNotice, "at first")
	s.post(on.Token, "/api/lock", struct{}{})
	view.wants(enrol.ScreenBlank, "locked")
	s.station.changes <- s.station.Snapshot()
	view.wants(enrol.ScreenBlank, "a change while it is locked")
	_, _, w := s.post(on.Token, "/api/unlock", proof{PIN: testPIN})
	on = s.opened(w)
	view.wants(enrol.ScreenNotice, "unlocked")
	s.post(on.Token, "/api/logout", struct{}{})
	view.wants(enrol.ScreenBlank, "signed out")
	s.in("officer-1")
	view.wants(enrol.ScreenNotice, "signed in")
}

// TestScreenLooksByItself: nobody tells it of a session that idleness locked.
func TestScreenLooksByItself(t *testing.T) {
	s := newStaff(t)
	on := s.in("officer-1")
	screen := s.screen(header(TokenHeader, on.Token))
	s.bench.in(enrol.StepNotice)
	address := s.served(also)
	s.server.second.looks = time.Millisecond
	view := s.viewer(address, screen, http.StatusOK)
	s.station.changes <- s.station.Snapshot()
	view.wants(enrol.ScreenNotice, "at first")
	s.people.Lock(on.Token)
	view.wants(enrol.ScreenBlank, "locked")
}

// TestScreensStreamEndsWithIt: closed, or another one opened; and the streams are
// few.
func TestScreensStreamEndsWithIt(t *testing.T) {
	b := newBench(t)
	token := b.login()
	b.in(enrol.StepNotice)
	address := b.served(also)
	screen := b.screen(token)
	var views []*viewer
	for range maxViewers {
		views = append(views, b.viewer(address, screen, http.StatusOK))
	}
	b.viewer(address, screen, http.StatusTooManyRequests)
	if got := b.server.second.state(b.clock); got != screenOn {
		t.Errorf("with pages: %s", got)
	}
	second := b.screen(token)
	for _, v := range views {
		if got, ok := v.next(); ok {
			t.Errorf("the former screen is told %+v", got)
		}
	}
	b.viewer(address, screen, http.StatusUnauthorized)
	view := b.viewer(address, second, http.StatusOK)
	b.station.changes <- b.station.Snapshot()
	view.wants(enrol.ScreenNotice, "the new one")
	b.ask(http.MethodPost, "/api/citizen/close", `{}`, token)
	if got, ok := view.next(); ok {
		t.Errorf("closed, and told %+v", got)
	}
	for until := time.Now().Add(5 * time.Second); ; {
		b.server.second.mu.Lock()
		left := b.server.second.viewers
		b.server.second.mu.Unlock()
		if left == 0 {
			break
		}
		if time.Now().After(until) {
			t.Fatalf("%d streams are left", left)
		}
		time.Sleep(time.Millisecond)
	}
}

// TestScreensSecretIsInNoAddress: the token and the code travel in header and
// body, and the answers are not kept.
func TestScreensSecretIsInNoAddress(t *testing.T) {
	b := newBench(t)
	w := b.ask(http.MethodPost, "/api/citizen/open", `{}`, b.login())
	if w.Header().Get("Cache-Control") != "no-store" || len(w.Result().Cookies()) != 0 {
		t.Errorf("%v", w.Header())
	}
	code := b.screenCode(b.login())
	if w := b.ask(http.MethodGet, "/api/citizen/enter?code="+code, ""); w.Code < 400 {
		t.Errorf("a code in an address: %d", w.Code)
	}
	if w := b.ask(http.MethodPost, "/api/citizen/enter?code="+code, `{"code":""}`); w.Code != http.StatusUnauthorized {
		t.Errorf("a code in an address: %d", w.Code)
	}
	w = b.enter(code)
	var got screenOpened
	_ = json.Unmarshal(w.Body.Bytes(), &got)
	if w := b.ask(http.MethodGet, "/api/citizen/state?token="+got.Token, "", header("Cookie", CitizenHeader+"="+got.Token)); got.Token == "" || w.Code != http.StatusUnauthorized {
		t.Errorf("a token in an address or a cookie: %d", w.Code)
	}
}
