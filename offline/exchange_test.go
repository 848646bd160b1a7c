package offline_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
)

// synced submits n dossiers and exchanges everything with the central.
func synced(t testing.TB, o *offline.Outbox, n int) {
	t.Helper()
	for range n {
		submit(t, o, newDossier(10))
	}
	if err := o.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (c *central) witness(t testing.TB) gateway.Witness {
	t.Helper()
	return must(c.witnesses.Witness(t.Context(), stationID))(t)
}

// The central follows the audit log by its proofs, counts the security events
// once each, and sees how the station fares.
func TestReports(t *testing.T) {
	c := newCentral(t)
	cfg := c.config(t, serve(t, c).URL)
	cfg.Version = "1.2.3"
	c.enrol(t, cfg)
	o := open(t, cfg)
	for range 3 {
		if err := o.Act("station", offline.ActVerificationFailed, uuid.Nil, "", "passive-authentication"); err != nil {
			t.Fatal(err)
		}
	}
	synced(t, o, 2)
	first := c.witness(t)
	i := slices.IndexFunc(first.Events, func(e gateway.Tally) bool { return e.Code == offline.ActVerificationFailed })
	if first.Forks != 0 || first.Audit.Size == 0 || first.Health.Version != "1.2.3" || i < 0 || first.Events[i].Count != 3 {
		t.Fatalf("%+v", first)
	}
	synced(t, o, 2)
	second := c.witness(t)
	if second.Forks != 0 || second.Audit.Size <= first.Audit.Size || second.Number <= first.Number || len(second.Gaps) != 0 {
		t.Errorf("%+v after %+v", second, first)
	}
	if slices.ContainsFunc(second.Events, func(e gateway.Tally) bool { return e.Code != offline.ActVerificationFailed || e.Count != 3 }) {
		t.Errorf("events %+v", second.Events)
	}
	// A station that forgot its reports makes the next one twice and goes on.
	if err := os.Remove(filepath.Join(cfg.Dir, "reports.json")); err != nil {
		t.Fatal(err)
	}
	synced(t, o, 1)
	if third := c.witness(t); third.Forks != 0 || third.Audit.Size <= second.Audit.Size {
		t.Errorf("%+v after %+v", third, second)
	}
	if r := must(o.AuditVerify())(t); len(r.Problems) != 0 || r.Witnesses == 0 || r.Unchecked != 0 {
		t.Errorf("audit: %+v", r)
	}
}

// An older copy of the folder that was put back shows at the central and at the
// station; no dossier is lost over it.
func TestRestoredSnapshot(t *testing.T) {
	c := newCentral(t)
	cfg := c.config(t, serve(t, c).URL)
	c.enrol(t, cfg)
	snapshot := filepath.Join(t.TempDir(), "queue")
	session := func(copied bool) (err error) {
		o := must(offline.Open(cfg))(t)
		defer func() { err = errors.Join(err, o.Close()) }()
		if copied {
			d := newDossier(10)
			submit(t, o, d)
			err = o.Sync(t.Context())
			if s := must(o.Status(d.ID))(t); s.State != offline.Custody {
				t.Errorf("a dossier after the restore is %s: %s", s.State, s.Detail)
			}
			return err
		}
		synced(t, o, 2)
		return nil
	}
	if err := session(false); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(snapshot, os.DirFS(cfg.Dir)); err != nil {
		t.Fatal(err)
	}
	if err := session(false); err != nil {
		t.Fatal(err)
	}
	if w := c.witness(t); w.Forks != 0 {
		t.Fatalf("control: a fork before the restore: %+v", w)
	}
	if err := os.RemoveAll(cfg.Dir); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(cfg.Dir, os.DirFS(snapshot)); err != nil {
		t.Fatal(err)
	}
	if err := session(true); err == nil {
		t.Error("the station does not notice")
	}
	if w := c.witness(t); w.Forks == 0 {
		t.Errorf("the central does not notice: %+v", w)
	}
}

// What the central hands out comes by version, is believed under its signature
// only, and never goes back.
func TestDocuments(t *testing.T) {
	c := newCentral(t)
	cfg := c.config(t, serve(t, c).URL)
	c.enrol(t, cfg)
	o := open(t, cfg)
	give := func(version, body string, from time.Time) {
		t.Helper()
		must(c.documents.Add(offline.DocumentRules, "rules.json", version, from, strings.NewReader(body)))(t)
		if err := o.FetchDocuments(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	have := func() (version, body string) {
		t.Helper()
		path, item, ok := o.Document(offline.DocumentRules)
		if !ok {
			return "", ""
		}
		return item.Version, string(must(os.ReadFile(path))(t))
	}
	if v, _ := have(); v != "" {
		t.Errorf("version %q before the first", v)
	}
	give("1", "one", time.Time{})
	if v, b := have(); v != "1" || b != "one" {
		t.Errorf("%q %q", v, b)
	}
	old := must(os.ReadFile(filepath.Join(cfg.Documents, "rules.cose")))(t)
	give("2", "two, of the next year", time.Now().AddDate(1, 0, 0))
	if v, b := have(); v != "1" || b != "one" {
		t.Errorf("not yet in force: %q %q", v, b)
	}
	give("3", "three", time.Time{})
	path, item, ok := o.Document(offline.DocumentRules)
	if !ok || item.Version != "3" || item.Name != "rules.json" {
		t.Fatalf("%+v %v", item, ok)
	}
	if files := must(os.ReadDir(filepath.Join(cfg.Documents, "rules")))(t); len(files) != 1 {
		t.Errorf("%d documents are kept", len(files))
	}
	// Touched on the disk: not used, and fetched anew with the next catalogue.
	if err := os.WriteFile(path, []byte("thref"), 0o600); err != nil {
		t.Fatal(err)
	}
	if v, _ := have(); v == "3" {
		t.Error("a document that was changed is used")
	}
	give("4", "four", time.Time{})
	if v, b := have(); v != "4" || b != "four" {
		t.Errorf("%q %q", v, b)
	}
	// An older catalogue from the gateway is not taken.
	if err := os.WriteFile(filepath.Join(c.dir, "documents", "catalogue.cose"), old, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := o.FetchDocuments(t.Context()); !errors.Is(err, offline.ErrOldCatalogue) {
		t.Errorf("an older catalogue: %v", err)
	}
	if v, _ := have(); v != "4" {
		t.Errorf("back to %q", v)
	}
}

// Two recipients for a while: both open. Then the station's key and the
// central's receipt key are rotated in the middle of a queue: what waits is
// taken, what is stored verifies.
func TestRotations(t *testing.T) {
	c := newCentral(t)
	srv := serve(t, c)
	cfg := c.config(t, srv.URL)
	c.enrol(t, cfg)
	next := must(envelope.GenerateIdentity())(t)
	c.identities = append(c.identities, next)
	cfg.Recipients = append(cfg.Recipients, next.Recipient())
	o := must(offline.Open(cfg))(t)
	before, waits := newDossier(10), newDossier(10)
	submit(t, o, before)
	if err := o.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	sealed, station, err := c.gw.Dossier(t.Context(), before.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range c.identities {
		if _, _, err := envelope.Open(id, station.Key, sealed); err != nil {
			t.Error(err)
		}
	}
	submit(t, o, waits)
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}

	// The station has a new key; the old one vouched for it.
	old := cfg.Signer
	cfg.Signer, cfg.Former = must(envelope.GenerateKey())(t), []*envelope.PublicKey{old.Public()}
	c.enrol(t, cfg)
	// The central has a new receipt key, and the station knows both.
	was := c.key
	c.key = must(envelope.GenerateKey())(t)
	cfg.GatewayKey, cfg.OtherKeys = c.key.Public(), []*envelope.PublicKey{was.Public()}
	c.documents = nil
	c.restart()
	o = must(offline.Open(cfg))(t)
	after := newDossier(10)
	submit(t, o, after)
	if err := o.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, key := range map[uuid.UUID]*envelope.PublicKey{before.ID: was.Public(), waits.ID: c.key.Public(), after.ID: c.key.Public()} {
		if s := must(o.Status(id))(t); s.State != offline.Custody || s.Receipt == nil {
			t.Errorf("%+v", s)
		}
		if _, err := envelope.VerifyReceipt(key, must(o.SignedReceipt(id))(t)); err != nil {
			t.Error(err)
		}
	}
	if r := must(o.Verify())(t); len(r.Problems) != 0 || r.Unchecked != 0 {
		t.Errorf("%+v", r)
	}
	if r := must(o.AuditVerify())(t); len(r.Problems) != 0 || r.Unchecked != 0 {
		t.Errorf("%+v", r)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	cfg.Former = nil
	o = must(offline.Open(cfg))(t)
	if r := must(o.Verify())(t); len(r.Problems) == 0 {
		t.Error("control: a manifest under a key that is none of the station's passes")
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
}

// fakeCounter counts as a TPM does.
type fakeCounter struct {
	n    uint64
	fail error
}

func (f *fakeCounter) Counter() (uint64, error) { return f.n, f.fail }

func (f *fakeCounter) Increment() (uint64, error) {
	if f.fail != nil {
		return 0, f.fail
	}
	f.n++
	return f.n, nil
}

// The hardware counter is in each manifest and in the log; one that fails, or
// has seen another log, stops no dossier and is written down.
func TestCounter(t *testing.T) {
	c := newCentral(t)
	cfg := c.config(t, serve(t, c).URL)
	c.enrol(t, cfg)
	chip := &fakeCounter{n: 7}
	cfg.Counter = chip
	counterOf := func(o *offline.Outbox) uint64 {
		t.Helper()
		d := newDossier(10)
		submit(t, o, d)
		if err := o.Send(t.Context()); err != nil {
			t.Fatal(err)
		}
		sealed, _, err := c.gw.Dossier(t.Context(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		return must(envelope.ParseManifest(sealed.Manifest))(t).Counter
	}
	o := must(offline.Open(cfg))(t)
	if n := counterOf(o); n != 8 {
		t.Errorf("counter %d, want 8", n)
	}
	if r := must(o.AuditVerify())(t); !r.Anchored || len(r.Problems) != 0 || r.Counter != 8 {
		t.Errorf("control: %+v", r)
	}
	chip.fail = errors.New("the chip does not answer")
	if n := counterOf(o); n != 0 {
		t.Errorf("counter %d of a chip that does not answer", n)
	}
	chip.fail = nil
	chip.n = 12 // another log was written with this chip meanwhile
	if r := must(o.AuditVerify())(t); len(r.Problems) == 0 {
		t.Error("the log of a chip that has counted on verifies")
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	o = must(offline.Open(cfg))(t)
	defer func() { _ = o.Close() }()
	forks := 0
	if err := o.Acts(0, func(_ uint64, a audit.Act) error {
		if a.What == offline.ActAuditFork {
			forks++
		}
		return nil
	}); err != nil || forks != 1 {
		t.Errorf("%d forks are written down, %v", forks, err)
	}
	if n := counterOf(o); n != 13 {
		t.Errorf("counter %d, want 13", n)
	}
}

// The index forgets what the policy no longer keeps, by the central's time; a
// clock two years ahead deletes nothing.
func TestRetention(t *testing.T) {
	c := newCentral(t)
	cfg := c.config(t, serve(t, c).URL)
	c.enrol(t, cfg)
	keep := time.Hour
	cfg.Policy = func() offline.Policy {
		return offline.Policy{Keep: map[offline.State]time.Duration{offline.Custody: keep}}
	}
	cfg.Now = func() time.Time { return time.Now().AddDate(2, 0, 0) }
	o := open(t, cfg)
	synced(t, o, 1)
	stop := run(t, o)
	synced(t, o, 1)
	stop()
	if list := must(o.List())(t); len(list) != 2 {
		t.Fatalf("a clock that is ahead dropped dossiers: %d are left", len(list))
	}
	keep = time.Nanosecond
	time.Sleep(5 * time.Millisecond)
	synced(t, o, 1)
	stop = run(t, o)
	deadline := time.Now().Add(10 * time.Second)
	for len(must(o.List())(t)) > 1 && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	if list := must(o.List())(t); len(list) > 1 {
		t.Errorf("%d dossiers are kept", len(list))
	}
	if r := must(o.Verify())(t); len(r.Problems) != 0 {
		t.Errorf("%+v", r)
	}
}
