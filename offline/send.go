package offline

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/queue"
	"github.com/tram-station/tram/offline/uplink"
)

// send delivers one dossier and records how it went. The error is a reason to
// try again; a final answer is recorded and is no error.
func (o *Outbox) send(ctx context.Context, e queue.Entry) error {
	e, err := o.queue.Update(e.ID, func(e *queue.Entry) { e.State, e.Tries = Sending, e.Tries+1 })
	if err != nil {
		return err
	}
	o.publish(e.ID)
	delivery, err := o.deliver(uplink.Watched(ctx, func(there int64) { o.arrived.put(e.ID, there) }), e)
	if err == nil {
		o.arrived.drop(e.ID)
		err = o.settle(e.ID, e.Digest, delivery.Signed)
	}
	if err == nil {
		o.cfg.Log.Info("dossier in custody", "dossier", e.ID, "position", delivery.Receipt.LogPosition, "bytes", delivery.Sent)
		return nil
	}
	state, detail := Sending, err.Error()
	switch {
	case ctx.Err() != nil:
		detail = "" // the station stops: that is no news of the dossier
	case errors.Is(err, uplink.ErrRefused):
		state, err = Refused, nil
	case errors.Is(err, uplink.ErrDamaged):
		state, err = Damaged, nil
	case errors.Is(err, uplink.ErrUnreachable):
		detail = uplink.ErrUnreachable.Error()
	}
	if _, uerr := o.queue.Update(e.ID, func(e *queue.Entry) { e.State, e.Detail = state, detail }); uerr != nil {
		return errors.Join(err, uerr)
	}
	if state != Sending {
		o.arrived.drop(e.ID)
		o.cfg.Log.Error("dossier not sent", "dossier", e.ID, "state", state, "reason", detail)
	}
	o.publish(e.ID)
	return err
}

func (o *Outbox) deliver(ctx context.Context, e queue.Entry) (*uplink.Delivery, error) {
	d, err := o.gateway.Deliver(ctx, &envelope.Sealed{ID: e.ID, Manifest: e.Manifest, Chunks: o.queue.Source(e)})
	if err == nil && d == nil {
		err = uplink.ErrReceipt
	}
	return d, err
}

// receipt checks a receipt at the border of custody, whatever way it came. The
// error is uplink.ErrReceipt.
func (o *Outbox) receipt(id uuid.UUID, manifest envelope.Digest, signed []byte) (*envelope.Receipt, error) {
	err := errNoKey
	for _, key := range o.cfg.centralKeys() {
		var r *envelope.Receipt
		if r, err = envelope.VerifyReceipt(key, signed); err == nil {
			if err = r.For(id, manifest); err == nil {
				return r, nil
			}
			break
		}
	}
	return nil, fmt.Errorf("%w: %w", uplink.ErrReceipt, err)
}

// settle takes the receipt of an own dossier: witnessed and stored durably,
// then the sealed bytes are deleted.
func (o *Outbox) settle(id uuid.UUID, manifest envelope.Digest, signed []byte) error {
	r, err := o.receipt(id, manifest, signed)
	if err != nil {
		return err
	}
	if _, err := o.queue.Settle(id, signed, r, o.clock()); err != nil {
		return err
	}
	o.line.Trust(r.Time)
	o.publish(id)
	poke(o.news)
	return nil
}

// forward delivers a dossier of another station. What the central will not take
// is marked and stays for a person to look at; it holds up no other.
func (o *Outbox) forward(ctx context.Context, e queue.Entry) error {
	d, err := o.deliver(ctx, e)
	if err == nil {
		err = o.settleCarried(e.ID, e.Digest, d.Signed)
	}
	state := Refused
	switch {
	case errors.Is(err, uplink.ErrRefused), errors.Is(err, uplink.ErrNotEnrolled):
	case errors.Is(err, uplink.ErrDamaged):
		state = Damaged
	default:
		return err
	}
	o.cfg.Log.Error("carried dossier not sent", "dossier", e.ID, "station", e.Station, "reason", err)
	return o.mark(e, state, err.Error())
}

func (o *Outbox) settleCarried(id uuid.UUID, manifest envelope.Digest, signed []byte) error {
	r, err := o.receipt(id, manifest, signed)
	if err != nil {
		return err
	}
	o.cfg.Log.Info("carried dossier in custody", "dossier", id, "position", r.LogPosition)
	return o.queue.SettleCarried(id, signed, r)
}

// arrived is how many bytes of the dossiers under way the central has.
type arrived struct {
	mu    sync.Mutex
	there map[uuid.UUID]int64
}

func (a *arrived) put(id uuid.UUID, there int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.there == nil {
		a.there = map[uuid.UUID]int64{}
	}
	a.there[id] = there
}

func (a *arrived) drop(id uuid.UUID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.there, id)
}

func (a *arrived) of(id uuid.UUID) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.there[id]
}
