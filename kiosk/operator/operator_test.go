package operator

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var testPINs = PINs{"246810", "135791"}

type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func newClock() *clock { return &clock{time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)} }

func config(t *testing.T, c *clock) Config {
	t.Helper()
	begun := c.t
	return Config{Path: filepath.Join(t.TempDir(), "people.json"), Now: c.now, Since: func() time.Duration { return c.t.Sub(begun) }, cost: testCost}
}

// testCost is next to nothing: what a hash costs is tried once, below.
var testCost = cost{time: 1, memory: 64, threads: 1}

// TestPINsAreExpensive: a station hashes them as RFC 9106 recommends, and takes
// no file that asks for less.
func TestPINsAreExpensive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.json")
	if _, err := OpenFixed(Config{Path: path}, testPINs); err != nil {
		t.Fatal(err)
	}
	s, _, err := Open(Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if h := s.file.find(firstOfficer).PIN; h.Time != 3 || h.MemoryKiB != 64<<10 || h.Threads != 2 || len(h.Salt) != 16 || !h.matches(testPINs.Officer) || h.matches("000000") {
		t.Errorf("the hash is of %d passes, %d KiB, %d lanes", h.Time, h.MemoryKiB, h.Threads)
	}
	cheap := config(t, newClock())
	if _, err := OpenFixed(cheap, testPINs); err != nil {
		t.Fatal(err)
	}
	cheap.cost = cost{}
	if _, _, err := Open(cheap); !errors.Is(err, ErrDamaged) {
		t.Errorf("a file with cheap hashes: %v", err)
	}
}

func TestFirstRunMakesAPIN(t *testing.T) {
	cfg := config(t, newClock())
	s, pins, err := Open(cfg)
	pin := pins.Officer
	if err != nil || !pin.valid() || !pins.Supervisor.valid() || pin == pins.Supervisor {
		t.Fatalf("Open: %v, two valid PINs: %v, %v", err, pin.valid(), pins.Supervisor.valid())
	}
	fi, err := os.Stat(cfg.Path)
	if err != nil || fi.Mode().Perm() != 0o600 {
		t.Fatalf("file mode %v, %v; want 0600", fi.Mode(), err)
	}
	b, _ := os.ReadFile(cfg.Path)
	if bytes.Contains(b, []byte(pin.Reveal())) {
		t.Fatal("the PIN stands in the file")
	}
	session, err := s.Login("officer-1", pin)
	if err != nil {
		t.Fatal(err)
	}
	if o, err := s.Check(session.Token); err != nil || o.ID != "officer-1" {
		t.Fatalf("Check: %+v, %v", o, err)
	}
	again, none, err := Open(cfg)
	if err != nil || none != (PINs{}) {
		t.Fatalf("second Open: PIN shown again %v, %v", none != (PINs{}), err)
	}
	if _, err := again.Login(" Officer-1 ", pin); err != nil {
		t.Fatalf("after a restart: %v", err)
	}
	if _, err := again.Check(session.Token); !errors.Is(err, ErrNoSession) {
		t.Fatalf("a session outlived its process: %v", err)
	}
}

func TestPINsDiffer(t *testing.T) {
	seen := map[PIN]bool{}
	for range 20 {
		p, err := newPIN(prepare(Config{}).cfg.Rand)
		if err != nil {
			t.Fatal(err)
		}
		seen[p] = true
	}
	if len(seen) < 18 {
		t.Fatalf("20 draws gave %d PINs", len(seen))
	}
}

