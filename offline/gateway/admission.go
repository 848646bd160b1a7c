package gateway

import (
	"context"
	"sync"
	"time"
)

// Limits of admission.
const (
	// queueFactor is how many requests may wait for each one under way.
	queueFactor = 2
	// maxWait is the longest that a request waits for its turn.
	maxWait = 5 * time.Second
	// perCaller is how many requests one station may have under way or waiting
	// in one gate: twice what a station sends in parallel.
	perCaller = 8
	// minRetry and maxRetry bound what Retry-After says. Between them it grows
	// with the number of those who were sent away before.
	minRetry = 2 * time.Second
	maxRetry = 5 * time.Minute
	// firstRate is taken as the gateway's rate (requests a second) before it
	// was measured; leastRate keeps one stuck second from sending everybody
	// away for minutes.
	firstRate  = 200.0
	leastRate  = 20.0
	rateMemory = 0.7 // of the old rate in the new one, a second
	// firstMean is taken as the time of a request before it was measured.
	firstMean  = 50 * time.Millisecond
	meanMemory = 0.98 // of the old mean in the new one, a request
	// reserved is the part of the slots that no province takes from the
	// others, however slow its requests are: one eighth.
	reserved = 8
)

// gate admits a bounded number of requests. Those beyond it wait in line by
// province, and a province that floods fills its own line only: the next to
// enter is of the province that used the least time of the gate for its weight
// (stride scheduling; a request is charged the mean time when it enters and the
// rest when it leaves). When all lines together are full, the newest of the
// longest line leaves.
type gate struct {
	slots, room int
	limit       int  // of slots for one province
	fair        bool // false only as the control of a test: one line for all
	weights     map[string]int
	now         func() time.Time

	mu      sync.Mutex // over all below
	running int
	waiting int
	lanes   map[string]*lane
	callers map[string]int
	pass    float64 // of the lane that entered last
	mean    float64 // time of a request in seconds, smoothed
	rate    float64 // requests a second that leave, smoothed
	count   int     // of requests that left since begin
	begin   time.Time
}

// lane is the line of one province.
type lane struct {
	weight  float64
	running int
	queue   []*ticket
	pass    float64   // seconds used over weight
	next    time.Time // the next free appointment for one who is sent away
}

type ticket struct {
	lane   *lane
	turn   chan struct{} // closed when the ticket enters or is dropped
	inside bool
	since  time.Time
	charge float64 // seconds taken in advance
}

func newGate(slots int, weights map[string]int, now func() time.Time) *gate {
	return &gate{
		slots: slots, room: queueFactor * slots, fair: true, weights: weights, now: now,
		lanes: map[string]*lane{}, callers: map[string]int{}, rate: firstRate, begin: now(),
		mean: firstMean.Seconds(), limit: slots - slots/reserved,
	}
}

// enter waits for a turn. It returns the function that ends it, or, when there
// is none, how long the caller should stay away. greedy says that the caller
// itself has too much under way.
func (g *gate) enter(ctx context.Context, c Caller) (leave func(), retry time.Duration, greedy bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	name := c.Province
	if !g.fair {
		name = ""
	}
	l := g.lane(name)
	if c.Station != "" && g.callers[c.Station] >= perCaller {
		return nil, minRetry, true
	}
	t := &ticket{lane: l, turn: make(chan struct{})}
	if !g.join(t) {
		retry = g.appointment(l)
		g.forget(name)
		return nil, retry, false
	}
	g.callers[c.Station]++
	g.admit()
	if !t.inside {
		g.wait(ctx, t)
	}
	if !t.inside {
		retry = g.appointment(l)
		g.leaves(c.Station)
		return nil, retry, false
	}
	return sync.OnceFunc(func() { g.exit(t, name, c.Station) }), 0, false
}

