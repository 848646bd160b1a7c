package kiosk

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/places"
)

func TestPlaces(t *testing.T) {
	b := newBench(t)
	token := b.login()
	if w := b.ask(http.MethodPost, "/api/places", `{"text":"ha noi"}`, token); w.Code != http.StatusNotFound {
		t.Errorf("without a list: %d", w.Code)
	}
	list, err := places.Default()
	if err != nil {
		t.Fatal(err)
	}
	b.server.cfg.Places = list
	for body, want := range map[string]int{`{"text":"ha noi"}`: 1, `{"text":"nơi không có"}`: 0, `{"text":"hà nội","province":"79"}`: 0} {
		w := b.ask(http.MethodPost, "/api/places", body, token)
		var answer foundPlaces
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK || answer.Units == nil || len(answer.Units) != want ||
			answer.Version != list.Version() || answer.Communes {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	for _, body := range []string{`{"text":1}`, `{"q":"ha noi"}`, `{"text":"a"}{}`} {
		if w := b.ask(http.MethodPost, "/api/places", body, token); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", body, w.Code)
		}
	}
	if w := b.ask(http.MethodGet, "/api/places?text=ha+noi", "", token); w.Code == http.StatusOK {
		t.Error("an address may stand in a URL")
	}
}

// TestCalendarNotice: the officer is told that a day on the receipt is only an
// estimate.
func TestCalendarNotice(t *testing.T) {
	b := newBench(t)
	token := b.login()
	for _, reaches := range []bool{true, false} {
		b.server.cfg.Calendar = func(time.Time) bool { return reaches }
		w := b.ask(http.MethodGet, "/api/station", "", token)
		if strings.Contains(w.Body.String(), noticeCalendar.Code) == reaches || w.Code != http.StatusOK {
			t.Errorf("reaches %v: %d %s", reaches, w.Code, w.Body)
		}
	}
}
