// Package gateway is the central end of the wire: it takes parts and manifests
// from stations, keeps each dossier once, and answers with a signed receipt.
// The receipt is always rebuilt from the stored record, so that a replay a
// year later gives the same bytes.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/queue"
	"github.com/tram-station/tram/offline/uplink"
)

// Limits of a gateway.
const (
	maxMissingBody = 128 << 10 // JSON of envelope.MaxChunks digests, with room
	// DefaultInFlight is how many requests are under way at a time; more are
	// told to come back. Each holds at most one chunk: 128 MiB in all, and
	// slow lines do not shut the others out.
	DefaultInFlight = 512
	busyRetryAfter  = "2" // seconds; stations add their own jitter
)

// ChunkStore keeps chunks by digest.
type ChunkStore interface {
	// Put is durable when it returns; the same chunk twice is no error.
	Put(chunks envelope.Chunks) error
	// Size returns a stored chunk's length; the error is envelope.ErrNoChunk.
	Size(d envelope.Digest) (int64, error)
	// Chunk returns the bytes, checked; the errors are envelope.ErrNoChunk
	// and envelope.ErrDigest.
	Chunk(d envelope.Digest) ([]byte, error)
	// Delete removes chunks; it is used for damaged ones only.
	Delete(d ...envelope.Digest) error
}

// Stations knows the keys of the stations.
type Stations interface {
	// Station returns whose key this is; the error is ErrUnknownStation.
	Station(key envelope.KeyID) (uplink.Station, error)
}

// ErrUnknownStation says that no station with this key is enrolled.
var ErrUnknownStation = errors.New("gateway: no station with this key is enrolled")

// ErrLocked says that another gateway works on the folder.
var ErrLocked = errors.New("gateway: the folder is in use by another gateway: stop it first")

// Config is what a Gateway needs. Dir, Key and Stations are required.
type Config struct {
	Dir          string
	Key          *envelope.Signer // signs receipts
	Stations     Stations
	Recipients   []envelope.KeyID // keys the central can open; empty takes any
	AllowVirtual bool             // take dossiers captured on virtual devices
	InFlight     int              // requests at a time, 0 for DefaultInFlight
	Ledger       Ledger           // nil for an embedded JetStream in Dir
	Chunks       ChunkStore       // nil for files in Dir
	Log          *slog.Logger     // nil for none
}

// Gateway is an http.Handler. It is safe for concurrent use and holds no
// state of its own beside ledger and store.
type Gateway struct {
	cfg    Config
	ledger Ledger
	chunks ChunkStore
	mux    *http.ServeMux
	slots  chan struct{}
	lock   *os.File // on the folder
}

// New opens the gateway's stores. The folder is locked until Close: two
// gateways on one ledger would break it; the error is ErrLocked.
func New(ctx context.Context, cfg Config) (*Gateway, error) {
	if cfg.Key == nil || cfg.Stations == nil || cfg.Dir == "" {
		return nil, errors.New("gateway: a folder, a receipt key and the stations' keys are needed")
	}
	if cfg.InFlight <= 0 {
		cfg.InFlight = DefaultInFlight
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	g := &Gateway{cfg: cfg, ledger: cfg.Ledger, chunks: cfg.Chunks, slots: make(chan struct{}, cfg.InFlight)}
	if err := g.openStores(ctx); err != nil {
		return nil, errors.Join(err, g.Close())
	}
	g.mux = http.NewServeMux()
	g.mux.HandleFunc("POST /parts/missing", g.limited(g.missing))
	g.mux.HandleFunc("PUT /parts/{digest}", g.limited(g.putPart))
	g.mux.HandleFunc("PUT /dossiers/{id}", g.limited(g.putDossier))
	g.mux.HandleFunc("GET /dossiers/{id}", g.limited(g.getReceipt))
	g.mux.HandleFunc("GET /health", g.health)
	return g, nil
}

func (g *Gateway) openStores(ctx context.Context) (err error) {
	if err := os.MkdirAll(g.cfg.Dir, 0o700); err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	if g.lock, err = lock(filepath.Join(g.cfg.Dir, "lock")); err != nil {
		return err
	}
	if g.chunks == nil {
		blobs, err := queue.OpenBlobs(filepath.Join(g.cfg.Dir, "chunks"), true)
		if err != nil {
			return fmt.Errorf("gateway: %w", err)
		}
		if err := blobs.SweepTemp(); err != nil {
			return fmt.Errorf("gateway: %w", err)
		}
		g.chunks = blobs
	}
	if g.ledger == nil {
		g.ledger, err = OpenJetStream(ctx, filepath.Join(g.cfg.Dir, "ledger"))
	}
	return err
}

// Close closes the ledger and frees the folder.
func (g *Gateway) Close() error {
	var errs []error
	if g.ledger != nil {
		errs = append(errs, g.ledger.Close())
	}
	if g.lock != nil {
		errs = append(errs, g.lock.Close())
	}
	return errors.Join(errs...)
}

// ServeHTTP carries out the contract.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.mux.ServeHTTP(w, r) }

// Dossier is what the ledger and the store keep of one dossier: still sealed.
func (g *Gateway) Dossier(ctx context.Context, id uuid.UUID) (*envelope.Sealed, uplink.Station, error) {
	record, err := g.ledger.Get(ctx, id)
	if err != nil {
		return nil, uplink.Station{}, err
	}
	m, err := envelope.ParseManifest(record.Manifest)
	if err != nil {
		return nil, uplink.Station{}, err
	}
	station, err := g.cfg.Stations.Station(m.Key)
	if err != nil {
		return nil, uplink.Station{}, err
	}
	return &envelope.Sealed{ID: id, Manifest: record.Manifest, Chunks: g.chunks}, station, nil
}

// limited admits as many requests as there are slots and tells the others
// when to come back.
func (g *Gateway) limited(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case g.slots <- struct{}{}:
			defer func() { <-g.slots }()
			next(w, r)
		default:
			g.refuse(w, http.StatusServiceUnavailable, uplink.Problem{
				Code: uplink.CodeBusy, Message: "the gateway has too much to do: come back after the time it names",
			})
		}
	}
}

// body reads a body of at most limit bytes, or answers and returns false.
func (g *Gateway) body(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, bool) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err == nil {
		return raw, true
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		g.refuse(w, http.StatusRequestEntityTooLarge, uplink.Problem{
			Code: uplink.CodeTooLarge, Message: fmt.Sprintf("the body is over %d bytes", limit),
		})
	} else {
		g.refuse(w, http.StatusBadRequest, uplink.Problem{
			Code: uplink.CodeBadRequest, Message: "the body broke off: send it again",
		})
	}
	return nil, false
}
