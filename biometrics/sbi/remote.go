package sbi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// Verbs of the interface.
const (
	verbDiscover = "MOSIPDISC"
	verbInfo     = "MOSIPDINFO"
	verbCapture  = "RCAPTURE"
	verbStream   = "STREAM"
)

// Limits of an answer, bytes.
const (
	maxList    = 256 << 10 // of devices
	maxCapture = 32 << 20  // four fingers at 1000 dpi, twice in base64
	maxHeaders = 16 << 10
)

// appName is what a service is told who asks (header EXT).
const appName = "tram"

// remote is one service.
type remote struct {
	base   string // http://127.0.0.1:4501
	answer time.Duration
}

// loopback accepts the address of a service on this machine and returns it
// without a path.
func loopback(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("not of the form http://127.0.0.1:4501")
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if err != nil || !ip.IsLoopback() {
		return "", errors.New("not a loopback address: a fingerprint service runs on the station itself, http://127.0.0.1:4501")
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || port == 0 {
		return "", errors.New("no port in it: http://127.0.0.1:4501")
	}
	return "http://" + net.JoinHostPort(ip.String(), u.Port()), nil
}

// client makes one exchange: services close the connection behind each. It goes
// through no proxy and follows no redirection.
func client() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxHeaders},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// do sends a request and returns the answer that begins. The caller closes it.
func (r remote) do(ctx context.Context, verb, path string, body any) (*http.Response, error) {
	var sent io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		sent = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, verb, r.base+path, sent)
	if err != nil {
		return nil, err
	}
	req.Header.Set("EXT", appName)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := client().Do(req)
	if err != nil {
		// Its text may quote what the service sent.
		return nil, fmt.Errorf("the fingerprint service at %s does not answer: %w", r.base, biometrics.ErrNoDevice)
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, replyError(fmt.Sprintf("HTTP status %d", resp.StatusCode))
	}
	return resp, nil
}

// call makes an exchange that ends within limit and returns a JSON answer of at
// most size bytes.
func (r remote) call(ctx context.Context, verb, path string, body any, limit time.Duration, size int64) ([]byte, error) {
	within, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	b, err := r.read(within, verb, path, body, size)
	if ctx.Err() != nil { // the caller's, not the limit's
		return nil, ctx.Err()
	}
	return b, err
}

func (r remote) read(ctx context.Context, verb, path string, body any, size int64) ([]byte, error) {
	resp, err := r.do(ctx, verb, path, body)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, size+1))
	switch {
	case int64(len(b)) > size:
		return nil, replyError("too long an answer")
	case err != nil:
		return nil, fmt.Errorf("the fingerprint service at %s breaks off: %w", r.base, biometrics.ErrNoDevice)
	case !json.Valid(b):
		return nil, replyError("no JSON")
	}
	return b, nil
}

// list parses an answer that is a list, or a single object where a service
// reports an error.
func list[T any](b []byte) ([]T, error) {
	var all few[T]
	if json.Unmarshal(b, &all) == nil {
		return all, nil
	}
	var one T
	if json.Unmarshal(b, &one) != nil {
		return nil, replyError("JSON of another form")
	}
	return []T{one}, nil
}
