package uplink

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"time"
)

const (
	dialTimeout    = 30 * time.Second
	idleTimeout    = 90 * time.Second // below DefaultStall
	maxHeaderBytes = 64 << 10
)

// Transport makes the HTTP client of an uplink: mutual TLS 1.3 with the
// station's key, HTTP/1.1 (a broken connection costs one part and not four),
// through a proxy where there is one, with time-outs by progress. Redirects
// are not followed and nothing is decompressed.
//
// The gateway's certificate has to chain to Roots, name the host, and be within
// its validity as validity describes.
type Transport struct {
	// Certificate returns the station's certificate, asked for anew at each
	// connection so that a renewed one counts at once; nil, and a nil
	// certificate, for none.
	Certificate func() (*tls.Certificate, error)
	Roots       *x509.CertPool // that the gateway's certificate chains to; nil for the system's
	Proxy       string         // see ParseProxy; "" for the environment's
	Window      Window         // of a metered line
	Clock       *Clock         // the same as the Client's; nil for one that knows nothing
	Stall       time.Duration  // 0 for DefaultStall

	dial dialFunc // for tests; nil for net.Dialer
}

// Client returns the HTTP client. With a Proxy that ParseProxy refuses every
// request fails with ErrProxy.
func (t Transport) Client() *http.Client { return t.client(nil) }

// client takes the roots of a proxy's certificate; nil for the system's.
func (t Transport) client(proxyRoots *x509.CertPool) *http.Client {
	stall := t.Stall
	if stall <= 0 {
		stall = DefaultStall
	}
	dial := t.dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialTimeout}).DialContext
	}
	proxies, err := newProxies(t.Proxy, &validity{roots: proxyRoots, clock: t.Clock})
	if err != nil {
		return &http.Client{Transport: failing{err}}
	}
	valid := &validity{roots: t.Roots, clock: t.Clock}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	next := &http.Transport{
		Proxy:                  proxies.proxy,
		DialContext:            proxies.dial(dialPaced(dial, stall)),
		TLSClientConfig:        t.config(valid),
		TLSHandshakeTimeout:    2 * stall, // by progress too: this bounds one that drips
		MaxIdleConnsPerHost:    maxParallel,
		IdleConnTimeout:        min(idleTimeout, stall),
		MaxResponseHeaderBytes: maxHeaderBytes,
		DisableCompression:     true,
		Protocols:              &protocols,
	}
	return &http.Client{
		Transport:     &gate{next: next, valid: valid, window: t.Window, clock: t.Clock},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// NewHTTPClient returns the client of the zero Transport.
func NewHTTPClient() *http.Client { return Transport{}.Client() }

// failing answers every request with the error of the configuration.
type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func (t Transport) config(valid *validity) *tls.Config {
	c := valid.config()
	c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if t.Certificate == nil {
			return &tls.Certificate{}, nil
		}
		cert, err := t.Certificate()
		if err != nil || cert == nil {
			return &tls.Certificate{}, err
		}
		return cert, nil
	}
	return c
}

// RenewCertificate says whether to ask for a new certificate: a third of its
// time or less is left by clock, or it is outside its time. A clock that is
// wrong costs a request too early; one too late is put right by Request, which
// needs no certificate.
func RenewCertificate(leaf *x509.Certificate, clock *Clock) bool {
	life := leaf.NotAfter.Sub(leaf.NotBefore)
	now := clock.Time()
	return now.Before(leaf.NotBefore) || now.After(leaf.NotAfter.Add(-life/3))
}
