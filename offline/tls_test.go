package offline_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/uplink"
)

// serveTLS is the gateway as stations meet it: its own authority, and the
// caller known by a certificate.
func (c *central) serveTLS(t testing.TB) *httptest.Server {
	t.Helper()
	return c.behind(t, c)
}

// behind is the same with a handler in front of the gateway.
func (c *central) behind(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.TLS = &tls.Config{
		Certificates: []tls.Certificate{must(c.authority.Server("127.0.0.1"))(t)},
		ClientAuth:   tls.RequestClientCert, MinVersion: tls.VersionTLS13,
	}
	srv.StartTLS()
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	return srv
}

// secure is a station's configuration for it.
func (c *central) secure(t testing.TB, url string) offline.Config {
	t.Helper()
	cfg := c.config(t, url)
	pairing := uplink.Pairing{
		URL: url, Recipient: c.identities[0].Recipient(), ReceiptKey: c.key.Public(), CA: c.authority.PEM(),
	}
	if err := cfg.Pair(pairing); err != nil {
		t.Fatal(err)
	}
	cfg.Province = "01"
	return cfg
}

// A new station over mutual TLS and a line that breaks: it asks for its
// certificate, waits for a person at the central, and then sends everything by
// itself; all states come back, a correction follows, and a restart in the
// middle changes nothing.
func TestStationOverABadLine(t *testing.T) {
	c := newCentral(t)
	line := badLine(t, c.serveTLS(t), 400<<10)
	cfg := c.secure(t, "https://"+line.Addr())
	o := must(offline.Open(cfg))(t)
	first := newDossier(700 << 10)
	first.Lookup = "001099012345"
	submit(t, o, first)
	if err := o.Sync(t.Context()); !errors.Is(err, offline.ErrPending) {
		t.Fatalf("before the approval: %v", err)
	}
	if s := must(o.Status(first.ID))(t); s.State == offline.Custody {
		t.Fatal("control: a station without a certificate was served")
	}
	approved := must(c.stations.Approve(cfg.Signer.ID(), c.authority))(t)
	if approved.ID != stationID || approved.Province != "01" {
		t.Errorf("approved %+v", approved)
	}
	stop := run(t, o)
	s := await(t, o, first.ID, offline.Custody)
	c.say(t, s, stationID, "validated", nil)
	await(t, o, first.ID, offline.Validated)
	stop()
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}

	o = open(t, cfg) // with the certificate on its disk
	run(t, o)
	c.say(t, s, stationID, "fix-needed", func(e *gateway.Event) {
		e.Section, e.Reason, e.Deadline = "portrait", "blurred", time.Now().Add(48*time.Hour)
	})
	await(t, o, first.ID, offline.FixNeeded)
	fix, second := newDossier(100<<10), newDossier(900<<10)
	fix.Kind, fix.Corrects, fix.Section, fix.Lookup = "correction", first.ID, "portrait", first.Lookup
	for _, d := range []*dossier.Dossier{fix, second} {
		submit(t, o, d)
		c.say(t, await(t, o, d.ID, offline.Custody), stationID, "approved", nil)
	}
	await(t, o, fix.ID, offline.Approved)
	await(t, o, second.ID, offline.Approved)
	if err := o.Report(t.Context()); err != nil {
		t.Error(err)
	}
	if w := c.witness(t); w.Audit.Size == 0 || w.Forks != 0 || len(w.Gaps) != 0 {
		t.Errorf("witness %+v", w)
	}
	if n := must(c.stores.Ledger.Len(t.Context()))(t); n != 3 {
		t.Errorf("the central has %d dossiers, want 3", n)
	}
	if line.Cuts() == 0 {
		t.Error("control: the line never broke")
	}
	up, _ := line.Carried()
	t.Logf("%d cuts, %d bytes upstream", line.Cuts(), up)
}

// What is under way without the certificate when that comes does not lend its
// connection to what follows.
func TestCertificateWantsNewConnections(t *testing.T) {
	c := newCentral(t)
	held, free := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var known atomic.Bool // a request came with the certificate
	srv := c.behind(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known.Store(known.Load() || len(r.TLS.PeerCertificates) > 0)
		if r.URL.Path == "/parts/missing" {
			once.Do(func() { close(held); <-free })
		}
		c.ServeHTTP(w, r)
	}))
	cfg := c.secure(t, srv.URL)
	o := open(t, cfg)
	d := newDossier(1 << 10)
	submit(t, o, d)
	run(t, o)
	<-held
	soon(t, "the request", func() bool { _, err := c.stations.Approve(cfg.Signer.ID(), c.authority); return err == nil })
	soon(t, "a request with the certificate", known.Load)
	close(free)
	await(t, o, d.ID, offline.Custody)
}

