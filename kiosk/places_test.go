package kiosk

import (
	"encoding/json"
	"net/http"
	"testing"

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
