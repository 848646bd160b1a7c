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

// line learns where connections break. Some equipment cuts each one after so
// many bytes; half a part is lost each time. Two breaks at about the same place
// teach a budget, and connections are closed before it; one elsewhere unlearns
// it.
type line struct {
	mu     sync.Mutex
	last   int64 // what the last connection that broke had carried
	budget int64 // 0 for none
	kept   int   // connections given up in time
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
	case err == nil && t.last:
		t.lane.conn = nil
		if l.kept++; l.kept%probeEvery == 0 {
			l.budget += envelope.ChunkSize
		}
	}
}

func (l *line) broke(carried int64) {
	diff := max(carried-l.last, l.last-carried)
	if l.budget = 0; carried > 0 && diff <= envelope.ChunkSize {
		l.budget = min(carried, l.last)
	}
	l.last = carried
}
