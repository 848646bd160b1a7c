package uplink

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
)

// ErrProxy says that a proxy's address is not usable. It never quotes the
// address: that may hold a password.
var ErrProxy = errors.New(`uplink: not a usable proxy: write it like http://proxy:3128, https://… or socks5://…, or "direct" for none`)

// direct is the Proxy that means none, whatever the environment says.
const direct = "direct"

// ParseProxy reads an address as Transport.Proxy takes it; "direct" and "" are
// nil. The error is ErrProxy.
func ParseProxy(s string) (*url.URL, error) {
	if s == "" || s == direct {
		return nil, nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return nil, ErrProxy
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return u, nil
	default:
		return nil, ErrProxy
	}
}

// proxies chooses the proxy of a request and speaks TLS with those that want
// it. net/http would do that with the gateway's own TLS settings, that is, show
// the proxy the station's certificate and look for the pairing's roots there.
type proxies struct {
	choose func(*http.Request) (*url.URL, error)
	valid  *validity // of a proxy's certificate, not of the gateway's

	mu  sync.Mutex
	tls map[string]string // address to server name
}

func newProxies(address string, valid *validity) (*proxies, error) {
	p := &proxies{choose: http.ProxyFromEnvironment, valid: valid, tls: map[string]string{}}
	if address != "" {
		u, err := ParseProxy(address)
		if err != nil {
			return nil, err
		}
		p.choose = http.ProxyURL(u)
	}
	return p, nil
}

// proxy is for http.Transport.
func (p *proxies) proxy(r *http.Request) (*url.URL, error) {
	u, err := p.choose(r)
	if err != nil {
		return nil, ErrProxy // the cause may quote a password
	}
	if u == nil || u.Scheme != "https" {
		return u, nil
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	inner := *u
	inner.Scheme, inner.Host = "http", net.JoinHostPort(u.Hostname(), port)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tls[inner.Host] = u.Hostname()
	return &inner, nil
}

// dial wraps next with TLS for the proxies that want it.
func (p *proxies) dial(next dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		p.mu.Lock()
		server, wanted := p.tls[addr]
		p.mu.Unlock()
		if !wanted {
			return next(ctx, network, addr)
		}
		c, err := p.secure(ctx, next, network, addr, server)
		if err != nil && p.valid.excuse(err) {
			c, err = p.secure(ctx, next, network, addr, server)
		}
		return c, err
	}
}

func (p *proxies) secure(ctx context.Context, next dialFunc, network, addr, server string) (net.Conn, error) {
	c, err := next(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	config := p.valid.config()
	config.ServerName = server
	t := tls.Client(c, config)
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return t, nil
}
