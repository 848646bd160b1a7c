package uplink

import (
	"context"
	"net/http"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/tram-station/tram/offline/envelope"
)

// maxParallel is the most parts on the way at a time.
const maxParallel = 4

// pace is how many parts go out at a time: one more after a round without a
// fault, half after one with (AIMD).
type pace struct {
	mu    sync.Mutex
	width int
	http  *http.Client
}

func (p *pace) client() *http.Client {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.http == nil {
		p.http = NewHTTPClient()
	}
	return p.http
}

func (p *pace) get() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(1, p.width)
}

func (p *pace) done(ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ok {
		p.width = min(max(1, p.width)+1, maxParallel)
	} else {
		p.width = max(1, p.width/2)
	}
}

// run sends the parts in order, as many at a time as the pace allows, in
// rounds. It stops at the first round with a fault and returns the bytes sent.
func (p *pace) run(ctx context.Context, parts []envelope.Digest, send func(context.Context, envelope.Digest) (int64, error)) (int64, error) {
	var (
		mu   sync.Mutex
		sent int64
	)
	for len(parts) > 0 {
		round := parts[:min(p.get(), len(parts))]
		parts = parts[len(round):]
		var g errgroup.Group
		for _, part := range round {
			g.Go(func() error {
				n, err := send(ctx, part)
				mu.Lock()
				defer mu.Unlock()
				sent += n
				return err
			})
		}
		err := g.Wait()
		p.done(err == nil)
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}
