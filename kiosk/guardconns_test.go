package kiosk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/enrol"
)

// served is a bench behind a real socket.
func (b *bench) served(adjust func(*guard)) (address string) {
	b.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	address = listener.Addr().String()
	g, err := newGuard([]string{address}, nil, false, b.server.routes())
	if err != nil {
		b.t.Fatal(err)
	}
	if adjust != nil {
		adjust(g)
	}
	b.server.handler = b.server.logged(g)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := b.server.Serve(ctx, listener); err != nil {
			b.t.Error(err)
		}
	}()
	b.t.Cleanup(func() {
		cancel()
		<-ended
	})
	return address
}

// loris opens connections that say as little as they can, and returns how many
// were cut within a while.
func loris(t *testing.T, address string, n int) (cut func() int) {
	t.Helper()
	var all []net.Conn
	for i := range n {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		switch i % 3 { // silent; half a header; a body that never comes
		case 1:
			_, _ = fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nX-Slow: ", address)
		case 2:
			_, _ = fmt.Fprintf(conn, "POST /api/login HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", address)
		}
		all = append(all, conn)
	}
	return func() (cut int) {
		for _, conn := range all {
			_ = conn.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
			if _, err := conn.Read(make([]byte, 1)); err != nil && !isTimeout(err) {
				cut++
			}
		}
		return cut
	}
}

func isTimeout(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// TestSlowConnectionsStarveNobody: the page works on, and its stream stays,
// while a program opens more connections than there may be.
func TestSlowConnectionsStarveNobody(t *testing.T) {
	for name, max := range map[string]int{"bounded": 12, "control": 10_000} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.server.conns.max = max
			address := b.served(nil)
			token := b.login0(t)
			ask := func(path string) (*http.Response, error) {
				r, _ := http.NewRequest(http.MethodGet, "http://"+address+path, nil)
				r.Header.Set(TokenHeader, token)
				return http.DefaultClient.Do(r)
			}
			stream, err := ask("/api/events")
			if err != nil {
				t.Fatal(err)
			}
			defer stream.Body.Close()
			lines := bufio.NewScanner(stream.Body)
			cut := loris(t, address, 60)
			for range 5 {
				http.DefaultClient.CloseIdleConnections() // a page may have to open another one
				answer, err := ask("/api/state")
				if err != nil {
					t.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				_ = answer.Body.Close()
				if answer.StatusCode != http.StatusOK {
					t.Fatalf("the page got %d", answer.StatusCode)
				}
			}
			b.station.changes <- enrol.Snapshot{Version: 9}
			if got := nextEvent(t, lines); got.Version != 9 {
				t.Errorf("event %d", got.Version)
			}
			b.server.conns.mu.Lock()
			open := len(b.server.conns.all)
			b.server.conns.mu.Unlock()
			switch n := cut(); {
			case max == 12 && (n < 60-max || open > max):
				t.Errorf("%d of 60 were cut, %d are open", n, open)
			case max != 12 && n != 0:
				t.Errorf("%d were cut without need", n)
			}
		})
	}
}

// TestSlowBodiesEnd: a body that does not come ends its request.
func TestSlowBodiesEnd(t *testing.T) {
	b := newBench(t)
	address := b.served(func(g *guard) { g.read = 100 * time.Millisecond })
	token := b.login0(t)
	send := func(body string) string {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = fmt.Fprintf(conn, "POST /api/do HTTP/1.1\r\nHost: %s\r\n%s: %s\r\nContent-Type: application/json\r\nContent-Length: 25\r\n\r\n%s", address, TokenHeader, token, body)
		answer, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	if got := send(`{"id":"1",`); !strings.Contains(got, " 408 ") {
		t.Errorf("half a command: %s", got)
	}
	if b.station.done() != 0 {
		t.Fatal("half a command was carried out")
	}
	if got := send(`{"id":"1","name":"begin"}`); !strings.Contains(got, " 200 ") { // the control
		t.Errorf("a whole one: %s", got)
	}
}

// TestLongAnswersEndNoConnection: an answer may take longer than a request may,
// and what comes by the same connection afterwards is not cut.
func TestLongAnswersEndNoConnection(t *testing.T) {
	b := newBench(t)
	address := b.served(func(g *guard) { g.read = 100 * time.Millisecond })
	token := b.login0(t)
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	ask := func(path string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(TokenHeader, token)
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = answer.Body.Close() })
		return answer
	}
	begun := time.Now()
	picture := ask("/api/preview?after=1") // waits for a picture that does not come
	_, _ = io.Copy(io.Discard, picture.Body)
	_ = picture.Body.Close()
	if took := time.Since(begun); took < previewWait/2 {
		t.Errorf("the answer was cut after %v", took)
	}
	stream := ask("/api/events")
	b.station.changes <- enrol.Snapshot{Version: 9}
	if got := nextEvent(t, bufio.NewScanner(stream.Body)); got.Version != 9 {
		t.Errorf("event %d", got.Version)
	}
}
