package uplink

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/tram-station/tram/offline/envelope"
)

// SignedNotice is a verified notice and its signed bytes.
type SignedNotice struct {
	Raw    []byte
	Notice envelope.Notice
}

// Feed asks for the notices behind the cursor, holding the question open for at
// most wait when there is none. It returns them oldest first, and the cursor to
// ask with next. One notice that is not good (its signature, its station, its
// place) spoils the answer: a state must not be skipped. The errors are
// ErrAnswer and those of Gateway.Deliver.
func (c *Client) Feed(ctx context.Context, after uint64, wait time.Duration) ([]SignedNotice, uint64, error) {
	wait = min(max(wait, 0), MaxFeedWait)
	path := fmt.Sprintf("/feed?after=%d&wait=%d", after, int(wait/time.Second))
	a, err := c.do(ctx, request{method: http.MethodGet, path: path})
	if err != nil {
		return nil, after, err
	}
	notices, next, err := c.readFeed(a, after)
	if err != nil {
		return nil, after, err
	}
	for _, n := range notices {
		c.Clock.Trust(n.Notice.At)
	}
	return notices, next, nil
}

func (c *Client) readFeed(a *answer, after uint64) ([]SignedNotice, uint64, error) {
	var reply FeedReply
	if err := a.json(&reply); err != nil {
		return nil, 0, err
	}
	fail := func(what string, err error) ([]SignedNotice, uint64, error) {
		if err != nil {
			return nil, 0, fmt.Errorf("%w: %s: %w", ErrAnswer, what, err)
		}
		return nil, 0, fmt.Errorf("%w: %s", ErrAnswer, what)
	}
	if len(reply.Notices) > MaxNotices {
		return fail(fmt.Sprintf("over %d notices", MaxNotices), nil)
	}
	at := after
	var notices []SignedNotice
	for _, raw := range reply.Notices {
		n, err := verify(c, envelope.VerifyNotice, raw)
		switch {
		case err != nil:
			return fail("a notice", err)
		case c.Station != "" && n.Station != c.Station:
			return fail("a notice for another station", nil)
		case n.Cursor <= at:
			return fail("the feed goes back", nil)
		}
		at = n.Cursor
		notices = append(notices, SignedNotice{raw, *n})
	}
	if reply.Next < at {
		return fail("the cursor goes back", nil)
	}
	return notices, reply.Next, nil
}
