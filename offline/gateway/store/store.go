// Package store keeps what the gateway takes: manifests, chains and states in
// NATS JetStream, in a server within the process or in a cluster of storage
// nodes; chunks in files or in the same cluster.
package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tram-station/tram/offline/blob"
	"github.com/tram-station/tram/offline/gateway"
)

// ErrLocked says that another gateway works on the folder.
var ErrLocked = errors.New("store: the folder is in use by another gateway: stop it first")

// Stores are what a gateway keeps things in.
type Stores struct {
	Ledger gateway.Ledger
	Chain  gateway.Chain
	States gateway.States
	Chunks gateway.ChunkStore
	// Witnesses are those of the cluster; nil where the gateway is alone.
	Witnesses gateway.Witnesses
	lock      *os.File
	ledger    *JetStream
}

// Open opens or makes the stores of one machine in the folder. It is locked
// until Close: two gateways on one embedded ledger would break it; the error
// is ErrLocked.
func Open(ctx context.Context, dir string) (*Stores, error) {
	return open(dir, func(s *Stores) (*JetStream, error) {
		var err error
		if s.Chunks, err = OpenFiles(filepath.Join(dir, "chunks")); err != nil {
			return nil, err
		}
		return OpenJetStream(ctx, filepath.Join(dir, "ledger"))
	})
}

// OpenCluster uses the storage nodes of a cluster; chunks are files in the
// folder unless the cluster takes them.
func OpenCluster(ctx context.Context, dir string, c Cluster) (*Stores, error) {
	return open(dir, func(s *Stores) (*JetStream, error) {
		j, err := Connect(ctx, c)
		if err != nil {
			return nil, err
		}
		if s.Witnesses, err = j.OpenWitnesses(ctx); err != nil {
			return j, err
		}
		if c.Chunks {
			s.Chunks, err = j.OpenChunks(ctx)
		} else {
			s.Chunks, err = OpenFiles(filepath.Join(dir, "chunks"))
		}
		return j, err
	})
}

func open(dir string, fill func(*Stores) (*JetStream, error)) (*Stores, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	s := &Stores{}
	var err error
	s.lock, err = blob.Lock(filepath.Join(dir, "lock"))
	if errors.Is(err, blob.ErrLocked) {
		err = ErrLocked
	}
	if err != nil {
		return nil, err
	}
	j, err := fill(s)
	if j != nil {
		s.Ledger, s.Chain, s.States, s.ledger = j, j, j, j
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Into puts the stores into a gateway's configuration, where it names none.
// A cluster's witnesses take the place of a folder's.
func (s *Stores) Into(cfg gateway.Config) gateway.Config {
	if cfg.Ledger == nil {
		cfg.Ledger = s.Ledger
	}
	if cfg.Chain == nil {
		cfg.Chain = s.Chain
	}
	if cfg.States == nil {
		cfg.States = s.States
	}
	if cfg.Chunks == nil {
		cfg.Chunks = s.Chunks
	}
	if s.Witnesses != nil {
		cfg.Witnesses = s.Witnesses
	}
	cfg.Ready = s.Ready
	return cfg
}

// Ready returns why the stores take nothing now; blob.ErrFull for a full disk.
func (s *Stores) Ready() error {
	if files, ok := s.Chunks.(*Files); ok {
		if err := files.Ready(); err != nil {
			return err
		}
	}
	return s.ledger.Ready()
}

// Close closes the ledger and frees the folder.
func (s *Stores) Close() error {
	var err error
	if s.ledger != nil {
		err = s.ledger.Close()
	}
	return errors.Join(err, s.lock.Close())
}

// Gateway is a gateway over stores of its own.
type Gateway struct {
	*gateway.Gateway
	stores *Stores
}

// NewGateway opens the stores of the folder and makes a gateway over them; what
// cfg names of stores stays. The error is ErrLocked when the folder is in use.
func NewGateway(ctx context.Context, dir string, cfg gateway.Config) (*Gateway, error) {
	s, err := Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	g, err := gateway.New(s.Into(cfg))
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &Gateway{Gateway: g, stores: s}, nil
}

// Close closes the stores.
func (g *Gateway) Close() error { return g.stores.Close() }
