package kiosk

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
)

// TestEndOfDay: a supervisor sees today's flagged dossiers, masked, and no
// other's; an officer does not.
func TestEndOfDay(t *testing.T) {
	s := newStaff(t)
	id := s.outbox.list[0].ID
	s.outbox.list[0].Enqueued = s.clock
	act := func(what string, at time.Time, of uuid.UUID, detail string) audit.Act {
		return audit.Act{At: envelope.Clock{Wall: at.UnixMilli()}, Who: "station", What: what, Dossier: of, Masked: "••••••••0001", Detail: detail}
	}
	s.outbox.audit = []audit.Act{
		act(enrol.ActFlagged, s.clock.Add(-48*time.Hour), uuid.New(), "sample"),
		act(enrol.ActFlagged, s.clock, id, "chip-failed exception-pending"),
		act("sealed", s.clock, uuid.New(), "sample"),
		act(enrol.ActFlagged, s.clock, uuid.New(), "sample"),
	}
	officer, boss := s.in("officer-1"), s.in("supervisor-1")
	if w := s.ask(http.MethodGet, "/api/day", "", header(TokenHeader, officer.Token)); w.Code != http.StatusForbidden {
		t.Errorf("an officer: %d", w.Code)
	}
	w := s.ask(http.MethodGet, "/api/day", "", header(TokenHeader, boss.Token))
	var v dayView
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %v", w.Code, err)
	}
	if v.Sealed != 1 || v.Flagged != 2 || v.Pending != 1 || v.Sampled != 1 || len(v.Entries) != 2 {
		t.Fatalf("%+v", v)
	}
	if e := v.Entries[0]; e.ID != id || e.State != "sealed" || !slices.Equal(e.Flags, []string{"chip-failed", "exception-pending"}) || !strings.HasPrefix(e.Shown, "•") {
		t.Errorf("%+v", e)
	}
	if v.Entries[1].State != "" {
		t.Errorf("gone from the index: %+v", v.Entries[1])
	}
	// Asked again, only what is new is read, and another day begins empty.
	s.outbox.audit = append(s.outbox.audit, act(enrol.ActFlagged, s.clock, uuid.New(), "sample"))
	s.outbox.read = 0
	if v, err := s.server.flaggedOn(v.Day); err != nil || v.Flagged != 3 || s.outbox.read != 1 {
		t.Errorf("asked again: %+v, %v, %d acts read", v, err, s.outbox.read)
	}
	if v, err := s.server.flaggedOn("2999-01-01"); err != nil || v.Flagged != 0 || s.outbox.read != 1 {
		t.Errorf("on another day: %+v, %v, %d acts read", v, err, s.outbox.read)
	}
	if v, err := s.server.flaggedOn(v.Day); err != nil || v.Flagged != 3 { // the clock was set back
		t.Errorf("on the day before: %+v, %v", v, err)
	}
}

// TestLookedAt: a supervisor marks what they have looked at, once; it stands in
// the log, and with the day.
func TestLookedAt(t *testing.T) {
	s := newStaff(t)
	id, other := uuid.New(), uuid.New()
	s.outbox.audit = []audit.Act{{At: envelope.Clock{Wall: s.clock.UnixMilli()}, Who: "station", What: enrol.ActFlagged, Dossier: id, Masked: "••••••••0001", Detail: "sample"}}
	officer, boss := s.in("officer-1"), s.in("supervisor-1")
	s.station.said()
	for _, c := range []struct {
		token  string
		id     uuid.UUID
		status int
	}{{officer.Token, id, http.StatusForbidden}, {boss.Token, other, http.StatusNotFound}, {boss.Token, id, http.StatusNoContent}} {
		if status, code, _ := s.post(c.token, "/api/day", map[string]any{"id": c.id}); status != c.status {
			t.Errorf("%d %s, want %d", status, code, c.status)
		}
	}
	said := s.station.said()
	if i := slices.Index(said, "supervisor-1|flagged-looked-at|••••••••0001|"); i < 0 {
		t.Fatalf("log %q", said)
	}
	s.outbox.audit = append(s.outbox.audit, audit.Act{At: envelope.Clock{Wall: s.clock.UnixMilli()}, Who: "supervisor-1", What: enrol.ActLookedAt, Dossier: id})
	if v, err := s.server.flaggedOn(dayOf(s.clock)); err != nil || len(v.Entries) != 1 || v.Entries[0].Looked != "supervisor-1" {
		t.Errorf("%+v, %v", v, err)
	}
	s.post(boss.Token, "/api/day", map[string]any{"id": id})
	if said := s.station.said(); len(said) != 0 {
		t.Errorf("twice: %q", said)
	}
}
