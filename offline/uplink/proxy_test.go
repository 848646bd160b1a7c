package uplink

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const secret = "mat-khau-thu"

// connect is an HTTP proxy that carries CONNECT for who knows the password.
func connect(used *atomic.Int64, certs *atomic.Int64) http.Handler {
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte("tram:"+secret))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS != nil {
			certs.Add(int64(len(r.TLS.PeerCertificates)))
		}
		if r.Method != http.MethodConnect || r.Header.Get("Proxy-Authorization") != want {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		up, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		used.Add(1)
		w.WriteHeader(http.StatusOK)
		down, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			_ = up.Close()
			return
		}
		go func() { _, _ = io.Copy(up, buffered); _ = up.Close() }()
		go func() { _, _ = io.Copy(down, up); _ = down.Close() }()
	})
}

// socks is a SOCKS5 proxy (RFC 1928) with a password (RFC 1929).
func socks(t *testing.T, used *atomic.Int64) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	serve := func(c net.Conn) error {
		b := make([]byte, 512)
		if _, err := io.ReadFull(c, b[:2]); err != nil {
			return err
		}
		if _, err := io.ReadFull(c, b[:b[1]]); err != nil {
			return err
		}
		_, _ = c.Write([]byte{5, 2})
		want := fmt.Sprintf("\x01\x04tram%c%s", len(secret), secret)
		if _, err := io.ReadFull(c, b[:len(want)]); err != nil || string(b[:len(want)]) != want {
			_, _ = c.Write([]byte{1, 1})
			return errors.New("password")
		}
		_, _ = c.Write([]byte{1, 0})
		if _, err := io.ReadFull(c, b[:10]); err != nil || b[3] != 1 {
			return errors.New("no IPv4 address")
		}
		up, err := net.DialTCP("tcp", nil, &net.TCPAddr{IP: b[4:8], Port: int(b[8])<<8 | int(b[9])})
		if err != nil {
			return err
		}
		used.Add(1)
		_, _ = c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		go func() { _, _ = io.Copy(up, c); _ = up.Close() }()
		_, err = io.Copy(c, up)
		return err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); _ = serve(c) }()
		}
	}()
	return l.Addr().String()
}

// Each kind of proxy carries mutual TLS to the gateway; a wrong password, or a
// proxy that is not there, is an error that does not tell the password.
func TestProxies(t *testing.T) {
	a, now, key := newAuthority(t), time.Now(), newKey(t)
	srv := a.serveTLS(who, a.server(now.Add(-time.Hour), now.Add(year), "127.0.0.1"), tls.RequireAndVerifyClientCert)
	mine := a.station(key, now.Add(-time.Hour), now.Add(year))
	var used, certs atomic.Int64
	plain := httptest.NewServer(connect(&used, &certs))
	defer plain.Close()
	secure := a.serveTLS(connect(&used, &certs), a.server(now.Add(-time.Hour), now.Add(year), "127.0.0.1"), tls.RequestClientCert)
	ask := func(proxy string) (string, error) {
		tr := Transport{Roots: a.pool(), Proxy: proxy, Certificate: func() (*tls.Certificate, error) { return &mine, nil }}
		hc := tr.client(a.pool())
		defer hc.CloseIdleConnections()
		got, err := (&Client{URL: srv.URL, HTTP: hc}).do(t.Context(), request{method: http.MethodGet, path: "/"})
		if err != nil {
			return "", err
		}
		return string(got.body), nil
	}
	sock := socks(t, &used)
	for i, proxy := range []string{
		strings.Replace(plain.URL, "//", "//tram:"+secret+"@", 1),
		strings.Replace(secure.URL, "//", "//tram:"+secret+"@", 1),
		"socks5://tram:" + secret + "@" + sock,
		"socks5h://tram:" + secret + "@" + sock,
	} {
		if got, err := ask(proxy); err != nil || got != stationID || used.Load() != int64(i+1) {
			t.Errorf("%s: %q, %v, %d used", proxy, got, err, used.Load())
		}
		for _, bad := range []string{strings.Replace(proxy, "tram:", "khac:", 1), strings.ReplaceAll(proxy, "127.0.0.1", "127.0.0.1.invalid")} {
			_, err := ask(bad)
			if !errors.Is(err, ErrUnreachable) || strings.Contains(err.Error(), secret) {
				t.Errorf("a proxy that does not work: %v", err)
			}
		}
	}
	if got, err := ask(direct); err != nil || got != stationID || used.Load() != 4 {
		t.Errorf("direct: %q, %v, %d used", got, err, used.Load())
	}
	if certs.Load() != 0 {
		t.Error("the proxy was shown the station's certificate")
	}
}

func TestParseProxy(t *testing.T) {
	for s, good := range map[string]bool{
		"": true, direct: true, "http://proxy:3128": true, "https://proxy": true, "socks5://tram:" + secret + "@10.0.0.1:1080/": true,
		"proxy:3128": false, "http://": false, "ftp://proxy": false, "http://tram:" + secret + "@pro xy": false,
		"http://tram:" + secret + "@proxy/path": false, "http://tram:" + secret + "%zz@proxy": false, "http://proxy?x": false,
	} {
		_, err := ParseProxy(s)
		if (err == nil) != good || err != nil && (!errors.Is(err, ErrProxy) || strings.Contains(err.Error(), secret)) {
			t.Errorf("%q: %v", s, err)
		}
		if !good {
			if err := get(&Client{URL: "http://127.0.0.1:1", HTTP: Transport{Proxy: s}.Client()}); !errors.Is(err, ErrProxy) {
				t.Errorf("%q: a transport without a usable proxy: %v", s, err)
			}
		}
	}
}
