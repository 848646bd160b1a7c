package gateway_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/uplink"
)

// drip opens a request whose body never comes. Done is closed when the gateway
// has cut it off.
func drip(t *testing.T, addr string) (done chan struct{}) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "PUT /parts/%s HTTP/1.1\r\nHost: gateway\r\nContent-Length: 1000\r\n\r\n", envelope.Sum(nil))
	done = make(chan struct{})
	go func() {
		defer close(done)
		go func() {
			for range time.Tick(50 * time.Millisecond) {
				if _, err := conn.Write([]byte("x")); err != nil {
					return
				}
			}
		}()
		_, _ = io.Copy(io.Discard, conn)
	}()
	return done
}

// served says whether an honest request is answered in time beside as many
// dripping ones as there are places for bodies.
func served(t *testing.T, grace time.Duration) (ok, cut bool) {
	w := newWorld(t)
	w.cfg.InFlight = 1
	w.restart()
	w.gw.(*gateway.Gateway).SetPace(grace, 1000)
	server := httptest.NewServer(w.gw)
	defer server.Close()
	var attackers []chan struct{}
	for range 4 {
		attackers = append(attackers, drip(t, server.Listener.Addr().String()))
	}
	time.Sleep(100 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/parts/missing", strings.NewReader(`{"parts":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		resp.Body.Close()
		ok = resp.StatusCode == http.StatusOK
	}
	cut = true
	for _, done := range attackers {
		select {
		case <-done:
		case <-ctx.Done():
			cut = false
		}
	}
	server.CloseClientConnections()
	return ok, cut
}

// Bodies that drip are cut off and hold nobody up.
func TestDrippingBodies(t *testing.T) {
	if ok, cut := served(t, 300*time.Millisecond); !ok || !cut {
		t.Errorf("beside dripping bodies: served %v, cut off %v", ok, cut)
	}
	if ok, cut := served(t, time.Hour); ok || cut {
		t.Errorf("control, no limit: served %v, cut off %v", ok, cut)
	}
}

// trickle is a body that comes at a rate.
type trickle struct {
	body  *bytes.Reader
	every time.Duration
}

func (r *trickle) Read(b []byte) (int, error) {
	time.Sleep(r.every)
	return r.body.Read(b[:min(len(b), 1000)])
}

// A slow line that keeps the least rate gets its part through, however long
// the part takes; one below it does not.
func TestSlowLine(t *testing.T) {
	w := newWorld(t)
	w.gw.(*gateway.Gateway).SetPace(200*time.Millisecond, 20_000)
	server := httptest.NewServer(w.gw)
	defer server.Close()
	part := bytes.Repeat([]byte("a"), 20_000)
	put := func(every time.Duration) error {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, server.URL+"/parts/"+envelope.Sum(part).String(),
			&trickle{bytes.NewReader(part), every})
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusNoContent {
			return fmt.Errorf("status %d", resp.StatusCode)
		}
		return nil
	}
	begin := time.Now()
	if err := put(20 * time.Millisecond); err != nil || time.Since(begin) < 400*time.Millisecond {
		t.Errorf("a slow line: %v after %v", err, time.Since(begin))
	}
	if err := put(150 * time.Millisecond); err == nil {
		t.Error("control: a line below the least rate is waited for")
	}
}

// A gateway that stops answers the feeds that wait.
func TestDrain(t *testing.T) {
	s := newSite(t)
	c := s.enrolled(s.station, "tram-thu-001")
	got := make(chan error, 1)
	begin := time.Now()
	go func() {
		_, _, err := c.Feed(t.Context(), 0, uplink.MaxFeedWait)
		got <- err
	}()
	time.Sleep(200 * time.Millisecond)
	s.gw.(*gateway.Gateway).Drain()
	if err := <-got; err != nil || time.Since(begin) > 10*time.Second {
		t.Errorf("a feed that waits when the gateway stops: %v after %v", err, time.Since(begin))
	}
	if _, _, err := c.Feed(t.Context(), 0, uplink.MaxFeedWait); err != nil || time.Since(begin) > 10*time.Second {
		t.Errorf("a feed that comes after: %v after %v", err, time.Since(begin))
	}
}
