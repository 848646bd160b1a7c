package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/uplink"
)

const (
	// maxSocketPath is what a socket's address holds on every system.
	maxSocketPath = 100
	maxAdminReply = 64 << 20 // a thousand receipts, or a page of reviews
	dialTimeout   = 2 * time.Second
)

// errSocketPath says that the back office has to wait until the gateway stops.
var errSocketPath = errors.New("the folder's path is too long for the back office's socket: use a shorter --dir")

// adminSocket is where the back office's commands meet a gateway that runs.
func adminSocket(dir string) string { return filepath.Join(dir, "admin.sock") }

// serveAdmin serves the back office's handler on a socket in the gateway's
// folder, which only the gateway's own user can open, until the context ends.
// The folder has to be locked: a socket that lies there is then a dead one.
func serveAdmin(ctx context.Context, dir string, g *gateway.Gateway) (stop func(), err error) {
	path := adminSocket(dir)
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("%w: %s", errSocketPath, path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var lc net.ListenConfig
	socket, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" { // where the folder's own rights are all there is
		if err := os.Chmod(path, 0o600); err != nil {
			return nil, errors.Join(err, socket.Close())
		}
	}
	srv := &http.Server{Handler: g.Admin(), ReadHeaderTimeout: headerTimeout, MaxHeaderBytes: maxHeader}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(socket) // ends with Close
	}()
	return func() {
		_ = srv.Close()
		<-done
	}, nil
}

// backOffice speaks to a gateway's admin socket.
type backOffice struct{ client *http.Client }

// withBackOffice calls fn with the gateway that runs on the folder. When none
// does, it opens the stores for as long as fn takes.
func withBackOffice(ctx context.Context, dir string, s storeFlags, cfg gateway.Config, fn func(backOffice) error) (err error) {
	path := adminSocket(dir)
	office := backOffice{&http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			d := net.Dialer{Timeout: dialTimeout}
			return d.DialContext(ctx, "unix", path)
		},
	}}}
	d := net.Dialer{Timeout: dialTimeout}
	if conn, err := d.DialContext(ctx, "unix", path); err == nil {
		_ = conn.Close()
		return fn(office)
	}
	if cfg.Key, err = envelope.LoadKey(filepath.Join(dir, "receipt.key")); err != nil {
		return err
	}
	stores, err := s.open(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stores.Close()) }()
	cfg.Stations = stationDir(dir)
	if p, err := uplink.LoadPairing(filepath.Join(dir, "pairing.json")); err == nil {
		cfg.Recipients = keyIDs(p.To())
	}
	cfg.Log = slog.New(slog.DiscardHandler)
	g, err := gateway.New(stores.Into(cfg))
	if err != nil {
		return err
	}
	stop, err := serveAdmin(ctx, dir, g)
	if err != nil {
		return err
	}
	defer stop()
	return fn(office)
}

// call sends one request and decodes the JSON answer into v.
func (b backOffice) call(ctx context.Context, method, path string, body io.Reader, v any) error {
	raw, err := b.fetch(ctx, method, path, body, maxAdminReply)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("the gateway's answer: %w", err)
	}
	return nil
}

// fetch sends one request and returns the answer's bytes.
func (b backOffice) fetch(ctx context.Context, method, path string, body io.Reader, limit int64) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://gateway"+path, body)
	if err != nil {
		return nil, err
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, limit))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		var p uplink.Problem
		if json.Unmarshal(raw, &p) != nil || p.Message == "" {
			return nil, fmt.Errorf("the gateway answered %s", resp.Status)
		}
		return nil, errors.New(p.Message)
	}
	return raw, nil
}

// decide sends a decision and returns what the dossier then is.
func (b backOffice) decide(ctx context.Context, id uuid.UUID, d gateway.Decision) (gateway.Review, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return gateway.Review{}, err
	}
	var v gateway.Review
	return v, b.call(ctx, http.MethodPost, "/review/"+id.String(), bytes.NewReader(raw), &v)
}

// Chunk makes the back office an envelope.Source.
func (b backOffice) Chunk(d envelope.Digest) ([]byte, error) {
	return b.fetch(context.Background(), http.MethodGet, "/parts/"+d.String(), nil, envelope.ChunkSize+1)
}
