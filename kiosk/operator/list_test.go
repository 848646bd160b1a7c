package operator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

const listJSON = `{"schema":1,"version":"2026-11","issued":"2026-11-01T00:00:00Z",
 "lease":{"end":"2026-12-01T00:00:00Z","refuse_new":true},
 "officers":[{"id":"officer-7","role":"officer","stations":["tram-thu-001"]},
 {"id":"officer-8","role":"supervisor","until":"2026-11-25T00:00:00Z"},
 {"id":"officer-9","role":"officer","stations":["tram-thu-002"]}]}`

func mustList(t testing.TB, text string) *List {
	t.Helper()
	l, err := ParseList([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func issued(text, at, version string) string {
	return strings.Replace(strings.Replace(text, "2026-11-01T00:00:00Z", at, 1), `"2026-11"`, `"`+version+`"`, 1)
}

// TestListSaysWhoMayWork: roles, stations, revocation, and what a later list
// leaves out.
func TestListSaysWhoMayWork(t *testing.T) {
	c := newClock()
	cfg := config(t, c)
	s, err := OpenFixed(cfg, testPINs)
	if err != nil {
		t.Fatal(err)
	}
	use := func(text string) {
		t.Helper()
		if changed, err := s.Use(mustList(t, text), "tram-thu-001"); err != nil || !changed {
			t.Fatalf("Use: %v, %v", changed, err)
		}
	}
	use(listJSON)
	if changed, err := s.Use(mustList(t, listJSON), "tram-thu-001"); changed || err != nil {
		t.Errorf("the same list again: %v, %v", changed, err)
	}
	if s.file.find("officer-9") != nil {
		t.Error("another station's officer is here")
	}
	if _, err := s.Login("officer-7", ""); !errors.Is(err, ErrWrongPIN) {
		t.Errorf("without a PIN: %v", err)
	}
	pin, err := s.NewPIN("", "officer-7")
	if err != nil {
		t.Fatal(err)
	}
	on, err := s.Login("officer-7", pin)
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"role": s.SetRole("", "officer-7", RoleSupervisor), "remove": s.Remove("", "officer-7")} {
		if !errors.Is(err, ErrListed) {
			t.Errorf("%s of a listed person: %v", what, err)
		}
	}
	// An older list does not come back, however it is called.
	if _, err := s.Use(mustList(t, issued(listJSON, "2026-10-01T00:00:00Z", "2027")), "tram-thu-001"); !errors.Is(err, ErrOldList) {
		t.Errorf("an older list: %v", err)
	}
	use(issued(strings.Replace(listJSON, `"stations":["tram-thu-001"]`, `"revoked":"2026-11-02T00:00:00Z"`, 1), "2026-11-03T00:00:00Z", "b"))
	if _, err := s.Check(on.Token); !errors.Is(err, ErrNoSession) {
		t.Errorf("the revoked officer works on: %v", err)
	}
	if s, _, err = Open(cfg); err != nil { // and after a restart
		t.Fatal(err)
	}
	if _, err := s.Login("officer-7", pin); !errors.Is(err, ErrNotAllowed) {
		t.Errorf("the revoked officer signs in: %v", err)
	}
	if _, err := s.Login("officer-1", testPINs.Officer); err != nil {
		t.Errorf("who was added here: %v", err) // the control
	}
	use(`{"schema":1,"version":"c","issued":"2026-11-04T00:00:00Z","only_listed":true,"officers":[{"id":"officer-7","role":"officer"}]}`)
	if _, err := s.Login("officer-7", pin); err != nil {
		t.Errorf("back on the list: %v", err)
	}
	if _, err := s.Login("officer-1", testPINs.Officer); !errors.Is(err, ErrNotAllowed) {
		t.Errorf("not on the list, which names all: %v", err)
	}
	if r := s.file.find("officer-8"); r.Revoked.IsZero() {
		t.Error("who is on the list no more may work")
	}
}

// TestLease: warnings by the guess, refusal by what is beyond doubt.
func TestLease(t *testing.T) {
	c := newClock()
	c.t = time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC)
	cfg := config(t, c)
	var ran time.Duration
	var signed time.Time
	cfg.Since = func() time.Duration { return ran }
	cfg.Time = func() (time.Time, time.Time) { return c.t, signed }
	s, err := OpenFixed(cfg, testPINs)
	if err != nil {
		t.Fatal(err)
	}
	if l := s.Lease("officer-1"); l != (Lease{}) {
		t.Errorf("without a list: %+v", l)
	}
	if _, err := s.Use(mustList(t, listJSON), "tram-thu-001"); err != nil {
		t.Fatal(err)
	}
	want := func(what, id, state string, refuse bool) {
		t.Helper()
		if l := s.Lease(id); l.State != state || l.Refuse != refuse {
			t.Errorf("%s: %q, refuse %v; want %q, %v", what, l.State, l.Refuse, state, refuse)
		}
	}
	want("far", "officer-1", LeaseNone, false)
	c.t = time.Date(2026, 11, 18, 0, 0, 0, 0, time.UTC)
	want("the person's own end is nearer", "officer-8", LeaseWeek, false)
	want("the list's", "officer-1", LeaseNone, false)
	c.t = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	want("a day", "officer-1", LeaseDay, false)
	c.t = time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC)
	want("a clock that jumped ahead warns", "officer-1", LeaseOver, false)
	c.t = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	want("a clock that fell back", "officer-1", LeaseNone, false)
	ran = 29*24*time.Hour + 12*time.Hour
	want("the program has run for it", "officer-1", LeaseDay, false)
	if err := s.Remember(); err != nil {
		t.Fatal(err)
	}
	ran = 0
	if s, _, err = Open(cfg); err != nil {
		t.Fatal(err)
	}
	want("a restart forgets nothing", "officer-1", LeaseDay, false)
	ran = 13 * time.Hour
	want("over, whatever the clock says", "officer-1", LeaseOver, true)
	if _, err := s.Login("officer-1", testPINs.Officer); err != nil {
		t.Errorf("who has work under way signs in: %v", err)
	}
	signed = time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC)
	ran = 0
	want("the central has signed later", "officer-1", LeaseOver, true)
	later := issued(strings.Replace(listJSON, "2026-12-01", "2027-02-01", 1), "2026-12-02T00:00:00Z", "d")
	if _, err := s.Use(mustList(t, later), "tram-thu-001"); err != nil {
		t.Fatal(err)
	}
	want("a new list", "officer-1", LeaseNone, false)
}

