package faults_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/faults"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
	"github.com/tram-station/tram/offline/uplink"
)

const twoYears = 2 * 365 * 24 * time.Hour

// secure is a gateway with TLS by its own authority, in this process.
type secure struct {
	*yearly
	pairing uplink.Pairing
	chain   [][]byte // the station's certificate
	stores  *store.Gateway
}

func newSecure(t *testing.T) *secure {
	t.Helper()
	s := &secure{yearly: newYearly(t)}
	authority, err := gateway.OpenAuthority(s.dir, time.Now)
	must(t, err)
	dir := gateway.StationDir(filepath.Join(s.dir, "stations"))
	reply := uplink.RequestReply{}
	reply.Certificate, err = authority.Certify(uplink.Station{ID: stationID, Key: s.station.Public(), Province: "01"})
	must(t, err)
	s.chain, err = reply.Chain()
	must(t, err)
	s.stores, err = store.NewGateway(t.Context(), s.dir, gateway.Config{
		Key: s.key, Stations: dir, AllowVirtual: true, Authority: authority,
	})
	must(t, err)
	own, err := authority.Server("127.0.0.1")
	must(t, err)
	srv := httptest.NewUnstartedServer(s.stores)
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{own}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS13}
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // the control is shut out, loudly
	srv.StartTLS()
	t.Cleanup(func() { srv.Close(); must(t, s.stores.Close()) })
	s.pairing = uplink.Pairing{
		URL: srv.URL, Recipient: s.identity.Recipient(), ReceiptKey: s.key.Public(), CA: authority.PEM(),
	}
	return s
}

// TestClockYearsOff: a station whose clock is two years off, or jumps by four
// under way, delivers everything over mutual TLS: a clock is evidence and no
// more.
func TestClockYearsOff(t *testing.T) {
	tally := faults.Tally{Fault: "clock 2 years off", ControlBy: "certificates held against that clock"}
	for _, offs := range [][2]time.Duration{{twoYears, twoYears}, {-twoYears, -twoYears}, {-twoYears, twoYears}, {twoYears, -twoYears}} {
		s := newSecure(t)
		off := offs[0]
		now := func() time.Time { return time.Now().Add(off) }
		roots, err := s.pairing.Roots()
		must(t, err)
		cert := s.station.TLS(s.chain)
		transport := uplink.Transport{
			Roots: roots, Clock: &uplink.Clock{Now: now},
			Certificate: func() (*tls.Certificate, error) { return &cert, nil },
		}
		cfg := offline.Config{
			Dir: filepath.Join(t.TempDir(), "queue"), StationID: stationID, Signer: s.station, Now: now, HTTPClient: transport.Client(),
		}
		must(t, cfg.Pair(s.pairing))
		o, err := offline.Open(cfg)
		must(t, err)
		acked := map[string]string{}
		for i := range 4 {
			if i == 2 {
				off = offs[1]
			}
			d := newDossier(20 << 10)
			must(t, o.Submit(t.Context(), d))
			acked[d.ID.String()] = ""
			must(t, o.Send(t.Context()))
		}
		cfg.HTTPClient.CloseIdleConnections()
		tally.Runs++
		tally.Count(acked, s.found(t, o, acked))
		must(t, o.Close())
		tally.Control += naive(t, s, roots, now)
	}
	tally.Record(t)
}

// found returns what the gateway has; acked is completed with what the station
// was given for it.
func (s *secure) found(t *testing.T, o *offline.Outbox, acked map[string]string) (found []faults.Found) {
	t.Helper()
	list, err := o.List()
	must(t, err)
	for _, status := range list {
		name := status.ID.String()
		acked[name] = status.Manifest.String()
		sealed, station, err := s.stores.Dossier(t.Context(), status.ID)
		if err != nil {
			t.Logf("%s: %v", name, err)
			continue
		}
		f := faults.Found{Name: name, Digest: envelope.Sum(sealed.Manifest).String()}
		if _, _, err := envelope.Open(s.identity, station.Key, sealed); err != nil || status.Receipt == nil {
			t.Logf("%s: receipt %v, %v", name, status.Receipt, err)
			f.Digest = ""
		}
		found = append(found, f)
	}
	return found
}

// naive is the control: a client that believes its clock. It returns 1 when it
// is shut out.
func naive(t *testing.T, s *secure, roots *x509.CertPool, now func() time.Time) int {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: roots, Time: now, MinVersion: tls.VersionTLS13},
	}}
	resp, err := client.Get(s.pairing.URL + "/health")
	if err != nil {
		return 1
	}
	_ = resp.Body.Close()
	return 0
}
