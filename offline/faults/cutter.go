package faults

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Line says how bad a line is. The zero value is a good one.
type Line struct {
	// CutUp and CutDown break the whole line, all its connections at once,
	// each time so many bytes went towards the target, or came back; 0: never.
	CutUp, CutDown int64
	// Reset ends broken connections with a TCP reset and not with an end of
	// file.
	Reset bool
	// Delay holds back every piece, in both directions.
	Delay time.Duration
	// Rate is the most bytes a second in each direction, over all
	// connections; 0: no limit.
	Rate int64
}

const pieceSize = 16 << 10 // most bytes carried at a time

// Cutter is a TCP proxy on loopback that carries a bad line. It is safe for
// concurrent use.
type Cutter struct {
	line     Line
	listener net.Listener
	target   atomic.Pointer[string]
	cuts     atomic.Int64
	up, down way
	ctx      context.Context
	stop     context.CancelFunc
	all      sync.WaitGroup
	mu       sync.Mutex
	open     map[net.Conn]bool // both ends of every connection, under mu
}

// way is one direction of the line. mu guards what follows it.
type way struct {
	carried atomic.Int64
	mu      sync.Mutex
	left    int64     // until the next cut
	free    time.Time // when the line is free again at its rate
}

// NewCutter listens on a free port of loopback and carries to target, an
// address like "127.0.0.1:8430".
func NewCutter(target string, line Line) (*Cutter, error) {
	ctx, stop := context.WithCancel(context.Background())
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		stop()
		return nil, err
	}
	c := &Cutter{line: line, listener: l, ctx: ctx, stop: stop, open: map[net.Conn]bool{}}
	c.up.left, c.down.left = line.CutUp, line.CutDown
	c.Retarget(target)
	c.all.Add(1)
	go c.accept()
	return c, nil
}

// URL is where clients reach the target through the line.
func (c *Cutter) URL() string { return "http://" + c.Addr() }

// Addr is the URL's host and port.
func (c *Cutter) Addr() string { return c.listener.Addr().String() }

// Retarget carries new connections to another address: the target restarted.
func (c *Cutter) Retarget(target string) { c.target.Store(&target) }

// Cuts is how often the line was broken.
func (c *Cutter) Cuts() int64 { return c.cuts.Load() }

// Carried is how many bytes were taken from the clients, and from the target.
func (c *Cutter) Carried() (up, down int64) { return c.up.carried.Load(), c.down.carried.Load() }

// Cut breaks every connection now.
func (c *Cutter) Cut() {
	c.cuts.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		c.end(conn)
	}
}

// end closes one end of a connection; those who copy see it and let go.
func (c *Cutter) end(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok && c.line.Reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// Close stops the proxy and waits for its connections to end.
func (c *Cutter) Close() error {
	c.stop()
	err := c.listener.Close()
	c.mu.Lock()
	for conn := range c.open {
		c.end(conn)
	}
	c.mu.Unlock()
	c.all.Wait()
	return err
}

func (c *Cutter) accept() {
	defer c.all.Done()
	for {
		client, err := c.listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue // out of files for a moment
		}
		c.all.Add(1)
		go c.carry(client)
	}
}

// carry takes one connection through.
func (c *Cutter) carry(client net.Conn) {
	defer c.all.Done()
	defer c.end(client)
	server, err := (&net.Dialer{}).DialContext(c.ctx, "tcp", *c.target.Load())
	if err != nil {
		return
	}
	defer c.end(server)
	if !c.hold(client, server) {
		return
	}
	defer c.release(client, server)
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.copy(client, server, &c.down, c.line.CutDown)
		c.end(client)
		c.end(server)
	}()
	c.copy(server, client, &c.up, c.line.CutUp)
	<-done
}

// hold lists both ends for Cut; false when the proxy is closed.
func (c *Cutter) hold(ends ...net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil {
		return false
	}
	for _, e := range ends {
		c.open[e] = true
	}
	return true
}

func (c *Cutter) release(ends ...net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range ends {
		delete(c.open, e)
	}
}

// copy carries bytes one way until an end closes. A source that has no more to
// say half-closes the other end.
func (c *Cutter) copy(to, from net.Conn, w *way, every int64) {
	piece := make([]byte, pieceSize)
	for {
		n, err := from.Read(piece)
		w.carried.Add(int64(n))
		pass, cut := w.take(int64(n), every)
		if n > 0 {
			c.wait(w, int64(n))
			if _, err := to.Write(piece[:pass]); err != nil {
				return
			}
		}
		if cut {
			c.Cut()
			return
		}
		if err != nil {
			if tcp, ok := to.(*net.TCPConn); ok {
				_ = tcp.CloseWrite()
			}
			return
		}
	}
}

// take counts n bytes and says how many pass before a cut that is due.
func (w *way) take(n, every int64) (pass int64, cut bool) {
	if every <= 0 {
		return n, false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if n < w.left {
		w.left -= n
		return n, false
	}
	pass, w.left = w.left, every
	return pass, true
}

// wait holds a piece back by the delay and the rate of the line.
func (c *Cutter) wait(w *way, n int64) {
	hold := c.line.Delay
	if c.line.Rate > 0 {
		w.mu.Lock()
		now := time.Now()
		if w.free.Before(now) {
			w.free = now
		}
		w.free = w.free.Add(time.Duration(n) * time.Second / time.Duration(c.line.Rate))
		hold += w.free.Sub(now)
		w.mu.Unlock()
	}
	if hold <= 0 {
		return
	}
	timer := time.NewTimer(hold)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.ctx.Done():
	}
}
