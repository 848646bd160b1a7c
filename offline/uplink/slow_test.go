package uplink

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Time-outs by progress: a slow line works, whatever a part takes. The control
// is the fixed time-out of a request, which never gets one through. The time is
// a bubble's: 2 MiB at 64 kbit/s take over four minutes of it.
func TestSlowLine(t *testing.T) {
	for _, c := range []struct {
		name  string
		rate  int           // bytes a second
		fixed time.Duration // of the control
	}{
		{"64 kbit/s", 64_000 / 8, 30 * time.Second},
		{"10 kbit/s", 10_000 / 8, 2 * time.Minute},
	} {
		s := seal(t, 1<<20, 600<<10)
		synctest.Test(t, func(t *testing.T) {
			g := newCentral(t)
			w := serve(t, g, c.rate)
			hc := Transport{dial: w.dial}.Client()
			defer hc.CloseIdleConnections()
			client := &Client{URL: "http://gateway.example", Key: g.key.Public(), HTTP: hc}
			begun := time.Now()
			d, err := client.Deliver(t.Context(), s)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			took := time.Since(begun)
			if d.Sent < 1600<<10 || took < time.Duration(d.Sent)*time.Second/time.Duration(c.rate) {
				t.Errorf("%s: %d bytes in %s: the line was not slow", c.name, d.Sent, took)
			}
			if client.pace.get() > 2 {
				t.Errorf("%s: %d parts at a time on a line that is full", c.name, client.pace.get())
			}
			t.Logf("%s: %d bytes in %s, %d parts at a time", c.name, d.Sent, took.Round(time.Second), client.pace.get())
		})
		synctest.Test(t, func(t *testing.T) {
			g := newCentral(t)
			w := serve(t, g, c.rate)
			hc := Transport{dial: w.dial}.Client()
			defer hc.CloseIdleConnections()
			hc.Timeout = c.fixed
			client := &Client{URL: "http://gateway.example", Key: g.key.Public(), HTTP: hc}
			for range 3 {
				if _, err := client.Deliver(t.Context(), s); err == nil {
					t.Errorf("control: %s passes with a fixed time-out of %s", c.name, c.fixed)
				}
			}
		})
	}
}

// A line on which nothing moves is given up after the stall; one that drips,
// after the longest time of a request.
func TestDeadLine(t *testing.T) {
	s := seal(t, 1000)
	for name, c := range map[string]struct {
		pause time.Duration
		least time.Duration
		most  time.Duration
	}{
		"nothing moves":                 {0, DefaultStall, DefaultStall + time.Second},
		"an answer drips for ever":      {time.Minute, 2 * DefaultStall, longest(2 * maxReply)},
		"control: it drips and it ends": {time.Second, 0, DefaultStall},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			g := newCentral(t)
			w := serve(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/parts/missing" {
					g.ServeHTTP(rw, r)
					return
				}
				if c.pause == 0 {
					<-ctx.Done()
					return
				}
				for i := 0; i < 5 || c.pause > time.Second; i++ {
					_, _ = rw.Write([]byte(" "))
					if http.NewResponseController(rw).Flush() != nil {
						return
					}
					select {
					case <-ctx.Done():
						return
					case <-time.After(c.pause):
					}
				}
				_, _ = rw.Write([]byte("{}"))
			}), 0)
			hc := Transport{dial: w.dial}.Client()
			defer hc.CloseIdleConnections()
			begun := time.Now()
			_, err := (&Client{URL: "http://gateway.example", Key: g.key.Public(), HTTP: hc}).Deliver(ctx, s)
			took := time.Since(begun)
			if dead := c.least > 0; dead != errors.Is(err, ErrUnreachable) || took < c.least || took > c.most {
				t.Errorf("%s: %v after %s, want %s to %s", name, err, took, c.least, c.most)
			}
			cancel()
			synctest.Wait()
		})
	}
}

// On a good line as many parts are on the way as may be, and no more.
func TestParallel(t *testing.T) {
	s := seal(t, 6<<20)
	synctest.Test(t, func(t *testing.T) {
		g := newCentral(t)
		var now, most atomic.Int64
		w := serve(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			n := now.Add(1)
			defer now.Add(-1)
			most.Store(max(most.Load(), n)) // about: a lost step is one less
			time.Sleep(time.Second)
			g.ServeHTTP(rw, r)
		}), 0)
		hc := Transport{dial: w.dial}.Client()
		defer hc.CloseIdleConnections()
		begun := time.Now()
		if _, err := (&Client{URL: "http://gateway.example", Key: g.key.Public(), HTTP: hc}).Deliver(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		steps := len(g.order) + 2
		if took := time.Since(begun); most.Load() != maxParallel || took > time.Duration(steps)*time.Second/2 {
			t.Errorf("%d at a time, %d steps of a second in %s", most.Load(), steps, took)
		}
	})
}

// Time-outs make the pace smaller: a line that carries one part at a time and
// lets the others stand delivers in the end.
func TestPaceFollowsTimeouts(t *testing.T) {
	s := seal(t, 2<<20)
	synctest.Test(t, func(t *testing.T) {
		g := newCentral(t)
		one := make(chan struct{}, 1)
		var stood atomic.Int64
		w := serve(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			select {
			case one <- struct{}{}:
				defer func() { <-one }()
				time.Sleep(time.Second)
				g.ServeHTTP(rw, r)
			default:
				stood.Add(1)
				_, _ = io.Copy(io.Discard, r.Body) // until then nobody looks whether the caller is gone
				<-r.Context().Done()
			}
		}), 0)
		hc := Transport{dial: w.dial, Stall: 20 * time.Second}.Client()
		defer hc.CloseIdleConnections()
		client := &Client{URL: "http://gateway.example", Key: g.key.Public(), HTTP: hc}
		if _, err := client.Deliver(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if n := stood.Load(); n == 0 || n > 4 {
			t.Errorf("%d parts stood: want few, and not none", n)
		}
		if client.pace.get() != 1 {
			t.Errorf("%d at a time", client.pace.get())
		}
	})
}

// The deadline that tls sets when it closes holds: pieces do not push it.
func TestFixedDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer near.Close()
		defer far.Close()
		p := newPaced(near, time.Hour)
		if err := p.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		if _, err := p.Write(make([]byte, 10)); err == nil || time.Since(begun) != time.Second {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
	})
}
