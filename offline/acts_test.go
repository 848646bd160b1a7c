package offline_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// count is how often an act of the code is in the log.
func count(t testing.TB, o *offline.Outbox, what string) (n int) {
	t.Helper()
	if err := o.Acts(0, func(_ uint64, a audit.Act) error {
		if a.What == what {
			n++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// A trouble that stays is written down once, not at each try: the log keeps
// everything for ever.
func TestTroubleIsWrittenDownOnce(t *testing.T) {
	missing := uuid.New()
	reply := uplink.ReportReply{Witnessed: envelope.Head{Size: 1 << 40, Root: envelope.Digest{1}}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /reports", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(reply) })
	srv := httptest.NewServer(mux)
	defer srv.Close()
	c := newCentral(t)
	o := open(t, c.config(t, srv.URL))
	for range 5 {
		if err := o.Report(t.Context()); err == nil {
			t.Fatal("control: the fork is not noticed")
		}
	}
	if n := count(t, o, offline.ActAuditFork); n != 1 {
		t.Errorf("a fork is written down %d times", n)
	}
	reply = uplink.ReportReply{Differences: []uplink.Difference{{Day: "2026-11-22", MissingHere: []uuid.UUID{missing}}}}
	for range 5 {
		_ = o.Report(t.Context()) // this central witnesses nothing
	}
	if n := count(t, o, "custody-differs"); n != 1 {
		t.Errorf("a difference is written down %d times", n)
	}
}

// A log that lost all its acts says so, although what it has since is whole.
func TestLogBeginsAnew(t *testing.T) {
	c := newCentral(t)
	cfg := c.config(t, "http://127.0.0.1:1")
	d := newDossier(10)
	o := must(offline.Open(cfg))(t)
	submit(t, o, d)
	if r := must(o.AuditVerify())(t); len(r.Problems) != 0 || r.Head.Size == 0 {
		t.Fatalf("control: before the loss: %+v", r)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(cfg.Dir, "index.db"), 0); err != nil {
		t.Fatal(err)
	}
	o = open(t, cfg)
	if s := must(o.Status(d.ID))(t); s.State != offline.Sealed {
		t.Errorf("the dossier that waited: %v", s.State)
	}
	r := must(o.AuditVerify())(t)
	if len(r.Problems) != 1 || r.Problems[0].Code != audit.Anew || !strings.Contains(r.Problems[0].What, ".aside") {
		t.Errorf("nothing says that the acts are gone: %+v", r)
	}
}

// A chip that misses one count is counted on at the next dossier.
func TestCounterStumbles(t *testing.T) {
	c := newCentral(t)
	cfg := c.config(t, "http://127.0.0.1:1")
	chip := &stumbling{fakeCounter: fakeCounter{n: 7}}
	cfg.Counter = chip
	o := open(t, cfg)
	submit(t, o, newDossier(10))
	chip.stumble = true
	submit(t, o, newDossier(10))
	submit(t, o, newDossier(10))
	if chip.n != 9 {
		t.Errorf("the counter is at %d, want 9", chip.n)
	}
	if r := must(o.AuditVerify())(t); len(r.Problems) != 0 || r.Counter != chip.n {
		t.Errorf("%+v", r)
	}
}

// stumbling fails to count once.
type stumbling struct {
	fakeCounter
	stumble bool
}

func (s *stumbling) Increment() (uint64, error) {
	if s.stumble {
		s.stumble = false
		return 0, errors.New("the chip is busy")
	}
	return s.fakeCounter.Increment()
}
