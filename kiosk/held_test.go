package kiosk

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
)

// reviewed is one held dossier, which one identity opens.
type reviewed struct {
	dossier *dossier.Dossier
	key     envelope.KeyID
	opened  []string // by whom
	ended   string   // how, by whom, and why
}

func (r *reviewed) open(id uuid.UUID, by *envelope.Identity, who string) (*dossier.Dossier, error) {
	switch {
	case r == nil || r.ended != "" || r.dossier.ID != id:
		return nil, offline.ErrNotFound
	case by.Recipient().ID() != r.key:
		return nil, envelope.ErrIdentity
	}
	r.opened = append(r.opened, who)
	return r.dossier, nil
}

func (r *reviewed) release(id uuid.UUID, _ *envelope.Identity, approve bool, who, reason string) error {
	if r == nil || r.ended != "" || r.dossier.ID != id {
		return offline.ErrNotFound
	}
	r.ended = map[bool]string{true: "approved", false: "rejected"}[approve] + " " + who + " " + reason
	return nil
}

// heldBench is a station with a held dossier, and the key that opens it.
type heldBench struct {
	*staff
	kept *reviewed
	key  string
}

func newHeld(t *testing.T, officer string) *heldBench {
	t.Helper()
	b := &heldBench{staff: newStaff(t)}
	identity, key := newIdentity(t)
	b.key = key
	b.kept = &reviewed{dossier: &dossier.Dossier{ID: uuid.Must(uuid.NewV7()), Kind: "citizen-level2", Officer: officer}, key: identity.Recipient().ID()}
	b.outbox.kept, b.outbox.held = b.kept, 1
	b.station.snapshot.Rules.ExceptionReasons = []rules.ExceptionRule{{Code: "seen"}}
	b.station.snapshot.Rules.ExceptionRefusals = []rules.ExceptionRule{{Code: "retry"}}
	return b
}

// newIdentity makes an identity and the text of its file.
func newIdentity(t *testing.T) (*envelope.Identity, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "supervisor.key")
	identity, err := envelope.OpenIdentity(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return identity, "# supervisor\n" + string(text)
}

func (b *heldBench) opens(token, key string) (int, string) {
	b.t.Helper()
	status, code, _ := b.post(token, "/api/held/open", map[string]any{"id": b.kept.dossier.ID, "identity": key})
	return status, code
}

func (b *heldBench) decides(token string, change map[string]any) (int, string) {
	b.t.Helper()
	body := map[string]any{"id": b.kept.dossier.ID, "identity": b.key, "approve": true, "reason": "seen", "pin": testSupervisorPIN}
	for name, value := range change {
		body[name] = value
	}
	status, code, _ := b.post(token, "/api/held/decide", body)
	return status, code
}

// TestHeldIsDecidedOn: a supervisor opens it with the key, sees it, proves who
// they are, and releases it; each of these is needed.
func TestHeldIsDecidedOn(t *testing.T) {
	b := newHeld(t, "officer-1")
	boss := b.in("supervisor-1").Token
	if status, code := b.decides(boss, nil); status != http.StatusUnprocessableEntity || code != "not-opened" {
		t.Errorf("unseen: %d %s", status, code)
	}
	_, stranger := newIdentity(t)
	for key, want := range map[string]string{stranger: "other-identity", "AGE-SECRET-KEY-1": "no-identity", "": "no-identity"} {
		if status, code := b.opens(boss, key); status != http.StatusUnprocessableEntity || code != want {
			t.Errorf("another key: %d %s, want %s", status, code, want)
		}
	}
	if status, code := b.opens(boss, b.key); status != http.StatusOK {
		t.Fatalf("opens: %d %s", status, code)
	}
	for _, c := range []struct {
		change map[string]any
		code   string
	}{
		{map[string]any{"reason": "retry"}, "bad-reason"}, // that is why one is turned down
		{map[string]any{"reason": ""}, "bad-reason"},
		{map[string]any{"identity": "x"}, "no-identity"},
		{map[string]any{"pin": "111111"}, "supervisor-pin"},
		{map[string]any{"pin": ""}, "supervisor-pin"},
		{map[string]any{"ceremony": "x", "answer": map[string]any{}}, "wrong-key-answer"},
	} {
		if status, code := b.decides(boss, c.change); status != http.StatusUnprocessableEntity || code != c.code {
			t.Errorf("%v: %d %s, want %s", c.change, status, code, c.code)
		}
	}
	if b.kept.ended != "" {
		t.Fatalf("decided on: %s", b.kept.ended)
	}
	if status, code := b.decides(boss, nil); status != http.StatusNoContent || b.kept.ended != "approved supervisor-1 seen" {
		t.Errorf("released: %d %s, %q", status, code, b.kept.ended)
	}
	if status, code := b.decides(boss, nil); status != http.StatusUnprocessableEntity || code != "not-opened" {
		t.Errorf("once more: %d %s", status, code)
	}
	if !slices.Equal(b.kept.opened, []string{"supervisor-1"}) || len(b.station.states) != 0 {
		t.Errorf("opened by %v, told %v", b.kept.opened, b.station.states)
	}
}

// TestHeldIsTurnedDown: the page that shows the receipt is told.
func TestHeldIsTurnedDown(t *testing.T) {
	b := newHeld(t, "officer-1")
	boss := b.in("supervisor-1").Token
	if status, _ := b.opens(boss, b.key); status != http.StatusOK {
		t.Fatal(status)
	}
	if status, code := b.decides(boss, map[string]any{"approve": false, "reason": "retry"}); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, code)
	}
	if want := []string{b.kept.dossier.ID.String() + " " + enrol.StateTurnedDown}; b.kept.ended != "rejected supervisor-1 retry" || !slices.Equal(b.station.states, want) {
		t.Errorf("%q, told %v", b.kept.ended, b.station.states)
	}
}

