package gateway

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// Limits of the feed.
const (
	feedBatch = 100
	// maxPolls is how many stations may wait for news at a time. One more is
	// answered at once, and asks again later.
	maxPolls = 20_000
	// maxOwnPolls of them are one station's: it asks once at a time, and a line
	// that broke is noticed late.
	maxOwnPolls = 4
)

// feed answers with the states of the caller's dossiers behind a cursor, each
// signed. It waits for one when asked to; meanwhile it holds no slot.
func (g *Gateway) feed(w http.ResponseWriter, r *http.Request, c Caller, _ []byte) {
	after, err1 := number(r, "after")
	wait, err2 := number(r, "wait")
	if err1 != nil || err2 != nil {
		g.refuse(w, r, http.StatusBadRequest, uplink.Problem{
			Code: uplink.CodeBadRequest, Message: "after and wait are whole numbers, not below 0",
		})
		return
	}
	until := time.Duration(min(wait, uint64(uplink.MaxFeedWait/time.Second))) * time.Second
	ctx, cancel := context.WithTimeout(r.Context(), until)
	defer cancel()
	for {
		reply, ok := g.news(w, r, c, after)
		if !ok {
			return
		}
		if len(reply.Notices) > 0 || reply.Next != after || ctx.Err() != nil || !g.await(ctx, c.Station, after) {
			g.reply(w, http.StatusOK, reply)
			return
		}
	}
}

// await returns true when the station may have news, false when it should be
// answered as things are.
func (g *Gateway) await(ctx context.Context, station string, after uint64) bool {
	leave, ok := g.polls.enter(station)
	if !ok {
		return false
	}
	defer leave()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-g.drained:
			cancel()
		case <-ctx.Done():
		}
	}()
	return g.cfg.States.Wait(ctx, station, after) == nil
}

// news reads the feed once, in a slot of its own.
func (g *Gateway) news(w http.ResponseWriter, r *http.Request, c Caller, after uint64) (uplink.FeedReply, bool) {
	leave, ok := g.enter(w, r, g.work, c)
	if !ok {
		return uplink.FeedReply{}, false
	}
	defer leave()
	events, next, err := g.cfg.States.Feed(r.Context(), c.Station, after, feedBatch)
	reply := uplink.FeedReply{Notices: [][]byte{}, Next: next}
	for _, e := range events {
		var raw []byte
		if raw, err = envelope.SignNotice(g.cfg.Key, envelope.Notice{
			Cursor: e.Cursor, Station: e.Station, Dossier: e.Dossier, Manifest: e.Manifest, State: e.State,
			Section: e.Section, Reason: e.Reason, Words: e.Words, Deadline: e.Deadline, At: e.At,
		}); err != nil {
			break
		}
		reply.Notices = append(reply.Notices, raw)
	}
	if err != nil {
		g.fail(w, r, err)
		return uplink.FeedReply{}, false
	}
	return reply, true
}

// pollers counts the stations that wait for news.
type pollers struct {
	mu  sync.Mutex
	all int
	own map[string]int // by station
}

// enter takes a place, unless all or the station's own are taken.
func (p *pollers) enter(station string) (leave func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all >= maxPolls || p.own[station] >= maxOwnPolls {
		return nil, false
	}
	if p.own == nil {
		p.own = map[string]int{}
	}
	p.all++
	p.own[station]++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.all--
		if p.own[station]--; p.own[station] == 0 {
			delete(p.own, station)
		}
	}, true
}

// load is how many wait.
func (p *pollers) load() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all
}

// number reads a parameter of the query; it is 0 when it is not there.
func number(r *http.Request, name string) (uint64, error) {
	v := r.URL.Query().Get(name)
	if v == "" {
		return 0, nil
	}
	return strconv.ParseUint(v, 10, 64)
}
