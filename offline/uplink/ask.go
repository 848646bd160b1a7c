package uplink

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tram-station/tram/offline/envelope"
)

// Ask is a question that a person waits for the answer of.
type Ask struct {
	Method, Path string
	Body         any   // sent as JSON; nil for none
	Once         bool  // net/http must not repeat it unseen: it would be two text messages
	Limit        int64 // of a good answer in bytes; 0 for 1 MiB
}

// Ask sends it once and returns a good answer's body. It is nothing large: the
// hours of a metered line do not hold it up. How long it may take is ctx's. The
// errors are *Refusal, ErrNoCertificate, ErrUnreachable and ErrAnswer.
func (c *Client) Ask(ctx context.Context, a Ask) ([]byte, error) {
	r := request{method: a.Method, path: a.Path, once: a.Once, limit: a.Limit}
	if a.Body != nil {
		body, err := json.Marshal(a.Body)
		if err != nil {
			return nil, fmt.Errorf("uplink: %w", err)
		}
		r.mediaType, r.body = TypeJSON, body
	}
	good, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	return good.body, nil
}

// Decision checks the central's signed word on an exception of this station.
// The error is ErrAnswer.
func (c *Client) Decision(raw []byte) (*envelope.Decision, error) {
	d, err := verify(c, envelope.VerifyDecision, raw)
	if err != nil {
		return nil, fmt.Errorf("%w: a decision: %w", ErrAnswer, err)
	}
	if c.Station != "" && d.Station != c.Station {
		return nil, fmt.Errorf("%w: a decision for another station", ErrAnswer)
	}
	c.Clock.Trust(d.At)
	return d, nil
}
