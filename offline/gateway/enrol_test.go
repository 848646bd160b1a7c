package gateway_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/uplink"
)

func newKey(t testing.TB) *envelope.Signer {
	t.Helper()
	key, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// ask sends a request for a certificate and returns how far it is.
func (s *site) ask(key *envelope.Signer, station string, rotation []byte) uplink.RequestState {
	s.t.Helper()
	csr, err := envelope.NewRequest(key, station, "79")
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := s.client(key, station, nil).Request(s.t.Context(), csr, rotation)
	if err != nil {
		s.t.Fatal(err)
	}
	return r.State
}

// A station that nobody knows waits for a person, who lets it in or does not.
func TestEnrolment(t *testing.T) {
	s := newSite(t)
	key := newKey(t)
	for range 2 { // asking twice is one request
		if state := s.ask(key, "tram-thu-002", nil); state != uplink.RequestPending {
			t.Fatalf("a stranger is %s", state)
		}
	}
	waiting, err := s.stations.Requests()
	if err != nil || len(waiting) != 1 || waiting[0].Station != "tram-thu-002" || waiting[0].Province != "79" {
		t.Fatalf("requests %+v, %v", waiting, err)
	}
	if _, _, err := s.client(key, "tram-thu-002", nil).Feed(t.Context(), 0, 0); !errors.Is(err, uplink.ErrNoCertificate) {
		t.Errorf("the feed without a certificate: %v", err)
	}
	if _, err := s.stations.Approve(key.ID(), s.authority); err != nil {
		t.Fatal(err)
	}
	c := s.enrolled(key, "tram-thu-002")
	if _, _, err := c.Feed(t.Context(), 0, 0); err != nil {
		t.Errorf("the feed of a station that was let in: %v", err)
	}
	if waiting, err = s.stations.Requests(); err != nil || len(waiting) != 0 {
		t.Errorf("a decided request still waits: %+v, %v", waiting, err)
	}
	if _, err := s.stations.Approve(key.ID(), s.authority); !errors.Is(err, gateway.ErrNoRequest) {
		t.Errorf("approved twice: %v", err)
	}

	refused := newKey(t)
	s.ask(refused, "tram-thu-003", nil)
	if err := s.stations.Refuse(refused.ID()); err != nil {
		t.Fatal(err)
	}
	if state := s.ask(refused, "tram-thu-003", nil); state != uplink.RequestRefused {
		t.Errorf("a refused station is %s", state)
	}
	if csr, err := envelope.NewRequest(key, "tram-thu-009", ""); err != nil {
		t.Fatal(err)
	} else if _, err := c.Request(t.Context(), csr, nil); err == nil {
		t.Error("a key of one station got a certificate of another")
	}
}

// An enrolled key lets its successor in; a stranger's, another station's and a
// revoked key do not.
func TestRotation(t *testing.T) {
	s := newSite(t)
	vouch := func(old, fresh *envelope.Signer, station string) []byte {
		raw, err := envelope.SignRotation(old, envelope.Rotation{Station: station, New: fresh.Public(), At: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	other := newKey(t)
	if err := s.stations.Add(uplink.Station{ID: "tram-thu-002", Key: other.Public()}); err != nil {
		t.Fatal(err)
	}
	next := newKey(t)
	for name, rotation := range map[string][]byte{
		"a stranger vouches":          vouch(newKey(t), next, "tram-thu-001"),
		"another station vouches":     vouch(other, next, "tram-thu-002"),
		"it is for another key":       vouch(s.station, newKey(t), "tram-thu-001"),
		"it is for another station":   vouch(s.station, next, "tram-thu-002"),
		"it is no statement":          []byte("x"),
		"the key vouches for itself":  vouch(next, next, "tram-thu-001"),
		"a station of its name alone": vouch(other, next, "tram-thu-001"),
	} {
		if state := s.ask(next, "tram-thu-001", rotation); state != uplink.RequestPending {
			t.Errorf("%s: %s", name, state)
		}
	}
	if state := s.ask(next, "tram-thu-001", vouch(s.station, next, "tram-thu-001")); state != uplink.RequestApproved {
		t.Fatalf("the old key vouches: %s", state)
	}
	// What the old key signed is still on its way, and both deliver.
	c := s.enrolled(next, "tram-thu-001")
	if _, err := c.Deliver(t.Context(), s.seal(s.draft())); err != nil {
		t.Errorf("a dossier of the old key: %v", err)
	}
	fresh := s.draft()
	fresh.Sequence, fresh.Previous = 2, envelope.Sum([]byte("first"))
	sealed, err := envelope.Seal(next, []*envelope.Recipient{s.identity.Recipient()}, fresh)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Deliver(t.Context(), sealed); err != nil {
		t.Errorf("a dossier of the new key: %v", err)
	}
	if err := s.stations.Revoke(next.ID(), time.Now()); err != nil {
		t.Fatal(err)
	}
	third := newKey(t)
	if state := s.ask(third, "tram-thu-001", vouch(next, third, "tram-thu-001")); state != uplink.RequestPending {
		t.Errorf("a revoked key vouches: %s", state)
	}
}

// A revoked station hands in what it has, into quarantine; it learns nothing
// any more.
func TestRevoked(t *testing.T) {
	s := newSite(t)
	c := s.enrolled(s.station, "tram-thu-001")
	before := s.seal(s.draft())
	if _, err := c.Deliver(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	if err := s.stations.Revoke(s.station.ID(), time.Now()); err != nil {
		t.Fatal(err)
	}
	// Nothing that is written about the station later takes it back.
	if err := s.stations.Add(uplink.Station{ID: "tram-thu-001", Key: s.station.Public()}); err != nil {
		t.Fatal(err)
	}
	d := s.draft()
	d.Sequence, d.Previous = 2, envelope.Sum(before.Manifest)
	after := s.seal(d)
	if _, err := c.Deliver(t.Context(), after); err != nil {
		t.Fatalf("a revoked station's dossier was not taken: %v", err)
	}
	for _, want := range []struct {
		s    *envelope.Sealed
		mark string
	}{{before, ""}, {after, gateway.QuarantineRevoked}} {
		if r, err := s.stores.Ledger.Get(t.Context(), want.s.ID); err != nil || r.Mark.Quarantine != want.mark {
			t.Errorf("marked %q, want %q, %v", r.Mark.Quarantine, want.mark, err)
		}
	}
	for _, path := range []string{"/feed", "/catalogue", "/documents/" + envelope.Sum(nil).String(), "/registry/appointments?day=2026-11-22"} {
		s.get(c, path, http.StatusForbidden)
	}
	if state := s.ask(s.station, "tram-thu-001", nil); state != uplink.RequestRevoked {
		t.Errorf("a revoked station asks for a certificate: %s", state)
	}
}

// A station that was revoked before it had a certificate gets one: without it,
// nothing that it sealed would ever come to the central. It may do nothing else
// with it.
func TestRevokedBeforeItsCertificate(t *testing.T) {
	s := newSite(t)
	if err := s.stations.Revoke(s.station.ID(), time.Now()); err != nil {
		t.Fatal(err)
	}
	csr, err := envelope.NewRequest(s.station, "tram-thu-001", "79")
	if err != nil {
		t.Fatal(err)
	}
	bare := s.client(s.station, "tram-thu-001", nil)
	d := s.seal(s.draft())
	if _, err := bare.Deliver(t.Context(), d); !errors.Is(err, uplink.ErrNoCertificate) {
		t.Errorf("control, without a certificate: %v", err)
	}
	asked, err1 := bare.Request(t.Context(), csr, nil)
	again, err2 := bare.Certificate(t.Context(), s.station.ID())
	if err := errors.Join(err1, err2); err != nil || asked.State != uplink.RequestRevoked || *again != *asked {
		t.Fatalf("%+v, %+v, %v", asked, again, err)
	}
	chain, err := asked.Chain()
	if err != nil {
		t.Fatal(err)
	}
	c := s.client(s.station, "tram-thu-001", chain)
	if _, err := c.Deliver(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if r, err := s.stores.Ledger.Get(t.Context(), d.ID); err != nil || r.Mark.Quarantine != gateway.QuarantineRevoked {
		t.Errorf("marked %q, %v", r.Mark.Quarantine, err)
	}
	s.get(c, "/feed", http.StatusForbidden)
}

// A courier's dossier is taken, and whose hands it came from is noted.
func TestCarried(t *testing.T) {
	s := newSite(t)
	courier := newKey(t)
	if err := s.stations.Add(uplink.Station{ID: "tram-thu-002", Key: courier.Public()}); err != nil {
		t.Fatal(err)
	}
	carried, own := s.seal(s.draft()), s.draft()
	if _, err := s.enrolled(courier, "tram-thu-002").Deliver(t.Context(), carried); err != nil {
		t.Fatal(err)
	}
	own.Sequence, own.Previous = 2, envelope.Sum(carried.Manifest)
	direct := s.seal(own)
	if _, err := s.enrolled(s.station, "tram-thu-001").Deliver(t.Context(), direct); err != nil {
		t.Fatal(err)
	}
	if r, err := s.stores.Ledger.Get(t.Context(), carried.ID); err != nil || r.Mark.CarriedBy != "tram-thu-002" {
		t.Errorf("carried by %q, %v", r.Mark.CarriedBy, err)
	}
	if r, err := s.stores.Ledger.Get(t.Context(), direct.ID); err != nil || r.Mark.CarriedBy != "" {
		t.Errorf("control: carried by %q, %v", r.Mark.CarriedBy, err)
	}
}

// Only a certificate of this gateway's authority, for a key that was let in,
// within its time, says who calls.
func TestWhoCalls(t *testing.T) {
	s := newSite(t)
	elsewhere, err := gateway.OpenAuthority(t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	expired, err := gateway.OpenAuthority(s.dir, func() time.Time { return time.Now().AddDate(-3, 0, 0) })
	if err != nil {
		t.Fatal(err)
	}
	unknown := newKey(t)
	for name, c := range map[string]struct {
		key  *envelope.Signer
		by   *gateway.Authority
		want int
	}{
		"control":                {s.station, s.authority, http.StatusOK},
		"another authority":      {s.station, elsewhere, http.StatusUnauthorized},
		"an expired certificate": {s.station, expired, http.StatusUnauthorized},
		"a key not let in":       {unknown, s.authority, http.StatusUnauthorized},
		"no certificate":         {s.station, nil, http.StatusUnauthorized},
	} {
		var chain [][]byte
		if c.by != nil {
			text, err := c.by.Certify(uplink.Station{ID: "tram-thu-001", Key: c.key.Public()})
			if err != nil {
				t.Fatal(err)
			}
			if chain, err = (&uplink.RequestReply{Certificate: text}).Chain(); err != nil {
				t.Fatal(err)
			}
		}
		client := s.client(c.key, "tram-thu-001", chain)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, client.URL+"/parts/missing", strings.NewReader(`{"parts":[]}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", uplink.TypeJSON)
		req.Header.Set(uplink.HeaderStation, "tram-thu-001") // not believed over TLS
		resp, err := client.HTTP.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.want {
			t.Errorf("%s: %d %s", name, resp.StatusCode, raw)
		}
	}
	far := httptest.NewRequest(http.MethodPost, "/parts/missing", strings.NewReader(`{"parts":[]}`)) // from 192.0.2.1
	rec := httptest.NewRecorder()
	s.gw.ServeHTTP(rec, far)
	if rec.Code != http.StatusForbidden {
		t.Errorf("plain HTTP of another machine: %d", rec.Code)
	}
	far = httptest.NewRequest(http.MethodGet, "/metrics", nil)
	far.TLS = &tls.ConnectionState{}
	rec = httptest.NewRecorder()
	s.gw.ServeHTTP(rec, far)
	if rec.Code != http.StatusForbidden {
		t.Errorf("metrics for another machine: %d", rec.Code)
	}
}

// The authority's key and certificate belong together, and last.
func TestAuthority(t *testing.T) {
	dir := t.TempDir()
	one, err := gateway.OpenAuthority(dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	two, err := gateway.OpenAuthority(dir, time.Now)
	if err != nil || two.PEM() != one.PEM() {
		t.Errorf("the second time it is another: %v", err)
	}
	other := t.TempDir()
	if _, err := gateway.OpenAuthority(other, time.Now); err != nil {
		t.Fatal(err)
	}
	if err := envelope.SaveFile(filepath.Join(other, "ca.pem"), []byte(one.PEM()), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := gateway.OpenAuthority(other, time.Now); err == nil {
		t.Error("a certificate of another key is taken")
	}
}

// Stations that an older gateway let in are files alone; their keys are found
// once they are indexed.
func TestIndex(t *testing.T) {
	s := newSite(t)
	if err := os.RemoveAll(filepath.Join(s.dir, "stations", "names")); err != nil {
		t.Fatal(err)
	}
	if keys, err := s.stations.Keys("tram-thu-001"); err != nil || len(keys) != 0 {
		t.Fatalf("control: %d keys, %v", len(keys), err)
	}
	for range 2 {
		if err := s.stations.Index(); err != nil {
			t.Fatal(err)
		}
		if keys, err := s.stations.Keys("tram-thu-001"); err != nil || len(keys) != 1 || keys[0].Key.ID() != s.station.ID() {
			t.Errorf("%+v, %v", keys, err)
		}
	}
}
