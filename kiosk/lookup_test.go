package kiosk

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/queue"
)

func asked(state offline.State) offline.Status {
	wall := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC).UnixMilli()
	return offline.Status{
		ID: uuid.Must(uuid.NewV7()), State: state, Kind: "citizen-level2", Initials: "N.V.T.", Masked: "N.V.T. ••••••••0001",
		Steps:   []queue.Step{{State: offline.Sealed, At: envelope.Clock{Wall: wall}}, {State: offline.Custody, At: envelope.Clock{Wall: wall + 1000}}},
		Receipt: &envelope.Receipt{LogPosition: 17},
		Fix:     &queue.Fix{Section: "portrait", Reason: "blurred", Words: "Ảnh bị nhòe", Deadline: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)},
	}
}

// TestLookup: what the masked index knows is shown, nothing else, and the log
// says who asked for whom, masked.
func TestLookup(t *testing.T) {
	b := newBench(t)
	b.outbox.list = []offline.Status{asked(offline.FixNeeded)}
	token := b.login()
	b.station.said()
	w := b.ask(http.MethodPost, "/api/lookup", `{"text":"001090990001"}`, token)
	var answer struct {
		Number string
		Found  []found
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK || len(answer.Found) != 1 {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	f := answer.Found[0]
	if f.Initials != "N.V.T." || f.State != "fix-needed" || f.LogPosition != 17 || f.Fix == nil || f.Fix.Section != "portrait" || f.Fix.Words != "Ảnh bị nhòe" ||
		len(f.Steps) != 2 || f.Steps[1].State != "custody" || f.Steps[0].At.Hour() != 8 || !f.Waits || answer.Number != "••••••••0001" {
		t.Errorf("found %+v of %s", f, answer.Number)
	}
	if strings.Contains(w.Body.String(), "001090") {
		t.Error("the number is in the answer")
	}
	if said := b.station.said(); !slices.Equal(said, []string{"officer-1|look-up|••••••••0001|1"}) {
		t.Errorf("log %q", said)
	}
	w = b.ask(http.MethodPost, "/api/lookup", `{"text":"001190990002"}`, token)
	if want := `{"number":"••••••••0002","found":[]}`; strings.TrimSpace(w.Body.String()) != want {
		t.Errorf("nobody: %s", w.Body)
	}
	for body, status := range map[string]int{`{}{}`: 400, `{"number":"1"}`: 400, fmt.Sprintf(`{"text":%q}`, strings.Repeat("1", maxLookup+1)): 400} {
		if w := b.ask(http.MethodPost, "/api/lookup", body, token); w.Code != status {
			t.Errorf("%.20s: %d, want %d", body, w.Code, status)
		}
	}
	b.station.refuse = enrol.ErrRefused
	if w := b.ask(http.MethodPost, "/api/lookup", `{"text":"hello"}`, token); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("refused: %d", w.Code)
	}
}

// TestLookupByReceipt: the number of a receipt finds that dossier alone, and one
// of another station nothing.
func TestLookupByReceipt(t *testing.T) {
	b := newBench(t)
	own := asked(offline.Custody)
	b.outbox.list = []offline.Status{asked(offline.Approved), own}
	token := b.login()
	b.station.said()
	other := uuid.NewString()
	for text, want := range map[string]int{own.ID.String(): 1, " " + strings.ToUpper(own.ID.String()) + "\n": 1, other: 0} {
		var answer struct {
			Number string
			Found  []found
		}
		w := b.ask(http.MethodPost, "/api/lookup", fmt.Sprintf(`{"text":%q}`, text), token)
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK || len(answer.Found) != want {
			t.Fatalf("%q: %d %s: %v", text, w.Code, w.Body, err)
		}
		if want == 1 && (answer.Found[0].ID != own.ID.String() || answer.Number != "••••••••0001") {
			t.Errorf("found %+v of %s", answer.Found[0], answer.Number)
		}
		if want == 0 && answer.Number != "…"+other[28:] {
			t.Errorf("nothing of %s", answer.Number)
		}
	}
	said := b.station.said()
	slices.Sort(said)
	want := []string{"officer-1|look-up|…" + other[28:] + "|0", "officer-1|look-up|••••••••0001|1", "officer-1|look-up|••••••••0001|1"}
	slices.Sort(want)
	if !slices.Equal(said, want) {
		t.Errorf("log %q", said)
	}
}

// TestLookupOfHeld: what waits for a supervisor says so; the control is the same
// dossier after its release.
func TestLookupOfHeld(t *testing.T) {
	b := newBench(t)
	token := b.login()
	for held, want := range map[bool]string{true: "held", false: "sealed"} {
		d := asked(offline.Sealed)
		d.Held, d.Receipt, d.Fix = held, nil, nil
		b.outbox.list = []offline.Status{d}
		w := b.ask(http.MethodPost, "/api/lookup", `{"text":"001090990001"}`, token)
		var answer struct{ Found []found }
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || len(answer.Found) != 1 || answer.Found[0].State != want {
			t.Errorf("held %v: %d %s: %v", held, w.Code, w.Body, err)
		}
	}
}

// TestPrintedIsLogged: only what the index knows can be printed.
func TestPrintedIsLogged(t *testing.T) {
	b := newBench(t)
	token := b.login()
	b.station.said()
	id := b.outbox.list[0].ID
	for body, status := range map[string]int{`{"id":"x"}`: 400, `{"id":"` + uuid.NewString() + `"}`: 404, `{"id":"` + id.String() + `"}`: 204} {
		if w := b.ask(http.MethodPost, "/api/printed", body, token); w.Code != status {
			t.Errorf("%s: %d, want %d", body, w.Code, status)
		}
	}
	if said := b.station.said(); !slices.Equal(said, []string{"officer-1|receipt-printed|••••••••0001|"}) {
		t.Errorf("log %q", said)
	}
}

// TestStationSays: counts, and a warning each for room, corrections and what
// waits for a supervisor.
func TestStationSays(t *testing.T) {
	b := newBench(t)
	token := b.login()
	state := func() (v stationView, codes string) {
		t.Helper()
		w := b.ask(http.MethodGet, "/api/station", "", token)
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%d %s: %v", w.Code, w.Body, err)
		}
		for _, n := range v.Notices {
			codes += n.Code + " "
			if n.Words.VI == "" || n.Words.EN == "" || n.Next.VI == "" || strings.Contains(n.Words.VI, "%") {
				t.Errorf("notice %+v", n)
			}
		}
		return v, codes
	}
	if v, codes := state(); v.Waiting != 1 || codes != "" { // the control
		t.Errorf("%+v, notices %s", v, codes)
	}
	corrected := asked(offline.FixNeeded)
	corrected.Corrected = uuid.New()
	b.outbox.list = []offline.Status{asked(offline.FixNeeded), corrected, asked(offline.Approved)}
	b.outbox.held, b.outbox.level = 2, queue.LevelLow
	if v, codes := state(); v.Waiting != 1 || v.Held != 2 || codes != "space-low fix-needed held " {
		t.Errorf("%+v, notices %s", v, codes)
	}
	b.outbox.level = queue.LevelFull
	if _, codes := state(); !strings.HasPrefix(codes, "space-full ") {
		t.Errorf("notices %s", codes)
	}
}

