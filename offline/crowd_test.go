package offline_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/courier"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
)

// Everything at once, as a kiosk, a supervisor, a courier and the line do it:
// each dossier ends in custody once, and the queue and the log are whole.
func TestCrowd(t *testing.T) {
	const each = 6
	c := newCentral(t)
	srv := serve(t, c)
	o := open(t, c.of(t, stationID, srv.URL))
	supervisor := must(envelope.GenerateIdentity())(t)
	stop := run(t, o)
	var all []*dossier.Dossier
	g, ctx := errgroup.WithContext(t.Context())
	do := func(step func(ctx context.Context, d *dossier.Dossier) error) {
		mine := make([]*dossier.Dossier, each)
		for i := range mine {
			mine[i] = newDossier(20 << 10)
			mine[i].Lookup = "001099012345"
		}
		all = append(all, mine...)
		g.Go(func() error {
			for _, d := range mine {
				if err := step(ctx, d); err != nil {
					return err
				}
			}
			return nil
		})
	}
	do(func(ctx context.Context, d *dossier.Dossier) error {
		return errors.Join(o.Begin(d.ID, d.Kind), o.Submit(ctx, d), o.Retry())
	})
	do(func(ctx context.Context, d *dossier.Dossier) error {
		err := errors.Join(o.Begin(d.ID, d.Kind), o.Hold(ctx, d, supervisor.Recipient()))
		if err == nil {
			_, err = o.Review(ctx, d.ID, supervisor, "supervisor-1")
		}
		if err != nil {
			return err
		}
		return o.Release(ctx, d.ID, supervisor, true, "supervisor-1", "checked")
	})
	do(func(ctx context.Context, d *dossier.Dossier) error {
		var bundle bytes.Buffer
		err := o.Submit(ctx, d)
		if err == nil {
			_, err = o.Export(ctx, &bundle, "supervisor-1")
		}
		if err == nil {
			_, err = o.Import(ctx, &bundle, "supervisor-1")
		}
		// The line may take a dossier away while it is packed.
		if errors.Is(err, envelope.ErrNoChunk) || errors.Is(err, courier.ErrCut) {
			err = nil
		}
		return err
	})
	do(func(ctx context.Context, d *dossier.Dossier) error {
		_, err := o.Find(d.Lookup)
		_, lerr := o.List()
		r, verr := o.Verify()
		if len(r.Problems) > 0 {
			t.Errorf("meanwhile: %+v", r.Problems)
		}
		a, aerr := o.AuditVerify()
		if len(a.Problems) > 0 {
			t.Errorf("meanwhile: %+v", a.Problems)
		}
		return errors.Join(err, lerr, verr, aerr, o.Submit(ctx, d))
	})
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		await(t, o, d.ID, offline.Custody)
	}
	stop()
	if n := must(c.stores.Ledger.Len(t.Context()))(t); int(n) != len(all) {
		t.Errorf("the central has %d dossiers of %d", n, len(all))
	}
	if held, drafts := must(o.Held())(t), must(o.Drafts())(t); len(held)+len(drafts) != 0 {
		t.Errorf("%d held, %d drafts", len(held), len(drafts))
	}
	if a := must(o.AuditVerify())(t); len(a.Problems) > 0 {
		t.Errorf("%+v", a.Problems)
	}
}
