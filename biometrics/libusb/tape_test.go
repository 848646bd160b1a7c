package libusb

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// errNotRecorded says that the driver did what the recorded one did not.
var errNotRecorded = errors.New("not in the recording")

// replay is a pipe that answers from a recording. Each transfer ends where it
// ended in the recording, after all that went before was done, too.
type replay struct {
	mu      sync.Mutex // guards all below
	turn    *sync.Cond
	events  []urbEvent
	waiting []*replayed
	failed  error
}

// replayed is a transfer of the driver.
type replayed struct {
	xfer, end byte
	setup     [8]byte
	in        []byte
	out       []byte
	length    uint32
	id        uint64 // of the recorded transfer that it matched
	n         int
	done      bool
}

func newReplay(events []urbEvent) *replay {
	r := &replay{events: events}
	r.turn = sync.NewCond(&r.mu)
	return r
}

func (r *replay) Control(kind, request uint8, value uint16, data []byte) (int, error) {
	t := &replayed{xfer: xferControl, end: kind & 0x80, length: uint32(len(data))}
	t.setup = [8]byte{kind, request, byte(value), byte(value >> 8), 0, 0, byte(len(data)), byte(len(data) >> 8)}
	if kind&0x80 != 0 {
		t.in = data
	} else {
		t.out = data
	}
	return r.do(context.Background(), t)
}

func (r *replay) Interrupt(ctx context.Context, b []byte) (int, error) {
	return r.do(ctx, &replayed{xfer: xferInterrupt, end: 0x81, in: b, length: uint32(len(b))})
}

func (r *replay) Bulk(ctx context.Context, b []byte) (int, error) {
	return r.do(ctx, &replayed{xfer: xferBulk, end: 0x82, in: b, length: uint32(len(b))})
}

func (r *replay) Close() error { return nil }

func (r *replay) do(ctx context.Context, t *replayed) (int, error) {
	stop := context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.turn.Broadcast()
	})
	defer stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = append(r.waiting, t)
	for {
		r.advance()
		switch {
		case t.done:
			return t.n, nil
		case r.failed != nil:
			return 0, r.failed
		case ctx.Err() != nil:
			return 0, ctx.Err()
		}
		r.turn.Wait()
	}
}

// advance plays as far as what the driver submitted allows.
func (r *replay) advance() {
	defer r.turn.Broadcast()
	for len(r.events) > 0 && r.failed == nil {
		e := r.events[0]
		switch e.kind {
		case 'S':
			t := r.match(e)
			if t == nil {
				for _, w := range r.waiting {
					if w.id == 0 && w.xfer == xferControl && e.xfer == xferControl { // a control transfer, but another one
						r.failed = fmt.Errorf("%w: % x % x, recorded was % x % x", errNotRecorded, w.setup, w.out, e.setup, e.data)
					}
				}
				return
			}
			t.id = e.id
		case 'C':
			for i, w := range r.waiting {
				if w.id != e.id {
					continue
				}
				if e.status != 0 {
					return // the recorded driver cancelled it: so must this one
				}
				w.n, w.done = int(e.length), true
				copy(w.in, e.data)
				r.waiting = append(r.waiting[:i], r.waiting[i+1:]...)
				break
			}
		}
		r.events = r.events[1:]
	}
}

// match finds the submitted transfer that equals a recorded one.
func (r *replay) match(e urbEvent) *replayed {
	for _, w := range r.waiting {
		if w.id == 0 && w.xfer == e.xfer && w.end == e.end && w.length == e.length &&
			(e.xfer != xferControl || w.setup == e.setup && string(w.out) == string(e.data)) {
			return w
		}
	}
	return nil
}
