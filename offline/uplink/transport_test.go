package uplink

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/envelope"
)

const year = 365 * 24 * time.Hour

// authority signs the certificates of a test.
type authority struct {
	t    testing.TB
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	n    int64
}

func newAuthority(t testing.TB) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{t: t, key: key}
	a.cert = a.sign(&x509.Certificate{
		NotBefore: time.Now().Add(-year / 2), NotAfter: time.Now().Add(10 * year), Subject: pkix.Name{CommonName: "Thử CA"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, key.Public())
	return a
}

func (a *authority) sign(c *x509.Certificate, key crypto.PublicKey) *x509.Certificate {
	a.t.Helper()
	a.n++
	c.SerialNumber = big.NewInt(a.n)
	parent := a.cert
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// server makes a certificate for localhost, and for an address or a name.
func (a *authority) server(from, to time.Time, host string) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c := &x509.Certificate{NotBefore: from, NotAfter: to, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if ip := net.ParseIP(host); ip != nil {
		c.IPAddresses = []net.IP{ip}
	} else {
		c.DNSNames = []string{host}
	}
	return tls.Certificate{Certificate: [][]byte{a.sign(c, key.Public()).Raw}, PrivateKey: key}
}

// station makes a station's certificate.
func (a *authority) station(s *envelope.Signer, from, to time.Time) tls.Certificate {
	a.t.Helper()
	der, err := envelope.NewRequest(s, stationID, "01")
	if err != nil {
		a.t.Fatal(err)
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		a.t.Fatal(err)
	}
	leaf := a.sign(&x509.Certificate{
		Subject: csr.Subject, NotBefore: from, NotAfter: to, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, csr.PublicKey)
	return s.TLS([][]byte{leaf.Raw})
}

// serveTLS starts a gateway that asks for a certificate of the authority.
func (a *authority) serveTLS(h http.Handler, cert tls.Certificate, auth tls.ClientAuthType) *httptest.Server {
	srv := httptest.NewUnstartedServer(h)
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: auth, ClientCAs: a.pool()}
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes fail on purpose
	srv.StartTLS()
	a.t.Cleanup(srv.Close)
	return srv
}

func get(c *Client) error {
	_, err := c.do(context.Background(), request{method: http.MethodGet, path: "/who"})
	return err
}

// who answers with the station that the certificate names.
var who = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	name := "nobody"
	if len(r.TLS.PeerCertificates) > 0 {
		name = r.TLS.PeerCertificates[0].Subject.CommonName
	}
	_, _ = io.WriteString(w, name)
})