func TestLockoutGrowsAndSurvives(t *testing.T) {
	c := newClock()
	cfg := config(t, c)
	s, err := OpenFixed(cfg, testPINs)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < freeTries; i++ {
		if _, err := s.Login("officer-1", "000000"); !errors.Is(err, ErrWrongPIN) {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	var last time.Duration
	for i := range 4 {
		_, err := s.Login("officer-1", "000000")
		var locked *LockedError
		if !errors.As(err, &locked) || !errors.Is(err, ErrLocked) || locked.Wait <= last {
			t.Fatalf("wrong PIN %d over the free ones: %v after %v", i+1, err, last)
		}
		last = locked.Wait
		// The right PIN does not open a locked door, nor does a restart.
		if s, _, err = Open(cfg); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Login("officer-1", "246810"); !errors.Is(err, ErrLocked) {
			t.Fatalf("locked, but: %v", err)
		}
		c.t = c.t.Add(locked.Wait)
	}
	if _, err := s.Login("officer-1", "246810"); err != nil {
		t.Fatalf("after the wait: %v", err)
	}
	if _, err := s.Login("officer-1", "000000"); !errors.Is(err, ErrWrongPIN) {
		t.Fatalf("a good login clears the count: %v", err)
	}
}

func TestClockSetBackDoesNotLengthenTheLock(t *testing.T) {
	c := newClock()
	r := strikes{Failures: freeTries, FailedAt: c.t}
	if got := r.wait(c.t.Add(-24 * time.Hour)); got != firstWait {
		t.Fatalf("wait %v, want %v", got, firstWait)
	}
	r.Failures = 1 << 30
	if got := r.wait(c.t); got != longWait {
		t.Fatalf("wait %v, want %v", got, longWait)
	}
}

func TestSessionsEnd(t *testing.T) {
	c := newClock()
	s, err := OpenFixed(config(t, c), testPINs)
	if err != nil {
		t.Fatal(err)
	}
	in := func() Session {
		t.Helper()
		x, err := s.Login("officer-1", "246810")
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	a := in()
	c.t = c.t.Add(defaultIdle - time.Second)
	if _, err := s.Check(a.Token); err != nil {
		t.Fatalf("still in use: %v", err)
	}
	c.t = c.t.Add(defaultIdle)
	if _, err := s.Check(a.Token); !errors.Is(err, ErrSessionLocked) || errors.Is(err, ErrNoSession) {
		t.Fatalf("idle: %v", err)
	}
	b := in()
	s.Logout(b.Token)
	if _, err := s.Check(b.Token); !errors.Is(err, ErrNoSession) {
		t.Fatalf("logged out: %v", err)
	}
	d := in()
	for end := c.t.Add(maxSession); c.t.Before(end); c.t = c.t.Add(defaultIdle / 2) {
		_, _ = s.Check(d.Token) // in use all day
	}
	if _, err := s.Check(d.Token); !errors.Is(err, ErrNoSession) {
		t.Fatalf("a session longer than a working day: %v", err)
	}
	if _, err := s.Check(""); !errors.Is(err, ErrNoSession) {
		t.Fatalf("no token: %v", err)
	}
}

func TestSecretsRedactThemselves(t *testing.T) {
	var buf bytes.Buffer
	pin, session := PIN("246810"), Session{Token: "token-of-this-test", Officer: Officer{ID: "officer-1"}}
	slog.New(slog.NewTextHandler(&buf, nil)).Info("x", "pin", pin, "session", session)
	fmt.Fprintf(&buf, "%v %s %#v", pin, pin, pin)
	if s := buf.String(); strings.Contains(s, "246810") || strings.Contains(s, session.Token) {
		t.Fatalf("a secret was written: %s", s)
	}
}

func TestOpenRefusesWhatOthersCanRead(t *testing.T) {
	cfg := config(t, newClock())
	if _, _, err := Open(cfg); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(cfg.Path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(cfg); err == nil {
		t.Fatal("a hash that others can read was accepted")
	}
}

func TestOpenFixedNeedsSixDigits(t *testing.T) {
	for _, pin := range []PIN{"", "12345", "1234567", "12345a", testPINs.Supervisor} {
		if _, err := OpenFixed(config(t, newClock()), PINs{pin, testPINs.Supervisor}); err == nil {
			t.Errorf("a PIN of %d characters was accepted for the officer", len(pin))
		}
		if _, err := OpenFixed(config(t, newClock()), PINs{testPINs.Supervisor, pin}); err == nil {
			t.Errorf("a PIN of %d characters was accepted for the supervisor", len(pin))
		}
	}
}

// TestSupervisorApproves: the second person has a PIN and a lock of his own.
func TestSupervisorApproves(t *testing.T) {
	c := newClock()
	cfg := config(t, c)
	s, err := OpenFixed(cfg, testPINs)
	if err != nil {
		t.Fatal(err)
	}
	if who, err := s.Approve(" Supervisor-1 ", testPINs.Supervisor); err != nil || who.ID != "supervisor-1" || who.Role != "supervisor" {
		t.Fatalf("the right name and PIN: %+v, %v", who, err)
	}
	for name, try := range map[string]func(*Store) error{
		"the officer's PIN":               func(s *Store) error { _, err := s.Approve("supervisor-1", testPINs.Officer); return err },
		"the officer's name":              func(s *Store) error { _, err := s.Approve("officer-1", testPINs.Supervisor); return err },
		"nobody's name":                   func(s *Store) error { _, err := s.Approve("", testPINs.Supervisor); return err },
		"the supervisor's PIN to sign in": func(s *Store) error { _, err := s.Login("officer-1", testPINs.Supervisor); return err },
	} {
		if err := try(s); !errors.Is(err, ErrWrongPIN) || errors.Is(err, ErrLocked) { // no lock stands in for the answer
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Approve("officer-1", testPINs.Officer); !errors.Is(err, ErrNotAllowed) {
		t.Errorf("an officer approves: %v", err)
	}
	for range 4 {
		_, _ = s.Approve("supervisor-1", testPINs.Officer)
	}
	// Locked now, also after a restart; the officer is not.
	if s, _, err = Open(cfg); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Approve("supervisor-1", testPINs.Supervisor); !errors.Is(err, ErrLocked) {
		t.Errorf("after four wrong ones: %v", err)
	}
	if _, err := s.Login("officer-1", testPINs.Officer); err != nil {
		t.Errorf("the officer: %v", err)
	}
	c.t = c.t.Add(longWait)
	if _, err := s.Approve("supervisor-1", testPINs.Supervisor); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

// TestStormOfUnknownNames: each is locked like somebody's, over restarts, and
// their number is bounded; nobody of the station is locked by it.
func TestStormOfUnknownNames(t *testing.T) {
	c := newClock()
	cfg := config(t, c)
	s, err := OpenFixed(cfg, testPINs)
	if err != nil {
		t.Fatal(err)
	}
	for range freeTries + 1 {
		_, _ = s.Login("officer-77", "000000")
	}
	if s, _, err = Open(cfg); err != nil {
		t.Fatal(err)
	}
	var locked *LockedError
	if _, err := s.Login(" OFFICER-77", "000000"); !errors.As(err, &locked) || locked.Who != "" || locked.Wait <= 0 {
		t.Errorf("after a restart: %v", err)
	}
	if _, err := s.Login("officer-78", "000000"); errors.Is(err, ErrLocked) || !errors.Is(err, ErrWrongPIN) { // the control
		t.Errorf("another name: %v", err)
	}
	if b, _ := os.ReadFile(cfg.Path); bytes.Contains(b, []byte("officer-77")) {
		t.Error("what was typed stands in the file")
	}
	f := s.present()
	for i := range 2 * maxUnknown {
		f.strikesOf(nil, fmt.Sprint(i)).FailedAt = c.t.Add(time.Duration(i))
	}
	if len(f.Unknown) != maxUnknown {
		t.Errorf("%d names are kept", len(f.Unknown))
	}
	if _, err := s.Login("officer-1", testPINs.Officer); err != nil {
		t.Errorf("the officer: %v", err)
	}
}

// TestClockSetBackWhileLocked: the wait begins again once, and then it passes.
// A clock that is set forward ends it, as waiting does.
func TestClockSetBackWhileLocked(t *testing.T) {
	c := newClock()
	s, err := OpenFixed(config(t, c), testPINs)
	if err != nil {
		t.Fatal(err)
	}
	for range freeTries {
		_, _ = s.Login("officer-1", "000000")
	}
	c.t = c.t.Add(-30 * 24 * time.Hour)
	var locked *LockedError
	if _, err := s.Login("officer-1", testPINs.Officer); !errors.As(err, &locked) || locked.Wait > firstWait {
		t.Fatalf("set back: %v", err)
	}
	c.t = c.t.Add(firstWait - time.Second)
	if _, err := s.Login("officer-1", testPINs.Officer); !errors.Is(err, ErrLocked) { // the control
		t.Errorf("before the wait is over: %v", err)
	}
	c.t = c.t.Add(time.Second)
	if _, err := s.Login("officer-1", testPINs.Officer); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

// TestDesk: one session leads; it is free when that one ends.
func TestDesk(t *testing.T) {
	s := prepare(Config{Now: newClock().now})
	f, err := s.begin()
	for _, id := range []string{"officer-1", "officer-2"} {
		err = errors.Join(err, s.add(&f, id, RoleOfficer, ""))
	}
	s.file = f
	if err != nil {
		t.Fatal(err)
	}
	open := func(id string) string {
		t.Helper()
		on, err := s.open(Officer{id, RoleOfficer}, "")
		if err != nil {
			t.Fatal(err)
		}
		return on.Token
	}
	a, b, again := open("officer-1"), open("officer-2"), open("officer-1")
	for _, c := range []struct {
		token string
		over  bool
		want  bool
		leads string
	}{{a, false, true, a}, {b, false, false, a}, {again, false, true, again}, {b, true, true, b}, {a, false, false, b}, {"", true, false, b}} {
		if got := s.Sit(c.token, c.over); got != c.want || !s.AtDesk(c.leads) {
			t.Errorf("over %v: sits %v, want %v", c.over, got, c.want)
		}
	}
	s.Logout(b)
	if s.AtDesk(b) || !s.Sit(a, false) {
		t.Error("the desk is not free when its session has ended")
	}
	s.Lock(a)
	if s.Sit(again, false) != true { // the own person's other page
		t.Error("the own other page does not lead")
	}
	s.Lock(again)
	if s.Sit(open("officer-2"), false) {
		t.Error("a locked session's desk was free")
	}
	for range 3 * maxSessions {
		open("officer-2")
	}
	if len(s.sessions) > maxSessions {
		t.Errorf("%d sessions", len(s.sessions))
	}
}
