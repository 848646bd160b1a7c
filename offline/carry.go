package offline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/courier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/queue"
)

// Export writes a bundle for a courier: at most courier.MaxItems dossiers that
// wait here, the station's own and those that it carries, oldest first, and
// the receipts that go back to other stations. Nothing leaves the queue: a
// dossier waits until its receipt is here, whichever way it comes first. One
// whose copy is damaged is left out and marked. who, a supervisor, stands in the
// audit log. The error is ErrCourier where the policy does not allow it; n is
// how many dossiers and receipts the bundle holds.
func (o *Outbox) Export(ctx context.Context, w io.Writer, who string) (n int, err error) {
	if err := o.MayCarry(); err != nil {
		return 0, err
	}
	load := courier.Load{Station: o.cfg.StationID, At: o.cfg.Now()}
	own, err := o.queue.Waiting()
	if err != nil {
		return 0, err
	}
	carried, err := o.queue.Carried()
	if err != nil {
		return 0, err
	}
	for _, e := range append(own, carried...) {
		switch {
		case len(e.Receipt) > 0 && len(load.Receipts) < courier.MaxItems:
			load.Receipts = append(load.Receipts, courier.Receipt{ID: e.ID, Signed: e.Receipt})
		case waits(e) && len(load.Dossiers) < courier.MaxItems:
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			if o.whole(e) {
				load.Dossiers = append(load.Dossiers, &envelope.Sealed{ID: e.ID, Manifest: e.Manifest, Chunks: o.queue.Source(e)})
			}
		}
	}
	// Nothing is handed out without that it is written down first.
	err = o.Act(who, actExport, uuid.Nil, "", fmt.Sprintf("%d dossiers, %d receipts", len(load.Dossiers), len(load.Receipts)))
	if err != nil {
		return 0, err
	}
	return len(load.Dossiers) + len(load.Receipts), courier.Write(w, o.cfg.Signer, load)
}

// waits says that a dossier, the station's own or a carried one, is to be sent.
func waits(e queue.Entry) bool {
	return len(e.Receipt) == 0 && e.State != Refused && e.State != Damaged
}

// whole says that all sealed bytes of an entry can be read. One that is damaged
// is marked: a bundle that broke off at it would hold up all others.
func (o *Outbox) whole(e queue.Entry) bool {
	digests, _, err := e.Chunks()
	source := o.queue.Source(e)
	for _, d := range digests {
		if err == nil {
			_, err = source.Chunk(d)
		}
	}
	if err == nil {
		return true
	}
	o.cfg.Log.Error("dossier left out of the bundle", "dossier", e.ID, "error", err)
	if errors.Is(err, envelope.ErrDigest) || errors.Is(err, envelope.ErrNoChunk) {
		if err := o.mark(e, Damaged, err.Error()); err != nil {
			o.cfg.Log.Error("damage not noted", "dossier", e.ID, "error", err)
		}
	}
	return false
}

// mark brings an entry, the station's own or a carried one, to a state beside
// the way, or back from it.
func (o *Outbox) mark(e queue.Entry, to State, why string) error {
	update := o.queue.Update
	if e.Station != "" {
		update = o.queue.UpdateCarried
	}
	_, err := update(e.ID, func(e *queue.Entry) { e.State, e.Detail = to, why })
	o.publish(e.ID)
	return err
}

// Import takes a courier's bundle: dossiers of other stations, which are sent
// on from here, and receipts for what is here. The errors are ErrCourier,
// ErrFull and those of courier.Read; the outcome says what was taken before
// one.
func (o *Outbox) Import(ctx context.Context, r io.Reader, who string) (courier.Outcome, error) {
	if err := o.MayCarry(); err != nil {
		return courier.Outcome{}, err
	}
	o.queue.SetQuota(o.policy().Quota)
	if err := o.Act(who, actImport, uuid.Nil, "", ""); err != nil {
		return courier.Outcome{}, err
	}
	out, err := courier.Read(ctx, r, courier.Taker{Dossier: o.carry, Receipt: o.brought})
	if aerr := o.Act(who, actImport, uuid.Nil, "", fmt.Sprintf("%d dossiers, %d receipts, %d known, %d refused",
		out.Dossiers, out.Receipts, out.Known, len(out.Refused))); aerr != nil {
		return out, errors.Join(err, aerr)
	}
	o.kick()
	return out, err
}

// Carried lists what this station carries for others.
func (o *Outbox) Carried() ([]Status, error) {
	entries, err := o.queue.Carried()
	if err != nil {
		return nil, err
	}
	return o.statuses(entries), nil
}

// carry takes one dossier of a bundle.
func (o *Outbox) carry(ctx context.Context, s *envelope.Sealed, m *envelope.SignedManifest) error {
	if strings.ContainsFunc(m.Station, unicode.IsControl) { // it is shown at terminals
		return fmt.Errorf("%w: this is no name of a station", courier.ErrRefused)
	}
	switch e, err := o.queue.Get(s.ID); {
	case err == nil && e.Digest == m.Digest:
		return courier.ErrKnown // the station's own came back
	case err == nil:
		return fmt.Errorf("%w: this ID is here with another content", courier.ErrRefused)
	case !errors.Is(err, queue.ErrNotFound):
		return err
	}
	e, err := o.carriedEntry(s.ID)
	switch {
	case err != nil && !errors.Is(err, queue.ErrNotFound):
		return err
	case err == nil && e.Digest == m.Digest && (waits(e) || len(e.Receipt) > 0):
		return courier.ErrKnown
	case err == nil && e.Digest == m.Digest: // refused or damaged before: this is a new try
		if err := o.queue.Uncarry(s.ID); err != nil {
			return err
		}
	}
	err = o.queue.Carry(ctx, s, m.Station)
	if errors.Is(err, queue.ErrExists) {
		return fmt.Errorf("%w: %w", courier.ErrRefused, err)
	}
	return err
}

// brought takes one receipt of a bundle.
func (o *Outbox) brought(_ context.Context, r courier.Receipt) error {
	e, err := o.queue.Get(r.ID)
	settle := o.settle
	if errors.Is(err, queue.ErrNotFound) {
		settle = o.settleCarried
		e, err = o.carriedEntry(r.ID)
	}
	switch {
	case errors.Is(err, queue.ErrNotFound):
		return fmt.Errorf("%w: no dossier of this receipt is here", courier.ErrRefused)
	case err != nil:
		return err
	case len(e.Receipt) > 0:
		return courier.ErrKnown
	}
	if _, err := o.receipt(r.ID, e.Digest, r.Signed); err != nil {
		return fmt.Errorf("%w: %w", courier.ErrRefused, err)
	}
	return settle(r.ID, e.Digest, r.Signed)
}

func (o *Outbox) carriedEntry(id uuid.UUID) (queue.Entry, error) {
	carried, err := o.queue.Carried()
	if err != nil {
		return queue.Entry{}, err
	}
	for _, e := range carried {
		if e.ID == id {
			return e, nil
		}
	}
	return queue.Entry{}, queue.ErrNotFound
}