func TestMutualTLS(t *testing.T) {
	a, now, key := newAuthority(t), time.Now(), newKey(t)
	good := a.server(now.Add(-time.Hour), now.Add(year), "127.0.0.1")
	srv := a.serveTLS(who, good, tls.RequireAndVerifyClientCert)
	mine := a.station(key, now.Add(-time.Hour), now.Add(year))
	cert := func() (*tls.Certificate, error) { return &mine, nil }
	ask := func(tr Transport, url string) (string, error) {
		hc := tr.Client()
		defer hc.CloseIdleConnections()
		a, err := (&Client{URL: url, HTTP: hc}).do(t.Context(), request{method: http.MethodGet, path: "/"})
		if err != nil {
			return "", err
		}
		return string(a.body), nil
	}
	if got, err := ask(Transport{Roots: a.pool(), Certificate: cert}, srv.URL); got != stationID {
		t.Errorf("%q, %v", got, err)
	}
	for name, c := range map[string]struct {
		tr   Transport
		url  string
		want error
	}{
		"other roots":        {Transport{Roots: newAuthority(t).pool(), Certificate: cert}, srv.URL, ErrUnreachable},
		"the system's roots": {Transport{Certificate: cert}, srv.URL, ErrUnreachable},
		"another name":       {Transport{Roots: a.pool(), Certificate: cert}, strings.Replace(srv.URL, "127.0.0.1", "localhost", 1), ErrUnreachable},
		"no certificate":     {Transport{Roots: a.pool()}, srv.URL, ErrNoCertificate},
		"an old certificate": {Transport{Roots: a.pool(), Certificate: func() (*tls.Certificate, error) {
			c := a.station(key, now.Add(-2*year), now.Add(-year))
			return &c, nil
		}}, srv.URL, ErrNoCertificate},
		"a key that is away":  {Transport{Roots: a.pool(), Certificate: func() (*tls.Certificate, error) { return nil, errors.New("no TPM") }}, srv.URL, ErrUnreachable},
		"a server of others":  {Transport{Roots: a.pool(), Certificate: cert}, a.serveTLS(who, a.server(now, now.Add(year), "10.0.0.1"), tls.NoClientCert).URL, ErrUnreachable},
		"a client for server": {Transport{Roots: a.pool(), Certificate: cert}, a.serveTLS(who, a.station(key, now.Add(-time.Hour), now.Add(year)), tls.NoClientCert).URL, ErrUnreachable},
	} {
		if got, err := ask(c.tr, c.url); !errors.Is(err, c.want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// A renewed certificate counts at the next connection.
func TestRenewedCertificate(t *testing.T) {
	a, now := newAuthority(t), time.Now()
	srv := a.serveTLS(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := envelope.NewPublicKey(r.TLS.PeerCertificates[0].PublicKey)
		_, _ = io.WriteString(w, id.ID().String())
	}), a.server(now, now.Add(year), "127.0.0.1"), tls.RequireAndVerifyClientCert)
	keys := []*envelope.Signer{newKey(t), newKey(t)}
	at := 0
	hc := Transport{Roots: a.pool(), Certificate: func() (*tls.Certificate, error) {
		c := a.station(keys[at], now.Add(-time.Hour), now.Add(year))
		return &c, nil
	}}.Client()
	for i, key := range keys {
		at = i
		got, err := (&Client{URL: srv.URL, HTTP: hc}).do(t.Context(), request{method: http.MethodGet, path: "/", last: true})
		if err != nil || string(got.body) != key.ID().String() {
			t.Errorf("connection %d: %v", i, err)
		}
	}
	leaf := a.sign(&x509.Certificate{NotBefore: now.Add(-60 * time.Hour), NotAfter: now.Add(30 * time.Hour)}, a.key.Public())
	for _, c := range []struct {
		off  time.Duration
		want bool
	}{{-time.Hour, false}, {time.Hour, true}, {year, true}, {-year, true}} {
		clock := &Clock{Now: func() time.Time { return now.Add(c.off) }}
		if RenewCertificate(leaf, clock) != c.want {
			t.Errorf("a clock %s off: renew %t", c.off, !c.want)
		}
	}
}

// The station's clock is years off: it works, and the skew is known. The
// control is TLS by the clock, which does not work. What has run out by the
// clock and by the last signed time is refused.
func TestClockYearsOff(t *testing.T) {
	a, now, key := newAuthority(t), time.Now(), newKey(t)
	srv := a.serveTLS(who, a.server(now.Add(-time.Hour), now.Add(year), "127.0.0.1"), tls.RequireAndVerifyClientCert)
	mine := a.station(key, now.Add(-time.Hour), now.Add(year))
	cert := func() (*tls.Certificate, error) { return &mine, nil }
	for _, off := range []time.Duration{-2 * year, 0, 2 * year} {
		clock := &Clock{Now: func() time.Time { return time.Now().Add(off) }}
		hc := Transport{Roots: a.pool(), Certificate: cert, Clock: clock}.Client()
		c := &Client{URL: srv.URL, HTTP: hc, Clock: clock}
		for i := range 3 {
			_, err := c.do(t.Context(), request{method: http.MethodPost, path: "/", body: []byte("x"), last: true})
			if err != nil {
				t.Errorf("%s off, connection %d: %v", off, i, err)
			}
		}
		if skew, ok := clock.Skew(); !ok || (skew+off).Abs() > time.Minute {
			t.Errorf("%s off: skew %s", off, skew)
		}
		if d := time.Since(clock.Time()); d.Abs() > time.Minute {
			t.Errorf("%s off: the corrected clock is %s off", off, d)
		}
		control := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{
			RootCAs: a.pool(), Time: clock.Now, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert() },
		}}}
		resp, err := control.Get(srv.URL)
		if (err == nil) != (off == 0) {
			t.Errorf("control: %s off: %v", off, err)
		}
		if err == nil {
			resp.Body.Close()
		}
	}
	open := a.serveTLS(who, a.server(now.Add(-time.Hour), now.Add(year), "127.0.0.1"), tls.NoClientCert)
	old := a.serveTLS(who, a.server(now.Add(-2*year/5), now.Add(-time.Hour), "127.0.0.1"), tls.NoClientCert)
	for _, c := range []struct {
		url   string
		floor time.Time
		off   time.Duration
		good  bool
	}{
		{old.URL, time.Time{}, 0, true},
		{old.URL, now.Add(-2 * time.Hour), 0, true},
		{old.URL, now.Add(-time.Minute), 0, false},
		{old.URL, now.Add(-time.Minute), 2 * year, false},
		{old.URL, now.Add(-time.Minute), -2 * year, false},
		// The central once signed a time ten years off: the station's clock
		// saves it.
		{open.URL, now.Add(10 * year), 0, true},
		{open.URL, now.Add(10 * year), 2 * year, false},
	} {
		clock := &Clock{Now: func() time.Time { return time.Now().Add(c.off) }}
		clock.Trust(c.floor)
		err := get(&Client{URL: c.url, HTTP: Transport{Roots: a.pool(), Clock: clock}.Client(), Clock: clock})
		if (err == nil) != c.good {
			t.Errorf("signed time %s, clock %s off: %v", c.floor, c.off, err)
		}
	}
}

// The floor that rises while the station runs ends the excuse.
func TestFloorEndsExcuse(t *testing.T) {
	a, now := newAuthority(t), time.Now()
	g := newCentral(t)
	g.at = now
	srv := a.serveTLS(g, a.server(now.Add(-time.Hour), now.Add(-time.Minute), "127.0.0.1"), tls.NoClientCert)
	clock := &Clock{}
	c := &Client{URL: srv.URL, Key: g.key.Public(), HTTP: Transport{Roots: a.pool(), Clock: clock}.Client(), Clock: clock}
	if _, err := c.Deliver(t.Context(), seal(t, 10)); err != nil {
		t.Fatal(err)
	}
	if !clock.Floor().Equal(now.Truncate(time.Millisecond).UTC()) {
		t.Errorf("floor %s, want the receipt's %s", clock.Floor(), now)
	}
	c.HTTP.CloseIdleConnections()
	if _, err := c.Deliver(t.Context(), seal(t, 10)); !errors.Is(err, ErrUnreachable) {
		t.Errorf("expired before the receipt: %v", err)
	}
}
