package uplink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

const (
	maxReply = 1 << 20 // of any answer but a document, bytes
	// slowest is the rate in bytes a second below which a request ends even
	// though it moves: an answer that drips must not hold a station for ever.
	slowest = 1000
	// maxRetryAfter bounds what a gateway may ask: a wrong header must not
	// silence a station for a year.
	maxRetryAfter = time.Hour
	// maxWords is how many letters of a gateway's words are kept, maxCode how
	// many bytes of its code: they go into the queue, into logs and on screens.
	maxWords = 300
	maxCode  = 64
)

// request is one step. All may be repeated.
type request struct {
	method, path, mediaType string
	body                    []byte
	header                  http.Header // beside the media type
	last                    bool        // close the connection behind it
	once                    bool        // net/http must not repeat it unseen: that costs bytes
	limit                   int64       // of a good answer, 0 for maxReply
}

// answer is a good one.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ownClient is the HTTP client of a Client that was given none.
type ownClient struct {
	once sync.Once
	http *http.Client
}

func (c *Client) client() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	c.own.once.Do(func() { c.own.http = Transport{Clock: c.Clock}.Client() })
	return c.own.http
}

// longest is the time after which a request ends, whatever it did: the bytes
// it may move at the slowest rate, and the time it may stand still.
func longest(size int64) time.Duration {
	return 2*DefaultStall + time.Duration(size/slowest)*time.Second
}

// open sends a request and returns the answer with its body, to be closed.
func (c *Client) open(ctx context.Context, r request) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, strings.TrimSuffix(c.URL, "/")+r.path, bytes.NewReader(r.body))
	if err != nil {
		return nil, fmt.Errorf("uplink: %w", err)
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	if r.mediaType != "" {
		req.Header.Set("Content-Type", r.mediaType)
	}
	if c.Station != "" && req.URL.Scheme == "http" {
		req.Header.Set(HeaderStation, c.Station)
	}
	if !r.once {
		req.Header["Idempotency-Key"] = nil // not sent; see http.Transport
	}
	req.Close = r.last
	resp, err := c.client().Do(req)
	if err != nil {
		return nil, unreachable(err)
	}
	c.Clock.observe(resp.Header)
	return resp, nil
}

// unreachable is what a failed request means.
func unreachable(err error) error {
	if shut, ok := errors.AsType[*Shut](err); ok {
		return shut
	}
	// A gateway that does not like the station's certificate says so by an
	// alert, at TLS 1.3 as late as the first read.
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" && strings.Contains(op.Err.Error(), "certificate") {
		return fmt.Errorf("%w (%w)", ErrNoCertificate, err)
	}
	return fmt.Errorf("%w (%w)", ErrUnreachable, err)
}

// do sends one request and returns a good answer; a *Refusal is an error.
func (c *Client) do(ctx context.Context, r request) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, longest(int64(len(r.body))+maxReply))
	defer cancel()
	resp, err := c.open(ctx, r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode/100 != 2 {
		return nil, refusal(resp)
	}
	limit := r.limit
	if limit == 0 {
		limit = maxReply
	}
	raw, err := readAll(resp.Body, limit)
	if err != nil {
		return nil, err
	}
	return &answer{resp.StatusCode, resp.Header, raw}, nil
}

func readAll(r io.Reader, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, unreachable(err)
	}
	if int64(len(raw)) > limit {
		return nil, fmt.Errorf("%w: over %d bytes", ErrAnswer, limit)
	}
	return raw, nil
}

// refusal reads an answer that is not good.
func refusal(resp *http.Response) error {
	raw, err := readAll(resp.Body, maxReply)
	if err != nil {
		return err
	}
	r := &Refusal{Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header)}
	if json.Unmarshal(raw, &r.Problem) != nil {
		r.Problem = Problem{} // a proxy's page, not the gateway's words
	}
	r.Problem.Message = Plain(r.Problem.Message)
	if len(r.Problem.Code) > maxCode {
		r.Problem.Code = ""
	}
	return r
}

// Plain is what may be kept and shown of a stranger's words: maxWords letters,
// and nothing that steers a terminal or turns text around.
func Plain(words string) string {
	var b strings.Builder
	n := 0
	for _, c := range words {
		if n == maxWords {
			break
		}
		if !unicode.IsGraphic(c) {
			c = ' '
		}
		b.WriteRune(c)
		n++
	}
	return b.String()
}

// post sends JSON and reads JSON.
func (c *Client) post(ctx context.Context, path string, ask, reply any) error {
	body, err := json.Marshal(ask)
	if err != nil {
		return err
	}
	a, err := c.do(ctx, request{method: http.MethodPost, path: path, mediaType: TypeJSON, body: body})
	if err != nil {
		return err
	}
	return a.json(reply)
}

func (a *answer) json(reply any) error {
	if err := json.Unmarshal(a.body, reply); err != nil {
		return fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	return nil
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
