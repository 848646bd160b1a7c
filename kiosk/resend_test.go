package kiosk

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/operator"
	"github.com/tram-station/tram/offline"
)

// TestSentAgain: whoever works here has what waits sent at once; only one that
// stopped is named to the outbox, and one that the central has is left alone.
func TestSentAgain(t *testing.T) {
	b := newBench(t)
	stopped, waiting, gone := asked(offline.Refused), asked(offline.Sealed), asked(offline.Custody)
	held := asked(offline.Sealed)
	held.Held = true
	b.outbox.list = []offline.Status{stopped, waiting, gone, held}
	token := b.login()
	b.station.said()
	for _, c := range []struct {
		body   string
		status int
		sent   []uuid.UUID
	}{
		{`{}`, http.StatusNoContent, nil},
		{`{"id":"` + stopped.ID.String() + `"}`, http.StatusNoContent, []uuid.UUID{stopped.ID}},
		{`{"id":"` + waiting.ID.String() + `"}`, http.StatusNoContent, nil},
		{`{"id":"` + gone.ID.String() + `"}`, http.StatusUnprocessableEntity, nil},
		{`{"id":"` + held.ID.String() + `"}`, http.StatusUnprocessableEntity, nil},
		{`{"id":"` + uuid.NewString() + `"}`, http.StatusNotFound, nil},
		{`{"id":"all"}`, http.StatusBadRequest, nil},
	} {
		b.outbox.sent = nil
		w := b.serve(b.request(http.MethodPost, "/api/queue/retry", c.body, token))
		if w.Code != c.status {
			t.Errorf("%s: %d %s", c.body, w.Code, w.Body)
		}
		if done := len(b.outbox.sent) == 1; done != (c.status == http.StatusNoContent) || done && !slices.Equal(b.outbox.sent[0], c.sent) {
			t.Errorf("%s: sent %v", c.body, b.outbox.sent)
		}
	}
	if said := b.station.said(); len(said) != 3 || said[0] != "officer-1|sent-again||" {
		t.Errorf("log %q", said)
	}
	b.open(&fakeOperators{role: operator.RoleAdministrator})
	if w := b.ask(http.MethodPost, "/api/queue/retry", `{}`, b.login()); w.Code != http.StatusForbidden {
		t.Errorf("an administrator: %d", w.Code)
	}
}

// TestQueueShowsWhatIsHeld: what waits for a supervisor is in the list of what
// waits, named as that.
func TestQueueShowsWhatIsHeld(t *testing.T) {
	b := newBench(t)
	b.outbox.held = 1
	var entries []entry
	w := b.ask(http.MethodGet, "/api/queue", "", b.login())
	if err := json.Unmarshal(w.Body.Bytes(), &entries); err != nil || len(entries) != 2 {
		t.Fatalf("%v: %s", err, w.Body)
	}
	i := slices.IndexFunc(entries, func(e entry) bool { return e.State == "held" })
	if i < 0 || !entries[i].Waits {
		t.Errorf("entries %+v", entries)
	}
}
