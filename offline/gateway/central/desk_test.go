package central_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway/central"
)

const station = "tram-thu-001"

// desk is a folder of exceptions with a clock of its own.
type desk struct {
	*central.DeskDir
	t   testing.TB
	dir string
	now time.Time
	key *envelope.Signer
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	key, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, dir: t.TempDir(), now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC), key: key}
	d.reopen()
	return d
}

// reopen is a restart of the gateway.
func (d *desk) reopen() {
	d.t.Helper()
	opened, err := central.OpenDesk(d.dir, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	opened.Now = func() time.Time { return d.now }
	d.DeskDir = opened
}

func exception() central.Exception {
	return central.Exception{
		ID: uuid.Must(uuid.NewV7()), Dossier: uuid.Must(uuid.NewV7()), Code: "finger-missing", Reason: "amputated",
		Masked: "••••••••0001", Officer: "officer-1",
	}
}

func (d *desk) ask(e central.Exception) {
	d.t.Helper()
	if a, err := d.Ask(d.t.Context(), station, e); err != nil || a.ID != e.ID || a.State != central.Pending {
		d.t.Fatalf("%+v, %v", a, err)
	}
}

func (d *desk) state(e central.Exception) central.ApprovalState {
	d.t.Helper()
	a, err := d.Look(d.t.Context(), station, e.ID)
	if err != nil && !errors.Is(err, central.ErrForgotten) {
		d.t.Error(err)
	}
	return a.State
}

var ruling = central.Ruling{Approved: true, Reason: "condition-confirmed", Words: "Đã xác nhận", Supervisor: "giam-sat-1"}

func (d *desk) decide(e central.Exception) {
	d.t.Helper()
	if _, err := d.Decide(d.key, e.ID, ruling); err != nil {
		d.t.Fatal(err)
	}
}

// A question and its decision outlive restarts, and are forgotten in time.
func TestDeskOverTime(t *testing.T) {
	d := newDesk(t)
	open, decided := exception(), exception()
	d.ask(open)
	d.ask(decided)
	d.reopen()
	d.ask(open) // the same again, after a restart
	d.decide(decided)
	d.reopen()
	if d.state(open) != central.Pending || d.state(decided) != central.Approved {
		t.Errorf("after a restart: %s, %s", d.state(open), d.state(decided))
	}
	if cases, err := d.Cases(); err != nil || len(cases) != 2 || cases[0].Station != station {
		t.Errorf("%+v, %v", cases, err)
	}
	d.now = d.now.Add(central.ExceptionAge)
	if d.state(open) != "" || d.state(decided) != central.Approved {
		t.Errorf("after a day: %q, %q", d.state(open), d.state(decided))
	}
	if _, err := d.Decide(d.key, open.ID, ruling); !errors.Is(err, central.ErrForgotten) {
		t.Errorf("a decision on what is forgotten: %v", err)
	}
	d.now = d.now.Add(central.ExceptionKept)
	d.ask(exception()) // sweeps
	if names, err := os.ReadDir(d.dir); err != nil || len(names) != 1 {
		t.Errorf("%d files, %v", len(names), err)
	}
}

// Two gateways over one folder: what one takes the other decides and answers.
func TestDeskShared(t *testing.T) {
	d := newDesk(t)
	first := d.DeskDir
	d.reopen()
	second := d.DeskDir
	e := exception()
	if _, err := first.Ask(t.Context(), station, e); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Decide(d.key, e.ID, ruling); err != nil {
		t.Fatal(err)
	}
	for _, one := range []*central.DeskDir{first, second} {
		if a, err := one.Look(t.Context(), station, e.ID); err != nil || a.State != central.Approved {
			t.Errorf("%+v, %v", a, err)
		}
		if a, err := one.Ask(t.Context(), station, e); err != nil || a.State != central.Approved {
			t.Errorf("the same question again: %+v, %v", a, err)
		}
	}
}

func TestDeskRefuses(t *testing.T) {
	d := newDesk(t)
	e := exception()
	d.ask(e)
	other := e
	other.Reason = "worn"
	for name, c := range map[string]struct {
		station string
		e       central.Exception
		want    error
	}{
		"other content":   {station, other, central.ErrOther},
		"another station": {"tram-thu-002", e, central.ErrOther},
		"no IDs":          {station, central.Exception{Code: "c", Reason: "r", Officer: "o"}, central.ErrQuestion},
		"a whole number":  {station, with(exception(), func(e *central.Exception) { e.Masked = thu }), central.ErrQuestion},
		"a name":          {station, with(exception(), func(e *central.Exception) { e.Masked = "Nguyễn Văn Thử" }), central.ErrQuestion},
		"a sentence":      {station, with(exception(), func(e *central.Exception) { e.Reason = "ông Thử bị đau tay" }), central.ErrQuestion},
		"control":         {station, exception(), nil},
	} {
		if _, err := d.Ask(t.Context(), c.station, c.e); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := d.Look(t.Context(), "tram-thu-002", e.ID); !errors.Is(err, central.ErrForgotten) {
		t.Errorf("another station looks: %v", err)
	}
	own := ruling
	own.Supervisor = e.Officer
	if _, err := d.Decide(d.key, e.ID, own); !errors.Is(err, central.ErrQuestion) || d.state(e) != central.Pending {
		t.Errorf("who asked decides: %v", err)
	}
	if _, err := d.Decide(d.key, e.ID, central.Ruling{Approved: true, Supervisor: "x"}); !errors.Is(err, central.ErrQuestion) {
		t.Errorf("without a reason: %v", err)
	}
}

func with(e central.Exception, change func(*central.Exception)) central.Exception {
	change(&e)
	return e
}

func TestDeskRates(t *testing.T) {
	d := newDesk(t)
	for range central.MaxOpen - 1 {
		d.ask(exception())
	}
	last := exception()
	d.ask(last)
	_, err := d.Ask(t.Context(), station, exception())
	if rate, ok := errors.AsType[*central.RateError](err); !ok || rate.After <= 0 {
		t.Fatalf("one more than may be open: %v", err)
	}
	if _, err := d.Ask(t.Context(), "tram-thu-002", exception()); err != nil {
		t.Errorf("control, another station: %v", err)
	}
	d.decide(last)
	for range central.ExceptionBurst - central.MaxOpen { // one after the other, each decided at once
		e := exception()
		d.ask(e)
		d.decide(e)
	}
	d.reopen() // forgives nothing
	_, err = d.Ask(t.Context(), station, exception())
	if rate, ok := errors.AsType[*central.RateError](err); !ok || rate.After != central.ExceptionWindow {
		t.Errorf("beyond the hour's burst: %v", err)
	}
	d.now = d.now.Add(central.ExceptionWindow)
	d.ask(exception())
}

// A question that is held open is answered when somebody decides, and as things
// are when its time is over.
func TestDeskAwait(t *testing.T) {
	d := newDesk(t)
	e := exception()
	d.ask(e)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if a, err := d.Await(ctx, station, e.ID); err != nil || a.State != central.Pending {
		t.Errorf("%+v, %v", a, err)
	}
	var wait sync.WaitGroup
	wait.Go(func() { d.decide(e) })
	if a, err := d.Await(t.Context(), station, e.ID); err != nil || a.State != central.Approved {
		t.Errorf("%+v, %v", a, err)
	}
	wait.Wait()
}

// The first decision holds, whoever decides at the same time.
func TestDeskDecidesOnce(t *testing.T) {
	d := newDesk(t)
	e := exception()
	d.ask(e)
	var won atomic.Int32
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			r := ruling
			r.Supervisor = fmt.Sprintf("giam-sat-%d", i)
			switch _, err := d.Decide(d.key, e.ID, r); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, central.ErrDecided):
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if won.Load() != 1 {
		t.Errorf("%d decisions", won.Load())
	}
	if names, err := filepath.Glob(filepath.Join(d.dir, ".*")); err != nil || len(names) != 0 {
		t.Errorf("left over: %v, %v", names, err)
	}
}

// Damage on the disk is named and costs one exception.
func TestDeskDamage(t *testing.T) {
	d := newDesk(t)
	good, torn, bent := exception(), exception(), exception()
	for _, e := range []central.Exception{good, torn, bent} {
		d.ask(e)
	}
	d.decide(good)
	d.decide(bent)
	for name, raw := range map[string]string{torn.ID.String() + ".json": `{"id":`, bent.ID.String() + ".cose": "x"} {
		if err := os.WriteFile(filepath.Join(d.dir, name), []byte(raw), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d.reopen()
	if _, err := d.Look(t.Context(), station, torn.ID); !errors.Is(err, central.ErrForgotten) {
		t.Errorf("torn: %v", err)
	}
	if _, err := d.Look(t.Context(), station, bent.ID); err == nil || !strings.Contains(err.Error(), bent.ID.String()) {
		t.Errorf("bent: %v", err)
	}
	if d.state(good) != central.Approved {
		t.Error("control: the good one is lost")
	}
	if cases, err := d.Cases(); err == nil || len(cases) != 1 {
		t.Errorf("%d cases, %v", len(cases), err)
	}
}
