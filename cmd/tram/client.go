package main

import (
	"bufio"
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

	"github.com/tram-station/tram/kiosk/enrol"
)

// client drives a running daemon through its own API, as the page does.
type client struct {
	base  string // "http://localhost:8420"
	token string
	next  int // number of the next command
	// took, where it is set, hears how long each command waited for its answer.
	took func(name string, d time.Duration)
}

// login opens the officer's session.
func (c *client) login(ctx context.Context, officer, pin string) error {
	var out struct {
		Token string `json:"token"`
	}
	if err := c.post(ctx, "/api/login", map[string]string{"officer": officer, "pin": pin}, &out); err != nil {
		return err
	}
	c.token = out.Token
	return nil
}

// do sends one command of the enrolment.
func (c *client) do(ctx context.Context, name string, args any) (*enrol.Snapshot, error) {
	c.next++
	raw, err := json.Marshal(args)
	if err != nil {
		return nil, err
	}
	var s enrol.Snapshot
	cmd := enrol.Command{ID: "demo-" + strconv.Itoa(c.next), Name: name, Args: raw}
	if c.took != nil {
		defer func(begun time.Time) { c.took(name, time.Since(begun)) }(time.Now())
	}
	if err := c.post(ctx, "/api/do", cmd, &s); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &s, nil
}

func (c *client) post(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.send(req)
	if err != nil {
		return err
	}
	defer closed(resp.Body)
	return json.NewDecoder(resp.Body).Decode(out)
}

// queued is one dossier as /api/queue lists it.
type queued struct {
	ID          string `json:"id"`
	State       string `json:"state"`
	Detail      string `json:"detail"`
	Bytes       int64  `json:"bytes"`
	LogPosition uint64 `json:"log_position"`
}

// queue lists the sealed dossiers.
func (c *client) queue(ctx context.Context) ([]queued, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/api/queue", nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.send(req)
	if err != nil {
		return nil, err
	}
	defer closed(resp.Body)
	var out []queued
	return out, json.NewDecoder(resp.Body).Decode(&out)
}

// closed closes what was only read from: an error has nothing left to lose.
func closed(c io.Closer) { _ = c.Close() }

// send adds the session and turns a refusal into its words.
func (c *client) send(req *http.Request) (*http.Response, error) {
	if c.token != "" {
		req.Header.Set("X-Tram-Token", c.token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode < 300 {
		return resp, err
	}
	defer closed(resp.Body)
	var p struct {
		Error enrol.Problem `json:"error"`
	}
	if json.NewDecoder(resp.Body).Decode(&p) != nil || p.Error.Code == "" {
		return nil, fmt.Errorf("the daemon answered %s", resp.Status)
	}
	return nil, fmt.Errorf("%s: %s", p.Error.Words.EN, p.Error.Next.EN)
}

// errStream says that the events ended before what was waited for came.
var errStream = errors.New("the daemon's events ended")

// follow shows the snapshots as they come until done says so.
func (c *client) follow(ctx context.Context, done func(*enrol.Snapshot) (bool, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/api/events", nil)
	if err != nil {
		return err
	}
	resp, err := c.send(req)
	if err != nil {
		return err
	}
	defer closed(resp.Body)
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data:")
		if !ok {
			continue
		}
		var s enrol.Snapshot
		if err := json.Unmarshal([]byte(data), &s); err != nil {
			return fmt.Errorf("event: %w", err)
		}
		if end, err := done(&s); end || err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil && ctx.Err() == nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return errStream
}
