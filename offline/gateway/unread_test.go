package gateway_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/gateway"
)

// kept says whether the gateway still holds a connection, after a while, of
// a caller that asks and asks and reads no answer.
func kept(t *testing.T, grace time.Duration) bool {
	t.Helper()
	w := newWorld(t)
	w.gw.(*gateway.Gateway).SetWritePace(grace)
	server := httptest.NewServer(w.gw)
	defer server.Close()
	defer server.CloseClientConnections()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		out := bufio.NewWriter(conn)
		for {
			if _, err := fmt.Fprint(out, "GET /openapi.yaml HTTP/1.1\r\nHost: gateway\r\n\r\n"); err != nil {
				return
			}
		}
	}()
	select {
	case <-closed:
		return false
	case <-time.After(1500 * time.Millisecond):
		return true
	}
}

// Who reads no answers is cut off, or a few such callers would hold every
// connection for ever.
func TestUnreadAnswers(t *testing.T) {
	if kept(t, 300*time.Millisecond) {
		t.Error("a caller that reads nothing is waited for")
	}
	if !kept(t, time.Hour) {
		t.Error("control, no limit: cut off")
	}
}