func soon(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for until := time.Now().Add(time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%s does not come", what)
		}
	}
}

// A revoked station's sealed dossiers are still taken; it learns no states.
func TestRevokedStation(t *testing.T) {
	c := newCentral(t)
	cfg := c.secure(t, c.serveTLS(t).URL)
	o := open(t, cfg)
	if err := o.Sync(t.Context()); !errors.Is(err, offline.ErrPending) {
		t.Fatal(err)
	}
	must(c.stations.Approve(cfg.Signer.ID(), c.authority))(t)
	synced(t, o, 1)
	if err := c.stations.Revoke(cfg.Signer.ID(), time.Now()); err != nil {
		t.Fatal(err)
	}
	d := newDossier(10)
	submit(t, o, d)
	if err := o.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := must(o.Status(d.ID))(t); s.State != offline.Custody {
		t.Errorf("%+v", s)
	}
	if r := must(c.stores.Ledger.Get(t.Context(), d.ID))(t); r.Mark.Quarantine == "" {
		t.Errorf("not in quarantine: %+v", r.Mark)
	}
	if err := o.Sync(t.Context()); err == nil {
		t.Error("control: a revoked station learns states")
	}
}

// Another central at the same address learns nothing: its certificate is of
// another authority.
func TestAnotherCentral(t *testing.T) {
	c, other := newCentral(t), newCentral(t)
	cfg := c.secure(t, other.serveTLS(t).URL)
	o := open(t, cfg)
	submit(t, o, newDossier(10))
	if err := o.Sync(t.Context()); !errors.Is(err, uplink.ErrUnreachable) {
		t.Errorf("%v", err)
	}
	if asked := must(other.stations.Requests())(t); len(asked) != 0 {
		t.Error("the station asked a stranger for a certificate")
	}
	cfg = other.secure(t, cfg.GatewayURL)
	if err := open(t, cfg).Sync(t.Context()); !errors.Is(err, offline.ErrPending) {
		t.Errorf("control: %v", err)
	}
}

// A certificate that runs out is renewed before it does, without anybody.
func TestCertificateRenewed(t *testing.T) {
	c := newCentral(t)
	cfg := c.secure(t, c.serveTLS(t).URL)
	notAfter := func() time.Time {
		t.Helper()
		o := must(offline.Open(cfg))(t)
		defer func() { _ = o.Close() }()
		if err := o.Sync(t.Context()); err != nil && !errors.Is(err, offline.ErrPending) {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(filepath.Join(cfg.Dir, "certificate.pem"))
		if err != nil {
			return time.Time{}
		}
		block, _ := pem.Decode(raw)
		return must(x509.ParseCertificate(block.Bytes))(t).NotAfter
	}
	if at := notAfter(); !at.IsZero() {
		t.Fatalf("a certificate before the approval, until %s", at)
	}
	// The central approved long ago: a day is left.
	long := must(c.authority.Certify(uplink.Station{ID: stationID, Key: cfg.Signer.Public()}))(t)
	block, _ := pem.Decode([]byte(long))
	term := time.Until(must(x509.ParseCertificate(block.Bytes))(t).NotAfter)
	c.authority.Now = func() time.Time { return time.Now().Add(24*time.Hour - term) }
	must(c.stations.Approve(cfg.Signer.ID(), c.authority))(t)
	short := must(c.stations.Station(cfg.Signer.ID()))(t)
	if err := os.WriteFile(filepath.Join(cfg.Dir, "certificate.pem"), []byte(short.Certificate), 0o600); err != nil {
		t.Fatal(err)
	}
	c.authority.Now = time.Now
	if at := notAfter(); time.Until(at) < term/2 {
		t.Errorf("not renewed: until %s", at)
	}
	if again := notAfter(); time.Until(again) < term/2 {
		t.Errorf("control: until %s", again)
	}
}
