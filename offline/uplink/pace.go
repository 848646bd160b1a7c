package uplink

import (
	"slices"
	"sync"
	"time"

	"github.com/tram-station/tram/offline/envelope"
)

const (
	// maxParallel is the most parts on the way at a time.
	maxParallel = 4
	// careful is how many times slower the width grows once there was a fault:
	// a line that breaks every few megabytes loses one part then, not four.
	careful = 8
	// slowPart is the time of a part beyond which the line is full: more at a
	// time bring nothing but time-outs.
	slowPart = 10 * time.Second
)

// pace is how many parts go out at a time: one more after each has carried a
// full one, half after a fault or a time-out (AIMD); one less after a part that
// took long.
type pace struct {
	mu      sync.Mutex
	width   int   // 0 counts as 1
	good    int64 // bytes that arrived at this width
	faulted bool
}

func (p *pace) get() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(1, p.width)
}

func (p *pace) succeeded(bytes int64, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if took > slowPart {
		p.width, p.good = max(1, p.width-1), 0
		return
	}
	need := int64(max(1, p.width)) * envelope.ChunkSize
	if p.faulted {
		need *= careful
	}
	if p.good += bytes; p.good >= need {
		p.width, p.good = min(max(1, p.width)+1, maxParallel), 0
	}
}

func (p *pace) failed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.width, p.good, p.faulted = max(1, p.width/2), 0, true
}

// part is a chunk that is missing at the gateway.
type part struct {
	digest envelope.Digest
	size   int64
}

// burst is the parts of one round.
type burst struct {
	pace  *pace
	pick  func([]part) int
	parts []part

	mu   sync.Mutex
	cond *sync.Cond
	busy int
	sent int64
	err  error
}

// run sends the parts in the order of pick, as many at a time as the pace allows. After a
// fault it begins no other and lets those under way arrive: a cut would send
// them twice. It returns the bytes that arrived and the first fault.
func (p *pace) run(parts []part, pick func([]part) int, send func(*lane, part) error) (int64, error) {
	b := &burst{pace: p, pick: pick, parts: slices.Clone(parts)}
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
				b.done(part, send(&l, part), time.Since(begun))
			}
		})
	}
	lanes.Wait()
	return b.sent, b.err
}

// next waits until another part may go and takes it.
func (b *burst) next() (part, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.err == nil && len(b.parts) > 0 && b.busy >= b.pace.get() {
		b.cond.Wait()
	}
	if b.err != nil || len(b.parts) == 0 {
		return part{}, false
	}
	i := b.pick(b.parts)
	next := b.parts[i]
	b.parts = slices.Delete(b.parts, i, i+1)
	b.busy++
	return next, true
}

func (b *burst) done(p part, err error, took time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.cond.Broadcast()
	b.busy--
	if err == nil {
		b.sent += p.size
	}
	switch {
	case err == nil && b.err == nil:
		b.pace.succeeded(p.size, took)
	case err != nil && b.err == nil: // what fails with it is the same fault
		b.err = err
		b.pace.failed()
	}
}
