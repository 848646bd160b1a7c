package offline

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/queue"
)

// reviewStation stands in the manifest of a dossier that waits for a
// supervisor instead of the station: such a copy never passes for a dossier.
const reviewStation = "held for review"

// ErrReason says that the reason of a decision is not in its form.
var ErrReason = errors.New("offline: the reason is a code of small letters, digits, dots and hyphens, such as wrong-person: words about a person must not stay in the audit log")

// ErrOwnReview says that somebody would release what they enrolled themself.
var ErrOwnReview = errors.New("offline: who signed a dossier does not release it: ask another supervisor")

// CheckReason returns ErrReason unless the reason is a code or empty.
func CheckReason(reason string) error {
	if reason != "" && !audit.IsCode(reason) {
		return ErrReason
	}
	return nil
}

// Hold seals a dossier to the central and to the supervisor, durably, until
// Release: it takes no place in the station's chain and is not sent. The errors
// are those of Submit.
func (o *Outbox) Hold(ctx context.Context, d *dossier.Dossier, supervisor *envelope.Recipient) error {
	e, err := o.entry(d)
	if err != nil {
		return err
	}
	parts, err := d.Parts()
	if err != nil {
		return err
	}
	o.submit.Lock()
	defer o.submit.Unlock()
	there, err := o.held(d.ID)
	if errors.Is(err, ErrNotFound) {
		there, err = o.queue.Get(d.ID)
	}
	switch {
	case err == nil && there.Tag == e.Tag:
		return nil
	case err == nil:
		return ErrOtherContent
	case !errors.Is(err, ErrNotFound):
		return err
	}
	to := append(slices.Clone(o.cfg.Recipients), supervisor)
	sealed, err := envelope.Seal(o.cfg.Signer, to, envelope.Draft{
		ID: d.ID, Station: reviewStation, Sequence: 1, Created: o.clock(), Virtual: d.Virtual, Parts: parts,
	})
	if err != nil {
		return err
	}
	if err := o.queue.Hold(ctx, e, sealed); err != nil {
		return err
	}
	o.cfg.Log.Info("dossier held for a supervisor", "dossier", d.ID)
	return nil
}

// Held lists the dossiers that wait for a supervisor, oldest first.
func (o *Outbox) Held() ([]Status, error) {
	entries, err := o.queue.Held()
	if err != nil {
		return nil, err
	}
	list := o.statuses(entries)
	for i := range list {
		list[i].Held = true
	}
	return list, nil
}

func (o *Outbox) held(id uuid.UUID) (queue.Entry, error) {
	entries, err := o.queue.Held()
	if err != nil {
		return queue.Entry{}, err
	}
	i := slices.IndexFunc(entries, func(e queue.Entry) bool { return e.ID == id })
	if i < 0 {
		return queue.Entry{}, fmt.Errorf("held dossier %s: %w", id, ErrNotFound)
	}
	return entries[i], nil
}

// Review opens a held dossier with the supervisor's identity and writes down
// that who did so.
func (o *Outbox) Review(_ context.Context, id uuid.UUID, supervisor *envelope.Identity, who string) (*dossier.Dossier, error) {
	e, err := o.held(id)
	if err != nil {
		return nil, err
	}
	d, err := o.openHeld(e, supervisor)
	if err != nil {
		return nil, err
	}
	// Nobody looks without that it is written down first.
	if err := o.Act(who, actReviewed, id, e.Masked, ""); err != nil {
		return nil, err
	}
	return d, nil
}

func (o *Outbox) openHeld(e queue.Entry, supervisor *envelope.Identity) (*dossier.Dossier, error) {
	sealed := &envelope.Sealed{ID: e.ID, Manifest: e.Manifest, Chunks: o.queue.Source(e)}
	key, err := o.keyOf(e)
	if err != nil {
		return nil, err
	}
	_, parts, err := envelope.Open(supervisor, key, sealed)
	if err != nil {
		return nil, fmt.Errorf("held dossier %s: %w", e.ID, err)
	}
	return dossier.FromParts(parts)
}

// Release ends the review. Approved, the dossier is sealed anew to the central
// alone and queued; rejected, it is dropped. Either way the supervisor's copy
// is deleted. reason is a code or empty (ErrReason); who stands with it in the
// audit log, and has not signed the dossier (ErrOwnReview).
func (o *Outbox) Release(ctx context.Context, id uuid.UUID, supervisor *envelope.Identity, approve bool, who, reason string) error {
	if err := CheckReason(reason); err != nil {
		return err
	}
	o.review.Lock() // one decision counts
	defer o.review.Unlock()
	e, err := o.held(id)
	if err != nil {
		return err
	}
	if !approve {
		if err := o.Act(who, ActHeldRejected, id, e.Masked, reason); err != nil {
			return err
		}
		return o.queue.Release(id)
	}
	d, err := o.openHeld(e, supervisor)
	if err != nil {
		return err
	}
	if d.Officer == who {
		return ErrOwnReview
	}
	if err := o.Act(who, actApproved, id, e.Masked, reason); err != nil {
		return err
	}
	// The index keeps what it kept of the held one: that does not travel. Put
	// drops the held copy in the same step.
	return o.submitAs(ctx, d, queue.Entry{
		ID: e.ID, Tag: e.Tag, Kind: e.Kind, Masked: e.Masked, Enqueued: e.Enqueued,
		Lookup: e.Lookup, Initials: e.Initials, Promise: e.Promise, Corrects: e.Corrects, Section: e.Section,
	})
}

// keyOf is the station's key that signed an entry's manifest: the present one
// or one before it. The error is envelope.ErrSignature.
func (o *Outbox) keyOf(e queue.Entry) (*envelope.PublicKey, error) {
	m, err := envelope.ParseManifest(e.Manifest)
	if err != nil {
		return nil, err
	}
	for _, key := range append([]*envelope.PublicKey{o.cfg.Signer.Public()}, o.cfg.Former...) {
		if key.ID() == m.Key {
			return key, m.Verify(key)
		}
	}
	return nil, fmt.Errorf("%w: it is no key of this station", envelope.ErrSignature)
}
