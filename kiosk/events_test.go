package kiosk

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestStreamsNameTheirEvents: a client that comes back is not told what it has,
// and each event is as described.
func TestStreamsNameTheirEvents(t *testing.T) {
	open := func(b *bench, last string) *bufio.Scanner {
		address := b.served(nil)
		token := b.login0(t)
		r, _ := http.NewRequest(http.MethodGet, "http://"+address+"/api/events", nil)
		r.Header.Set(TokenHeader, token)
		r.Header.Set("Last-Event-ID", last)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = answer.Body.Close() })
		return bufio.NewScanner(answer.Body)
	}
	next := func(lines *bufio.Scanner) (block []string) {
		for lines.Scan() && lines.Text() != "" {
			block = append(block, lines.Text())
		}
		return block
	}
	for last, want := range map[string]string{"": "id: 7", "6": "id: 7", "x": "id: 7", "7": "id: 8"} {
		b := newBench(t)
		lines := open(b, last)
		if first := next(lines); len(first) != 1 || first[0] != "retry: 1000" {
			t.Fatalf("the stream begins with %q", first)
		}
		for version := uint64(7); version <= 8; version++ {
			s := view()
			s.Version = version
			b.station.changes <- s
		}
		event := next(lines)
		if len(event) != 2 || event[0] != want || !strings.HasPrefix(event[1], "data: {\"version\":"+strings.TrimPrefix(want, "id: ")+",") {
			t.Errorf("after %q: %.60q, want %s", last, event, want)
		}
		if want == "id: 7" {
			next(lines)
		}
	}
}

// TestStreamEndsWithItsSession: what comes after a session was locked is not
// told, however soon it comes.
func TestStreamEndsWithItsSession(t *testing.T) {
	for locks, want := range map[bool]int{false: 1, true: 0} { // the control is told
		s := newStaff(t)
		on := s.in("officer-1")
		r, _ := http.NewRequest(http.MethodGet, "http://"+s.served(nil)+"/api/events", nil)
		r.Header.Set(TokenHeader, on.Token)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if locks {
			s.people.Lock(on.Token)
		}
		s.station.changes <- view()
		close(s.station.changes)
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if got := strings.Count(string(body), "data: "); err != nil || got != want {
			t.Errorf("locked %v: %d snapshots, %v", locks, got, err)
		}
	}
}

// TestStreamsAreBounded: the seventeenth is refused, and a place is free again
// when one has ended.
func TestStreamsAreBounded(t *testing.T) {
	b := newBench(t)
	address := b.served(nil)
	token := b.login0(t)
	open := func() *http.Response {
		r, _ := http.NewRequest(http.MethodGet, "http://"+address+"/api/events", nil)
		r.Header.Set(TokenHeader, token)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	var all []*http.Response
	for range maxStreams {
		answer := open()
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("stream %d: %d", len(all), answer.StatusCode)
		}
		all = append(all, answer)
	}
	one := open()
	_ = one.Body.Close()
	if one.StatusCode != http.StatusTooManyRequests {
		t.Errorf("one more: %d", one.StatusCode)
	}
	_ = all[0].Body.Close()
	for status, until := 0, time.Now().Add(5*time.Second); status != http.StatusOK; {
		again := open()
		status = again.StatusCode
		all[0] = again
		if time.Now().After(until) {
			t.Fatalf("no place became free: %d", status)
		}
	}
	for _, answer := range all {
		_ = answer.Body.Close()
	}
}
