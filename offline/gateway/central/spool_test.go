package central_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/gateway/central"
)

// provider reads the spool as the SMS provider's program does.
type provider struct {
	*central.Spool
	t   testing.TB
	dir string
	now time.Time
}

func newProvider(t testing.TB) *provider {
	t.Helper()
	p := &provider{t: t, dir: t.TempDir(), now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	var err error
	if p.Spool, err = central.OpenSpool(p.dir); err != nil {
		t.Fatal(err)
	}
	p.Now = func() time.Time { return p.now }
	return p
}

// fetch takes the one message that waits.
func (p *provider) fetch() central.Message {
	p.t.Helper()
	names, err := filepath.Glob(filepath.Join(p.dir, "*.json"))
	if err != nil || len(names) != 1 {
		p.t.Fatalf("%d messages wait, %v", len(names), err)
	}
	raw, err := os.ReadFile(names[0])
	if err != nil {
		p.t.Fatal(err)
	}
	var m central.Message
	if err := json.Unmarshal(raw, &m); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Remove(names[0]); err != nil {
		p.t.Fatal(err)
	}
	return m
}

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// ask sends a code and returns its ticket and digits.
func (p *provider) ask(phone string) (central.Ticket, string) {
	p.t.Helper()
	ticket, err := p.OTP(p.t.Context(), "tram-thu-001", phone, "enrol")
	if err != nil {
		p.t.Fatal(err)
	}
	m := p.fetch()
	digits := sixDigits.FindString(m.Text)
	if m.Phone != phone || digits == "" {
		p.t.Fatalf("message %+v", m)
	}
	return ticket, digits
}

func (p *provider) confirm(station string, id uuid.UUID, code string, want central.Outcome) {
	p.t.Helper()
	if o, err := p.Confirm(p.t.Context(), station, id, code); err != nil || o != want {
		p.t.Errorf("confirm: %s, %v, want %s", o, err, want)
	}
}

// wrong is a code that is not the one given.
func wrong(digits string) string {
	if digits == "000000" {
		return "000001"
	}
	return "000000"
}

func TestCode(t *testing.T) {
	p := newProvider(t)
	ticket, digits := p.ask("0900000001")
	p.confirm("tram-thu-001", ticket.ID, wrong(digits), central.Fail)
	p.confirm("tram-thu-002", ticket.ID, digits, central.Expired)
	p.confirm("tram-thu-001", uuid.New(), digits, central.Expired)
	p.confirm("tram-thu-001", ticket.ID, " "+digits+"\n", central.Pass)
	p.confirm("tram-thu-001", ticket.ID, digits, central.Expired) // once

	ticket, digits = p.ask("0900000001")
	p.now = p.now.Add(3*time.Minute - time.Second) // the rule's three minutes
	p.confirm("tram-thu-001", ticket.ID, wrong(digits), central.Fail)
	p.now = p.now.Add(time.Second)
	p.confirm("tram-thu-001", ticket.ID, digits, central.Expired)

	former, formerDigits := p.ask("0900000003")
	ticket, digits = p.ask("0900000003")
	p.confirm("tram-thu-001", former.ID, formerDigits, central.Expired) // the new one took its place
	p.confirm("tram-thu-001", ticket.ID, digits, central.Pass)

	ticket, digits = p.ask("0900000002")
	for range central.CodeTries - 1 {
		p.confirm("tram-thu-001", ticket.ID, wrong(digits), central.Fail)
	}
	p.confirm("tram-thu-001", ticket.ID, wrong(digits), central.Spent)
	p.confirm("tram-thu-001", ticket.ID, digits, central.Spent)
}

func TestRates(t *testing.T) {
	p := newProvider(t)
	for range central.PhoneBurst {
		p.ask("0900000001")
		p.now = p.now.Add(time.Minute)
	}
	_, err := p.OTP(t.Context(), "tram-thu-002", "0900000001", "enrol")
	rate, ok := errors.AsType[*central.RateError](err)
	if !ok || rate.After != central.PhoneWindow-central.PhoneBurst*time.Minute {
		t.Fatalf("the fourth code within the window: %v", err)
	}
	if _, err := p.OTP(t.Context(), "tram-thu-002", "+84 900 000 001", "enrol"); !errors.As(err, &rate) {
		t.Errorf("the same phone in another spelling: %v", err)
	}
	p.ask("0900000002") // control: another phone is not slowed
	p.now = p.now.Add(rate.After)
	p.ask("0900000001")

	for i := range central.StationBurst {
		phone := "09100" + time.Duration(i).String()[:len(time.Duration(i).String())-2]
		for len(phone) < 10 {
			phone += "0"
		}
		if _, err = p.OTP(t.Context(), "tram-thu-003", phone, "enrol"); err != nil {
			t.Fatalf("code %d: %v", i, err)
		}
	}
	if _, err = p.OTP(t.Context(), "tram-thu-003", "0999999999", "enrol"); !errors.As(err, &rate) {
		t.Errorf("a station's code beyond its burst: %v", err)
	}
	if _, err := p.OTP(t.Context(), "tram-thu-004", "0999999999", "enrol"); err != nil {
		t.Errorf("control: another station: %v", err)
	}
}

func TestNotice(t *testing.T) {
	p := newProvider(t)
	id := uuid.Must(uuid.NewV7())
	if err := p.Notice(t.Context(), "tram-thu-001", "+84900000001", central.NoticeFix, id); err != nil {
		t.Fatal(err)
	}
	if m := p.fetch(); m.Phone != "0900000001" || !regexp.MustCompile(id.String()).MatchString(m.Text) {
		t.Errorf("%+v", m)
	}
	for name, err := range map[string]error{
		"no such kind": p.Notice(t.Context(), "s", "0900000001", "sale", id),
		"no dossier":   p.Notice(t.Context(), "s", "0900000001", central.NoticeFix, uuid.Nil),
		"no phone":     p.Notice(t.Context(), "s", "09x", central.NoticeFix, id),
	} {
		if !errors.Is(err, central.ErrQuestion) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.OTP(t.Context(), "s", "0900000001", "lottery"); !errors.Is(err, central.ErrQuestion) {
		t.Error(err)
	}
}

// A code is good once, also when two requests carry it at the same time.
func TestOnceAtTheSameTime(t *testing.T) {
	p := newProvider(t)
	ticket, digits := p.ask("0900000001")
	var passed sync.Map
	var wait sync.WaitGroup
	for i := range central.CodeTries {
		wait.Go(func() {
			if o, err := p.Confirm(t.Context(), "tram-thu-001", ticket.ID, digits); err == nil && o == central.Pass {
				passed.Store(i, true)
			}
		})
	}
	wait.Wait()
	n := 0
	passed.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("the code passed %d times", n)
	}
}
