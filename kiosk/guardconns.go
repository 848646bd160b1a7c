package kiosk

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// maxConns is how many connections are open at once. A page takes six.
const maxConns = 128

// conns bounds the open connections. Where there are too many, the oldest that
// never showed a session is cut: programs on this machine that open connections
// and say nothing, or say it slowly, keep no officer from working.
type conns struct {
	max int
	mu  sync.Mutex // guards all, and what stands in it
	all map[net.Conn]*caller
}

// caller is the other end of a connection.
type caller struct {
	since  time.Time
	proven bool // it has shown a session
}

type callerKey struct{}

// state follows the connections of a server.
func (c *conns) state(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew:
		if len(c.all) >= c.max && !c.cut() {
			_ = conn.Close()
			return
		}
		if c.all == nil {
			c.all = map[net.Conn]*caller{}
		}
		c.all[conn] = &caller{since: time.Now()}
	case http.StateClosed, http.StateHijacked:
		delete(c.all, conn)
	}
}

// cut closes the oldest connection without a session.
func (c *conns) cut() bool {
	var oldest net.Conn
	for conn, who := range c.all {
		if !who.proven && (oldest == nil || who.since.Before(c.all[oldest].since)) {
			oldest = conn
		}
	}
	if oldest == nil {
		return false
	}
	delete(c.all, oldest)
	_ = oldest.Close()
	return true
}

// context lets a handler say whose connection it answers on.
func (c *conns) context(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, callerKey{}, conn)
}

// prove notes that a connection has shown a session.
func (c *conns) prove(ctx context.Context) {
	conn, _ := ctx.Value(callerKey{}).(net.Conn)
	c.mu.Lock()
	defer c.mu.Unlock()
	if who := c.all[conn]; who != nil {
		who.proven = true
	}
}

// proving is a handler behind the session's check.
func (s *Server) proving(next sessionHandler) sessionHandler {
	return func(w http.ResponseWriter, r *http.Request, on session) {
		s.conns.prove(r.Context())
		next(w, r, on)
	}
}
