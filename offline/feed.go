package offline

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/tram-station/tram/offline/queue"
	"github.com/tram-station/tram/offline/uplink"
)

// unknownPause is for a gateway of an earlier version, which has no such path.
const unknownPause = time.Hour

// poll asks once for the central's words, held open, and says when to ask
// again.
func (o *Outbox) poll(ctx context.Context) (time.Duration, error) {
	begun := time.Now()
	n, err := o.feed(ctx, uplink.MaxFeedWait)
	if notThere(err) {
		return unknownPause, nil
	}
	if err == nil && n == 0 && time.Since(begun) < pollGap {
		return pollGap, nil
	}
	return time.Millisecond, err
}

// notThere says that the gateway does not know the path at all.
func notThere(err error) bool {
	r, ok := errors.AsType[*uplink.Refusal](err)
	return ok && r.Status == http.StatusNotFound
}

// feed takes in the notices behind the cursor until there are none and returns
// how many. Each one is verified by the client; it and the cursor are durable
// together.
func (o *Outbox) feed(ctx context.Context, wait time.Duration) (taken int, err error) {
	for {
		cursor, err := o.queue.Cursor()
		if err != nil {
			return taken, err
		}
		notices, _, err := o.client.Feed(ctx, cursor, wait)
		if err != nil || len(notices) == 0 {
			return taken, err
		}
		for _, n := range notices {
			if err := o.take(n); err != nil {
				return taken, err
			}
			taken++
		}
		wait = 0
	}
}

func (o *Outbox) take(n uplink.SignedNotice) error {
	e, changed, err := o.queue.Advance(&n.Notice, n.Raw, o.clock())
	if err != nil || !changed {
		return err
	}
	o.cfg.Log.Info("dossier moved on", "dossier", e.ID, "state", e.State, "section", n.Notice.Section)
	o.publish(e.ID)
	if e.State == queue.FixNeeded {
		o.cfg.Log.Warn("a section has to be brought again", "dossier", e.ID, "section", n.Notice.Section, "reason", n.Notice.Reason)
	}
	return nil
}