func TestListIsStrict(t *testing.T) {
	for name, text := range map[string]string{
		"schema":      strings.Replace(listJSON, `"schema":1`, `"schema":2`, 1),
		"version":     strings.Replace(listJSON, `"2026-11"`, `""`, 1),
		"issued":      strings.Replace(listJSON, `"issued":"2026-11-01T00:00:00Z",`, ``, 1),
		"lease":       strings.Replace(listJSON, "2026-12-01", "2026-10-01", 1),
		"role":        strings.Replace(listJSON, `"supervisor"`, `"root"`, 1),
		"identifier":  strings.Replace(listJSON, `"officer-7"`, `"Nguyễn Văn Thử"`, 1),
		"number":      strings.Replace(listJSON, `"officer-7"`, `"001090990001"`, 1),
		"twice":       strings.Replace(listJSON, `"officer-8"`, `"officer-7"`, 1),
		"unknown":     strings.Replace(listJSON, `"role":"officer"`, `"role":"officer","only":"mornings"`, 1),
		"station":     strings.Replace(listJSON, `"tram-thu-001"`, `""`, 1),
		"more behind": listJSON + "{}",
		"empty":       "",
	} {
		if l, err := ParseList([]byte(text)); !errors.Is(err, ErrList) {
			t.Errorf("%s: %v", name, err)
		} else if l != nil && name != "" && err == nil {
			t.Errorf("%s: something was returned", name)
		}
	}
	if _, err := ParseList([]byte(listJSON)); err != nil { // the control
		t.Error(err)
	}
}

// FuzzParseList: whatever is there is refused, or stays the same when it is
// written and read again.
func FuzzParseList(f *testing.F) {
	f.Add([]byte(listJSON))
	f.Add([]byte(`{"schema":1,"version":"c","issued":"2026-11-04T00:00:00Z","only_listed":true,"officers":[{"id":"a1","role":"officer"}]}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := ParseList(b)
		if err != nil {
			return
		}
		once, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseList(once)
		if err != nil {
			t.Fatalf("not read back: %v", err)
		}
		if twice, _ := json.Marshal(again); !bytes.Equal(once, twice) {
			t.Fatalf("%s became %s", once, twice)
		}
	})
}

// TestLargestList: the largest list is taken.
func TestLargestList(t *testing.T) {
	l := List{Schema: 1, Version: "x", Issued: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	for i := range maxListed {
		l.Officers = append(l.Officers, Listed{ID: fmt.Sprintf("officer-%d", i), Role: RoleOfficer, Stations: []string{fmt.Sprintf("s%d", i%3)}})
	}
	b, err := json.Marshal(l)
	if err == nil {
		_, err = ParseList(b)
	}
	if err != nil {
		t.Fatalf("%d bytes: %v", len(b), err)
	}
	l.Officers = append(l.Officers, Listed{ID: "one-more", Role: RoleOfficer})
	b, _ = json.Marshal(l)
	if _, err := ParseList(b); !errors.Is(err, ErrList) {
		t.Errorf("one more: %v", err)
	}
}