// TestQueueIsBounded: what waits comes first, and the dossier on the page is
// always there and as it is now.
func TestQueueIsBounded(t *testing.T) {
	b := newBench(t)
	token := b.login()
	waiting := asked(offline.Sealed)
	b.outbox.list = []offline.Status{waiting}
	for range 3 * maxListed {
		b.outbox.list = append(b.outbox.list, asked(offline.Approved))
	}
	own := asked(offline.Approved)
	b.outbox.list = slices.Insert(b.outbox.list, 5, own)
	b.station.snapshot.Receipt = &enrol.Receipt{ID: own.ID.String()}
	var list []entry
	w := b.ask(http.MethodGet, "/api/queue", "", token)
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || len(list) != maxListed {
		t.Fatalf("%d entries: %v", len(list), err)
	}
	for _, id := range []uuid.UUID{waiting.ID, own.ID} {
		if n := len(slices.DeleteFunc(slices.Clone(list), func(e entry) bool { return e.ID != id.String() })); n != 1 {
			t.Errorf("%s is there %d times", id, n)
		}
	}
}

// TestBoardIsNotReadTooOften: a list that takes long is read seldom.
func TestBoardIsNotReadTooOften(t *testing.T) {
	var b board
	now := time.Unix(0, 0)
	reads := 0
	read := func() ([]offline.Status, error) {
		reads++
		now = now.Add(100 * time.Millisecond)
		return nil, nil
	}
	for range 100 {
		if _, err := b.look(func() time.Time { return now }, read); err != nil {
			t.Fatal(err)
		}
		now = now.Add(100 * time.Millisecond)
	}
	if reads < 4 || reads > 6 {
		t.Errorf("%d reads", reads)
	}
}

// TestSessionsAreLogged: who signs in and out, and a lock once, however often
// somebody knocks.
func TestSessionsAreLogged(t *testing.T) {
	b := newBench(t).withOfficer()
	b.login()
	token := b.login()
	b.ask(http.MethodPost, "/api/logout", `{}`, token)
	if said := b.station.said(); !slices.Equal(said, []string{"officer-1|sign-in||", "officer-1|sign-in||", "officer-1|sign-out||"}) {
		t.Errorf("log %q", said)
	}
	locked := 0
	for range 12 {
		if w := b.ask(http.MethodPost, "/api/login", `{"officer":"officer-1","pin":"000000"}`); w.Code == http.StatusTooManyRequests {
			locked++
		}
	}
	said := b.station.said()
	locks := slices.DeleteFunc(slices.Clone(said), func(s string) bool { return s != "|lockout||officer-1" })
	if locked < 3 || len(locks) != 1 || !slices.Contains(said, "|sign-in-refused||officer-1") {
		t.Errorf("%d times locked, log %q", locked, said)
	}
}
