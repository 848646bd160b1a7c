package gateway_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/uplink"
)

// logbook is a station's audit log and the number of its last report.
type logbook struct {
	s      *site
	path   string
	number uint64
}

func (l *logbook) update(fn func(tx *bbolt.Tx) error) {
	l.s.t.Helper()
	db, err := bbolt.Open(l.path, 0o600, &bbolt.Options{Timeout: time.Second, NoSync: true})
	if err != nil {
		l.s.t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(fn); err != nil {
		l.s.t.Fatal(err)
	}
}

// act writes n acts.
func (l *logbook) act(n int, what string) {
	l.s.t.Helper()
	l.update(func(tx *bbolt.Tx) error {
		if err := audit.Prepare(tx); err != nil {
			return err
		}
		for range n {
			if _, err := audit.Append(tx, audit.Act{Who: "station", What: what}); err != nil {
				return err
			}
		}
		return nil
	})
}

// report sends the next report, proven from the head that was seen at since.
func (l *logbook) report(c *uplink.Client, since uint64, change func(*envelope.Report)) *uplink.ReportReply {
	l.s.t.Helper()
	l.number++
	r := envelope.Report{Station: "tram-thu-001", Number: l.number, Since: since}
	l.update(func(tx *bbolt.Tx) (err error) {
		if r.Audit, err = audit.HeadOf(tx); err == nil {
			r.Proof, err = audit.Proof(tx, since)
		}
		return err
	})
	if change != nil {
		change(&r)
	}
	signed, err := envelope.SignReport(l.s.station, r)
	if err != nil {
		l.s.t.Fatal(err)
	}
	reply, err := c.Report(l.s.t.Context(), signed)
	if err != nil {
		l.s.t.Fatal(err)
	}
	if again, err := c.Report(l.s.t.Context(), signed); err != nil || again.Witnessed != reply.Witnessed {
		l.s.t.Errorf("a report sent twice: %+v, %v", again, err)
	}
	return reply
}

// found are the security events that the gateway has on its books.
func (s *site) found() map[string]uint64 {
	s.t.Helper()
	w, err := s.cfg.Witnesses.Witness(s.t.Context(), "tram-thu-001")
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string]uint64{}
	for _, e := range w.Events {
		out[e.Code] = e.Count
	}
	return out
}

// A log that goes on is witnessed; a restored snapshot and a cloned disk are
// found out.
func TestAuditIsWitnessed(t *testing.T) {
	s := newSite(t)
	c := s.enrolled(s.station, "tram-thu-001")
	l := &logbook{s: s, path: filepath.Join(t.TempDir(), "index.db")}
	l.act(5, "sealed")
	seen := l.report(c, 0, nil).Witnessed
	if seen.Size != 5 {
		t.Fatalf("witnessed %+v", seen)
	}
	snapshot, err := os.ReadFile(l.path)
	if err != nil {
		t.Fatal(err)
	}
	l.act(4, "sealed")
	if late := l.report(c, 2, nil).Witnessed; late != seen {
		t.Errorf("a proof from elsewhere moved the witness to %+v", late)
	}
	if seen = l.report(c, seen.Size, nil).Witnessed; seen.Size != 9 {
		t.Errorf("witnessed %+v", seen)
	}
	if found := s.found(); len(found) != 0 {
		t.Fatalf("control: an honest station has events %v", found)
	}

	whole, number := l.path, l.number
	for name, clone := range map[string]struct {
		acts int
		want []string
	}{
		"a restored snapshot":                 {0, []string{gateway.EventAuditFork, gateway.EventReportBack}},
		"a restored snapshot that went on":    {2, []string{gateway.EventAuditFork, gateway.EventReportBack}},
		"a clone as long as the original":     {4, []string{gateway.EventAuditFork, gateway.EventReportBack}},
		"a clone that overtook the original":  {9, []string{gateway.EventAuditFork, gateway.EventReportBack}},
		"a clone with the right report count": {9, []string{gateway.EventAuditFork}},
	} {
		before := s.found()
		l.path = filepath.Join(t.TempDir(), "index.db")
		if err := os.WriteFile(l.path, snapshot, 0o600); err != nil {
			t.Fatal(err)
		}
		if clone.acts > 0 {
			l.act(clone.acts, "other")
		}
		l.number = 1
		if len(clone.want) == 1 {
			l.number = number + 10
		}
		since := min(seen.Size, 5+uint64(clone.acts))
		if reply := l.report(c, since, nil); reply.Witnessed != seen {
			t.Errorf("%s: witnessed %+v", name, reply.Witnessed)
		}
		now := s.found()
		for _, code := range []string{gateway.EventAuditFork, gateway.EventReportBack} {
			if want := slices.Contains(clone.want, code); now[code] > before[code] != want {
				t.Errorf("%s: %s went from %d to %d", name, code, before[code], now[code])
			}
		}
	}
	l.path, l.number = whole, number+20
	l.act(1, "sealed")
	if reply := l.report(c, seen.Size, nil); reply.Witnessed.Size != 10 {
		t.Errorf("the original goes on: %+v", reply.Witnessed)
	}
}

