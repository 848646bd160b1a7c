package uplink

import (
	"net/http"
	"sync"
	"time"
)

// gate keeps what is large off a metered line outside its hours, and tries again where a certificate is to be excused.
type gate struct {
	next   http.RoundTripper
	valid  *validity
	window Window
	clock  *Clock

	mu    sync.Mutex
	since time.Time // when it was first found shut; zero after it was open
}

// RoundTrip sends the request or returns a *Shut.
func (g *gate) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if ctx.Value(bulkKey) != nil && ctx.Value(urgentKey) == nil {
		if wait := g.shut(); wait > 0 {
			if req.Body != nil {
				_ = req.Body.Close()
			}
			return nil, &Shut{wait}
		}
	}
	resp, err := g.next.RoundTrip(req)
	if err == nil || req.GetBody == nil || !g.valid.excuse(err) {
		return resp, err
	}
	body, err := req.GetBody() // the handshake failed: nothing was sent
	if err != nil {
		return nil, err
	}
	again := req.Clone(ctx)
	again.Body = body
	return g.next.RoundTrip(again)
}

func (g *gate) shut() time.Duration {
	wait := g.window.Shut(g.clock.Time())
	now := time.Now() // monotonic, whatever happens to the clock
	g.mu.Lock()
	defer g.mu.Unlock()
	switch waited := now.Sub(g.since); {
	case wait == 0, !g.since.IsZero() && waited >= longestShut+openAnyway:
		g.since = time.Time{}
	case g.since.IsZero():
		g.since = now
	case waited >= longestShut:
		return 0
	}
	return wait
}

// CloseIdleConnections is for http.Client.
func (g *gate) CloseIdleConnections() {
	if t, ok := g.next.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}
