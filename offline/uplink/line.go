package uplink

import (
	"context"
	"errors"
	"net/http/httptrace"
	"sync"

	"github.com/tram-station/tram/offline/envelope"
)

// probeEvery is after how many connections that were given up in time the next
// one carries a chunk more.
const probeEvery = 16

// line learns where it breaks: half a part is lost each time. Some equipment
// cuts each connection after so many bytes; two such breaks at about the same
// place teach a budget, and connections are closed before it. Where the whole
// line breaks after so many bytes, parts that still fit go first. A break
// elsewhere unlearns either.
type line struct {
	mu     sync.Mutex
	last   int64 // what the last connection that broke had carried
	budget int64 // 0 for none
	kept   int   // connections given up in time

	since    int64 // bytes of whole parts since the line broke
	low, top int64 // between them it broke before; top is 0 when unknown
}

// pick returns the place in parts of the one to send next: the first, unless
// the line will break under it and not under a smaller one.
func (l *line) pick(parts []part) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	room := (l.low+l.top)/2 - l.since
	if l.top == 0 || parts[0].size <= room {
		return 0
	}
	best := 0
	for i, p := range parts {
		if p.size <= room && (best == 0 || p.size > parts[best].size) {
			best = i
		}
	}
	return best
}

// lane is one of the parts under way at a time; it stays with a connection
// while that lives.
type lane struct{ conn *paced }

// trip is the sending of one part.
type trip struct {
	lane *lane
	size int64
	last bool   // the connection ends behind it
	conn *paced // that it went by; nil below a foreign HTTP client
}

func (l *line) begin(on *lane, size int) *trip {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := &trip{lane: on, size: int64(size)}
	var carried int64
	if on.conn != nil {
		carried = on.conn.parts.Load()
	}
	t.last = l.budget > 0 && carried+t.size+envelope.ChunkSize > l.budget
	return t
}

// watch notes the connection that is used.
func (t *trip) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(i httptrace.GotConnInfo) { t.conn = pacedOf(i.Conn) },
	})
}

func (l *line) end(t *trip, err error) {
	t.lane.conn = t.conn
	if t.conn == nil {
		return
	}
	if err == nil {
		t.conn.parts.Add(t.size)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case errors.Is(err, ErrUnreachable):
		l.broke(t.conn.parts.Load())
		l.brokeUnder(t.size)
	case err == nil:
		if l.since += t.size; l.since > l.top {
			l.top = 0 // it lasts longer now
		}
		l.low = max(l.low, l.since)
		if !t.last {
			break
		}
		t.lane.conn = nil
		if l.kept++; l.kept%probeEvery == 0 {
			l.budget += envelope.ChunkSize
		}
	}
}

// brokeUnder narrows where the line breaks, or begins anew.
func (l *line) brokeUnder(size int64) {
	low, top := l.since, l.since+size
	if l.top > 0 && top > l.low && low < l.top {
		low, top = max(low, l.low), min(top, l.top)
	}
	l.low, l.top, l.since = low, top, 0
}

func (l *line) broke(carried int64) {
	diff := max(carried-l.last, l.last-carried)
	if l.budget = 0; carried > 0 && diff <= envelope.ChunkSize {
		l.budget = min(carried, l.last)
	}
	l.last = carried
}
