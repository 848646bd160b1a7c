package faults_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/faults"
)

// echo answers each request with its body.
func echo(t *testing.T) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}))
	t.Cleanup(srv.Close)
	return srv
}

func newCutter(t *testing.T, target string, line faults.Line) *faults.Cutter {
	t.Helper()
	c, err := faults.NewCutter(target, line)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// ask sends n bytes through the line and returns what came back.
func ask(t *testing.T, c *faults.Cutter, n int) ([]byte, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+c.Addr(), bytes.NewReader(make([]byte, n)))
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	return io.ReadAll(resp.Body)
}

func TestCutterCarries(t *testing.T) {
	c := newCutter(t, echo(t).Listener.Addr().String(), faults.Line{})
	got, err := ask(t, c, 1<<20)
	if err != nil || len(got) != 1<<20 {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	if up, down := c.Carried(); up < 1<<20 || down < 1<<20 || c.Cuts() != 0 {
		t.Errorf("%d up, %d down, %d cuts", up, down, c.Cuts())
	}
}

func TestCutterCuts(t *testing.T) {
	srv := echo(t)
	for name, line := range map[string]faults.Line{
		"up":    {CutUp: 300_000},
		"down":  {CutDown: 300_000},
		"reset": {CutUp: 300_000, Reset: true},
	} {
		c := newCutter(t, srv.Listener.Addr().String(), line)
		if got, err := ask(t, c, 1<<20); err == nil && len(got) == 1<<20 {
			t.Errorf("%s: carried to the end over a line that breaks", name)
		}
		if c.Cuts() == 0 {
			t.Errorf("%s: never cut", name)
		}
		for range 3 { // the line is there again at once
			if _, err := ask(t, c, 1000); err != nil && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("%s: afterwards: %v", name, err)
			}
		}
	}
}

func TestCutterCountsOverConnections(t *testing.T) {
	c := newCutter(t, echo(t).Listener.Addr().String(), faults.Line{CutUp: 100_000})
	for range 20 {
		_, _ = ask(t, c, 10_000)
	}
	if n := c.Cuts(); n < 1 || n > 3 {
		t.Errorf("%d cuts in 200,000 bytes", n)
	}
}

func TestCutterRetargetsAndCutsNow(t *testing.T) {
	c := newCutter(t, "127.0.0.1:1", faults.Line{})
	if _, err := ask(t, c, 10); err == nil {
		t.Fatal("an answer from nowhere")
	}
	entered := make(chan struct{})
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then the server looks for a cut
		close(entered)
		<-r.Context().Done()
	}))
	defer hang.Close()
	c.Retarget(hang.Listener.Addr().String())
	done := make(chan error, 1)
	go func() {
		_, err := ask(t, c, 10)
		done <- err
	}()
	<-entered
	c.Cut()
	if err := <-done; err == nil {
		t.Error("an answer over a cut line")
	}
	c.Retarget(echo(t).Listener.Addr().String())
	if _, err := ask(t, c, 10); err != nil {
		t.Error(err)
	}
}

func TestCutterSlow(t *testing.T) {
	c := newCutter(t, echo(t).Listener.Addr().String(), faults.Line{Rate: 200_000, Delay: time.Millisecond})
	start := time.Now()
	if _, err := ask(t, c, 40_000); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < 200*time.Millisecond {
		t.Errorf("40,000 bytes at 200,000 a second in %s", took)
	}
}
