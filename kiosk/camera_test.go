package kiosk

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// fakeBrowser is a BrowserCamera that answers as it is told.
type fakeBrowser struct {
	mu     sync.Mutex
	taken  []string // page, name and picture of each frame
	answer error
}

func (f *fakeBrowser) Post(frame []byte, page, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.answer == nil {
		f.taken = append(f.taken, page+"|"+name+"|"+string(frame))
	}
	return f.answer
}

// filmingBench is a bench whose page films.
func filmingBench(t *testing.T) (*bench, *fakeBrowser) {
	t.Helper()
	b, camera := newBench(t), &fakeBrowser{}
	cfg := b.server.cfg
	cfg.BrowserCamera = camera
	var err error
	if b.server, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	return b, camera
}

func (b *bench) post(frame string, options ...option) *httptest.ResponseRecorder {
	b.t.Helper()
	b.clock = b.clock.Add(framePause)
	return b.ask(http.MethodPost, "/api/camera/frame?page=w1&camera=C%C3%A1m+%C3%A0nh", frame,
		append([]option{header("Content-Type", "image/jpeg")}, options...)...)
}

func TestFramesOfThePage(t *testing.T) {
	b, camera := filmingBench(t)
	token := b.login()
	if w := b.post("\xff\xd8frame", token); w.Code != http.StatusNoContent || len(camera.taken) != 1 || camera.taken[0] != "w1|Cám ành|\xff\xd8frame" {
		t.Fatalf("%d %s, taken %q", w.Code, w.Body, camera.taken)
	}
	for want, w := range map[int]*httptest.ResponseRecorder{
		http.StatusUnauthorized:          b.post("x", header(TokenHeader, "")),
		http.StatusForbidden:             b.post("x", token, header("Sec-Fetch-Site", "cross-site"), header("Origin", "https://evil.example")),
		http.StatusUnsupportedMediaType:  b.post("x", token, header("Content-Type", "image/png")),
		http.StatusRequestEntityTooLarge: b.post(strings.Repeat("x", maxFrame+1), token),
		http.StatusMisdirectedRequest:    b.post("x", token, host("evil.example")),
	} {
		if w.Code != want || len(camera.taken) != 1 {
			t.Errorf("%d %s, want %d; %d frames taken", w.Code, w.Body, want, len(camera.taken))
		}
	}
	for err, want := range map[error]int{biometrics.ErrNotWanted: http.StatusConflict, errors.New("no picture"): http.StatusUnprocessableEntity} {
		camera.answer = err
		if w := b.post("x", token); w.Code != want {
			t.Errorf("%v: %d, want %d", err, w.Code, want)
		}
	}
}

// TestFramesAreBounded: one at a time, and not faster than a camera films.
func TestFramesAreBounded(t *testing.T) {
	b, camera := filmingBench(t)
	token := b.login()
	b.post("1", token)
	b.clock = b.clock.Add(-framePause / 2) // post moves it on
	if w := b.post("2", token); w.Code != http.StatusTooManyRequests {
		t.Errorf("half a pause later: %d, want 429", w.Code)
	}
	if w := b.post("3", token); w.Code != http.StatusNoContent || len(camera.taken) != 2 {
		t.Errorf("a pause later: %d, %d frames taken", w.Code, len(camera.taken))
	}
	reader, writer := io.Pipe()
	answered := make(chan int, 1)
	b.clock = b.clock.Add(framePause)
	go func() { // a frame that is on its way
		r := httptest.NewRequest(http.MethodPost, "http://"+testHost+"/api/camera/frame", reader)
		r.Header.Set("Content-Type", "image/jpeg")
		token(r)
		w := httptest.NewRecorder()
		b.server.ServeHTTP(w, r)
		answered <- w.Code
	}()
	if _, err := writer.Write([]byte("4")); err != nil {
		t.Fatal(err)
	}
	second := httptest.NewRequest(http.MethodPost, "http://"+testHost+"/api/camera/frame", strings.NewReader("5"))
	second.Header.Set("Content-Type", "image/jpeg")
	token(second)
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, second)
	if w.Code != http.StatusTooManyRequests {
		t.Errorf("beside another: %d, want 429", w.Code)
	}
	_ = writer.Close()
	if code := <-answered; code != http.StatusNoContent || len(camera.taken) != 3 {
		t.Errorf("the one on its way: %d, %d frames taken", code, len(camera.taken))
	}
}

// TestFramesAreNoUseOfTheSession: a camera at an empty counter logs nobody in.
func TestFramesAreNoUseOfTheSession(t *testing.T) {
	b, _ := filmingBench(t)
	b.withOfficer()
	cfg := b.server.cfg
	cfg.BrowserCamera = &fakeBrowser{}
	var err error
	if b.server, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	token := b.login()
	for minute := 1; minute < 15; minute++ {
		b.clock = b.clock.Add(time.Minute - framePause)
		if w := b.post("x", token); w.Code != http.StatusNoContent {
			t.Fatalf("minute %d: %d", minute, w.Code)
		}
	}
	b.clock = b.clock.Add(time.Minute)
	if w := b.post("x", token); w.Code != http.StatusLocked {
		t.Errorf("the page's frames keep the session alive: %d", w.Code)
	}
}

// TestOnlyAFilmingPageMayFilm: a station with a camera of its own neither takes
// frames nor lets a page ask for the camera.
func TestOnlyAFilmingPageMayFilm(t *testing.T) {
	own := newBench(t)
	if w := own.post("x", own.login()); w.Code != http.StatusNotFound {
		t.Errorf("a frame for a station with its own camera: %d", w.Code)
	}
	filming, _ := filmingBench(t)
	for want, b := range map[string]*bench{"camera=(), ": own, "camera=(self), ": filming} {
		if got := b.ask(http.MethodGet, "/", "").Header().Get("Permissions-Policy"); !strings.HasPrefix(got, want) || strings.Count(got, "camera") != 1 {
			t.Errorf("policy %q, want %q", got, want)
		}
	}
}
