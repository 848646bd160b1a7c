package serial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const thu = "001090990001|012999901|Nguyễn Văn Thử|14021990|Nam|Phố Mẫu, Hà Nội|20052021"

// scanner is the far end of a pseudo-terminal, under a name that stays when
// the scanner is plugged in again.
type scanner struct {
	t    *testing.T
	name string
	far  *os.File
}

func newScanner(t *testing.T) *scanner {
	t.Helper()
	s := &scanner{t: t, name: filepath.Join(t.TempDir(), "scanner")}
	s.plug()
	t.Cleanup(func() { s.far.Close() })
	return s
}

func (s *scanner) plug() {
	s.t.Helper()
	far, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(far.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		s.t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(far.Fd()), unix.TIOCGPTN)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.Symlink(fmt.Sprintf("/dev/pts/%d", n), s.name); err != nil {
		s.t.Fatal(err)
	}
	s.far = far
}

// unplug takes the device away, and its name.
func (s *scanner) unplug() {
	s.t.Helper()
	if err := errors.Join(s.far.Close(), os.Remove(s.name)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scanner) send(text string) {
	s.t.Helper()
	if _, err := s.far.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

func open(t *testing.T, name string) *Port {
	t.Helper()
	p, err := Open(t.Context(), name, 0)
	if err != nil {
		t.Fatal(err)
	}
	p.Retry = 10 * time.Millisecond
	t.Cleanup(func() { p.Close() })
	return p
}

func next(t *testing.T, p *Port) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	b, err := p.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestScans(t *testing.T) {
	s := newScanner(t)
	p := open(t, s.name)
	for _, end := range []string{"\r", "\n", "\r\n", ""} {
		s.send(thu + end)
		if got := next(t, p); got != thu {
			t.Errorf("with %q: %q", end, got)
		}
	}
	// Two scans without a silence, the second in pieces.
	s.send(thu + "\r" + thu[:40])
	if got := next(t, p); got != thu {
		t.Errorf("glued: %q", got)
	}
	s.send(thu[40:] + "\r")
	if got := next(t, p); got != thu {
		t.Errorf("in pieces: %q", got)
	}
	// Control characters come through as they are: the line is raw.
	s.send("\x02]Q1\x03\x04\x11\x13" + thu + "\r")
	if got := next(t, p); got != "\x02]Q1\x03\x04\x11\x13"+thu {
		t.Errorf("raw: %q", got)
	}
}

// TestGarbage: 64 KB without an end are refused once, and the next scan is good.
func TestGarbage(t *testing.T) {
	s := newScanner(t)
	p := open(t, s.name)
	var wait sync.WaitGroup
	defer wait.Wait()
	wait.Go(func() { s.send(strings.Repeat("\xff\x00x", 64<<10/3) + "\r" + thu + "\r") })
	if _, err := p.Next(t.Context()); !errors.Is(err, ErrTooLong) {
		t.Errorf("garbage: %v", err)
	}
	if got := next(t, p); got != thu {
		t.Errorf("after it: %.80q", got)
	}
}

// TestUnplug: what was begun before the cable went is no scan, and the scanner
// is found again under its name.
func TestUnplug(t *testing.T) {
	s := newScanner(t)
	p := open(t, s.name)
	states := make(chan error, 8)
	p.Changed = func(err error) { states <- err }
	s.send(thu + "\r")
	if got := next(t, p); got != thu {
		t.Error(got)
	}
	if err := <-states; err != nil {
		t.Error(err)
	}
	came := make(chan string, 1)
	go func() {
		b, err := p.Next(t.Context())
		came <- fmt.Sprint(string(b), err)
	}()
	s.send(thu[:20])
	s.unplug()
	if err := <-states; !errors.Is(err, ErrNoPort) {
		t.Errorf("unplugged: %v", err)
	}
	select {
	case text := <-came:
		t.Fatalf("a broken scan came: %q", text)
	case <-time.After(3 * p.Retry):
	}
	s.plug()
	if err := <-states; err != nil {
		t.Errorf("plugged in: %v", err)
	}
	s.send("second\r")
	if got := <-came; got != "second<nil>" {
		t.Errorf("%q", got)
	}
}

func TestOpenRefused(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{plain, plain + ".none"} {
		if p, err := Open(t.Context(), name, 0); !errors.Is(err, ErrNoPort) || p != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := newScanner(t)
	ctx, cancel := context.WithCancel(t.Context())
	p := open(t, s.name)
	cancel()
	if _, err := p.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := Open(ctx, s.name, 0); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	// A port that never comes is waited for, as long as the context goes.
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	absent := &Port{Name: plain + ".none", Retry: time.Millisecond}
	if _, err := absent.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