// wait gives the lock away until the ticket's turn, its end or its time is
// there. A ticket that is not inside then stands in no line any more.
func (g *gate) wait(ctx context.Context, t *ticket) {
	g.mu.Unlock()
	timer := time.NewTimer(maxWait)
	select {
	case <-t.turn:
	case <-timer.C:
	case <-ctx.Done():
	}
	timer.Stop()
	g.mu.Lock()
	for i, other := range t.lane.queue {
		if other == t {
			t.lane.queue = append(t.lane.queue[:i], t.lane.queue[i+1:]...)
			g.waiting--
			break
		}
	}
}

// join puts the ticket at the end of its line. When all lines are full it
// makes room in the longest one; false says that this is the ticket's own.
func (g *gate) join(t *ticket) bool {
	if (g.running >= g.slots || t.lane.running >= g.limit) && g.waiting >= g.room {
		longest := t.lane
		for _, l := range g.lanes {
			if float64(len(l.queue))/l.weight > float64(len(longest.queue)+1)/longest.weight {
				longest = l
			}
		}
		if longest == t.lane {
			return false
		}
		last := len(longest.queue) - 1
		close(longest.queue[last].turn)
		longest.queue = longest.queue[:last]
		g.waiting--
	}
	if len(t.lane.queue) == 0 && t.lane.running == 0 {
		t.lane.pass = max(t.lane.pass, g.pass) // who was away saves nothing up
	}
	t.lane.queue = append(t.lane.queue, t)
	g.waiting++
	return true
}

// admit lets waiting tickets in while there are slots.
func (g *gate) admit() {
	for g.running < g.slots && g.waiting > 0 {
		var best *lane
		for _, l := range g.lanes {
			if len(l.queue) > 0 && l.running < g.limit && (best == nil || l.pass < best.pass) {
				best = l
			}
		}
		if best == nil {
			return
		}
		t := best.queue[0]
		best.queue = best.queue[1:]
		g.waiting--
		g.running++
		best.running++
		g.pass = best.pass
		t.inside, t.since, t.charge = true, g.now(), g.mean
		best.pass += t.charge / best.weight
		close(t.turn)
	}
}

func (g *gate) exit(t *ticket, name, caller string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running--
	t.lane.running--
	took := g.now().Sub(t.since).Seconds()
	t.lane.pass += (took - t.charge) / t.lane.weight
	g.mean = meanMemory*g.mean + (1-meanMemory)*took
	g.leaves(caller)
	g.measure()
	g.admit()
	g.forget(name)
}

func (g *gate) leaves(caller string) {
	if g.callers[caller]--; g.callers[caller] == 0 {
		delete(g.callers, caller)
	}
}

// measure keeps the rate at which requests leave.
func (g *gate) measure() {
	g.count++
	if passed := g.now().Sub(g.begin); passed >= time.Second {
		g.rate = max(leastRate, rateMemory*g.rate+(1-rateMemory)*float64(g.count)/passed.Seconds())
		g.count, g.begin = 0, g.now()
	}
}

// appointment gives the next free time to one who is sent away. Each is later
// than the last by as long as the gateway takes for one request of the
// province's share: they come back one by one and not all at once.
func (g *gate) appointment(l *lane) time.Duration {
	total := 0.0
	for _, other := range g.lanes {
		total += other.weight
	}
	now := g.now()
	if earliest := now.Add(minRetry); l.next.Before(earliest) {
		l.next = earliest
	}
	at := l.next.Sub(now)
	l.next = l.next.Add(time.Duration(float64(time.Second) * total / (l.weight * g.rate)))
	if at > maxRetry {
		l.next = now.Add(maxRetry / 2) // the round begins anew, in its second half
		at = maxRetry
	}
	return at
}

func (g *gate) lane(name string) *lane {
	l := g.lanes[name]
	if l == nil {
		l = &lane{weight: float64(max(1, g.weights[name])), pass: g.pass}
		g.lanes[name] = l
	}
	return l
}

// forget drops a lane that nobody stands in and no appointment holds.
func (g *gate) forget(name string) {
	if l := g.lanes[name]; l != nil && l.running == 0 && len(l.queue) == 0 && !l.next.After(g.now()) {
		delete(g.lanes, name)
	}
}

// load is how many requests are under way and waiting.
func (g *gate) load() (running, waiting int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.running, g.waiting
}
