package offline

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tram-station/tram/offline/queue"
	"github.com/tram-station/tram/offline/uplink"
)

// How often Run looks after what no dossier waits for.
const (
	// reportGap lets several deliveries share one report.
	reportGap = time.Minute
	// reportEvery is for a station that sends nothing, and for what the central
	// hands out.
	reportEvery = 6 * time.Hour
	// pruneEvery is for the index; also the free space is looked at.
	pruneEvery = time.Hour
	// pollGap keeps a gateway that does not hold the question open from being
	// asked without a pause.
	pollGap = 5 * time.Second
)

// Run sends what waits, oldest first, takes in the central's words, reports,
// and fetches what the central hands out, until ctx ends, and returns ctx's
// error. It never gives up: while the central is down it waits, longer each
// time, and starts over at once when a dossier is submitted or Retry is called.
func (o *Outbox) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return o.repeat(ctx, "dossiers wait", o.wake, func() (time.Duration, error) { return 0, o.round(ctx) })
	})
	g.Go(func() error { return o.repeat(ctx, "index not pruned", nil, o.prune) })
	if o.client != nil {
		g.Go(func() error {
			return o.repeat(ctx, "no news of states", nil, func() (time.Duration, error) { return o.poll(ctx) })
		})
		g.Go(func() error {
			return o.repeat(ctx, "no report made", o.news, func() (time.Duration, error) { return reportEvery, o.exchange(ctx) })
		})
	}
	return g.Wait()
}

// repeat carries out a step until ctx ends, again after the time that the step
// names (0 for none), when woken, and after an error with a backoff.
func (o *Outbox) repeat(ctx context.Context, trouble string, wake <-chan struct{}, step func() (time.Duration, error)) error {
	wait := uplink.NewBackoff()
	last := ""
	for ctx.Err() == nil {
		next, err := step()
		if ctx.Err() != nil {
			break // the station stops: that is no news of the dossiers
		}
		if err != nil {
			next = wait.Next(err)
			if last != err.Error() { // once: a line that is down for days fills no disk
				last = err.Error()
				o.cfg.Log.Warn(trouble, "for", next.Round(time.Millisecond), "error", err)
			}
		} else {
			last = ""
			wait.Reset()
		}
		var timer <-chan time.Time
		if next > 0 {
			timer = time.After(next)
		}
		if !pause(ctx, timer, wake, uplink.RetryAfter(err) > 0) {
			break
		}
	}
	return ctx.Err()
}

// pause waits for the timer or a wake-up; with no timer for the wake-up only.
// A central that named a Retry-After is left alone for that time, whoever
// calls.
func pause(ctx context.Context, timer <-chan time.Time, wake <-chan struct{}, asked bool) bool {
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

// exchange is a look at the certificate, one report, and one look at what the
// central hands out.
func (o *Outbox) exchange(ctx context.Context) error {
	if err := o.certify(ctx); err != nil {
		return err
	}
	if !pause(ctx, time.After(reportGap), nil, true) {
		return ctx.Err()
	}
	return errors.Join(o.Report(ctx), o.FetchDocuments(ctx))
}

// Send tries every waiting dossier once, now. It returns the first reason why
// one still waits; refused ones are in List. It is for a process that runs no
// Run.
func (o *Outbox) Send(ctx context.Context) error { return o.round(ctx) }

// Sync is Send and everything else that Run does, once: the certificate, the
// central's words, a report, and the documents.
func (o *Outbox) Sync(ctx context.Context) error {
	if o.client == nil {
		return o.round(ctx)
	}
	err := errors.Join(o.certify(ctx), o.round(ctx))
	if err != nil {
		return err
	}
	if _, err := o.feed(ctx, 0); err != nil && !notThere(err) {
		return err
	}
	return errors.Join(o.Report(ctx), o.FetchDocuments(ctx))
}

// round tries every waiting dossier once: the station's own, then those that it
// carries for others. It returns the first reason to come back later, nil when
// nothing waits any more.
func (o *Outbox) round(ctx context.Context) error {
	own, err := o.queue.Waiting()
	if err != nil {
		return err
	}
	carried, err := o.queue.Carried()
	if err != nil {
		return err
	}
	var later error
	for i, e := range append(own, carried...) {
		try := o.send
		if i >= len(own) {
			if try = o.forward; !waits(e) {
				continue
			}
		}
		if o.gateway == nil {
			return ErrNoGateway
		}
		err := try(ctx, e)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if later == nil {
			later = err
		}
		// Without a line, or when the central asks for patience, the next
		// dossier fares no better.
		if errors.Is(err, uplink.ErrUnreachable) || errors.Is(err, uplink.ErrNoCertificate) || uplink.RetryAfter(err) > 0 {
			break
		}
	}
	return later
}

// keepCarried is for how long receipts of other stations' dossiers go into
// every bundle, and for how long what the central would not take of them is
// shown: their own station has it still.
const keepCarried = 30 * 24 * time.Hour

// prune forgets what the policy no longer keeps.
func (o *Outbox) prune() (time.Duration, error) {
	p := o.policy()
	o.queue.SetQuota(p.Quota)
	n, err := o.queue.Prune(o.clock(), func(s State) time.Duration { return p.Keep[s] })
	if n > 0 {
		o.cfg.Log.Info("index pruned", "dossiers", n)
	}
	if s, serr := o.queue.Space(); serr == nil && s.Level != queue.LevelOK {
		o.cfg.Log.Warn("room for dossiers is short", "level", s.Level, "held", s.Held, "quota", s.Quota, "free", s.Free)
	}
	return pruneEvery, errors.Join(err, o.pruneCarried())
}

// pruneCarried drops the receipts of other stations that had time to go back,
// and what was refused of them. Without the central's time none is dropped.
func (o *Outbox) pruneCarried() error {
	carried, err := o.queue.Carried()
	if err != nil {
		return err
	}
	now := o.clock().Trusted
	for _, e := range carried {
		if waits(e) || len(e.Steps) == 0 {
			continue
		}
		last := e.Steps[len(e.Steps)-1].At.Trusted
		if now == 0 || last == 0 || time.Duration(now-last)*time.Millisecond < keepCarried {
			continue
		}
		if err := o.queue.Uncarry(e.ID); err != nil {
			return err
		}
	}
	return nil
}
