package offline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/queue"
	"github.com/tram-station/tram/offline/uplink"
)

// Run sends what waits, oldest first, until ctx ends, and returns ctx's error.
// It never gives up: while the central is down it waits, longer each time, and
// starts over at once when a dossier is submitted or Retry is called.
func (o *Outbox) Run(ctx context.Context) error {
	wait := uplink.NewBackoff()
	for ctx.Err() == nil {
		err := o.round(ctx)
		if ctx.Err() != nil {
			break // the station stops: that is no news of the dossiers
		}
		var timer <-chan time.Time
		if err != nil {
			d := wait.Next(err)
			o.cfg.Log.Warn("dossiers wait", "for", d.Round(time.Millisecond), "error", err)
			timer = time.After(d)
		} else {
			wait.Reset()
		}
		if !o.pause(ctx, timer, uplink.RetryAfter(err) > 0) {
			break
		}
	}
	return ctx.Err()
}

// pause waits for the timer or a wake-up; with no timer for the wake-up only.
// A central that named a Retry-After is left alone for that time, whoever
// calls.
func (o *Outbox) pause(ctx context.Context, timer <-chan time.Time, asked bool) bool {
	wake := o.wake
	if asked {
		wake = nil
	}
	select {
	case <-ctx.Done():
		return false
	case <-timer:
	case <-wake:
	}
	return true
}

// Send tries every waiting dossier once, now. It returns the first reason why
// one still waits; refused ones are in List. It is for a process that runs no
// Run.
func (o *Outbox) Send(ctx context.Context) error { return o.round(ctx) }

// round tries every waiting dossier once. It returns the first reason to come
// back later, nil when nothing waits any more.
func (o *Outbox) round(ctx context.Context) error {
	entries, _, err := o.queue.List()
	if err != nil {
		return err
	}
	var later error
	for _, e := range entries {
		if !e.State.Waiting() {
			continue
		}
		if o.gateway == nil {
			return errors.New("offline: no gateway: pair the station (--pairing)")
		}
		err := o.send(ctx, e)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if later == nil {
			later = err
		}
		// Without a line, or when the central asks for patience, the next
		// dossier fares no better.
		if errors.Is(err, uplink.ErrUnreachable) || uplink.RetryAfter(err) > 0 {
			break
		}
	}
	return later
}

// send delivers one dossier and records how it went. The error is a reason to
// try again; a final answer is recorded and is no error.
func (o *Outbox) send(ctx context.Context, e queue.Entry) error {
	e, err := o.queue.Update(e.ID, func(e *queue.Entry) { e.State, e.Tries = Sending, e.Tries+1 })
	if err != nil {
		return err
	}
	o.publish(e.ID)
	delivery, err := o.gateway.Deliver(ctx, &envelope.Sealed{ID: e.ID, Manifest: e.Manifest, Chunks: o.queue})
	if err == nil {
		err = o.settle(e, delivery)
		if err == nil {
			return nil
		}
	}
	state, detail := Sealed, err.Error()
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
	if state != Sealed {
		o.cfg.Log.Error("dossier not sent", "dossier", e.ID, "state", state, "reason", detail)
	}
	o.publish(e.ID)
	return err
}

// settle checks the receipt once more at the border of custody, whatever
// Gateway delivered it.
func (o *Outbox) settle(e queue.Entry, d *uplink.Delivery) error {
	if d == nil {
		return uplink.ErrReceipt
	}
	if o.cfg.GatewayKey == nil {
		return fmt.Errorf("%w: no receipt key", uplink.ErrReceipt)
	}
	r, err := envelope.VerifyReceipt(o.cfg.GatewayKey, d.Signed)
	if err == nil {
		err = r.For(e.ID, e.Digest)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", uplink.ErrReceipt, err)
	}
	if _, err := o.queue.Settle(e.ID, d.Signed, r.Time); err != nil {
		return err
	}
	o.cfg.Log.Info("dossier in custody", "dossier", e.ID, "position", r.LogPosition, "bytes", d.Sent)
	o.publish(e.ID)
	return nil
}