// What a report says of chain, counter and health is held against what the
// central has.
func TestReport(t *testing.T) {
	s := newSite(t)
	c := s.enrolled(s.station, "tram-thu-001")
	l := &logbook{s: s, path: filepath.Join(t.TempDir(), "index.db")}
	l.act(1, "sealed")
	d := s.draft()
	d.Sequence, d.Previous = 4, envelope.Sum([]byte("3"))
	if _, err := c.Deliver(t.Context(), s.seal(d)); err != nil {
		t.Fatal(err)
	}
	today := time.Now().UTC().Format(time.DateOnly)
	reply := l.report(c, 0, func(r *envelope.Report) {
		r.Sequence, r.Counter = 9, 7
		r.Sets = []envelope.DaySet{{Day: today, Count: 1, Digest: envelope.SetDigest([]uuid.UUID{d.ID})}}
		r.Health = envelope.Health{Version: "7", Waiting: 3, Oldest: time.Now().Add(-time.Hour).UnixMilli()}
		r.Events = []envelope.SecurityEvent{{Code: "lockout", Count: 2}, {Code: "made-up-by-a-station", Count: 1}}
	})
	if len(reply.Ask) != 0 || !slices.Equal(reply.Gaps, [][2]uint64{{1, 3}}) {
		t.Errorf("%+v: want the gap 1-3 and no question", reply)
	}
	if found := s.found(); found["lockout"] != 2 || found[gateway.EventSequenceBack] != 0 || found[gateway.EventCounterBack] != 0 {
		t.Errorf("events %v", found)
	}
	w, err := s.cfg.Witnesses.Witness(t.Context(), "tram-thu-001")
	if err != nil || w.Health.Waiting != 3 || len(w.Gaps) != 1 || w.Number != 1 || w.Counter != 7 {
		t.Errorf("kept %+v, %v", w, err)
	}
	if reply = l.report(c, 1, func(r *envelope.Report) { r.Counter = 6 }); s.found()[gateway.EventCounterBack] != 1 {
		t.Errorf("the counter went back unseen: %+v", reply)
	}
	signed, err := envelope.SignReport(newKey(t), envelope.Report{Station: "tram-thu-001", Number: 9})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Report(t.Context(), signed); err == nil {
		t.Error("a stranger reports for a station")
	}
}

// Two manifests at one place of a station's chain: both are in custody, the
// second one in quarantine.
func TestSequenceFork(t *testing.T) {
	s := newSite(t)
	c := s.enrolled(s.station, "tram-thu-001")
	one, two := s.seal(s.draft()), s.seal(s.draft())
	for _, sealed := range []*envelope.Sealed{one, two, one, two} {
		if _, err := c.Deliver(t.Context(), sealed); err != nil {
			t.Fatalf("a fork was not taken: %v", err)
		}
	}
	for _, want := range []struct {
		s    *envelope.Sealed
		mark string
	}{{one, ""}, {two, gateway.QuarantineFork}} {
		if r, err := s.stores.Ledger.Get(t.Context(), want.s.ID); err != nil || r.Mark.Quarantine != want.mark {
			t.Errorf("marked %q, want %q, %v", r.Mark.Quarantine, want.mark, err)
		}
	}
}

