package sbi

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// Found is a fingerprint scanner as its service announces it. Nothing of it is
// signed.
type Found struct {
	URL      string // of the service
	DeviceID string
	Serial   string
	Name     string // make and model
	Kind     string // "Slap", "Single" or "Touchless"
	Status   string // "Ready", "Busy", "Not Ready" or "Not Registered"
}

// Bounds of a search: refused ports answer at once, and what listens on one of
// them may be another program, which never answers.
const (
	searchers    = 16
	connectLimit = 300 * time.Millisecond
	probeLimit   = 1500 * time.Millisecond
)

// Discover asks every port of the loopback, or cfg.URL alone, for scanners that
// register fingers. They come in the order of the ports. A service that answers
// wrongly is passed over, except the one that cfg.URL names.
func Discover(ctx context.Context, cfg Config) ([]Found, error) {
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	if cfg.URL != "" {
		return remote{base: cfg.URL, answer: cfg.Answer}.discover(ctx, cfg.Answer)
	}
	ports := make(chan int)
	answers := make([][]Found, LastPort-FirstPort+1)
	var wg sync.WaitGroup
	for range searchers {
		wg.Go(func() {
			for port := range ports {
				answers[port-FirstPort] = probe(ctx, port)
			}
		})
	}
	for port := FirstPort; port <= LastPort; port++ {
		ports <- port
	}
	close(ports)
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return slices.Concat(answers...), nil
}

// probe asks one port.
func probe(ctx context.Context, port int) []Found {
	address := fmt.Sprintf("127.0.0.1:%d", port)
	within, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	c, err := new(net.Dialer).DialContext(within, "tcp", address)
	if err != nil {
		return nil
	}
	_ = c.Close()
	found, err := remote{base: "http://" + address}.discover(ctx, probeLimit)
	if err != nil {
		return nil
	}
	return found
}

// discover asks a service which scanners it has.
func (r remote) discover(ctx context.Context, limit time.Duration) ([]Found, error) {
	b, err := r.call(ctx, verbDiscover, "/device", map[string]string{"type": typeFinger}, limit, maxList)
	if err != nil {
		return nil, err
	}
	items, err := list[discovered](b)
	if err != nil {
		return nil, err
	}
	var found []Found
	for i := range items {
		f, err := items[i].found(r.base)
		if err != nil {
			return nil, err
		}
		if f != nil {
			found = append(found, *f)
		}
	}
	return found, nil
}

// found is the scanner that an item announces; nil where it is something else.
func (d *discovered) found(base string) (*Found, error) {
	if d.Digital == "" && d.Status == "" {
		return nil, d.Error.err() // no device but an error
	}
	b, err := decodeBase64(d.Digital)
	if err != nil {
		return nil, replyError("a digital ID that is not in base64url")
	}
	id, err := parseID(b)
	if err != nil {
		return nil, err
	}
	if id.Type != typeFinger || d.Purpose != "" && d.Purpose != purposeRegistration {
		return nil, nil
	}
	if d.Callback != "" {
		// "The call-back URL takes precedence over future requests" (§Device Discovery).
		if base, err = loopback(strings.TrimSuffix(d.Callback, "/")); err != nil {
			return nil, replyError("a call-back URL that leaves the station")
		}
	}
	return &Found{
		URL: base, DeviceID: string(d.DeviceID), Serial: id.Serial, Name: id.Make + " " + id.Model, Kind: id.Kind, Status: d.Status,
	}, nil
}
