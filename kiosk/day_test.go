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
	"github.com/tram-station/tram/kiosk/operator"
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

// flagged is an act that flags a dossier, at a time of a clock of the machine's
// start, that long after it.
func flagged(at time.Time, boot uuid.UUID, since time.Duration, id uuid.UUID) audit.Act {
	return audit.Act{At: envelope.Clock{Wall: at.UnixMilli(), Boot: &boot, Monotonic: since.Milliseconds()}, Who: "station",
		What: enrol.ActFlagged, Dossier: id, Masked: "••••••••0001", Detail: "sample"}
}

// listed asks which dossiers stand on the page of a day.
func (b *bench) listed(day string) (ids []uuid.UUID) {
	b.t.Helper()
	v, err := b.server.flaggedOn(day)
	if err != nil || v.Flagged != len(v.Entries) {
		b.t.Fatalf("%+v, %v", v, err)
	}
	for _, e := range v.Entries {
		if got := dayOf(e.At); got != day {
			b.t.Errorf("%s stands on the page of %s with a time of %s", e.ID, day, got)
		}
		ids = append(ids, e.ID)
	}
	return ids
}

// TestEndOfDayAcrossAClockThatIsSet: what was flagged while the clock was wrong
// stands on the page of its day once the clock is right, and what was flagged
// before another start keeps its own time.
func TestEndOfDayAcrossAClockThatIsSet(t *testing.T) {
	b := newBench(t)
	day := dayOf(b.clock)
	before, now := uuid.New(), uuid.New()
	old, early, late := uuid.New(), uuid.New(), uuid.New()
	b.outbox.audit = []audit.Act{
		flagged(b.clock.Add(-30*time.Hour), before, time.Hour, old),
		flagged(time.Date(2015, 1, 1, 0, 5, 0, 0, time.UTC), now, 5*time.Minute, early), // the battery is empty
	}
	if got := b.listed(day); len(got) != 0 {
		t.Errorf("before the clock is set: %v", got)
	}
	b.outbox.audit = append(b.outbox.audit, flagged(b.clock, now, 25*time.Minute, late))
	if got := b.listed(day); !slices.Equal(got, []uuid.UUID{early, late}) {
		t.Errorf("after it is set: %v, want %v", got, []uuid.UUID{early, late})
	}
	v, err := b.server.flaggedOn(day)
	if want := b.clock.Add(-20 * time.Minute); err != nil || !v.Entries[0].At.Equal(want) {
		t.Errorf("the first was at %v, want %v (%v)", v.Entries[0].At, want, err)
	}
}

// TestEndOfDayAfterAClockThatWasAhead: what bears the day of tomorrow is on
// tomorrow's page, although it was read today.
func TestEndOfDayAfterAClockThatWasAhead(t *testing.T) {
	b := newBench(t)
	today, tomorrow := dayOf(b.clock), dayOf(b.clock.Add(24*time.Hour))
	ahead, right := uuid.New(), uuid.New()
	b.outbox.audit = []audit.Act{flagged(b.clock.Add(24*time.Hour), uuid.New(), 0, ahead), flagged(b.clock, uuid.New(), 0, right)}
	for _, c := range []struct {
		day  string
		want []uuid.UUID
	}{{today, []uuid.UUID{right}}, {tomorrow, []uuid.UUID{ahead}}, {today, []uuid.UUID{right}}} {
		if got := b.listed(c.day); !slices.Equal(got, c.want) {
			t.Errorf("on %s: %v, want %v", c.day, got, c.want)
		}
	}
}

// TestDeskOverADamagedAct: an act that can not be read keeps no supervisor from
// the end of the day, nor from what is held.
func TestDeskOverADamagedAct(t *testing.T) {
	b := newBench(t)
	b.open(&fakeOperators{role: operator.RoleSupervisor})
	token := b.login()
	boot, first, second := uuid.New(), uuid.New(), uuid.New()
	b.outbox.held = 1
	b.outbox.audit = []audit.Act{
		flagged(b.clock, boot, 0, first),
		{At: envelope.Clock{Wall: b.clock.UnixMilli()}, Who: "station", What: "sealed"},
		{At: envelope.Clock{Wall: b.clock.UnixMilli()}, Who: "station", What: enrol.ActReview, Detail: "face-review"}, // of the held one, whose name is zero
		flagged(b.clock, boot, 0, second),
	}
	b.server.cfg.Outbox = torn{b.outbox, 1}
	if got := b.listed(dayOf(b.clock)); !slices.Equal(got, []uuid.UUID{first, second}) {
		t.Errorf("flagged: %v", got)
	}
	w := b.ask(http.MethodGet, "/api/held", "", token)
	var held []heldEntry
	if err := json.Unmarshal(w.Body.Bytes(), &held); err != nil || w.Code != http.StatusOK || len(held) != 1 || !slices.Equal(held[0].Review, []string{"face-review"}) {
		t.Errorf("held: %d %s, %v", w.Code, w.Body, err)
	}
}
