package offline_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
)

// say lets the central decide on a dossier.
func (c *central) say(t testing.TB, s offline.Status, station, state string, change func(*gateway.Event)) {
	t.Helper()
	e := gateway.Event{Station: station, Dossier: s.ID, Manifest: s.Manifest, State: state, By: "can-bo-duyet-01"}
	if change != nil {
		change(&e)
	}
	if _, err := c.stores.States.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

// A dossier goes all the way; another one is sent back for its portrait, and
// its correction is approved; a third is rejected.
func TestStatesComeBack(t *testing.T) {
	c := newCentral(t)
	srv := serve(t, c)
	cfg := c.config(t, srv.URL)
	c.enrol(t, cfg)
	o := open(t, cfg)
	run(t, o)
	const number = "001099012345"
	good, poor, bad := newDossier(10), newDossier(10), newDossier(10)
	poor.Lookup, poor.Initials = number, "N.V.T."
	for _, d := range []*dossier.Dossier{good, poor, bad} {
		if err := o.Begin(d.ID, d.Kind); err != nil {
			t.Fatal(err)
		}
		submit(t, o, d)
		await(t, o, d.ID, offline.Custody)
	}
	status := func(d *dossier.Dossier) offline.Status { return must(o.Status(d.ID))(t) }
	for _, d := range []*dossier.Dossier{good, poor, bad} {
		c.say(t, status(d), stationID, "validated", nil)
		c.say(t, status(d), stationID, "matched", nil)
	}
	c.say(t, status(good), stationID, "approved", nil)
	deadline := time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
	c.say(t, status(poor), stationID, "fix-needed", func(e *gateway.Event) {
		e.Section, e.Reason, e.Words, e.Deadline = "portrait", "blurred", "Ảnh bị mờ, cần chụp lại", deadline
	})
	c.say(t, status(bad), stationID, "rejected", func(e *gateway.Event) { e.Reason = "duplicate" })

	s := await(t, o, good.ID, offline.Approved)
	var path []offline.State
	for _, step := range s.Steps {
		path = append(path, step.State)
		if step.At.Wall == 0 || step.At.Boot == nil || *step.At.Boot == uuid.Nil {
			t.Errorf("step %s has no evidence of its time: %+v", step.State, step.At)
		}
	}
	want := []offline.State{offline.Draft, offline.Sealed, offline.Sending, offline.Custody, offline.Validated, offline.Matched, offline.Approved}
	if len(path) != len(want) {
		t.Fatalf("steps %v, want %v", path, want)
	}
	for i := range want {
		if path[i] != want[i] {
			t.Errorf("steps %v, want %v", path, want)
		}
	}
	if s.Receipt == nil {
		t.Error("the receipt is gone in a later state")
	}
	if s = await(t, o, bad.ID, offline.Rejected); s.State.Waiting() {
		t.Errorf("%+v", s)
	}
	s = await(t, o, poor.ID, offline.FixNeeded)
	if s.Fix == nil || s.Fix.Section != "portrait" || s.Fix.Reason != "blurred" || !s.Fix.Deadline.Equal(deadline) {
		t.Fatalf("%+v", s.Fix)
	}
	fix := newDossier(20)
	fix.Kind, fix.Corrects, fix.Section, fix.Lookup = "correction", poor.ID, "portrait", number
	submit(t, o, fix)
	s = await(t, o, fix.ID, offline.Custody)
	if s.Corrects != poor.ID || s.Section != "portrait" {
		t.Errorf("%+v", s)
	}
	if s = status(poor); s.Corrected != fix.ID || s.State != offline.FixNeeded {
		t.Errorf("the dossier does not name its correction: %+v", s)
	}
	sealed, station, err := c.gw.Dossier(t.Context(), fix.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, parts, err := envelope.Open(c.identities[0], station.Key, sealed)
	if err != nil {
		t.Fatal(err)
	}
	if d := must(dossier.FromParts(parts))(t); d.Corrects != poor.ID || d.Section != "portrait" {
		t.Errorf("the central reads %+v", d)
	}
	c.say(t, status(fix), stationID, "approved", nil)
	await(t, o, fix.ID, offline.Approved)
	if found := must(o.Find("001 099 012 345"))(t); len(found) != 2 || found[0].ID != poor.ID || found[0].Corrected != fix.ID {
		t.Errorf("look-up: %+v", found)
	}
}

// Whoever has the disk finds no number; the look-up finds its own citizen and
// no other, by a key that the queue does not hold.
func TestFind(t *testing.T) {
	c := newCentral(t)
	cfg := c.config(t, "http://127.0.0.1:1")
	cfg.IndexKey = []byte("a secret of the TPM, 32 bytes...")
	o := must(offline.Open(cfg))(t)
	d, other := newDossier(10), newDossier(10)
	d.Lookup, other.Lookup = "001099012345", "001099054321"
	submit(t, o, d)
	submit(t, o, other)
	if found := must(o.Find(d.Lookup))(t); len(found) != 1 || found[0].ID != d.ID {
		t.Errorf("%+v", found)
	}
	for _, number := range []string{"", " ", "001099012346"} {
		if found := must(o.Find(number))(t); len(found) != 0 {
			t.Errorf("%q: %+v", number, found)
		}
	}
	if same := must(o.SameCitizen(d.ID, " 001099012345"))(t); !same {
		t.Error("not the same citizen")
	}
	if same := must(o.SameCitizen(d.ID, other.Lookup))(t); same {
		t.Error("another citizen is the same")
	}
	if _, err := o.SameCitizen(uuid.New(), d.Lookup); !errors.Is(err, offline.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if n := grep(t, cfg.Dir, d.Lookup); n != 0 {
		t.Errorf("the number is readable in %d files", n)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	cfg.IndexKey = []byte("the secret of another TPM.......")
	o = open(t, cfg)
	if found := must(o.Find(d.Lookup))(t); len(found) != 0 {
		t.Error("control: found without the key")
	}
}

// A notice that goes back, or is of another station, changes nothing.
func TestStatesOnlyForward(t *testing.T) {
	c := newCentral(t)
	srv := serve(t, c)
	cfg := c.config(t, srv.URL)
	c.enrol(t, cfg)
	o := open(t, cfg)
	d := newDossier(10)
	submit(t, o, d)
	if err := o.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := must(o.Status(d.ID))(t)
	c.say(t, s, "tram-thu-002", "rejected", nil)
	c.say(t, s, stationID, "matched", nil)
	if err := o.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := must(o.Status(d.ID))(t); s.State != offline.Matched {
		t.Errorf("state %s", s.State)
	}
	c.say(t, s, stationID, "approved", nil)
	if err := o.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := must(o.Status(d.ID))(t); s.State != offline.Approved || len(s.Steps) != 5 {
		t.Errorf("%+v", s)
	}
}