// One station does not take the places of the others: what it asks beyond its
// own is answered at once.
func TestFeedPlaces(t *testing.T) {
	s := newSite(t)
	c := s.enrolled(s.station, "tram-thu-001")
	ctx, leave := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	for range 4 {
		waiting.Go(func() { _, _, _ = c.Feed(ctx, 0, 20*time.Second) })
	}
	defer waiting.Wait()
	defer leave()
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.RemoteAddr = "127.0.0.1:1"
		s.gw.ServeHTTP(w, r)
		if strings.Contains(w.Body.String(), "tram_gateway_feed_waiting 4") {
			break
		}
		if time.Now().After(until) {
			t.Fatal("four feeds do not wait")
		}
	}
	begin := time.Now()
	if _, _, err := c.Feed(t.Context(), 0, 5*time.Second); err != nil || time.Since(begin) > 3*time.Second {
		t.Errorf("a fifth waits %v, %v", time.Since(begin), err)
	}
}

// News of a dossier reach its station, signed, as soon as they are there, and
// nobody else.
func TestFeed(t *testing.T) {
	s := newSite(t)
	c := s.enrolled(s.station, "tram-thu-001")
	other := newKey(t)
	if err := s.stations.Add(uplink.Station{ID: "tram-thu-002", Key: other.Public()}); err != nil {
		t.Fatal(err)
	}
	sealed := s.seal(s.draft())
	if _, err := c.Deliver(t.Context(), sealed); err != nil {
		t.Fatal(err)
	}
	say := func(state, section string) {
		t.Helper()
		_, err := s.stores.States.Append(t.Context(), gateway.Event{
			Station: "tram-thu-001", Dossier: sealed.ID, Manifest: envelope.Sum(sealed.Manifest), State: state,
			Section: section, Words: "Ảnh chân dung bị mờ", By: "can-bo-tw-01",
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	type news struct {
		notices []uplink.SignedNotice
		next    uint64
		err     error
	}
	got := make(chan news, 1)
	begin := time.Now()
	go func() {
		n, next, err := c.Feed(t.Context(), 0, 20*time.Second)
		got <- news{n, next, err}
	}()
	time.Sleep(200 * time.Millisecond)
	say("validated", "")
	n := <-got
	if n.err != nil || len(n.notices) != 1 || n.notices[0].Notice.State != "validated" || n.notices[0].Notice.Dossier != sealed.ID {
		t.Fatalf("%+v", n)
	}
	if waited := time.Since(begin); waited < 200*time.Millisecond || waited > 10*time.Second {
		t.Errorf("news after %v", waited)
	}
	say("fix-needed", "portrait")
	notices, next, err := c.Feed(t.Context(), n.next, 0)
	if err != nil || len(notices) != 1 || notices[0].Notice.Section != "portrait" || notices[0].Notice.Words == "" || next <= n.next {
		t.Errorf("%+v, %d, %v", notices, next, err)
	}
	both, _, err := c.Feed(t.Context(), 0, 0)
	if err != nil || len(both) != 2 || !bytes.Equal(both[1].Raw, notices[0].Raw) {
		t.Errorf("from the beginning: %d notices, %v", len(both), err)
	}
	if foreign, _, err := s.enrolled(other, "tram-thu-002").Feed(t.Context(), 0, 0); err != nil || len(foreign) != 0 {
		t.Errorf("another station reads %d notices, %v", len(foreign), err)
	}
	begin = time.Now()
	if none, after, err := c.Feed(t.Context(), next, time.Second); err != nil || len(none) != 0 || after != next || time.Since(begin) < time.Second {
		t.Errorf("no news: %v, %d, %v after %v", none, after, err, time.Since(begin))
	}
}
