// Package uplink delivers sealed dossiers to the central gateway: ask which
// parts are missing, put those, put the manifest, check the signed receipt.
// Every step may be repeated at any time; nothing is doubled by it.
package uplink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
)

const (
	maxReply = 1 << 20 // of any answer, bytes
	// stepTimeout bounds one request: a chunk on a line of 20 kbit/s.
	stepTimeout = 2 * time.Minute
	// maxRetryAfter bounds what a gateway may ask: a wrong header must not
	// silence a station for a year.
	maxRetryAfter = time.Hour
)

// Gateway takes a sealed dossier. Delivering twice is no error and gives the
// same receipt.
type Gateway interface {
	// Deliver returns the signed receipt. The errors are ErrRefused,
	// ErrNotEnrolled, ErrUnreachable, ErrReceipt and ErrDamaged; any other is
	// temporary too.
	Deliver(ctx context.Context, s *envelope.Sealed) (*Delivery, error)
}

// Delivery is a verified receipt and its signed bytes.
type Delivery struct {
	Receipt envelope.Receipt
	Signed  []byte
	Sent    int64 // bytes of parts and manifest that went out in this call
}

// Client is the Gateway at the other end of HTTP.
type Client struct {
	URL  string              // "https://gateway.example/": no path of its own is needed
	Key  *envelope.PublicKey // signs the central's receipts
	HTTP *http.Client        // nil for NewHTTPClient()
	pace pace
}

// NewHTTPClient returns a client that follows no redirect and keeps as many
// connections as there are parallel parts.
func NewHTTPClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = maxParallel
	t.ResponseHeaderTimeout = stepTimeout
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Deliver carries out the contract once. While parts still arrive it goes on
// over a line that breaks; it gives up when a round brings nothing.
func (c *Client) Deliver(ctx context.Context, s *envelope.Sealed) (*Delivery, error) {
	m, err := envelope.ParseManifest(s.Manifest)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	parts, _ := m.Chunks()
	d := &Delivery{}
	before := len(parts) + 1
	for {
		missing, err := c.missing(ctx, parts)
		if err != nil {
			return nil, err
		}
		if len(missing) == 0 {
			break
		}
		sent, err := c.pace.run(ctx, missing, func(ctx context.Context, p envelope.Digest) (int64, error) {
			return c.putPart(ctx, s.Chunks, p)
		})
		d.Sent += sent
		if err != nil && (len(missing) >= before || final(err)) {
			return nil, err
		}
		if err == nil && len(missing) >= before {
			return nil, errors.New("uplink: the gateway took the parts and does not have them")
		}
		before = len(missing)
	}
	if err := c.putDossier(ctx, s, m, d); err != nil {
		return nil, err
	}
	return d, nil
}

// final says that going on at once brings nothing.
func final(err error) bool {
	return errors.Is(err, ErrRefused) || errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotEnrolled) ||
		errors.Is(err, context.Canceled) || RetryAfter(err) > 0
}

func (c *Client) missing(ctx context.Context, parts []envelope.Digest) ([]envelope.Digest, error) {
	body, err := json.Marshal(MissingRequest{Parts: parts})
	if err != nil {
		return nil, err
	}
	raw, err := c.do(ctx, http.MethodPost, "/parts/missing", TypeJSON, body)
	if err != nil {
		return nil, err
	}
	var reply MissingReply
	if err := json.Unmarshal(raw, &reply); err != nil {
		return nil, fmt.Errorf("uplink: missing parts: %w", err)
	}
	asked := map[envelope.Digest]bool{}
	for _, p := range parts {
		asked[p] = true
	}
	for _, p := range reply.Missing {
		if !asked[p] { // nor may it ask for one twice
			return nil, errors.New("uplink: the gateway asks for a part that is not of this dossier")
		}
		delete(asked, p)
	}
	return reply.Missing, nil
}

func (c *Client) putPart(ctx context.Context, from envelope.Source, p envelope.Digest) (int64, error) {
	b, err := from.Chunk(p)
	if err != nil {
		return 0, fmt.Errorf("%w: chunk %s: %w", ErrDamaged, p, err)
	}
	if _, err := c.do(ctx, http.MethodPut, "/parts/"+p.String(), TypeChunk, b); err != nil {
		return 0, err
	}
	return int64(len(b)), nil
}

func (c *Client) putDossier(ctx context.Context, s *envelope.Sealed, m *envelope.SignedManifest, d *Delivery) error {
	raw, err := c.do(ctx, http.MethodPut, "/dossiers/"+m.Dossier.String(), TypeCOSE, s.Manifest)
	if err != nil {
		return err
	}
	d.Sent += int64(len(s.Manifest))
	d.Signed = raw
	return c.check(raw, m.Dossier, m.Digest, d)
}

// Receipt asks for the receipt of a dossier that was delivered before.
func (c *Client) Receipt(ctx context.Context, id uuid.UUID, manifest envelope.Digest) (*Delivery, error) {
	raw, err := c.do(ctx, http.MethodGet, "/dossiers/"+id.String(), "", nil)
	if err != nil {
		return nil, err
	}
	d := &Delivery{Signed: raw}
	if err := c.check(raw, id, manifest, d); err != nil {
		return nil, err
	}
	return d, nil
}

func (c *Client) check(raw []byte, id uuid.UUID, manifest envelope.Digest, d *Delivery) error {
	r, err := envelope.VerifyReceipt(c.Key, raw)
	if err == nil {
		err = r.For(id, manifest)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	d.Receipt = *r
	return nil
}

// do sends one request and returns the body of a good answer.
func (c *Client) do(ctx context.Context, method, path, mediaType string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.URL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("uplink: %w", err)
	}
	if mediaType != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	client := c.HTTP
	if client == nil {
		client = c.pace.client()
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrUnreachable, err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrUnreachable, err)
	}
	if len(raw) > maxReply {
		return nil, fmt.Errorf("uplink: answer over %d bytes", maxReply)
	}
	if resp.StatusCode/100 == 2 {
		return raw, nil
	}
	refusal := &Refusal{Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header)}
	if json.Unmarshal(raw, &refusal.Problem) != nil {
		refusal.Problem = Problem{} // a proxy's page, not the gateway's words
	}
	return nil, refusal
}

// retryAfter reads the header in seconds or as a date. The date is taken
// against the answer's own Date: the station's clock may be years off.
func retryAfter(h http.Header) time.Duration {
	v := h.Get("Retry-After")
	if v == "" {
		return 0
	}
	if s, err := strconv.Atoi(v); err == nil {
		return min(max(0, time.Duration(min(s, int(maxRetryAfter/time.Second)))*time.Second), maxRetryAfter)
	}
	at, err1 := http.ParseTime(v)
	now, err2 := http.ParseTime(h.Get("Date"))
	if err1 != nil || err2 != nil {
		return 0
	}
	return min(max(0, at.Sub(now)), maxRetryAfter)
}

func statusText(code int) string {
	return strings.TrimSpace(strconv.Itoa(code) + " " + http.StatusText(code))
}
