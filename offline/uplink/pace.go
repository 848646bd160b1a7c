package uplink

import (
	"sync"
	"time"

	"github.com/tram-station/tram/offline/envelope"
)

const (
	// maxParallel is the most parts on the way at a time.
	maxParallel = 4
	// careful is how many times slower the width grows once there was a fault:
	// a line that breaks again and again loses one part each time, not four.
	careful = 8
	// slowPart is the time of a part beyond which the line is full: more at a
	// time bring nothing but time-outs.
	slowPart = 10 * time.Second
)

// pace is how many parts go out at a time: one more after as many successes as
// the width, half after a fault or a time-out (AIMD); one less after a part that
// took long.
type pace struct {
	mu      sync.Mutex
	width   int // 0 counts as 1
	good    int // successes at this width
	faulted bool
}

func (p *pace) get() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(1, p.width)
}

func (p *pace) succeeded(took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if took > slowPart {
		p.width, p.good = max(1, p.width-1), 0
		return
	}
	need := max(1, p.width)
	if p.faulted {
		need *= careful
	}
	if p.good++; p.good >= need {
		p.width, p.good = min(max(1, p.width)+1, maxParallel), 0
	}
}

func (p *pace) failed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.width, p.good, p.faulted = max(1, p.width/2), 0, true
}

// burst is the parts of one round.
type burst struct {
	pace  *pace
	parts []envelope.Digest

	mu   sync.Mutex
	cond *sync.Cond
	busy int
	sent int64
	err  error
}

// run sends the parts in order, as many at a time as the pace allows. After a
// fault it begins no other and lets those under way arrive: a cut would send
// them twice. It returns the bytes that arrived and the first fault.
func (p *pace) run(parts []envelope.Digest, send func(*lane, envelope.Digest) (int64, error)) (int64, error) {
	b := &burst{pace: p, parts: parts}
	b.cond = sync.NewCond(&b.mu)
	var lanes sync.WaitGroup
	for range min(maxParallel, len(parts)) {
		lanes.Go(func() {
			var l lane
			for {
				part, ok := b.next()
				if !ok {
					return
				}
				begun := time.Now()
				n, err := send(&l, part)
				b.done(n, err, time.Since(begun))
			}
		})
	}
	lanes.Wait()
	return b.sent, b.err
}

// next waits until another part may go and takes it.
func (b *burst) next() (envelope.Digest, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.err == nil && len(b.parts) > 0 && b.busy >= b.pace.get() {
		b.cond.Wait()
	}
	if b.err != nil || len(b.parts) == 0 {
		return envelope.Digest{}, false
	}
	part := b.parts[0]
	b.parts = b.parts[1:]
	b.busy++
	return part, true
}

func (b *burst) done(n int64, err error, took time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.cond.Broadcast()
	b.busy--
	b.sent += n
	switch {
	case err == nil && b.err == nil:
		b.pace.succeeded(took)
	case err != nil && b.err == nil: // what fails with it is the same fault
		b.err = err
		b.pace.failed()
	}
}
