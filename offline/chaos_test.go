package offline_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/faults"
	"github.com/tram-station/tram/offline/queue"
)

// badLine carries a server's traffic over a line that breaks after so many
// bytes upstream.
func badLine(t testing.TB, srv *httptest.Server, every int64) *faults.Cutter {
	t.Helper()
	line := must(faults.NewCutter(srv.Listener.Addr().String(), faults.Line{CutUp: every}))(t)
	t.Cleanup(func() { _ = line.Close() })
	return line
}

// Chaos: the line breaks every few hundred kilobytes and the gateway restarts
// under way; each dossier arrives once, whole.
func TestChaos(t *testing.T) {
	c := newCentral(t)
	srv := serve(t, c)
	proxy := badLine(t, srv, 500<<10)
	cfg := c.config(t, proxy.URL())
	c.enrol(t, cfg)
	o := open(t, cfg)
	var dossiers []*dossier.Dossier
	var payload int64
	for range 4 {
		d := newDossier(1000 << 10)
		dossiers = append(dossiers, d)
		submit(t, o, d)
		s, err := o.Status(d.ID)
		if err != nil {
			t.Fatal(err)
		}
		payload += s.Bytes
	}
	stop := run(t, o)
	await(t, o, dossiers[1].ID, offline.Custody)
	stop()
	c.restart()
	run(t, o)
	positions := map[uint64]bool{}
	for _, d := range dossiers {
		s := await(t, o, d.ID, offline.Custody)
		positions[s.Receipt.LogPosition] = true
		sealed, station, err := c.gw.Dossier(t.Context(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := envelope.Open(c.identities[0], station.Key, sealed); err != nil {
			t.Errorf("%s: %v", d.ID, err)
		}
	}
	if len(positions) != len(dossiers) || !positions[uint64(len(dossiers))] {
		t.Errorf("positions %v: not each dossier once", positions)
	}
	if proxy.Cuts() == 0 {
		t.Error("control: the line never broke")
	}
	up, _ := proxy.Carried()
	t.Logf("%d cuts, %.2f bytes upstream for each byte of payload", proxy.Cuts(), float64(up)/float64(payload))
}

func TestWatchEnds(t *testing.T) {
	c := newCentral(t)
	o := open(t, c.config(t, "http://127.0.0.1:1"))
	ctx, cancel := context.WithCancel(t.Context())
	changes := o.Watch(ctx)
	d := newDossier(10)
	submit(t, o, d)
	if s := <-changes; s.ID != d.ID || s.State != offline.Sealed {
		t.Errorf("%+v", s)
	}
	for range 200 { // more than the channel holds: the newest must stay
		if err := o.Retry(d.ID); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	for range changes {
	}
}

// The clock of the station is evidence and no more: years off, all works.
func TestClockYearsOff(t *testing.T) {
	c := newCentral(t)
	srv := serve(t, c)
	for _, off := range []time.Duration{-2 * 365 * 24 * time.Hour, 2 * 365 * 24 * time.Hour} {
		cfg := c.config(t, srv.URL)
		c.enrol(t, cfg)
		cfg.Now = func() time.Time { return time.Now().Add(off) }
		o := open(t, cfg)
		first, second := newDossier(10), newDossier(10)
		submit(t, o, first)
		if err := o.Send(t.Context()); err != nil {
			t.Fatal(err)
		}
		submit(t, o, second)
		if err := o.Send(t.Context()); err != nil {
			t.Fatal(err)
		}
		sealed, _, err := c.gw.Dossier(t.Context(), second.ID)
		if err != nil {
			t.Fatal(err)
		}
		m, err := envelope.ParseManifest(sealed.Manifest)
		if err != nil {
			t.Fatal(err)
		}
		if skew := time.Since(time.UnixMilli(m.Created.Trusted)); skew < 0 || skew > time.Minute {
			t.Errorf("the manifest's trusted time is %s off", skew)
		}
		if skew := time.Until(m.Created.Time()) - off; skew.Abs() > time.Minute {
			t.Errorf("the manifest's own clock is %s from the station's", skew)
		}
	}
}

// Without the central's key a receipt is unchecked, which is not damage; under
// another key it is a problem.
func TestVerifyReceipts(t *testing.T) {
	c, other := newCentral(t), newCentral(t)
	srv := serve(t, c)
	cfg := c.config(t, srv.URL)
	c.enrol(t, cfg)
	verify := func(key *envelope.PublicKey, send bool) queue.Report {
		t.Helper()
		cfg.GatewayKey = key
		if key == nil {
			cfg.GatewayURL = ""
		}
		o, err := offline.Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = o.Close() }()
		if send {
			submit(t, o, newDossier(10))
			if err := o.Send(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		r, err := o.Verify()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := verify(c.key.Public(), true); r.Unchecked != 0 || len(r.Problems) != 0 {
		t.Errorf("control: %+v", r)
	}
	if r := verify(other.key.Public(), false); len(r.Problems) != 1 {
		t.Errorf("another key: %+v", r)
	}
	if r := verify(nil, false); r.Unchecked != 1 || len(r.Problems) != 0 {
		t.Errorf("no key: %+v", r)
	}
}