// TestHeldIsNobodysOwn: neither an officer decides, nor the supervisor who took
// it, nor somebody long after it was opened.
func TestHeldIsNobodysOwn(t *testing.T) {
	own := newHeld(t, "supervisor-1")
	boss := own.in("supervisor-1").Token
	if status, _ := own.opens(boss, own.key); status != http.StatusOK {
		t.Fatal(status)
	}
	for _, approve := range []bool{true, false} {
		if status, code := own.decides(boss, map[string]any{"approve": approve}); status != http.StatusUnprocessableEntity || code != "own-approval" {
			t.Errorf("an own one: %d %s", status, code)
		}
	}
	b := newHeld(t, "officer-1")
	officer, boss := b.in("officer-1").Token, b.in("supervisor-1").Token
	if status, _ := b.opens(officer, b.key); status != http.StatusForbidden {
		t.Errorf("an officer opens: %d", status)
	}
	if w := b.ask(http.MethodGet, "/api/held", "", header(TokenHeader, officer)); w.Code != http.StatusForbidden {
		t.Errorf("an officer looks: %d", w.Code)
	}
	if status, _ := b.opens(boss, b.key); status != http.StatusOK {
		t.Fatal(status)
	}
	if status, _ := b.decides(officer, nil); status != http.StatusForbidden {
		t.Errorf("an officer decides: %d", status)
	}
	b.clock = b.clock.Add(seenLasts + time.Minute)
	if status, code := b.decides(b.in("supervisor-1").Token, nil); status != http.StatusUnprocessableEntity || code != "not-opened" {
		t.Errorf("long after: %d %s", status, code)
	}
}

// TestHeldListSaysWhy: out of the audit log, which is read once.
func TestHeldListSaysWhy(t *testing.T) {
	b := newHeld(t, "officer-1")
	b.outbox.audit = []audit.Act{{What: enrol.ActReview, Detail: "face-review sample"}, {What: "sealed"}} // of the dossier without an ID
	token := header(TokenHeader, b.in("supervisor-1").Token)
	for range 2 {
		w := b.ask(http.MethodGet, "/api/held", "", token)
		var list []heldEntry
		if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || len(list) != 1 {
			t.Fatalf("%v %s", err, w.Body)
		}
		if !slices.Equal(list[0].Review, []string{"face-review", "sample"}) || list[0].State != enrol.StateHeld {
			t.Errorf("%+v", list[0])
		}
	}
	if b.outbox.read != 2 {
		t.Errorf("%d acts were read", b.outbox.read)
	}
}

// TestKeysStayOutOfTheLog: neither the supervisor's identity nor the PIN is
// written to the log, whatever goes wrong.
func TestKeysStayOutOfTheLog(t *testing.T) {
	b := newHeld(t, "officer-1")
	var lines bytes.Buffer
	b.server.cfg.Log = slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
	boss := b.in("supervisor-1").Token
	b.opens(boss, b.key)
	b.opens(boss, b.key+"x")
	b.decides(boss, map[string]any{"pin": "111111"})
	b.decides(boss, nil)
	secret := strings.TrimSpace(strings.Split(b.key, "\n")[1])
	for _, s := range []string{secret, secret[:40], testSupervisorPIN} {
		if strings.Contains(lines.String(), s) || strings.Contains(strings.Join(b.station.said(), " "), s) {
			t.Errorf("%q is in a log", s)
		}
	}
}

// TestSupervisorsOwnWindow: a supervisor who looks on from a window of their own
// decides on an exception there, and does nothing else; the enrolment stays its
// officer's. Another officer decides nothing.
func TestSupervisorsOwnWindow(t *testing.T) {
	s := newStaff(t)
	lead := s.in("officer-1")
	s.begun("officer-1")
	boss, other := s.in("supervisor-1"), s.in("officer-2")
	if !lead.Active || boss.Active {
		t.Fatalf("active: %v, %v", lead.Active, boss.Active)
	}
	approve := func(token, pin string) (int, string) {
		status, code, _ := s.post(token, "/api/do", map[string]any{"id": uuid.NewString(), "name": enrol.CmdExceptionApprove,
			"args": map[string]string{"id": "face", "reason": "seen", "officer": "supervisor-1", "pin": pin}})
		return status, code
	}
	if status, code := approve(other.Token, testSupervisorPIN); status != http.StatusConflict || code != "not-active" {
		t.Errorf("an officer who looks on: %d %s", status, code)
	}
	s.station.said()
	if status, code := approve(boss.Token, "111111"); status != http.StatusUnprocessableEntity || code != "supervisor-pin" {
		t.Errorf("a wrong PIN: %d %s", status, code)
	}
	if said := s.station.said(); !slices.Contains(said, "supervisor-1|approval-refused||") {
		t.Errorf("log %q", said)
	}
	if status, code := s.command(boss.Token); status != http.StatusConflict || code != "not-active" {
		t.Errorf("another command: %d %s", status, code)
	}
	n := s.station.done()
	if status, code := approve(boss.Token, testSupervisorPIN); status != http.StatusOK {
		t.Fatalf("%d %s", status, code)
	}
	c := s.station.commands[n]
	if c.Officer != "officer-1" || !strings.Contains(string(c.Args), `"supervisor":"supervisor-1"`) || strings.Contains(string(c.Args), testSupervisorPIN) {
		t.Errorf("carried out: %s by %s", c.Args, c.Officer)
	}
	s.begun("supervisor-1") // and nobody's own
	if status, code := approve(boss.Token, testSupervisorPIN); status != http.StatusUnprocessableEntity || code != "own-approval" {
		t.Errorf("an own one: %d %s", status, code)
	}
}
