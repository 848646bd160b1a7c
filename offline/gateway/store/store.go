// Package store keeps what the gateway takes: manifests in NATS JetStream, chunks
// in files.
package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tram-station/tram/offline/gateway"
)

// ErrLocked says that another gateway works on the folder.
var ErrLocked = errors.New("store: the folder is in use by another gateway: stop it first")

// Local is what one machine's gateway keeps in its folder.
type Local struct {
	Ledger gateway.Ledger
	Chunks gateway.ChunkStore
	lock   *os.File
}

// Open opens or makes the stores of the folder. It is locked until Close: two
// gateways on one embedded ledger would break it; the error is ErrLocked.
func Open(ctx context.Context, dir string) (l *Local, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	l = &Local{}
	if l.lock, err = lock(filepath.Join(dir, "lock")); err != nil {
		return nil, err
	}
	if l.Chunks, err = OpenFiles(filepath.Join(dir, "chunks")); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if l.Ledger, err = OpenJetStream(ctx, filepath.Join(dir, "ledger")); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Close closes the ledger and frees the folder.
func (l *Local) Close() error {
	var err error
	if l.Ledger != nil {
		err = l.Ledger.Close()
	}
	return errors.Join(err, l.lock.Close())
}

// Gateway is a gateway over the stores of a folder.
type Gateway struct {
	*gateway.Gateway
	local *Local
}

// NewGateway opens the stores of the folder and makes a gateway over them; what
// cfg names of stores stays. The error is ErrLocked when the folder is in use.
func NewGateway(ctx context.Context, dir string, cfg gateway.Config) (*Gateway, error) {
	l, err := Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	if cfg.Ledger == nil {
		cfg.Ledger = l.Ledger
	}
	if cfg.Chunks == nil {
		cfg.Chunks = l.Chunks
	}
	g, err := gateway.New(cfg)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &Gateway{Gateway: g, local: l}, nil
}

// Close closes the stores.
func (g *Gateway) Close() error { return g.local.Close() }
