package offline_test

import (
	"errors"
	"testing"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
)

// A dossier waits for a supervisor, who reads it and releases it: only then it
// is queued, sealed to the central alone.
func TestHoldAndRelease(t *testing.T) {
	c := newCentral(t)
	srv := serve(t, c)
	cfg := c.config(t, srv.URL)
	c.enrol(t, cfg)
	o := open(t, cfg)
	supervisor, stranger := must(envelope.GenerateIdentity())(t), must(envelope.GenerateIdentity())(t)
	d := newDossier(300 << 10)
	d.Lookup, d.Initials = "001099012345", "N.V.T."
	d.Promise = dossier.Promise{Day: "2026-11-26", Sure: true, Days: 3, Form: "TK01"}
	for range 2 { // twice is no error
		if err := o.Hold(t.Context(), d, supervisor.Recipient()); err != nil {
			t.Fatal(err)
		}
	}
	other := *d
	other.Officer = "can-bo-02"
	if err := o.Hold(t.Context(), &other, supervisor.Recipient()); !errors.Is(err, offline.ErrOtherContent) {
		t.Errorf("other content: %v", err)
	}
	if n := grep(t, cfg.Dir, "Nguyễn Văn Thử"); n != 0 {
		t.Errorf("the name is readable in %d files", n)
	}
	if err := o.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := must(c.stores.Ledger.Len(t.Context()))(t); n != 0 {
		t.Fatalf("the central has %d dossiers before the release", n)
	}
	if held := must(o.Held())(t); len(held) != 1 || held[0].ID != d.ID || held[0].Initials != d.Initials {
		t.Errorf("held: %+v", held)
	}
	if found := must(o.Find(d.Lookup))(t); len(found) != 1 || !found[0].Held {
		t.Errorf("look-up of a held one: %+v", found)
	}
	if s := must(o.Status(d.ID))(t); !s.Held || s.State != offline.Sealed {
		t.Errorf("status of a held one: %+v", s)
	}
	if _, err := o.Review(t.Context(), d.ID, stranger, "supervisor-2"); !errors.Is(err, envelope.ErrIdentity) {
		t.Error("control: a stranger opens it")
	}
	got := must(o.Review(t.Context(), d.ID, supervisor, "supervisor-1"))(t)
	if got.Officer != d.Officer || len(got.Sections) != len(d.Sections) {
		t.Errorf("reviewed %+v", got)
	}
	if err := o.Release(t.Context(), d.ID, supervisor, true, "supervisor-1", "checked"); err != nil {
		t.Fatal(err)
	}
	if held := must(o.Held())(t); len(held) != 0 {
		t.Errorf("still held: %+v", held)
	}
	submit(t, o, d) // a restart submits it once more: the same dossier
	if err := o.Hold(t.Context(), d, supervisor.Recipient()); err != nil || len(must(o.Held())(t)) != 0 {
		t.Errorf("held after its release: %v", err) // so does one that was cut off before it noted the first
	}
	if found := must(o.Find(d.Lookup))(t); len(found) != 1 || found[0].Masked != d.Masked || found[0].Held || dossier.Promise(found[0].Promise) != d.Promise {
		t.Errorf("look-up: %+v", found)
	}
	if err := o.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	sealed, station, err := c.gw.Dossier(t.Context(), d.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := envelope.Open(c.identities[0], station.Key, sealed); err != nil {
		t.Error(err)
	}
	if _, _, err := envelope.Open(supervisor, station.Key, sealed); err == nil {
		t.Error("the supervisor still opens it")
	}
	acts := map[string]string{}
	if err := o.Acts(0, func(_ uint64, a audit.Act) error { acts[a.What] = a.Who; return nil }); err != nil {
		t.Fatal(err)
	}
	if acts["held-reviewed"] != "supervisor-1" || acts["held-approved"] != "supervisor-1" {
		t.Errorf("acts %v", acts)
	}
}

func TestHoldRejected(t *testing.T) {
	c := newCentral(t)
	o := open(t, c.config(t, "http://127.0.0.1:1"))
	supervisor := must(envelope.GenerateIdentity())(t)
	d := newDossier(10)
	if err := o.Hold(t.Context(), d, supervisor.Recipient()); err != nil {
		t.Fatal(err)
	}
	if err := o.Release(t.Context(), d.ID, supervisor, false, "supervisor-1", "wrong-person"); err != nil {
		t.Fatal(err)
	}
	if held, list := must(o.Held())(t), must(o.List())(t); len(held)+len(list) != 0 {
		t.Errorf("held %v, queued %v", held, list)
	}
	if err := o.Release(t.Context(), d.ID, supervisor, true, "supervisor-1", ""); !errors.Is(err, offline.ErrNotFound) {
		t.Errorf("released twice: %v", err)
	}
}

// A draft ends when its dossier is held; the time of its beginning goes on with
// it.
func TestHoldEndsTheDraft(t *testing.T) {
	c := newCentral(t)
	o := open(t, c.config(t, "http://127.0.0.1:1"))
	supervisor := must(envelope.GenerateIdentity())(t)
	approved, rejected := newDossier(10), newDossier(10)
	for _, d := range []*dossier.Dossier{approved, rejected} {
		if err := o.Begin(d.ID, d.Kind); err != nil {
			t.Fatal(err)
		}
		if n := len(must(o.Drafts())(t)); n != 1 {
			t.Fatalf("control: %d drafts", n)
		}
		if err := o.Hold(t.Context(), d, supervisor.Recipient()); err != nil {
			t.Fatal(err)
		}
		if drafts := must(o.Drafts())(t); len(drafts) != 0 {
			t.Errorf("still drafts: %+v", drafts)
		}
		if err := o.Release(t.Context(), d.ID, supervisor, d == approved, "supervisor-1", "checked"); err != nil {
			t.Fatal(err)
		}
	}
	steps := must(o.Status(approved.ID))(t).Steps
	if len(steps) != 2 || steps[0].State != offline.Draft || steps[1].State != offline.Sealed {
		t.Errorf("steps %+v", steps)
	}
}

// A reason is a code: what somebody types about a person must not get into a
// log that nothing can be taken out of.
func TestReleaseReasonIsACode(t *testing.T) {
	c := newCentral(t)
	cfg := c.config(t, "http://127.0.0.1:1")
	o := open(t, cfg)
	supervisor := must(envelope.GenerateIdentity())(t)
	d := newDossier(10)
	if err := o.Hold(t.Context(), d, supervisor.Recipient()); err != nil {
		t.Fatal(err)
	}
	for _, approve := range []bool{true, false} {
		err := o.Release(t.Context(), d.ID, supervisor, approve, "supervisor-1", "Nguyễn Văn Thử was not there")
		if !errors.Is(err, offline.ErrReason) {
			t.Errorf("approve %v: %v", approve, err)
		}
	}
	if n := grep(t, cfg.Dir, "was not there"); n != 0 {
		t.Error("the words are in the log")
	}
	if held := must(o.Held())(t); len(held) != 1 {
		t.Errorf("%d are held", len(held))
	}
}

// Two supervisors decide at once: one decision counts, and the other one is told.
func TestReleaseAtOnce(t *testing.T) {
	c := newCentral(t)
	o := open(t, c.config(t, "http://127.0.0.1:1"))
	supervisor := must(envelope.GenerateIdentity())(t)
	for range 8 {
		d := newDossier(10)
		if err := o.Hold(t.Context(), d, supervisor.Recipient()); err != nil {
			t.Fatal(err)
		}
		rejected := make(chan error)
		go func() { rejected <- o.Release(t.Context(), d.ID, supervisor, false, "supervisor-2", "no") }()
		yes := o.Release(t.Context(), d.ID, supervisor, true, "supervisor-1", "yes")
		no := <-rejected
		_, err := o.Status(d.ID)
		if (yes == nil) == (no == nil) || (err == nil) != (yes == nil) {
			t.Errorf("approved: %v; rejected: %v; queued: %v", yes, no, err)
		}
	}
}

// Who signed a dossier does not release it; somebody else does.
func TestReleaseIsNobodysOwn(t *testing.T) {
	c := newCentral(t)
	o := open(t, c.config(t, "http://127.0.0.1:1"))
	supervisor := must(envelope.GenerateIdentity())(t)
	d := newDossier(10)
	if err := o.Hold(t.Context(), d, supervisor.Recipient()); err != nil {
		t.Fatal(err)
	}
	if err := o.Release(t.Context(), d.ID, supervisor, true, d.Officer, "checked"); !errors.Is(err, offline.ErrOwnReview) {
		t.Errorf("its own officer: %v", err)
	}
	if held, list := must(o.Held())(t), must(o.List())(t); len(held) != 1 || len(list) != 0 {
		t.Errorf("held %v, queued %v", held, list)
	}
	if err := o.Release(t.Context(), d.ID, supervisor, true, "supervisor-1", "checked"); err != nil {
		t.Error(err)
	}
}
