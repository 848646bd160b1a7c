package uplink

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"
	"time"
)

const (
	// DefaultStall is how long a connection may stand still. Time-outs go by
	// progress and not by the whole: 256 KiB take half a minute at 64 kbit/s
	// and are fine, a line that moves nothing for two minutes is dead.
	DefaultStall = 2 * time.Minute
	// pieceSize is what is written between two looks at the clock.
	pieceSize = 4 << 10
	// sendBuffer bounds what the kernel takes before the line does, so that
	// what is written has nearly gone out.
	sendBuffer = 128 << 10
)

// paced is a connection that dies when nothing moves either way for stall.
type paced struct {
	net.Conn
	stall time.Duration
	fixed atomic.Bool  // somebody set a deadline of his own, such as tls at closing
	parts atomic.Int64 // bytes of whole parts it carried
}

func newPaced(c net.Conn, stall time.Duration) *paced {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetWriteBuffer(sendBuffer) // a matter of accuracy, not of function
	}
	p := &paced{Conn: c, stall: stall}
	p.moved()
	return p
}

// moved gives both directions stall from now: while a long body goes out there
// is nothing to read.
func (p *paced) moved() {
	if !p.fixed.Load() {
		_ = p.Conn.SetDeadline(time.Now().Add(p.stall)) // a closed connection says so by itself
	}
}

// Read reads and counts as progress.
func (p *paced) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	if n > 0 {
		p.moved()
	}
	return n, err
}

// Write writes piece by piece; each counts as progress.
func (p *paced) Write(b []byte) (written int, err error) {
	p.moved() // it may have lain idle
	for {
		n, err := p.Conn.Write(b[:min(pieceSize, len(b))])
		written += n
		if b = b[n:]; err != nil {
			return written, err
		}
		p.moved()
		if len(b) == 0 {
			return written, nil
		}
	}
}

// SetDeadline ends the reckoning by progress.
func (p *paced) SetDeadline(t time.Time) error {
	p.fixed.Store(true)
	return p.Conn.SetDeadline(t)
}

// SetWriteDeadline ends the reckoning by progress.
func (p *paced) SetWriteDeadline(t time.Time) error {
	p.fixed.Store(true)
	return p.Conn.SetWriteDeadline(t)
}

// pacedOf finds the paced connection below TLS, or nil.
func pacedOf(c net.Conn) *paced {
	for {
		switch v := c.(type) {
		case *paced:
			return v
		case *tls.Conn:
			c = v.NetConn()
		default:
			return nil
		}
	}
}

// dialFunc opens a connection.
type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

func dialPaced(dial dialFunc, stall time.Duration) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return newPaced(c, stall), nil
	}
}
