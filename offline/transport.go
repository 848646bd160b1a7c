package offline

import (
	"net/http"
	"sync"

	"github.com/tram-station/tram/offline/uplink"
)

// byPolicy is the uplink's transport with the hours that the policy names now,
// and with the certificate that the station has now: both may come while it
// runs. A connection that was made without the certificate speaks for nobody
// for as long as it lives, so those go with their client. mu guards the rest.
type byPolicy struct {
	o      *Outbox
	mu     sync.Mutex
	window string // that next was made with
	cert   int    // the same
	next   *http.Client
}

// client is the HTTP client over it.
func (b *byPolicy) client() *http.Client {
	return &http.Client{Transport: b, CheckRedirect: b.now().CheckRedirect}
}

// now is the uplink's client; a new one when the hours or the certificate are
// others.
func (b *byPolicy) now() *http.Client {
	window, cert := b.o.policy().Window, b.o.cert.count()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next != nil && b.window == window.String() && b.cert == cert {
		return b.next
	}
	if b.next != nil {
		b.next.CloseIdleConnections()
	}
	b.window, b.cert, b.next = window.String(), cert, uplink.Transport{
		Certificate: b.o.cert.get(b.o.cfg.Signer), Roots: b.o.cfg.Roots, Proxy: b.o.cfg.Proxy, Window: window, Clock: b.o.line,
	}.Client()
	return b.next
}

// RoundTrip sends the request.
func (b *byPolicy) RoundTrip(req *http.Request) (*http.Response, error) {
	return b.now().Transport.RoundTrip(req)
}

// CloseIdleConnections is for http.Client.
func (b *byPolicy) CloseIdleConnections() { b.now().CloseIdleConnections() }
