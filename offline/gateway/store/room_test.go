package store_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/blob"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
	"github.com/tram-station/tram/offline/uplink"
)

// TestNothingBelowTheReserve: what the reserve is for is not taken; what is
// there is still read; and with room again all goes on.
func TestNothingBelowTheReserve(t *testing.T) {
	j, m := embedded(t, t.TempDir()), newMaker(t)
	before, _ := m.take(j, thu, 1)
	j.Fill(60<<20, 1<<40)
	id, raw, link := m.seal(thu, 2)
	if _, err := j.Link(t.Context(), thu, 2, link); !errors.Is(err, blob.ErrFull) {
		t.Errorf("link: %v", err)
	}
	if _, err := j.Create(t.Context(), id, raw, gateway.Mark{}); !errors.Is(err, blob.ErrFull) {
		t.Errorf("create: %v", err)
	}
	if _, err := j.Append(t.Context(), gateway.Event{Station: thu, Dossier: before, State: "validated"}); !errors.Is(err, blob.ErrFull) {
		t.Errorf("append: %v", err)
	}
	if _, err := j.Get(t.Context(), before); err != nil {
		t.Errorf("what is there: %v", err)
	}
	if _, err := j.Get(t.Context(), id); !errors.Is(err, gateway.ErrNoRecord) {
		t.Errorf("what was refused: %v", err)
	}
	j.Fill(70<<20, 1<<40) // a quarter of 256 MiB, and of a small disk a quarter of 2 %
	if _, err := j.Create(t.Context(), id, raw, gateway.Mark{}); err != nil {
		t.Errorf("with room: %v", err)
	}
	j.Fill(6<<20, 1<<30)
	if err := j.Ready(); err != nil {
		t.Errorf("6 MiB of a disk of 1 GiB: %v", err)
	}
}

// TestFullGatewayAnswers507: stations are told to come back, and so is who asks
// for the gateway's health. The ledger may still use what the chunks leave.
func TestFullGatewayAnswers507(t *testing.T) {
	key, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	g, err := gateway.New(s.Into(gateway.Config{Key: key, Stations: gateway.StationDir(filepath.Join(dir, "stations"))}))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, path string, body string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest(method, path, nil)
		if body != "" {
			r = httptest.NewRequest(method, path, strings.NewReader(body))
		}
		r.RemoteAddr = "127.0.0.1:1"
		g.ServeHTTP(w, r)
		return w
	}
	part := "/parts/" + envelope.Sum([]byte("x")).String()
	if w := ask(http.MethodPut, part, "x"); w.Code != http.StatusNoContent {
		t.Fatalf("with room: %d %s", w.Code, w.Body)
	}
	s.Chunks.(*store.Files).Fill(200<<20, 1<<40)
	part = "/parts/" + envelope.Sum([]byte("y")).String()
	for path, w := range map[string]*httptest.ResponseRecorder{part: ask(http.MethodPut, part, "y"), "/health": ask(http.MethodGet, "/health", "")} {
		var p uplink.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != http.StatusInsufficientStorage || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d %q %s", path, w.Code, w.Header().Get("Retry-After"), w.Body)
		}
	}
	if err := s.Ledger.(*store.JetStream).Ready(); err != nil {
		t.Errorf("the ledger: %v", err)
	}
	s.Chunks.(*store.Files).Fill(300<<20, 1<<40)
	if w := ask(http.MethodGet, "/health", ""); w.Code != http.StatusOK {
		t.Errorf("with room again: %d %s", w.Code, w.Body)
	}
}

// TestLedgerIsOpenedAnew: JetStream that switched itself off is started again
// in the process, with all that it had.
func TestLedgerIsOpenedAnew(t *testing.T) {
	j, m := embedded(t, t.TempDir()), newMaker(t)
	before, _ := m.take(j, thu, 1)
	if _, _, err := j.Gaps(t.Context(), thu, 1); err != nil {
		t.Fatal(err)
	}
	if err := j.Disable(); err != nil {
		t.Fatal(err)
	}
	id, raw, link := m.seal(thu, 2)
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		_, err := j.Link(t.Context(), thu, 2, link)
		if err == nil {
			_, err = j.Create(t.Context(), id, raw, gateway.Mark{})
		}
		if err == nil {
			break
		}
		if time.Now().After(until) {
			t.Fatalf("it takes nothing more: %v", err)
		}
	}
	if _, err := j.Get(t.Context(), before); err != nil {
		t.Errorf("what was there: %v", err)
	}
	if gaps, last, err := j.Gaps(t.Context(), thu, 9); err != nil || len(gaps) > 0 || last != 2 {
		t.Errorf("gaps %v up to %d: %v", gaps, last, err)
	}
	// News still reach who waits.
	done := make(chan error, 1)
	go func() { done <- j.Wait(t.Context(), thu, 0) }()
	time.Sleep(50 * time.Millisecond)
	if _, err := j.Append(t.Context(), gateway.Event{Station: thu, Dossier: id, State: "validated"}); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("nobody called who waits")
	}
}
